// SPDX-License-Identifier: GPL-2.0-only
// Where and when pages took long, and which took longest.

function hex(n) {
	return '0x' + n.toString(16);
}

// A number and its unit on one line.
function unbroken(text) {
	return text.replace(' ', '\u00a0');
}

// Time from left to right, in the range that the waterfall shows.
function timeAxis(range) {
	return {
		head: 'At',
		text: (column) => `${at(column.from)} to ${at(column.from + column.size)}`,
		place: (column, inside) => {
			const [from, to] = range();
			return [(column.from - from) / (to - from) * inside, column.size / (to - from) * inside];
		},
		label: (ctx, inside, y) => {
			const [from, to] = range();
			for (const [place, align] of [[0, 'left'], [0.5, 'center'], [1, 'right']]) {
				ctx.textAlign = align;
				ctx.fillText(axisTime(from + (to - from) * place, (to - from) / 2, to), axisWidth + inside * place, y);
			}
		},
	};
}

// GFNs from left to right; where nothing was populated between two columns, they are a bit apart.
function gfnAxis(columns) {
	const gap = 0.6;
	const places = new Map();
	let place = 0;
	const starts = [];
	columns.forEach((column, i) => {
		const before = columns[i - 1];
		if (i && before.from + before.size !== column.from)
			place += gap;
		if (!i || before.from + before.size !== column.from)
			starts.push(column);
		places.set(column, place++);
	});
	return {
		head: 'GFN',
		text: (column) => column.size === 1 ? `GFN ${hex(column.from)}` : `GFN ${hex(column.from)} to ${hex(column.from + column.size - 1)}`,
		place: (column, inside) => [places.get(column) / place * inside, inside / place],
		label: (ctx, inside, y) => {
			let free = 0;
			ctx.textAlign = 'left';
			for (const column of [...starts, columns[Math.floor(columns.length / 2)]].sort((a, b) => a.from - b.from)) {
				const left = places.get(column) / place * inside;
				const text = hex(column.from);
				const size = ctx.measureText(text).width;
				if (left < free || left + size > inside)
					continue;
				ctx.fillText(text, axisWidth + left, y);
				free = left + size + 16;
			}
		},
	};
}

function slowestTable(launch) {
	return table('The slowest pages', [{ text: 'GFN' }, { text: 'Pages', number: true }, { text: 'Type' }, { text: 'Time', number: true }, { text: 'Begun', number: true }, { text: 'Steps, the longest first' }],
		launch.slowest_pages.map((page) => [page.gfn || 'not known', count(page.pages), `${page.page_type}, ${page.private ? 'private' : 'shared'}`, time(page.ns), '+' + at(page.at_ns),
			[...page.steps].sort((a, b) => b.ns - a.ns).map((step) => `${step.step} ${unbroken(time(step.ns))}`).join(', ') +
			(page.psp ? `; ${page.psp.command} ${unbroken(time(page.psp.exec_ns))}${page.psp.status && page.psp.status !== 'SUCCESS' ? ' ' + page.psp.status : ''}` : '') + (page.failed ? '; failed' : '')]));
}

function oneMap(title, heat, axisOf, label) {
	if (!heat)
		return null;
	const columns = columnsOf(heat);
	const axis = axisOf(columns);
	const box = el('div', { class: 'heat' });
	const readout = el('p', { class: 'readout' });
	const node = el('div', { class: 'half' }, el('h3', {}, title), readout, box, foldedTable('The same as a table', () => heatTable(title, columns, axis)));
	return { node, draw: () => heatMap(box, columns, axis, label, readout) };
}

function pagesSection(box, state) {
	const launch = reported.get(state.launch);
	const detail = data.details[state.launch];
	if (!detail.pages) {
		fill(box, el('p', { class: 'quiet' }, 'The recording has no pages of this launch.'));
		return null;
	}
	const maps = [
		oneMap('By time', detail.by_time, () => timeAxis(() => rangeOf(state, launch)), 'Heat map: how long pages took over the time of the launch; the table below has the same.'),
		oneMap('By GFN', detail.by_gfn, gfnAxis, 'Heat map: how long pages took by their GFN; the table below has the same.'),
	].filter(Boolean);
	fill(box, el('p', { class: 'quiet' }, `${plural(detail.pages, 'page')}, or runs of pages that the PSP encrypted at once` +
		(detail.no_gfn ? `; of ${count(detail.no_gfn)} the GFN is not known` : '') + '.'),
	el('div', { class: 'halves' }, maps.map((map) => map.node)), el('h3', {}, 'The slowest'), slowestTable(launch));
	const redraws = maps.map((map) => map.draw());
	return () => redraws.forEach((redraw) => redraw());
}
