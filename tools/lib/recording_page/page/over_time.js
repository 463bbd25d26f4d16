// SPDX-License-Identifier: GPL-2.0-only
// The waterfall of a launch: to look at, to zoom in, to read.

const closest = 1000; // ns: nearer it does not zoom

// The part of a launch that is shown: [from, to].
function rangeOf(state, launch) {
	return state.range || [0, Math.max(1, launch.duration_ns)];
}

// A range within a launch, so wide at least.
function within(launch, from, to) {
	const whole = Math.max(1, launch.duration_ns);
	const width = Math.min(whole, Math.max(closest, to - from));
	const start = Math.max(0, Math.min(whole - width, from));
	return width >= whole ? null : [start, start + width];
}

function spansTable(rows) {
	const all = rows.flatMap((row) => row.spans.map((span) => ({ row, span }))).sort((a, b) => a.span[0] - b.span[0]);
	return table('What was done when', [{ text: 'Row' }, { text: 'What' }, { text: 'At', number: true }, { text: 'Time', number: true }, { text: 'Failed', number: true }],
		all.map(({ row, span: [start, length, , name, n, failed] }) => [row.name, n > 1 ? `${count(n)}, mostly ${name}` : name, at(start), time(length), failed ? count(failed) : '']));
}

// What one can do with the range, by buttons and by keys.
function moves(launch, state) {
	const [from, to] = rangeOf(state, launch);
	const zoom = (factor) => within(launch, (from + to) / 2 - (to - from) / 2 * factor, (from + to) / 2 + (to - from) / 2 * factor);
	const pan = (part) => within(launch, from + (to - from) * part, to + (to - from) * part);
	return { '+': zoom(0.5), '-': zoom(2), ArrowLeft: pan(-0.25), ArrowRight: pan(0.25), Home: null };
}

function gapText(rows) {
	const gaps = rows.filter((row) => row.gap);
	return gaps.length > 0 && el('p', { class: 'quiet' }, `There is more than can be drawn: in ${gaps.map((row) => row.name).join(', ')} what is nearer than ` +
		`${time(Math.max(...gaps.map((row) => row.gap)))} to each other is one, the paler the less it was at work.`);
}

function overTimeSection(box, state, actions) {
	const launch = reported.get(state.launch);
	const rows = waterfallRows(launch);
	const readout = el('p', { class: 'readout' });
	const chart = el('div', {
		class: 'waterfall', tabindex: '0', role: 'group', 'aria-roledescription': 'chart',
		'aria-label': 'What was done when. Plus and minus zoom, arrow keys move, Home shows all. The table below has the same.',
	});
	const range = () => rangeOf(state, launch);
	const tell = () => {
		const [from, to] = range();
		readout.textContent = state.range ? `${axisTime(from, to - from, to)} to ${axisTime(to, to - from, to)} of ${time(launch.duration_ns)}` : `the whole launch, ${time(launch.duration_ns)}`;
	};
	let places = null;
	let pressed = null;
	if (!rows.length) {
		fill(box, el('p', { class: 'quiet' }, 'Nothing of this launch has a time.'));
		return null;
	}
	const redraw = onResize(chart, (width) => {
		const height = rows.length * rowHeight;
		const { canvas, ctx } = canvasOf(chart, width, height + 26, 'What was done when; the table below has the same.');
		places = drawRows(ctx, width, rows, range(), labelSpan);
		drawTimes(ctx, height, places, range());
		markFailures(ctx, launch, places, range(), height);
		canvas.onmousemove = (event) => {
			const row = rows[Math.floor(event.offsetY / rowHeight)];
			const ns = places.ns(event.offsetX);
			const span = row && event.offsetX >= places.left && spanAt(row, ns, (range()[1] - range()[0]) * 3 / places.inside);
			if (span)
				readout.textContent = `${row.name}: ${spanText(span)}`;
			else
				tell();
		};
		canvas.onmousedown = (event) => { pressed = event.offsetX; };
		canvas.onmouseup = (event) => {
			if (pressed !== null && Math.abs(event.offsetX - pressed) > 4)
				actions.range(within(launch, ...[pressed, event.offsetX].map((place) => places.ns(Math.max(places.left, place))).sort((a, b) => a - b)));
			pressed = null;
		};
	});
	const press = (key) => actions.range(moves(launch, state)[key]);
	const button = (text, key, label) => el('button', { type: 'button', 'aria-label': label, onclick: () => press(key) }, text);
	chart.addEventListener('keydown', (event) => {
		const key = event.key === '=' ? '+' : event.key;
		if (!(key in moves(launch, state)) || event.ctrlKey || event.metaKey)
			return;
		press(key);
		byId('status').textContent = readout.textContent;
		event.preventDefault();
	});
	fill(box, readout, chart,
		el('p', { class: 'buttons' }, button('+', '+', 'Zoom in'), button('−', '-', 'Zoom out'), button('←', 'ArrowLeft', 'Earlier'), button('→', 'ArrowRight', 'Later'), button('Whole launch', 'Home', 'Show the whole launch')),
		el('p', { class: 'quiet' }, 'Drag across the chart to see less of the time. A red end is a failure.'), gapText(rows),
		foldedTable('The same as a table', () => spansTable(rows)));
	tell();
	return () => {
		tell();
		redraw();
	};
}

// Where ioctls failed, through all rows.
function markFailures(ctx, launch, places, [from, to], height) {
	ctx.strokeStyle = color('slower');
	ctx.setLineDash([3, 3]);
	for (const failure of launch.failures) {
		if (failure.recovered || failure.at_ns < from || failure.at_ns > to)
			continue;
		ctx.beginPath();
		ctx.moveTo(places.x(failure.at_ns), 0);
		ctx.lineTo(places.x(failure.at_ns), height);
		ctx.stroke();
	}
	ctx.setLineDash([]);
}
