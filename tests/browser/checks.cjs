// SPDX-License-Identifier: GPL-2.0-only
// What a person who does not see the page as drawn relies on, checked over the whole document. Runs
// in the page.

module.exports = function checks() {
	const wrong = [];
	const all = (selector) => [...document.querySelectorAll(selector)];
	const visible = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
	const name = (node) => (node.getAttribute('aria-label') || node.labels?.[0]?.textContent || node.textContent || '').trim();
	const say = (what, node) => wrong.push(`${what}: ${node.outerHTML.slice(0, 90)}`);

	for (const node of all('button, a, input, select, summary, [tabindex="0"], [role=img]'))
		if (visible(node) && !name(node))
			say('has no name', node);
	for (const node of all('canvas'))
		if (visible(node) && !node.closest('[aria-label]'))
			say('is a picture without a text', node);
	for (const node of all('table'))
		if (!node.caption?.textContent || !node.querySelector('thead th[scope=col]'))
			say('has no caption or heads', node);
	let level = 0;
	for (const node of all('h1, h2, h3, h4, h5, h6')) {
		const next = Number(node.tagName[1]);
		if (visible(node) && next > level + 1)
			say(`comes after a heading of level ${level}`, node);
		if (visible(node))
			level = next;
	}
	const ids = all('[id]').map((node) => node.id);
	if (new Set(ids).size !== ids.length)
		wrong.push('ids are there twice');
	for (const node of all('[aria-labelledby]'))
		if (!document.getElementById(node.getAttribute('aria-labelledby')))
			say('is labelled by nothing', node);
	for (const mark of ['header', 'main', 'nav', 'footer'])
		if (!document.querySelector(mark))
			wrong.push('no ' + mark);
	if (!document.documentElement.lang || !document.title)
		wrong.push('no language or title');

	// WCAG 2.1, 1.4.3: text against what is behind it.
	const parse = (text) => text.match(/[\d.]+/g).map(Number);
	const over = (top, below) => top.slice(0, 3).map((part, i) => part * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
	const behind = (node) => {
		const layers = [];
		for (let at = node; at; at = at.parentElement)
			layers.unshift(parse(getComputedStyle(at).backgroundColor));
		return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
	};
	const light = (rgb) => rgb.map((part) => part / 255).map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
		.reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
	const low = new Set();
	for (const node of all('body *')) {
		if (!visible(node) || ![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
			continue;
		const ground = behind(node);
		const [a, b] = [light(over(parse(getComputedStyle(node).color), ground)), light(ground)];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5)
			low.add(`${node.tagName} ${node.className}: ${contrast.toFixed(2)}`);
	}
	wrong.push(...[...low].map((text) => 'too little contrast: ' + text));
	return wrong;
};
