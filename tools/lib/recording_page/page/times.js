// SPDX-License-Identifier: GPL-2.0-only
// Every kind of step, PSP command and update of a launch: how often, how long, how it is spread.

function timesOf(launch) {
	const steps = Object.entries(launch.steps).filter(([, hist]) => hist).map(([name, hist]) => ({ name: 'step ' + name, hist }));
	const commands = Object.entries(launch.psp).flatMap(([name, psp]) => [{ name: name + ' executing', hist: psp.exec }, { name: name + ' waiting', hist: psp.wait }]);
	const others = [{ name: 'attribute updates waiting for slots_lock', hist: launch.attributes.wait }, { name: 'PSP time of a shared page', hist: launch.derived.psp_per_page }];
	return [...steps, ...commands, ...others].filter(({ hist }) => hist && hist.count);
}

// Buckets of a histogram, so many at most: [{ from, to, n }].
function barsOf(hist, most) {
	const { buckets } = hist;
	const size = Math.max(1, Math.ceil(buckets.length / most));
	const bars = [];
	for (let i = 0; i < buckets.length; i += size) {
		const part = buckets.slice(i, i + size);
		bars.push({ from: part[0][0], to: part[part.length - 1][1], n: part.reduce((sum, [, , n]) => sum + n, 0) });
	}
	return bars;
}

function histogram({ name, hist }) {
	const bars = barsOf(hist, 16);
	const most = bars.reduce((a, bar) => Math.max(a, bar.n), 0);
	return el('div', { class: 'bars' }, el('h3', {}, name),
		table(`How ${plural(hist.count, 'sample')} ${hist.count === 1 ? 'is' : 'are'} distributed`, [{ text: 'From' }, { text: 'To' }, { text: 'Samples', number: true }, { text: '' }],
			bars.map((bar) => [shortTime(bar.from, 3), shortTime(bar.to, 3), count(bar.n),
				el('progress', { max: String(most), value: String(bar.n), 'aria-hidden': 'true' })])));
}

function ioctlsTable(launch) {
	return table('Ioctls', [{ text: 'Ioctl' }, { text: 'Count', number: true }, { text: 'Total', number: true }, { text: 'Share', number: true }, { text: 'Failed', number: true }],
		Object.entries(launch.commands).map(([name, c]) => [name, count(c.count), time(c.sum_ns), share(c.sum_ns, launch.duration_ns), c.failed - c.length_probes ? count(c.failed - c.length_probes) : '']));
}

function timesSection(box, state, actions) {
	const launch = reported.get(state.launch);
	const all = timesOf(launch);
	const shown = all.find(({ name }) => name === state.times) || [...all].sort((a, b) => b.hist.sum_ns - a.hist.sum_ns)[0];
	const name = (row) => el('button', { type: 'button', class: 'link', 'aria-pressed': String(row === shown), onclick: () => actions.times(row.name) }, row.name);
	fill(box, el('div', { class: 'beside' }, shown && histogram(shown),
		el('div', {}, all.length > 0 && [el('h3', {}, 'All times'), table('All times', [{ text: 'What' }, { text: 'Count', number: true }, { text: 'Total', number: true }, { text: 'Share', number: true },
			{ text: 'p50', number: true }, { text: 'p90', number: true }, { text: 'p99', number: true }, { text: 'Max', number: true }],
		all.map((row) => [name(row), count(row.hist.count), time(row.hist.sum_ns), share(row.hist.sum_ns, launch.duration_ns), ...[row.hist.p50_ns, row.hist.p90_ns, row.hist.p99_ns, row.hist.max_ns].map(time)]))],
		el('h3', {}, 'Ioctls'), ioctlsTable(launch))));
}
