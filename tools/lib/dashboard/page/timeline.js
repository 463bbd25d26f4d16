// SPDX-License-Identifier: GPL-2.0-only
// p50, p90 and p99 of a series over its runs, one chart each: a scale of its own shows 8 % also of
// the p50. Below them the heat map; all share the runs that are shown and the cursor.

const percents = [50, 90, 99];

function drawBands(u, parts) {
	const { ctx } = u;
	const x = (place) => Math.min(u.bbox.left + u.bbox.width, Math.max(u.bbox.left, u.valToPos(place, 'x', true)));
	const y = (value) => Math.min(u.bbox.top + u.bbox.height, Math.max(u.bbox.top, u.valToPos(value, 'y', true)));
	ctx.save();
	for (const part of parts) {
		const left = x(part.from - 0.5);
		const right = x(part.to - 0.5);
		ctx.fillStyle = color('band');
		ctx.fillRect(left, y(part.high), right - left, y(part.low) - y(part.high));
		ctx.fillStyle = color('level');
		ctx.fillRect(left, y(part.median) - devicePixelRatio, right - left, 2 * devicePixelRatio);
	}
	ctx.restore();
}

function drawMarks(u, series, state) {
	const { ctx } = u;
	const inside = (place) => place >= u.scales.x.min && place <= u.scales.x.max;
	const line = (place, style, dash) => {
		const x = Math.round(u.valToPos(place, 'x', true));
		ctx.strokeStyle = style;
		ctx.setLineDash(dash);
		ctx.beginPath();
		ctx.moveTo(x, u.bbox.top);
		ctx.lineTo(x, u.bbox.top + u.bbox.height);
		ctx.stroke();
		return x;
	};
	ctx.save();
	ctx.lineWidth = 1.5 * devicePixelRatio;
	for (const change of series.changes.filter((c) => inside(c.at - 0.5))) {
		const slower = change.change === null || change.change > 0;
		const x = line(change.at - 0.5, color(slower ? 'slower' : 'faster'), [5 * devicePixelRatio, 4 * devicePixelRatio]);
		ctx.fillStyle = color(slower ? 'slower' : 'faster');
		ctx.font = `bold ${12 * devicePixelRatio}px system-ui, sans-serif`;
		const text = (slower ? '▲ ' : '▼ ') + percent(change.change);
		const left = x + ctx.measureText(text).width + 6 * devicePixelRatio > u.bbox.left + u.bbox.width;
		ctx.textAlign = left ? 'right' : 'left';
		ctx.fillText(text, x + (left ? -4 : 4) * devicePixelRatio, u.bbox.top + 12 * devicePixelRatio);
	}
	const chosen = state.run ? series.placeOf.get(state.run.index) : undefined;
	if (chosen !== undefined && inside(chosen))
		line(chosen, color('chosen'), []);
	ctx.restore();
}

// Charts of a series in a box. on: { hover(place), choose(place), range(from, to) }. Returns {
// destroy, move }.
function timeline(box, series, state, on) {
	const places = series.runs.map((run, place) => place);
	const rows = places.map((place) => rowAt(series, place));
	const charts = [];
	const sync = uPlot.sync('timeline');
	let cursor = places.length - 1;

	const options = (percentOf, width, parts) => ({
		width, height: percentOf === 50 ? 210 : 120, padding: [6, chartPad, 0, 0], legend: { show: false },
		cursor: {
			sync: { key: sync.key, scales: ['x', null] }, y: false, points: { size: 7 },
			drag: { x: true, y: false, setScale: true },
		},
		scales: {
			x: { time: false, range: (u, min, max) => [min - 0.5, max + 0.5].map((v) => Math.max(-0.5, Math.min(places.length - 0.5, v))) },
			y: { range: (u, min, max) => {
				const low = Math.min(min, ...parts.map((part) => part.median));
				const high = Math.max(max, ...parts.map((part) => part.median));
				const pad = Math.max((high - low) * 0.08, high * 0.02, 1);
				return [Math.max(0, low - pad), high + pad * 1.6];
			} },
		},
		series: [{}, {
			stroke: color('line'), width: 1, points: { show: places.length < 400, size: 4, fill: color('line') },
		}],
		axes: [{
			stroke: color('text'), grid: { show: false }, size: percentOf === 99 ? 34 : 8, font: '12px system-ui, sans-serif',
			splits: (u, axis, min, max) => ticks(min, max, u.bbox.width / devicePixelRatio, 78),
			values: (u, splits) => splits.map((place) => percentOf === 99 ? shorten(runName(data.runs[series.runs[place]]), 10) : ''),
			ticks: { stroke: color('grid'), size: 4 },
		}, {
			stroke: color('text'), size: axisWidth, font: '12px system-ui, sans-serif', space: 30,
			values: (u, splits) => splits.map((value) => shortTime(value)), grid: { stroke: color('grid'), width: 1 }, ticks: { show: false },
		}],
		hooks: {
			drawClear: [(u) => drawBands(u, parts)],
			draw: [(u) => drawMarks(u, series, state)],
			setCursor: [(u) => {
				if (u.cursor.idx !== null && u.cursor.idx !== undefined && u.cursor.left >= 0) {
					cursor = u.cursor.idx;
					on.hover(cursor);
				}
			}],
			setScale: [(u, key) => key === 'x' && percentOf === 50 && on.range(u.scales.x.min, u.scales.x.max)],
		},
	});
	for (const percentOf of percents) {
		const values = rows.map((row) => percentile(row, percentOf));
		const parts = stretches(series, values);
		const frame = el('div', { class: 'chart' }, el('span', { class: 'chart-name' }, 'p' + percentOf));
		box.append(frame);
		const chart = new uPlot(options(percentOf, box.clientWidth, parts), [places, values], frame);
		let pressed = 0;
		chart.over.addEventListener('mousedown', (event) => { pressed = event.clientX; });
		// The end of a drag is a click, too.
		chart.over.addEventListener('click', (event) => Math.abs(event.clientX - pressed) < 4 && on.choose(cursor));
		sync.sub(chart);
		charts.push(chart);
	}
	const observer = new ResizeObserver(() => charts.forEach((chart) =>
		Math.abs(chart.width - box.clientWidth) > 1 && chart.setSize({ width: box.clientWidth, height: chart.height })));
	observer.observe(box);
	return {
		redraw: () => charts.forEach((chart) => chart.redraw(false)),
		destroy: () => {
			observer.disconnect();
			charts.forEach((chart) => {
				sync.unsub(chart);
				chart.destroy();
			});
		},
		// For the keyboard: by so many runs, or to the first or last one.
		move: (by) => {
			cursor = Math.min(places.length - 1, Math.max(0, cursor + by));
			charts.forEach((chart) => chart.setCursor({ left: chart.valToPos(cursor, 'x'), top: 10 }, false));
			on.hover(cursor);
		},
		choose: () => on.choose(cursor),
		showAll: () => charts.forEach((chart) => chart.setScale('x', { min: 0, max: places.length - 1 })),
	};
}
