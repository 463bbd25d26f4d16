// SPDX-License-Identifier: GPL-2.0-only
// The rank test of tools/lib/stats/rank_test.c, step by step: a test holds the verdicts of both
// against each other.

// The complementary error function by a Chebyshev fit, within 1.2e-7 (Press et al., Numerical
// Recipes, 6.2).
function erfc(x) {
	const z = Math.abs(x);
	const t = 1 / (1 + z / 2);
	const terms = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
		-0.82215223, 0.17087277];
	const value = t * Math.exp(-z * z + terms.reduceRight((sum, term) => sum * t + term, 0));
	return x >= 0 ? value : 2 - value;
}

// Groups of equal values, in rising order: [number in a, number in b].
function rankGroups(groups, nrA, nrB) {
	let u = 0;
	let ties = 0;
	let seen = 0;
	for (const [a, b] of groups) {
		const t = a + b;
		u += b * (seen + a / 2);
		seen += a;
		ties += t * t * t - t;
	}
	const n = nrA + nrB;
	const pairs = nrA * nrB;
	const variance = pairs / 12 * (n + 1 - ties / (n * (n - 1)));
	const distance = Math.abs(u - pairs / 2) - 0.5;
	const p = n > 1 && variance > 0 && distance > 0 ? erfc(distance / Math.sqrt(2 * variance)) : 1;
	return { p, superiority: u / pairs, u, ties };
}

function exactP(m, n, u) {
	const width = m * n + 1;
	const rows = Array.from({ length: m + 1 }, () => new Float64Array(width));
	let below = 0;
	let above = 0;
	rows.forEach((row) => { row[0] = 1; });
	for (let i = 1; i <= n; i++)
		for (let k = 1; k <= m; k++)
			for (let v = width - 1, share = i / (i + k); v >= 0; v--)
				rows[k][v] = share * (v >= k ? rows[k][v - k] : 0) + (1 - share) * rows[k - 1][v];
	for (let v = 0; v < width; v++) {
		below += v <= u ? rows[m][v] : 0;
		above += v >= u ? rows[m][v] : 0;
	}
	return Math.min(1, 2 * Math.min(below, above));
}

// Two samples, sorted.
function rankValues(a, b) {
	const groups = [];
	for (let i = 0, j = 0; i < a.length || j < b.length;) {
		const value = j === b.length || (i < a.length && a[i] < b[j]) ? a[i] : b[j];
		const from = [i, j];
		while (i < a.length && a[i] === value)
			i++;
		while (j < b.length && b[j] === value)
			j++;
		groups.push([i - from[0], j - from[1]]);
	}
	const test = rankGroups(groups, a.length, b.length);
	if (test.ties === 0 && a.length <= method.exact && b.length <= method.exact)
		test.p = exactP(a.length, b.length, Math.floor(test.u));
	return test;
}

// Two histograms, as decodeRow() has their buckets.
function rankHists(a, b) {
	const inB = new Map(b);
	const inA = new Map(a);
	const indices = [...new Set([...inA.keys(), ...inB.keys()])].sort((x, y) => x - y);
	const groups = indices.map((index) => [inA.get(index) || 0, inB.get(index) || 0]);
	const sum = (side) => groups.reduce((total, group) => total + group[side], 0);
	return rankGroups(groups, sum(0), sum(1));
}

// Holm's correction; p values in their order.
function holm(values) {
	const order = values.map((p, i) => i).sort((x, y) => values[x] - values[y]);
	const corrected = values.slice();
	let least = 0;
	order.forEach((index, i) => {
		least = Math.max(least, Math.min(1, values[index] * (values.length - i)));
		corrected[index] = least;
	});
	return corrected;
}
