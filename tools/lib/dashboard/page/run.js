// SPDX-License-Identifier: GPL-2.0-only
// All of one run.

function rowsOf(run) {
	return data.series.filter((series) => series.group === run.group && series.placeOf.has(run.index))
		.sort((a, b) => sectionOrder.indexOf(a.section) - sectionOrder.indexOf(b.section))
		.map((series) => ({ series, row: rowOf(series, run) }));
}

function facts(run) {
	const results = run.launches.map(([type, ok, failed, incomplete]) => typeName(type) + ': ' +
		[[ok, 'ok'], [failed, 'failed'], [incomplete, 'incomplete']].filter(([n]) => n).map(([n, what]) => count(n) + ' ' + what).join(', '));
	const list = [['Launches', results.join('; ') || 'none'], ['Added', minute(run.added) + ' UTC'], ['Recorded', run.started], ['File', run.file],
		...Object.entries(run.labels), ...Object.entries(run.host).filter(([key]) => key !== 'started'),
		['Events', count(run.events) + (run.dropped ? `, ${count(run.dropped)} dropped` : '')],
		...run.errors.map(([, command, status, n]) => [command, `${status} × ${count(n)}`])];
	if (!run.complete)
		list.push(['Recording', 'was not ended properly']);
	return el('dl', { class: 'facts' }, list.filter(([, value]) => value).map(([key, value]) => el('div', {}, el('dt', {}, key), el('dd', {}, value))));
}

// A run's latencies of one series, as bars and as text.
function histogram(series, row) {
	const all = bins([row], 14);
	const parts = shares(row, all);
	const most = parts.reduce((a, b) => Math.max(a, b), 0);
	return el('div', { class: 'bars' }, el('h3', {}, `${series.name} in this run`),
		table(`How ${count(row.count)} samples are distributed`, [{ text: 'From' }, { text: 'Share', number: true }, { text: '' }],
			all.map((bin, i) => [shortTime(bounds[bin.from], 3), (100 * parts[i]).toFixed(1) + ' %',
				el('progress', { max: String(most), value: String(parts[i]), 'aria-hidden': 'true' })])));
}

function runSection(box, run, current, actions) {
	const shown = current.group === run.group && current.placeOf.has(run.index);
	const list = rowsOf(run);
	const types = new Set(list.map(({ series }) => series.type)).size > 1;
	fill(box, 
		el('p', {}, el('strong', {}, runTitle(run)), ' ', el('span', { class: 'quiet' }, groupText(data.groups[run.group]))),
		el('p', { class: 'buttons' },
			el('button', { type: 'button', onclick: () => actions.step(-1) }, '← Earlier run'),
			el('button', { type: 'button', onclick: () => actions.step(1) }, 'Later run →'),
			el('button', { type: 'button', onclick: () => actions.compare('a', run) }, 'Compare as A'),
			el('button', { type: 'button', onclick: () => actions.compare('b', run) }, 'Compare as B')),
		facts(run), el('div', { class: 'beside' }, shown && histogram(current, rowOf(current, run)),
		el('div', {}, el('h3', {}, 'All figures'), table(`Figures of run ${run.id}`, [{ text: 'What' }, { text: 'Count', number: true }, { text: 'Total', number: true }, { text: 'p50', number: true },
			{ text: 'p90', number: true }, { text: 'p99', number: true }, { text: 'Max', number: true }],
		list.map(({ series, row }) => [(types ? typeName(series.type) + ' ' : '') + series.name, count(row.calls), time(row.sum),
			...percents.map((p) => time(percentile(row, p))), time(row.max)])))));
}
