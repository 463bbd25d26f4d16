// SPDX-License-Identifier: GPL-2.0-only
// How a series grows with each label that keeps runs apart, in the newest runs. What a launch takes
// beside others stands beside what was predicted of it from runs of one at a time.

const dashes = [[], [6, 4], [2, 3], [8, 3, 2, 3], [12, 4], [1, 5]];
const newest = 5;

function newestMedian(series) {
	const count = series.rows.length;
	const values = series.rows.slice(-newest).map((text, i) => rowAt(series, Math.max(0, count - newest) + i).median);
	return spread(values).median;
}

// One line for each combination of the other labels. Values: { x: [label], lines: [{ name, y: [ns
// or null] }] }
function scalingOf(current, key) {
	const like = data.series.filter((s) => s.type === current.type && s.section === current.section && s.name === current.name &&
		data.groups[s.group].host === data.groups[current.group].host && data.groups[s.group].labels[key] !== undefined);
	const x = [...new Set(like.map((s) => data.groups[s.group].labels[key]))].sort(labelOrder);
	const names = [...new Set(like.map((s) => groupText(data.groups[s.group], key)))].sort(labelOrder);
	const at = (name, value) => like.find((s) => groupText(data.groups[s.group], key) === name && data.groups[s.group].labels[key] === value);
	const measured = names.map((name) => ({
		name, y: x.map((value) => at(name, value) ? newestMedian(at(name, value)) : null),
	}));
	const predicted = key === 'concurrency' && current.section === 'launch' && current.name === 'launch' ?
		names.map((name) => ({ name: `${name || 'all'}, predicted`, y: predictedMedians(at(name, '1'), x) })) : [];
	return { x, lines: [...measured, ...predicted.filter((line) => line.y.some((y) => y !== null))] };
}

// p50 by launches at once, predicted from the newest runs of one at a time.
function predictedMedians(series, x) {
	const runs = series ? series.runs.slice(-newest).map((run) => data.runs[run]) : [];
	return x.map((value) => {
		const all = runs.flatMap((run) => run.predictions.filter((p) => p[0] === series.type && String(p[1]) === value).map((p) => p[2]));
		return all.length ? spread(all).median : null;
	});
}

function scalingChart(box, { x, lines }) {
	const palette = (i) => color('series-' + (i % 6));
	const chart = new uPlot({
		width: box.clientWidth, height: 220, padding: [8, chartPad, 0, 0], legend: { show: false }, cursor: { show: false },
		scales: { x: { time: false, range: [-0.2, x.length - 0.8] }, y: { distr: 3, log: 10 } },
		series: [{}, ...lines.map((line, i) => ({
			stroke: palette(i), width: 2, dash: dashes[i % dashes.length], spanGaps: true, points: { show: true, size: 7, fill: palette(i) },
		}))],
		axes: [{
			stroke: color('text'), size: 32, font: '12px system-ui, sans-serif', splits: () => x.map((value, i) => i),
			values: (u, splits) => splits.map((i) => shorten(x[i] || '', 12)), grid: { show: false }, ticks: { stroke: color('grid'), size: 4 },
		}, {
			stroke: color('text'), size: axisWidth, font: '12px system-ui, sans-serif', grid: { stroke: color('grid'), width: 1 }, ticks: { show: false },
			values: (u, splits) => splits.map((value) => value === null ? '' : shortTime(value)),
		}],
	}, [x.map((value, i) => i), ...lines.map((line) => line.y)], box);
	new ResizeObserver(() => Math.abs(chart.width - box.clientWidth) > 1 && chart.setSize({ width: box.clientWidth, height: 220 })).observe(box);
	return chart;
}

let scalingCharts = [];
function scalingSection(box, current) {
	const keys = data.by.filter((key) => new Set(data.groups.map((group) => group.labels[key])).size > 1);
	scalingCharts.forEach((chart) => chart.destroy());
	scalingCharts = [];
	if (!keys.length) {
		box.replaceChildren(el('p', { class: 'quiet' }, `Runs with different values of ${data.by.join(' or ')} would be compared here: ` +
			'sevtrace history add --label size=32M --label concurrency=8.'));
		return;
	}
	const parts = keys.map((key) => {
		const scaling = scalingOf(current, key);
		const chart = el('div', { class: 'chart', role: 'img', 'aria-label': `p50 by ${key}; the table below has the same` });
		const heads = [{ text: '' }, ...scaling.x.map((value) => ({ text: value, number: true }))];
		return { chart, scaling, node: el('div', { class: 'half' }, el('h3', {}, 'By ' + key), chart,
			el('ul', { class: 'keys' }, scaling.lines.map((line, i) => el('li', {}, el('span', { class: `dash dash-${i % 6}`, 'aria-hidden': 'true' }), line.name || 'all'))),
			table(`p50 by ${key}`, heads, scaling.lines.map((line) => [line.name || 'all', ...line.y.map((y) => y === null ? '' : time(y))]))) };
	});
	box.replaceChildren(el('p', { class: 'quiet' }, `${current.name}: p50 of a launch, the median of the newest ${newest} runs of each configuration.`),
		el('div', { class: 'halves' }, parts.map((part) => part.node)));
	scalingCharts = parts.map((part) => scalingChart(part.chart, part.scaling));
}
