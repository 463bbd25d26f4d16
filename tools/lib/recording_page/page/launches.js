// SPDX-License-Identifier: GPL-2.0-only
// All launches of the recording: how they ended, when they were, which is shown.

const resultMarks = { ok: '✓', failed: '✕', incomplete: '…' };
const resultColors = { ok: 'faster', failed: 'slower', incomplete: 'unclear' };
const mostBeside = 4;

function resultNode(result) {
	return el('span', { class: 'result ' + result }, el('span', { 'aria-hidden': 'true' }, resultMarks[result] + ' '), result);
}

function headline() {
	const number = (result) => data.launches.filter((row) => row.result === result).length;
	const parts = ['ok', 'failed', 'incomplete'].filter(number).map((result) => [count(number(result)) + ' ', resultNode(result), ' ']);
	return el('p', { class: 'headline' }, plural(data.launches.length, 'launch', 'launches') + ': ', parts);
}

// What is to be known of the recording before its figures are believed.
function warnings() {
	const { report } = data;
	const list = [
		report.dropped && `${count(report.dropped)} of ${count(report.events)} events were dropped in recording.`,
		!report.complete && `The recording is not whole: ${report.problem}.`,
		report.host.filter && `Recorded with ${report.host.filter}: what that leaves out is missing.`,
		report.host.lacks && `Not known this way: ${report.host.lacks}.`,
		...Object.entries(report.losses).filter(([, n]) => n).map(([what, n]) => `Lost: ${count(n)} ${what}.`),
		data.launches.some((row) => !row.full) &&
			`${count(reported.size)} of them are told of in full: those that failed, and then the longest. Others with sevtrace report --launch.`,
	];
	return list.filter(Boolean).map((text) => el('p', { class: 'warning' }, text));
}

// Every launch a line from its start to its end, in the time of the recording.
function launchStrip(box, state, choose) {
	const first = data.launches.reduce((least, row) => Math.min(least, row.start), Infinity);
	const last = data.launches.reduce((most, row) => Math.max(most, row.start + row.duration), 0);
	const line = data.launches.length > 40 ? Math.max(2, Math.floor(400 / data.launches.length)) : 16;
	const names = line === 16;
	return onResize(box, (width) => {
		const height = data.launches.length * line + 24;
		const { canvas, ctx } = canvasOf(box, width, height, 'When each launch was, in the time of the recording; the table has the same.');
		const left = names ? Math.min(220, width * 0.35) : 10;
		const x = (ns) => left + (ns - first) / Math.max(1, last - first) * (width - left - chartPad);
		ctx.textBaseline = 'middle';
		data.launches.forEach((row, i) => {
			const y = i * line;
			if (row.launch === state.launch) {
				ctx.fillStyle = color('panel');
				ctx.fillRect(0, y, width, line);
			}
			ctx.fillStyle = color(resultColors[row.result]);
			ctx.fillRect(x(row.start), y + (names ? 3 : 0), Math.max(2, x(row.start + row.duration) - x(row.start)), Math.max(1, names ? line - 6 : line - 1));
			if (names) {
				ctx.fillStyle = color('text');
				ctx.textAlign = 'right';
				ctx.fillText(shorten(`${row.launch}: ${row.who}`, Math.floor(left / 7)), left - 8, y + line / 2);
			}
		});
		ctx.fillStyle = color('text');
		for (const [place, align] of [[0, 'left'], [0.5, 'center'], [1, 'right']]) {
			ctx.textAlign = align;
			ctx.fillText(at((last - first) * place), left + place * (width - left - chartPad), height - 10);
		}
		canvas.onclick = (event) => {
			const row = data.launches[Math.floor(event.offsetY / line)];
			if (row && row.full)
				choose(row.launch);
		};
	});
}

function launchesTable(state, actions) {
	const first = data.launches.reduce((least, row) => Math.min(least, row.start), Infinity);
	const name = (row) => row.full ?
		el('button', { type: 'button', class: 'link', 'aria-pressed': String(row.launch === state.launch), onclick: () => actions.show(row.launch, true) }, launchTitle(row)) :
		launchTitle(row);
	const beside = (row) => row.full && el('label', { class: 'check choose' },
		el('input', { type: 'checkbox', checked: state.beside.includes(row.launch), 'aria-label': `${launchTitle(row)} side by side`,
			onchange: (event) => actions.beside(row.launch, event.target.checked) }));
	const heads = [{ text: 'Launch' }, { text: 'Guest' }, { text: 'Result' }, { text: 'Began', number: true }, { text: 'Duration', number: true },
		{ text: 'Pages', number: true }, { text: 'Beside' }, { text: 'Failure' }];
	const node = table('Launches', heads, data.launches.map((row) => {
		const failure = row.full && reported.get(row.launch).failures.filter((f) => !f.recovered).pop();
		return [name(row), row.type, resultNode(row.result), '+' + at(row.start - first), time(row.duration), count(row.pages), beside(row),
			failure ? `${failure.ioctl} ${failureText(failure)}` : ''];
	}));
	node.querySelectorAll('tbody tr').forEach((tr, i) => tr.classList.toggle('chosen', data.launches[i].launch === state.launch));
	return node;
}

function launchesSection(box, state, actions) {
	const strip = el('div', { class: 'heat strips' });
	const long = data.launches.length > 20;
	fill(box, headline(), warnings(), strip,
		long ? foldedTable(`All ${count(data.launches.length)} launches`, () => launchesTable(state, actions)) : launchesTable(state, actions));
	launchStrip(strip, state, (launch) => actions.show(launch, true));
}
