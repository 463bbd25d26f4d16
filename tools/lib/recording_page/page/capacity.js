// SPDX-License-Identifier: GPL-2.0-only
// What launches like these would take if more were made at once: as sevtrace predict tells.

const capacityLines = [['p50_ns', 'p50'], ['p99_ns', 'p99'], ['last_ns', 'the last']];

// Where a chart of both logarithms has its points: { x(launches), y(ns), times: [ns of a line] }.
function capacityScale(width, height, predictions) {
	const values = predictions.flatMap((p) => capacityLines.map(([key]) => p[key].value)).filter((ns) => ns > 0);
	const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
	const most = Math.log2(predictions[predictions.length - 1].launches);
	return {
		x: (launches) => axisWidth + (width - axisWidth - 2 * chartPad) * Math.log2(launches) / Math.max(1, most),
		y: (ns) => chartPad + (height - 2 * chartPad) * (high - Math.log10(ns)) / Math.max(1, high - low),
		times: Array.from({ length: high - low + 1 }, (unused, i) => 10 ** (low + i)),
	};
}

function drawCapacity(ctx, width, height, predictions) {
	const scale = capacityScale(width, height, predictions);
	ctx.fillStyle = color('text');
	ctx.strokeStyle = color('grid');
	ctx.textBaseline = 'middle';
	ctx.textAlign = 'right';
	for (const ns of scale.times) {
		ctx.fillText(shortTime(ns), axisWidth - 8, scale.y(ns));
		ctx.beginPath();
		ctx.moveTo(axisWidth, scale.y(ns));
		ctx.lineTo(width - chartPad, scale.y(ns));
		ctx.stroke();
	}
	ctx.textAlign = 'center';
	predictions.forEach((p) => ctx.fillText(count(p.launches), scale.x(p.launches), height + 12));
	capacityLines.forEach(([key], i) => {
		ctx.strokeStyle = color('series-' + i);
		ctx.lineWidth = 2;
		ctx.setLineDash([[], [6, 4], [2, 3]][i]);
		ctx.beginPath();
		predictions.forEach((p, at) => ctx[at ? 'lineTo' : 'moveTo'](scale.x(p.launches), scale.y(Math.max(1, p[key].value))));
		ctx.stroke();
	});
	ctx.setLineDash([]);
}

function capacityTable(predictions) {
	return table('Launches at once, predicted', [{ text: '' }, ...['p50', 'p90', 'p99', 'The last', 'PSP busy', 'Waiting'].map((text) => ({ text, number: true }))],
		predictions.map((p) => [count(p.launches) + ' at once', ...['p50_ns', 'p90_ns', 'p99_ns', 'last_ns'].map((key) => time(p[key].value)),
			share(p.psp_busy.value, 1), share(p.waiting.value, 1)]));
}

function capacitySection(box) {
	const { prediction } = data;
	if (!prediction) {
		fill(box, el('p', { class: 'quiet' }, 'No launch was recorded from its start to its end with its PSP commands, so nothing tells what more at once would take.'));
		return;
	}
	const { alone, predictions, warnings } = prediction;
	const chart = el('div', { class: 'chart' });
	const redraw = onResize(chart, (width) => {
		const { ctx } = canvasOf(chart, width, 244, 'Time of a launch by launches at once; the table below has the same.');
		drawCapacity(ctx, width, 220, predictions);
	});
	fill(box, el('p', {}, `Launches like these, if more began at once on this host: ${count(Math.floor(prediction.launches_per_hour.value))} an hour keep the PSP busy. Alone, one takes ` +
		`${time(alone.psp_ns + alone.think_ns)}; the PSP works for ${time(alone.psp_ns)} of it, ${share(alone.largest_share, 1)} of that in ${alone.largest_command}.`),
	chart, el('ul', { class: 'keys' }, capacityLines.map(([, name], i) => el('li', {}, el('span', { class: 'dash dash-' + i, 'aria-hidden': 'true' }), name))),
	capacityTable(predictions), warnings.length > 0 && el('ul', { class: 'quiet' }, warnings.map((text) => el('li', {}, text))),
	el('p', { class: 'quiet' }, 'Predicted from the recording; sevtrace predict tells how sure that is, and what would change it.'));
	redraw();
}
