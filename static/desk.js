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

function press(key, row) {
	var ticked = all('[data-row] [name=id]:checked').length, form = d.getElementById('list'), i,
		act = row.getAttribute('data-' + key), buttons = form.getElementsByTagName('button');
	if (act && act.charAt(0) == '/') {
		if (!ticked) location.href = act;
		return;
	}
	if (ticked && act) act = act.replace(/-\d+$/, '');
	else if (act && !/-\d/.test(act)) box(row).checked = true;
	for (i = 0; act && i < buttons.length; i++) if (buttons[i].value == act) return buttons[i].click();
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
d.addEventListener('keypress', function (e) {
	var key = String.fromCharCode(e.which || e.keyCode), to = e.target, row = all('[data-row]')[at], help, find;
	if (e.ctrlKey || e.altKey || e.metaKey || /^(textarea|select)$/i.test(to.nodeName) || to.isContentEditable ||
		(/^input$/i.test(to.nodeName) && to.type != 'checkbox')) return;
	if (key == 'j' || key == 'k') go(key == 'j' ? 1 : -1);
	else if (key == 'x' && row) box(row).checked = !box(row).checked;
	else if ((key == 'r' || key == 't') && row) press(key, row);
	else if (key == '/' && (find = d.querySelector('#main input[type=search]'))) find.focus();
	else if (key == '?' && (help = d.getElementById('keys'))) explain(help);
	else return;
	e.preventDefault();
});
})(document);
