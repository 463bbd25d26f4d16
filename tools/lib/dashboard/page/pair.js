// SPDX-License-Identifier: GPL-2.0-only
// Two runs side by side, with the verdicts of sevtrace diff.

function pairSection(box, state, update) {
	const [a, b] = [state.a, state.b].map((index) => data.runs[index]);
	const choices = (group) => data.runs.filter((run) => run.group === group).map((run) => ({ value: String(run.index), text: runTitle(run) })).reverse();
	const pick = (side, run) => select(`${side.toUpperCase()}${data.groups.length > 1 ? ', ' + groupText(data.groups[run.group]) : ''}`,
		choices(run.group), String(run.index), (value) => update({ [side]: Number(value) }));
	const rows = compareRuns(a, b);
	const types = new Set(rows.map((row) => row.type)).size > 1;
	const different = rows.filter((row) => row.verdict !== 'same');
	const shown = state.onlyDifferent ? different : rows;
	const odd = notAlike(a, b);
	const number = (verdict) => rows.filter((row) => row.verdict === verdict).length;
	const figures = (side, p) => side ? time(p === 50 ? side.median : percentile(side, p)) : '–';
	fill(box, 
		el('div', { class: 'filters' }, pick('a', a), pick('b', b),
			el('button', { type: 'button', onclick: () => update({ a: state.b, b: state.a }) }, 'Swap'),
			el('label', { class: 'check' }, el('input', { type: 'checkbox', checked: state.onlyDifferent, onchange: (event) => update({ onlyDifferent: event.target.checked }) }),
				'only what differs')),
		el('p', { class: 'headline' }, ['slower', 'faster', 'unclear'].filter(number).map((verdict) => [count(number(verdict)) + ' ', verdictNode(verdict), ' ']),
			['slower', 'faster', 'unclear'].some(number) ? `of ${plural(rows.length, 'row')}` : verdictNode('same')),
		odd.length > 0 && el('ul', { class: 'quiet' }, odd.map(([what, x, y]) => el('li', {}, `differs: ${what}, ${x} in A, ${y} in B`))),
		thinned(rows) && el('p', { class: 'warning' }, 'The page has some of the launches of these runs only: sevtrace history diff judges over all of them.'),
		table(`Run ${a.id} (A) and run ${b.id} (B)`, [{ text: 'What' }, { text: 'p50 A', number: true }, { text: 'p50 B', number: true }, { text: 'Change', number: true },
			{ text: 'p99 A', number: true }, { text: 'p99 B', number: true }, { text: 'Verdict' }],
		shown.map((row) => [(types ? typeName(row.type) + ' ' : '') + row.name, figures(row.a, 50), figures(row.b, 50),
			row.change === null ? '' : percent(row.change === Infinity ? null : row.change), figures(row.a, 99), figures(row.b, 99),
			[verdictNode(row.verdict), row.over === 'samples' && ['slower', 'faster'].includes(row.verdict) && el('abbr', { title: 'over samples, as there are few launches' }, '*')]])),
		!shown.length && el('p', {}, 'Nothing differs.'));
}
