// SPDX-License-Identifier: GPL-2.0-only
// Two runs, judged as tools/lib/diff/judge.c does: what is here is that, and a test holds both
// against each other.

const sectionOrder = ['launch', 'step', 'psp', 'ioctl'];

function testRow(row) {
	const { a, b } = row;
	let test = { p: 1, superiority: 0.5 };
	if (!a || !b) {
		row.verdict = a ? 'only in A' : 'only in B';
	} else if (a.launches >= method.minLaunches && b.launches >= method.minLaunches) {
		row.over = 'launches';
		test = rankValues(a.values, b.values);
	} else if (a.count >= method.minSamples && b.count >= method.minSamples) {
		row.over = 'samples';
		test = rankHists(a.buckets, b.buckets);
	}
	if (a && b)
		row.change = a.median === b.median ? 0 : a.median ? (b.median - a.median) / a.median : Infinity;
	row.p = test.p;
	row.superiority = test.superiority;
}

function decide(row) {
	if (row.verdict)
		return;
	const slower = row.change > 0;
	const launches = row.over === 'launches';
	const least = launches ? method.minChange : Math.max(method.minChange, method.minChangeSamples);
	const large = Math.abs(row.a.median - row.b.median) >= method.minNs && Math.abs(row.change) >= least;
	const superiority = slower ? row.superiority : 1 - row.superiority;
	const low = slower ? row.a : row.b;
	const high = slower ? row.b : row.a;
	const apart = low.values[low.values.length - 1] < high.values[0];
	const significant = row.over && row.p < method.level &&
		(launches ? superiority > 0.5 : superiority >= method.minSuperiority && apart);
	row.verdict = !large ? 'same' : !significant ? 'unclear' : slower ? 'slower' : 'faster';
}

// What is not the same in both, so that times may differ for that reason: [what, a, b].
function notAlike(a, b) {
	const hosts = method.hostKeys.filter((key) => (a.host[key] || '') !== (b.host[key] || ''))
		.map((key) => [key, a.host[key] || 'not known', b.host[key] || 'not known']);
	const labels = [...new Set([...Object.keys(a.labels), ...Object.keys(b.labels)])].sort()
		.filter((key) => a.labels[key] !== b.labels[key])
		.map((key) => ['label ' + key, a.labels[key] || 'none', b.labels[key] || 'none']);
	const pages = (run, type) => run.launches.filter((l) => l[0] === type && l[1]).map((l) => Math.floor(l[4] / l[1]))[0];
	const sizes = a.launches.map(([type]) => [typeName(type) + ' pages a launch', pages(a, type), pages(b, type)])
		.filter(([, x, y]) => x && y && x !== y).map(([what, x, y]) => [what, count(x), count(y)]);
	const dropped = a.dropped || b.dropped ? [['dropped events', count(a.dropped), count(b.dropped)]] : [];
	return [...hosts, ...sizes, ...dropped, ...labels];
}

// Rows of two runs with their verdicts: [{ type, section, name, a, b, change, p, over, verdict }]
function compareRuns(runA, runB) {
	const rows = new Map();
	for (const [side, run] of [['a', runA], ['b', runB]]) {
		for (const series of data.series) {
			if (series.group !== run.group || !series.placeOf.has(run.index))
				continue;
			const key = JSON.stringify([series.type, series.section, series.name]);
			const row = rows.get(key) ||
				{ type: series.type, section: series.section, name: series.name, a: null, b: null, change: null };
			row[side] = rowOf(series, run);
			rows.set(key, row);
		}
	}
	const all = [...rows.values()].sort((x, y) =>
		sectionOrder.indexOf(x.section) - sectionOrder.indexOf(y.section));
	all.forEach(testRow);
	const tested = all.filter((row) => row.over);
	holm(tested.map((row) => row.p)).forEach((p, i) => { tested[i].p = p; });
	all.forEach(decide);
	return all;
}

// Are fewer values here than launches in the run? Then the page's verdict may not be that of diff.
function thinned(rows) {
	return rows.some((row) => [row.a, row.b].some((side) => side && side.values.length < side.launches));
}
