(function (d) {
var html = d.documentElement, store;
try { (store = localStorage).wdj = 1; } catch (e) { store = 0; }

function on(node, type, act) { node.addEventListener(type, act, true); }
function each(list, act) { [].map.call(list, act); }
function once(query, act) { each(d.querySelectorAll(query), function (node) { node.wdj = node.wdj || act(node) || 1; }); }
function tell(node, words) {
	node = node.querySelector('.told') || node.appendChild(d.createElement('p'));
	node.className = 'told';
	node.textContent = d.getElementById('say').textContent = words;
}

function unlock(form) { delete form.dataset.busy; }
on(d, 'submit', function (e) {
	var form = e.target;
	if (form.dataset.busy) {
		e.preventDefault();
		e.stopImmediatePropagation();
	}
	form.dataset.busy = 1;
	setTimeout(unlock, 3000, form);
});

function read(key) { try { return JSON.parse(store[key]) || []; } catch (e) { return []; } }
function draft(form) {
	var key = 'd:' + (html.dataset.me || 0) + '/' + form.dataset.draft, old = read(key)[1] || {}, mine = {};
	function kept(act) {
		each(form, function (node) {
			var tick = /^ra|^ch/.test(node.type), id = tick ? node.name + node.value : node.name,
				own = tick ? node.defaultChecked : node[0] ? (node.querySelector('[selected]') || node[0]).value : node.defaultValue;
			if (tick || /^text|^se/.test(node.type)) act(node, tick ? 'checked' : 'value', own, old[id] || [own, own], id);
		});
	}
	function keep() {
		var all = {};
		kept(function (node, what, own, was, id) { all[id] = [node[what], was[1]]; });
		try {
			store[key] = JSON.stringify([+new Date(), all]);
			if (!form.querySelector('.told')) tell(form, '写的都存在这部手机里，没交上也不丢。');
		} catch (e) { tell(form, ''); }
	}
	kept(function (node, what, own, was) { if (node[what] != own || was[1] != own) mine[node.name] = 1; });
	kept(function (node, what, own, was) {
		if (mine[node.name] || node[what] == was[0]) return;
		node[what] = was[0];
		tell(node.parentNode, '您上次没交上的还在。');
		while (node != form) (node = node.parentNode).open = 1;
	});
	on(form, 'input', keep);
	on(form, 'change', keep);
}

function shrink(input) {
	on(input, 'change', function () {
		var files = input.files, box = new DataTransfer();
		function next(n) {
			var file = files[n], image = new Image(), reader = new FileReader(), canvas = d.createElement('canvas');
			function done(blob) {
				box.items.add(blob && blob.size < file.size ? new File([blob], 'photo.jpg', blob) : file);
				if (input.files == files) next(n + 1);
			}
			image.onerror = done;
			image.onload = function () {
				var part = Math.min(1, 1280 / Math.max(image.width, image.height));
				canvas.getContext('2d').drawImage(image, 0, 0, canvas.width = image.width * part, canvas.height = image.height * part);
				canvas.toBlob(done, 'image/jpeg', .7);
			};
			reader.onload = function () { image.src = reader.result; };
			if (file) reader.readAsDataURL(file);
			else input.files = box.files;
		}
		next(0);
	});
}

function ready() {
	if (store) {
		var sent = (/sent=([^;]+)/.exec(d.cookie) || [])[1];
		d.cookie = 'sent=;path=/;max-age=0';
		each(Object.keys(store), function (key) {
			if (/^d:/.test(key) && !(key.indexOf(sent) && read(key)[0] > new Date() - 12096e5)) delete store[key];
		});
		once('[data-draft]', draft);
	}
	if ('imageOrientation' in html.style) once('[data-shrink]', shrink);
}

on(d, 'htmx:beforeSwap', function (e) {
	var it = e.detail, to = it.requestConfig.elt.href;
	if (!/^4|503/.test(it.xhr.status)) return;
	if (to) location = to;
	else it.isError = !(it.shouldSwap = 1);
});
on(d, 'htmx:afterRequest', function (e) {
	var node = e.detail.requestConfig.elt;
	unlock(node);
	if (!e.detail.successful) tell(node.href ? node.parentNode : node, '没送到，字还在，过会儿再试。');
});
on(d, 'htmx:afterSettle', function (e) {
	var node = e.target, to = node.querySelector('.err,[data-focus]');
	ready();
	if (!to && d.activeElement === d.body) to = node.querySelector('a:not([tabindex]),button') || node;
	if (!to) return;
	to.tabIndex = to.tabIndex;
	to.focus();
});

function enhance() {
	try {
		if (html.dataset.htmx && d.querySelector('[data-hx-get],[data-hx-post]') && !(navigator.connection || 0).saveData &&
			new DOMParser().parseFromString('<p>', 'text/html').body)
			d.body.appendChild(d.createElement('script')).src = html.dataset.htmx;
	} catch (e) { }
}
ready();
if (d.readyState == 'complete') enhance(); else on(window, 'load', enhance);
})(document);
