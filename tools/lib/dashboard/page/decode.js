// SPDX-License-Identifier: GPL-2.0-only
// Reads what tools/lib/dashboard/pack.c wrote: a row of a run.

// { calls, launches, median, values, count, sum, min, max, buckets: [[index, n], ...] }
function decodeRow(text) {
	const bytes = atob(text);
	let at = 0;
	const next = () => {
		let value = 0;
		let factor = 1;
		let byte;
		do {
			byte = bytes.charCodeAt(at++);
			value += (byte & 0x7f) * factor;
			factor *= 128;
		} while (byte & 0x80);
		return value;
	};
	const row = { calls: next(), launches: next(), median: next(), values: [], buckets: [] };
	for (let left = next(), before = 0; left > 0; left--) {
		before += next();
		row.values.push(before);
	}
	row.count = next();
	row.sum = next();
	row.min = next();
	row.max = next();
	for (let index = -1; at < bytes.length;) {
		index += 1 + next();
		row.buckets.push([index, next()]);
	}
	return row;
}

// As hist_percentile() of tools/lib/stats/hist.c.
function percentile(row, p) {
	const total = row.buckets.reduce((sum, [, n]) => sum + n, 0);
	const rank = p / 100 * total;
	const inside = (ns) => Math.min(row.max, Math.max(row.min, ns));
	let before = 0;
	let below = 0;
	for (const [index, n] of row.buckets) {
		const width = bounds[index + 1] - bounds[index];
		if (before + n >= rank && index === bounds.length - 2) {
			// The last one has no end: the longest is known, and what is left of the sum is the others'.
			const mean = n > 1 ? (row.sum - below - row.max) / (n - 1) : 0;
			return rank - before > n - 1 || mean >= row.max ? row.max : inside(Math.max(bounds[index], Math.floor(mean)));
		}
		if (before + n >= rank)
			return inside(bounds[index] + Math.floor(width * Math.max(0, (rank - before) / n)));
		before += n;
		below += n * (bounds[index] + width / 2);
	}
	return row.max;
}
