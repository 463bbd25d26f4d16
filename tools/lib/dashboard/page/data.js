// SPDX-License-Identifier: GPL-2.0-only
// What tools/lib/dashboard/page.c put into the page:
//
//   by: [label that keeps runs apart], method: { figures of the tests, bounds: [where a bucket begins, ns] },
//   groups: [{ host, labels }], runs: [{ id, added, host, labels, group, launches: [[type, ok, failed, incomplete, pages]],
//   errors: [[type, command, status, n]], predictions: [[type, launches at once, p50 in ns]] }],
//   series: [{ type, section, name, group, runs: [index], rows: [see decode.js], changes: [{ at, before, after, change, p }] }]

const data = JSON.parse(byId('data').textContent);
const { method } = data;
const { bounds } = method;

data.runs.forEach((run, index) => { run.index = index; });
data.series.forEach((series, index) => {
	series.index = index;
	series.decoded = new Array(series.rows.length);
	series.placeOf = new Map(series.runs.map((run, place) => [run, place]));
});

// A row of a series, by its place among the series' runs.
function rowAt(series, place) {
	series.decoded[place] = series.decoded[place] || decodeRow(series.rows[place]);
	return series.decoded[place];
}

function rowOf(series, run) {
	const place = series.placeOf.get(run.index);
	return place === undefined ? null : rowAt(series, place);
}

// Sizes sort by what they mean: 4M before 32M.
function labelOrder(a, b) {
	const value = (text) => {
		const match = /^([0-9.]+)\s*([kmgt]?)i?b?$/i.exec(text);
		return match ? parseFloat(match[1]) * 1024 ** ' kmgt'.indexOf(match[2].toLowerCase() || ' ') : NaN;
	};
	const difference = value(a) - value(b);
	return Number.isNaN(difference) ? (a < b ? -1 : a > b ? 1 : 0) : difference;
}

function groupText(group, without) {
	const labels = Object.entries(group.labels).filter(([key]) => key !== without).map(([key, value]) =>
		key === 'concurrency' ? value + ' at once' : key === 'size' ? value : key + ' ' + value);
	const hosts = new Set(data.groups.map((g) => g.host)).size > 1;
	return [...labels, ...(hosts || !labels.length ? [group.host || 'unknown host'] : [])].join(', ');
}

// Labels that tell one run from the next: what does not keep series apart and is not the same in
// all.
const telling = (() => {
	const values = new Map();
	for (const run of data.runs)
		for (const [key, value] of Object.entries(run.labels))
			values.set(key, (values.get(key) || new Set()).add(value));
	const keys = [...values.keys()].filter((key) => !data.by.includes(key) && values.get(key).size > 1);
	return keys.sort((a, b) => (b === 'commit') - (a === 'commit') || (a < b ? -1 : 1));
})();

// What to call a run where there is little room: its commit, or its first label that tells, or its
// number.
function runName(run) {
	const key = telling.find((candidate) => candidate in run.labels);
	return key ? run.labels[key] : 'run ' + run.id;
}

function runLabels(run) {
	return Object.entries(run.labels).filter(([key]) => telling.includes(key)).map(([key, value]) => key + ' ' + value).join(', ');
}

function runTitle(run) {
	return ['run ' + run.id, day(run.added), runLabels(run)].filter(Boolean).join(', ');
}

// All changes, newest first.
const changes = data.series.flatMap((series) => series.changes.map((point) => ({
	series, point, slower: point.change === null || point.change > 0,
	before: data.runs[series.runs[point.at - 1]], after: data.runs[series.runs[point.at]],
}))).sort((a, b) => b.after.index - a.after.index || Math.abs(b.point.change) - Math.abs(a.point.change));

// Changes at nearly the same place, whatever they are of: most likely one cause. The clearest one
// says where it is, as a place may be off by a run. [{ from, to, changes }], newest first.
const events = (() => {
	const found = [];
	const widened = ({ series, point }) => [series.runs[Math.max(0, point.at - 2)], series.runs[Math.min(series.runs.length - 1, point.at + 1)]];
	for (const change of [...changes].sort((a, b) => a.point.p - b.point.p)) {
		const [first, last] = widened(change);
		const like = found.find((event) => first < event.to.index && event.from.index < last);
		if (like)
			like.changes.push(change);
		else
			found.push({ from: change.before, to: change.after, changes: [change] });
	}
	return found.sort((a, b) => b.to.index - a.to.index);
})();
