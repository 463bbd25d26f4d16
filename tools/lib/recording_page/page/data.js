// SPDX-License-Identifier: GPL-2.0-only
// What tools/lib/recording_page/ put into the page:
//
//   made, file, texts: { name of a part of a launch's time: what it is called },
//   bounds: [where a row of a heat map begins, ns],
//   launches: [{ launch, who, type, result, start, duration, pages, full: it is in report and details }],
//   report: as docs/schema/report.schema.json has it,
//   details: { number of a launch: {
//     pages, no_gfn: pages without a GFN,
//     by_time, by_gfn: null or { shift, places: [times 2^shift: ns or GFN], columns: [[row, n, row, n, ...]] },
//     ioctls, steps, executions, waits: { gap: nearer spans are one, spans: [[start, length, busy, name, count, failed]] } } },
//   prediction: null, or as docs/schema/predict.schema.json has it
//
// Times are nanoseconds; those of a launch count from its first ioctl.

const data = JSON.parse(byId('data').textContent);
const { bounds } = data;
const reported = new Map(data.report.launches.map((launch) => [launch.launch, launch]));
const rowOf = new Map(data.launches.map((row) => [row.launch, row]));

function launchTitle(row) {
	return `launch ${row.launch}: ${row.who}`;
}

// A duration since the launch began.
function at(ns) {
	return ns === 0 ? '0' : time(ns);
}

function share(part, whole) {
	return whole ? (100 * part / whole).toFixed(1) + ' %' : '';
}

// Who owns the time of a launch, the largest first: [{ depth, key, name, ns }]; what is below a
// thousandth is summed up. The same tree as that of the text.
function timeTree(launch) {
	const whole = launch.duration_ns;
	const text = (key) => data.texts[key] || key;
	const branch = (key, name, parts) => ({ key, name, ns: parts.reduce((sum, part) => sum + part.ns, 0), parts });
	const { time: t } = launch;
	const vmm = t.vmm ? ['running', 'ready', 'asleep', 'unknown'].map((part) => ({ key: 'vmm ' + part, name: part === 'unknown' ? 'not known' : text(part), ns: t.vmm[part + '_ns'] })) : [];
	const outside = { ...branch('vmm', 'the VMM, outside of SEV ioctls', vmm), ns: t.outside_ns };
	const ioctls = Object.entries(t.ioctls).map(([ioctl, parts]) => branch(ioctl, ioctl, Object.entries(parts).map(([part, ns]) => ({ key: ioctl + ' ' + part, name: text(part), ns }))));
	const untold = { key: 'untold', name: 'in an ioctl that had not returned', ns: t.untold_ns, parts: [] };
	const rows = [{ depth: 0, key: 'launch', name: 'launch', ns: whole }];
	const put = (depth, nodes) => {
		const some = nodes.filter((node) => node.ns > 0).sort((a, b) => b.ns - a.ns);
		const small = some.filter((node) => node.ns < whole / 1000);
		for (const node of small.length > 1 ? some.slice(0, -small.length) : some) {
			rows.push({ depth, key: node.key, name: node.name, ns: node.ns });
			put(depth + 1, node.parts || []);
		}
		if (small.length > 1)
			rows.push({ depth, key: null, name: `${small.length} smaller ones`, ns: small.reduce((sum, node) => sum + node.ns, 0) });
	};
	put(1, [outside, ...ioctls, untold]);
	return rows;
}

// What the launch did outside of its ioctls: the rest of its time, as spans.
function outsideOf(launch, ioctls) {
	const spans = [];
	let from = 0;
	const put = (to) => to > from && spans.push([from, to - from, to - from, 'outside of SEV ioctls', 1, 0]);
	for (const [start, length] of [...ioctls].sort((a, b) => a[0] - b[0])) {
		put(start);
		from = Math.max(from, start + length);
	}
	put(launch.duration_ns);
	return spans;
}

// "INVALID_PAGE_STATE", "-5 (EIO)": how a failure ended.
function failureText(failure) {
	return [`${failure.ret} (${failure.errno})`, failure.step && 'step ' + failure.step,
		failure.psp && failure.psp.status_name !== 'SUCCESS' && failure.psp.status_name].filter(Boolean).join(', ');
}
