// SPDX-License-Identifier: GPL-2.0-only
// Elements. Text becomes text nodes only: nothing here makes markup of a string.

// el('button', { class: 'x', onclick: f, 'aria-label': 'y' }, child, 'text', [more])
function el(name, attributes, ...children) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (key.startsWith('on'))
			node.addEventListener(key.slice(2), value);
		else if (value === true)
			node.setAttribute(key, '');
		else if (value !== false && value !== null && value !== undefined)
			node.setAttribute(key, value);
	}
	node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
	return node;
}

// Replaces what is in a box, as el() takes children.
function fill(box, ...children) {
	box.replaceChildren(...el('div', {}, ...children).childNodes);
}

function byId(id) {
	return document.getElementById(id);
}

// A table: heads are { text, number }, rows are arrays of text or nodes; the first cell heads its
// row.
function table(caption, heads, rows) {
	const cell = (head, content, i) => el(i ? 'td' : 'th',
		{ scope: i ? null : 'row', class: head.number ? 'number' : null, 'data-head': i ? head.text : null }, content);
	return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption },
		el('table', {},
			el('caption', {}, caption),
			el('thead', {}, el('tr', {}, heads.map((head) =>
				el('th', { scope: 'col', class: head.number ? 'number' : null }, head.text)))),
			el('tbody', {}, rows.map((row) =>
				el('tr', {}, row.map((content, i) => cell(heads[i], content, i)))))));
}

// The same for what is made only when somebody opens it.
function foldedTable(summary, make) {
	const details = el('details', {}, el('summary', {}, summary));
	details.addEventListener('toggle', () => {
		if (details.open && details.childElementCount === 1)
			details.append(make());
	});
	return details;
}

function select(label, options, value, onchange) {
	const node = el('select', { onchange: () => onchange(node.value) },
		options.map((option) => el('option', { value: option.value, selected: option.value === value }, option.text)));
	return el('label', { class: 'field' }, el('span', {}, label), node);
}

// A colour of style.css as it is now, light or dark.
function color(name) {
	return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

// Calls draw(width) for a canvas now, and again when its box or the theme changes. Returns a
// function that redraws.
const redraws = new Set();
function onResize(box, draw) {
	let width = 0;
	const again = () => {
		width = box.clientWidth;
		if (width > 0)
			draw(width);
	};
	new ResizeObserver(() => {
		if (Math.abs(box.clientWidth - width) > 1)
			again();
	}).observe(box);
	redraws.add(() => box.isConnected && again());
	return again;
}

// A canvas in the screen's own pixels; what it shows is told by its label and by a table.
function canvasOf(box, width, height, label) {
	let canvas = box.querySelector('canvas');
	if (!canvas) {
		canvas = el('canvas', { role: 'img' });
		box.append(canvas);
	}
	const scale = window.devicePixelRatio || 1;
	canvas.setAttribute('aria-label', label);
	canvas.width = Math.round(width * scale);
	canvas.height = Math.round(height * scale);
	canvas.style.width = width + 'px';
	canvas.style.height = height + 'px';
	const ctx = canvas.getContext('2d');
	ctx.scale(scale, scale);
	ctx.font = '12px system-ui, sans-serif';
	return { canvas, ctx };
}
