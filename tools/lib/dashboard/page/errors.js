// SPDX-License-Identifier: GPL-2.0-only
// Launches that failed, and what the PSP answered other than SUCCESS, run by run.

function errorLines(runs) {
	const lines = new Map();
	const add = (name, place, n) => {
		if (!n)
			return;
		if (!lines.has(name))
			lines.set(name, { name, counts: new Array(runs.length).fill(0) });
		lines.get(name).counts[place] += n;
	};
	runs.forEach((run, place) => {
		for (const [type, , failed, incomplete] of run.launches) {
			add(typeName(type) + ' launches failed', place, failed);
			add(typeName(type) + ' launches not finished', place, incomplete);
		}
	});
	runs.forEach((run, place) => run.errors.forEach(([, command, status, n]) => add(command + ' ' + status, place, n)));
	return [...lines.values()];
}

function errorsSection(box, choose) {
	const lines = errorLines(data.runs);
	if (!lines.length) {
		box.append(el('p', { class: 'quiet' }, `No launch failed in ${plural(data.runs.length, 'run')}, and the PSP answered nothing but SUCCESS.`));
		return;
	}
	const chart = el('div', { class: 'heat' });
	const where = (line) => line.counts.map((n, i) => [n, data.runs[i]]).filter(([n]) => n).map(([, run]) => run);
	const runButton = (run) => el('button', { type: 'button', class: 'link', onclick: () => choose(run) }, runName(run), ' ', el('span', { class: 'quiet' }, day(run.added)));
	box.append(chart, table('Errors', [{ text: 'What' }, { text: 'Times', number: true }, { text: 'Runs', number: true }, { text: 'First in' }, { text: 'Last in' }],
		lines.map((line) => {
			const runs = where(line);
			return [line.name, count(line.counts.reduce((a, b) => a + b, 0)), count(runs.length), runButton(runs[0]), runButton(runs[runs.length - 1])];
		})));
	strip(chart, lines, data.runs, 'How often launches failed and the PSP answered an error, run by run; the table has the same.', choose);
}
