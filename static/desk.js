// README.md says why
(function (d) {
if (!d.addEventListener) return;
var at = -1, back;

function all(query) { return d.querySelectorAll(query); }
function box(row) { return row.querySelector('[name=id]'); }
function mark(row, on) { row.className = row.className.replace(/ ?\bcur\b/, '') + (on ? ' cur' : ''); }

function go(step) {
	var rows = all('[data-row]'), row = rows[at];
	if (!rows.length) return;
	if (row) mark(row);
	at = Math.max(0, Math.min(rows.length - 1, at + step));
	mark(rows[at], 1);
	row = rows[at].querySelector('[data-hx-get]') || box(rows[at]);
	row.focus();
	if (row.href && d.querySelector('#opened .card')) row.click();
}

function chosen() { return [].filter.call(all('[data-row]'), function (row) { return box(row).checked; }); }

function tell(words) {
	var bar = d.querySelector('.stick');
	if (!bar) return;
	d.getElementById('say').textContent = words;
	bar.setAttribute('data-told', words);
	bar.className = 'acts stick' + (words || chosen()[0] ? ' on' : '');
}

function press(key, row) {
	var rows = chosen(), many = rows[0], act, button;
	rows = (many ? rows : [row]).map(function (each) {
		act = each.getAttribute('data-' + key) || '';
		return many ? act.replace(/-\d+$/, '') : act;
	});
	if (rows.length < 2 && act[0] == '/') location.href = act;
	else if (rows.every(function (each) { return each[0] == '/'; })) tell('要写原因，请一件一件打开来办。');
	else if (rows.some(function (each) { return each != rows[0]; })) tell('打勾的几件该走的步不一样，请用下面的按钮。');
	else if (button = d.querySelector('#list button[value="' + rows[0] + '"]')) {
		if (!many) box(row).checked = !/-\d/.test(act);
		button.click();
	} else tell('这里没有这一步，请用下面的按钮。');
}

// Over the page, so that nothing moves; and back to where one was.
function explain(help) {
	help.open = !help.open;
	help.style.cssText = help.open ? 'position:fixed;right:1em;bottom:0;z-index:9' : '';
	if (help.open) back = d.activeElement;
	(help.open ? help.querySelector('summary') : back || d.body).focus();
}

d.addEventListener('keydown', function (e) {
	var help = d.getElementById('keys');
	if (e.keyCode == 27 && d.activeElement.type == 'search') d.activeElement.blur();
	else if (e.keyCode == 27 && help && help.style.position) explain(help);
});
d.addEventListener('toggle', function (e) {
	if (e.target.id == 'keys' && !e.target.open) e.target.style.cssText = '';
}, true);
function clear() { tell(''); }
d.addEventListener('change', clear);
addEventListener('pageshow', clear);
d.addEventListener('keypress', function (e) {
	var key = String.fromCharCode(e.which || e.keyCode), to = e.target, row = all('[data-row]')[at], help, find;
	if (e.ctrlKey || e.altKey || e.metaKey || /^(textarea|select)$/i.test(to.nodeName) || to.isContentEditable ||
		(/^input$/i.test(to.nodeName) && to.type != 'checkbox')) return;
	if (key == 'j' || key == 'k') go(key == 'j' ? 1 : -1);
	else if (key == 'x' && row) {
		box(row).checked = !box(row).checked;
		tell('');
	} else if ((key == 'r' || key == 't') && (row || chosen()[0])) press(key, row);
	else if (key == '/' && (find = d.querySelector('#main input[type=search]'))) find.focus();
	else if (key == '?' && (help = d.getElementById('keys'))) explain(help);
	else return;
	e.preventDefault();
});
})(document);
