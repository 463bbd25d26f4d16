// SPDX-License-Identifier: GPL-2.0-only
// How far values are spread, and between which runs they stay the same.

// The median of numbers, and how far they are from it: 1.4826 times the median distance is a
// standard deviation, if they are normally distributed.
function spread(values) {
	const middle = (list) => {
		const sorted = [...list].sort((a, b) => a - b);
		const half = sorted.length >> 1;
		return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
	};
	const median = middle(values);
	return { median, deviation: 1.4826 * middle(values.map((value) => Math.abs(value - median))) };
}

// Stretches between changes: [{ from, to, median, low, high }] of values by place; to is not part
// of it.
function stretches(series, values) {
	const edges = [0, ...series.changes.map((change) => change.at), values.length];
	return edges.slice(1).map((to, i) => {
		const { median, deviation } = spread(values.slice(edges[i], to));
		return { from: edges[i], to, median, low: Math.max(0, median - 2 * deviation), high: median + 2 * deviation };
	});
}
