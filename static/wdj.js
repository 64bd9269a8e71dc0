// README.md says why
(function (w, d) {
if (!d.addEventListener) return;
var html = d.documentElement, src = html.getAttribute('data-htmx'), store;
try { (store = w.localStorage).setItem('wdj', 1); } catch (e) { store = 0; }

function on(node, type, act) { node.addEventListener(type, act, true); }
function each(list, act) { for (var i = 0; i < list.length; i++) act(list[i], i); }
function once(query, act) { each(d.querySelectorAll(query), function (node) { node.wdj = node.wdj || act(node) || 1; }); }
function tell(node, words) {
	node = node.querySelector('.told') || node.appendChild(d.createElement('p'));
	node.className = 'told';
	node.textContent = d.getElementById('say').textContent = words;
}

function unlock(form) { form.removeAttribute('data-busy'); }
on(d, 'submit', function (e) {
	var form = e.target;
	if (form.getAttribute('data-busy')) {
		e.preventDefault();
		e.stopImmediatePropagation();
	}
	form.setAttribute('data-busy', 1);
	setTimeout(unlock, 3000, form);
});

function read(key) { try { return JSON.parse(store.getItem(key)) || {}; } catch (e) { return {}; } }
function draft(form) {
	var key = 'd:' + +html.getAttribute('data-me') + '/' + form.getAttribute('data-draft'), old = read(key).v || {};
	function kept(act) {
		each(form, function (field) { if (/^text|search/.test(field.type)) act(field, field.name); });
	}
	kept(function (field, name) {
		if (name in old && field.value == field.defaultValue && field.value != old[name]) {
			field.value = old[name];
			tell(field.parentNode, '您上次没交上的字还在。');
		}
	});
	on(form, 'input', function () {
		var words = {};
		kept(function (field, name) { words[name] = field.value; });
		try {
			store.setItem(key, JSON.stringify({ t: +new Date(), v: words }));
			if (!form.querySelector('.told')) tell(form, '写的字存在这部手机里，没交上也不丢。');
		} catch (e) { }
	});
}

function shrink(input) {
	on(input, 'change', function () {
		var files = input.files, left = files.length, box = new DataTransfer(), out = [];
		each(files, function (file, n) {
			var reader = new FileReader(), image = new Image(), canvas = d.createElement('canvas');
			function done(blob) {
				out[n] = blob && blob.size < file.size ? new File([blob], 'photo.jpg', { type: blob.type }) : file;
				if (--left || input.files !== files) return;
				each(out, function (file) { box.items.add(file); });
				input.files = box.files;
			}
			image.onerror = done;
			image.onload = function () {
				var part = Math.min(1, 1280 / Math.max(image.width, image.height)),
					width = canvas.width = image.width * part, height = canvas.height = image.height * part;
				canvas.getContext('2d').drawImage(image, 0, 0, width, height);
				canvas.toBlob(done, 'image/jpeg', .7);
			};
			reader.onload = function () { image.src = reader.result; };
			reader.readAsDataURL(file);
		});
	});
}

function ready() {
	if (store) {
		var sent = (/sent=([^;]+)/.exec(d.cookie) || 0)[1];
		d.cookie = 'sent=;path=/;max-age=0';
		each(Object.keys(store), function (key) {
			if (/^d:/.test(key) && !(key.indexOf(sent) && read(key).t > new Date() - 12096e5)) store.removeItem(key);
		});
		once('[data-draft]', draft);
	}
	if ('imageOrientation' in html.style) once('[data-shrink]', shrink);
}

on(d, 'htmx:beforeSwap', function (e) {
	var it = e.detail, link = it.requestConfig.elt.href;
	if (!/^4|503/.test(it.xhr.status)) return;
	if (link) w.location = link;
	else it.isError = !(it.shouldSwap = true);
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
	if (to) {
		if (to.tabIndex < 0) to.tabIndex = -1;
		to.focus();
	}
});

function enhance() {
	try {
		if (src && d.querySelector('[data-hx-get],[data-hx-post]') && !(navigator.connection || 0).saveData &&
			new DOMParser().parseFromString('<p>', 'text/html').body)
			d.body.appendChild(d.createElement('script')).src = src;
	} catch (e) { }
}
ready();
if (d.readyState == 'complete') enhance(); else on(w, 'load', enhance);
})(window, document);
