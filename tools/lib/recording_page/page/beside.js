// SPDX-License-Identifier: GPL-2.0-only
// Several launches side by side: their waterfalls on one scale of time, and their times in columns.

// One launch a row, each ioctl in its colour.
function besideStrip(box, launches) {
	const kinds = [...new Set(launches.flatMap((launch) => data.details[launch.launch].ioctls.spans.map((span) => span[3])))];
	const longest = launches.reduce((most, launch) => Math.max(most, launch.duration_ns), 1);
	const rows = launches.map((launch) => ({ name: launchTitle(rowOf.get(launch.launch)).replace('launch ', ''), spans: data.details[launch.launch].ioctls.spans, names: kinds }));
	return onResize(box, (width) => {
		const { ctx } = canvasOf(box, width, rows.length * rowHeight + 26, 'The ioctls of each launch over its time, on one scale; the table has their sums.');
		const places = drawRows(ctx, width, rows, [0, longest], labelSpan);
		drawTimes(ctx, rows.length * rowHeight, places, [0, longest]);
	});
}

// The parts of all trees, in the order of the longest one's: [{ depth, name, values: [ns or null] }]
function besideParts(launches) {
	const trees = launches.map((launch) => new Map(timeTree(launch).filter((part) => part.key).map((part) => [part.key, part])));
	const keys = [...new Set(trees.flatMap((tree) => [...tree.keys()]))];
	const value = (key) => trees.reduce((most, tree) => Math.max(most, tree.has(key) ? tree.get(key).ns : 0), 0);
	const some = (key) => trees.find((tree) => tree.has(key)).get(key);
	const order = (depth, within) => keys.filter((key) => some(key).depth === depth && (!within || key.startsWith(within + ' '))).sort((a, b) => value(b) - value(a));
	const parts = (key) => [key, ...order(2, key)];
	return ['launch', ...order(1).flatMap(parts)].filter((key) => trees.some((tree) => tree.has(key)))
		.map((key) => ({ depth: some(key).depth, name: some(key).name, values: trees.map((tree) => tree.has(key) ? tree.get(key).ns : null) }));
}

function besideTable(launches) {
	const two = launches.length === 2;
	const change = ([a, b]) => a && b ? percent((b - a) / a) : '';
	return table('Launches side by side', [{ text: 'What' }, ...launches.map((launch) => ({ text: launchTitle(rowOf.get(launch.launch)), number: true })), ...(two ? [{ text: 'Change', number: true }] : [])],
		[['result', ...launches.map((launch) => resultNode(launch.result)), ...(two ? [''] : [])],
			['pages', ...launches.map((launch) => count(rowOf.get(launch.launch).pages)), ...(two ? [''] : [])],
			...besideParts(launches).map((part) => [el('span', { class: 'depth-' + part.depth }, part.name), ...part.values.map((ns) => ns === null ? '–' : time(ns)), ...(two ? [change(part.values)] : [])])]);
}

function besideSection(box, state, actions) {
	const chosen = state.beside.map((number) => reported.get(number)).filter(Boolean);
	if (reported.size < 2) {
		fill(box, el('p', { class: 'quiet' }, 'The recording has one launch. sevtrace diff compares two recordings.'));
		return;
	}
	const strip = el('div', { class: 'heat' });
	const choices = data.launches.filter((row) => row.full && !state.beside.includes(row.launch));
	fill(box, el('div', { class: 'filters' },
		state.beside.length < mostBeside && choices.length > 0 && select('Add a launch', [{ value: '', text: 'choose one' }, ...choices.map((row) => ({ value: String(row.launch), text: `${launchTitle(row)}, ${row.type}, ${time(row.duration)}, ${row.result}` }))], '',
			(value) => value && actions.beside(Number(value), true)),
		chosen.length > 0 && el('button', { type: 'button', onclick: () => actions.beside(null, false) }, 'None')),
	chosen.length ? [strip, besideTable(chosen)] : el('p', { class: 'quiet' }, `Choose up to ${mostBeside} launches to see them side by side.`));
	if (chosen.length)
		besideStrip(strip, chosen);
}
