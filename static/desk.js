// README.md says why
(function (d) {
var at = -1, back;

function all(query) { return d.querySelectorAll(query); }
function box(row) { return row.querySelector('[name=id]'); }

function go(step) {
	var rows = all('[data-row]'), row = rows[at];
	if (!rows.length) return;
	if (row) row.className = row.className.replace('cur', '');
	at = Math.max(0, Math.min(rows.length - 1, at + step));
	row = rows[at];
	row.className += ' cur';
	row = row.querySelector('[data-hx-get]') || box(row);
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
	button = d.querySelector('#list button[value="' + rows[0] + '"]');
	if (!rows[1] && act[0] == '/') location.href = act;
	else if (button && rows.every(function (each) { return each == rows[0]; })) {
		if (!many) box(row).checked = !/-\d/.test(act);
		button.click();
	} else tell('这样办不了，请一件一件打开来办。');
}

function explain(help) {
	if (help.open = !help.open) back = d.activeElement;
	(help.open ? help.querySelector('summary') : back || d.body).focus();
}

d.addEventListener('keydown', function (e) {
	var help = d.getElementById('keys');
	if (e.keyCode == 27 && d.activeElement.type == 'search') d.activeElement.blur();
	else if (e.keyCode == 27 && help && help.open) explain(help);
});
function clear() { tell(''); }
d.addEventListener('change', clear);
addEventListener('pageshow', clear);
d.addEventListener('keypress', function (e) {
	var key = String.fromCharCode(e.which), to = e.target, row = all('[data-row]')[at], help, find;
	if (e.ctrlKey || e.altKey || e.metaKey || /textarea|select/i.test(to.nodeName) ||
		(/input/i.test(to.nodeName) && to.type != 'checkbox')) return;
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
