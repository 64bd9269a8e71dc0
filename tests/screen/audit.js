// Run in the page by audit.py; returns every fault in words. Links inside a sentence may be as low as its line
// (WCAG 2.5.8 allows it); nothing else may.
({phone, least, button, ring}) => {
  const faults = [];
  const name = node => (node.outerHTML.match(/^<[^>]*>/) || [''])[0].slice(0, 90) + (node.textContent || '').trim().slice(0, 20);
  const drawn = node => node.checkVisibility({visibilityProperty: true}) && node.getBoundingClientRect().right > 0;
  const numbers = color => (color.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const contrast = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const color = numbers(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > .99) return color;
    }
    return [255, 255, 255];
  };
  const inSentence = node => {
    const around = node.parentElement;
    return node.tagName == 'A' && getComputedStyle(node).display == 'inline' &&
      /^(P|LI|TD|B|SPAN)$/.test(around.tagName) && around.textContent.trim().length > node.textContent.trim().length;
  };
  const tall = node => Math.max(...[node, ...node.querySelectorAll('*')].map(each => each.getBoundingClientRect().height));

  document.querySelectorAll('details').forEach(node => node.open = true);
  const wide = document.documentElement.scrollWidth, view = document.documentElement.clientWidth;
  if (wide > view) {
    const out = [...document.body.querySelectorAll('*')].filter(n => drawn(n) && n.getBoundingClientRect().right > view + 1);
    faults.push(`${wide} px wide in ${view}: ${out.slice(-2).map(name)}`);
  }

  const controls = [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary')].filter(drawn);
  for (const node of controls) {
    const box = /checkbox|radio/.test(node.type) ? node.closest('label') || node : node;
    const need = node.matches('.btn') ? button : least;
    if (phone && !inSentence(node) && tall(box) < need - .5) faults.push(`${tall(box).toFixed(1)} px high: ${name(node)}`);
    if (!ring || node.tabIndex < 0) continue;
    node.focus();
    const style = getComputedStyle(node);
    const seen = style.outlineStyle == 'solid' && parseFloat(style.outlineWidth) >= 3;
    if (!seen) faults.push(`no ring: ${name(node)}`);
    else if (contrast(light(numbers(style.outlineColor)), light(ground(node.parentElement))) < 3)
      faults.push(`faint ring: ${name(node)}`);
  }
  if (document.activeElement) document.activeElement.blur();

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || /^(SCRIPT|STYLE|OPTION)$/.test(node.tagName) || !drawn(node)) continue;
    const style = getComputedStyle(node);
    if (parseFloat(style.fontSize) < 13.99) faults.push(`${style.fontSize}: ${name(node)}`);
    const ratio = contrast(light(numbers(style.color)), light(ground(node)));
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${name(node)}`);
  }

  if (document.querySelectorAll('[aria-live]').length != 1) faults.push('not one live region');
  for (const node of document.querySelectorAll('img'))
    if (!node.hasAttribute('alt') || !node.getAttribute('width') || !node.getAttribute('height')) faults.push(`bare ${name(node)}`);
  for (const node of controls)
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(node.tagName) && !node.labels.length && !node.getAttribute('aria-label'))
      faults.push(`no label: ${name(node)}`);
  return [...new Set(faults)];
}
