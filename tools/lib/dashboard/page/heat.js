// SPDX-License-Identifier: GPL-2.0-only
// Maps of cells: runs from left to right, and from bottom to top times, or a line for each of some
// things.

// Rows of a heat map: buckets in pairs where there are many. [{ from, to }] of bucket indices.
function bins(rows, most) {
	const used = rows.flatMap((row) => row.buckets.map(([index]) => index));
	const first = used.reduce((a, b) => Math.min(a, b), Infinity);
	const last = used.reduce((a, b) => Math.max(a, b), -Infinity);
	if (!used.length)
		return [];
	const size = Math.ceil((last - first + 1) / most);
	const found = [];
	for (let from = first; from <= last; from += size)
		found.push({ from, to: Math.min(from + size, bounds.length - 1) });
	return found;
}

// What share of a run's samples is in a bin.
function shares(row, all) {
	const found = new Float64Array(all.length);
	if (!row || !all.length)
		return found;
	const size = all[0].to - all[0].from;
	for (const [index, n] of row.buckets)
		found[Math.min(all.length - 1, Math.floor((index - all[0].from) / size))] += n / row.count;
	return found;
}

// How latencies of a series are distributed, run by run. range() gives the places that are shown.
function heatMap(box, series, range) {
	const rows = series.runs.map((run, place) => rowAt(series, place));
	const all = bins(rows, 40);
	const height = 170;
	return onResize(box, (width) => {
		const { ctx } = canvasOf(box, width, height + 20,
			`Heat map: how latencies of ${series.name} are distributed in each run. The table of a run has the same.`);
		const [from, to] = range();
		const x = (place) => axisWidth + (place - from) / (to - from) * (width - axisWidth - chartPad);
		const y = (bin) => height - bin / all.length * (height - 6);
		const cell = (height - 6) / all.length;
		ctx.fillStyle = color('heat-none');
		ctx.fillRect(axisWidth, 6, width - axisWidth - chartPad, height - 6);
		for (let place = Math.ceil(from); place <= to; place++) {
			const left = x(place - 0.5);
			const right = x(place + 0.5);
			shares(rows[place], all).forEach((share, bin) => {
				if (!share)
					return;
				ctx.fillStyle = `rgb(${mix(Math.sqrt(Math.min(1, share * 2))).join(' ')})`;
				ctx.fillRect(left, y(bin + 1), Math.max(1, right - left + 0.3), cell + 0.3);
			});
		}
		ctx.fillStyle = color('text');
		ctx.textAlign = 'right';
		ctx.textBaseline = 'middle';
		for (let bin = 0; bin < all.length; bin += Math.max(1, Math.ceil(all.length / 6)))
			ctx.fillText(shortTime(bounds[all[bin].from], 3), axisWidth - 6, Math.min(height - 4, y(bin)));
		drawScale(ctx, width, height, '1 %', '50 % of a run’s samples and more');
	});
}

// Lines of counts by run: [{ name, counts: [n by run] }]. The darker, the more; a count of its own
// where there is room.
function strip(box, lines, runs, label, choose) {
	const line = 22;
	const nameRoom = (width) => Math.min(300, width * 0.42);
	const again = onResize(box, (width) => {
		const { canvas, ctx } = canvasOf(box, width, lines.length * line + 20, label);
		const left = nameRoom(width);
		const most = Math.max(1, ...lines.map((l) => l.counts.reduce((a, b) => Math.max(a, b), 0)));
		const x = (i) => left + i / runs.length * (width - left - chartPad);
		ctx.textBaseline = 'middle';
		lines.forEach((l, row) => {
			ctx.fillStyle = color('text');
			ctx.textAlign = 'right';
			ctx.fillText(shorten(l.name, Math.floor(left / 7)), left - 8, row * line + line / 2);
			ctx.fillStyle = color('heat-none');
			ctx.fillRect(left, row * line + 3, width - left - chartPad, line - 6);
			l.counts.forEach((n, i) => {
				if (!n)
					return;
				ctx.fillStyle = `rgb(${mix(0.35 + 0.65 * n / most).join(' ')})`;
				ctx.fillRect(x(i), row * line + 3, Math.max(2, x(i + 1) - x(i) - (runs.length < 100 ? 1 : 0)), line - 6);
			});
		});
		ctx.fillStyle = color('text');
		ctx.textAlign = 'center';
		for (const place of ticks(0, runs.length - 1, width - left - chartPad, 90).slice(0, -1))
			ctx.fillText(shorten(runName(runs[place]), 10), Math.max(left + 30, x(place + 0.5)), lines.length * line + 10);
		canvas.onclick = (event) => {
			const place = Math.floor((event.offsetX - left) / (width - left - chartPad) * runs.length);
			if (place >= 0 && place < runs.length)
				choose(runs[place]);
		};
	});
	return again;
}
