// SPDX-License-Identifier: GPL-2.0-only
// The first thing to see: did something get slower, where, since which run.

// "+7.4 to +8.3 %"
function percentRange(list) {
	const values = list.map((change) => change.point.change === null ? Infinity : change.point.change);
	const low = Math.min(...values);
	const high = Math.max(...values);
	if (low === Infinity)
		return percent(null);
	return percent(low) === percent(high) ? percent(low) :
		percent(low).replace(' %', '') + ' to ' + (high === Infinity ? percent(null) : percent(high));
}

// What changed in an event: the same thing in several configurations is one line.
function eventLines(event) {
	const lines = new Map();
	for (const change of event.changes) {
		const key = JSON.stringify([change.series.type, change.series.section, change.series.name, change.slower]);
		lines.set(key, [...(lines.get(key) || []), change]);
	}
	// A command is a part of a step, that one of an ioctl: the innermost says most.
	const depth = (list) => ['launch', 'ioctl', 'step', 'psp'].indexOf(list[0].series.section);
	const largest = (list) => Math.max(...list.map((change) => Math.abs(change.point.change || Infinity)));
	return [...lines.values()].map((list) => list.sort((a, b) => Math.abs(b.point.change) - Math.abs(a.point.change)))
		.sort((a, b) => b.length - a.length || depth(b) - depth(a) || largest(b) - largest(a));
}

function eventNode(event, show) {
	const types = new Set(data.series.map((series) => series.type)).size > 1;
	const lines = eventLines(event);
	const differences = notAlike(event.from, event.to).filter(([what]) => method.hostKeys.includes(what));
	const where = (list) => {
		const all = new Set(data.series.filter((s) => s.type === list[0].series.type && s.section === list[0].series.section &&
			s.name === list[0].series.name).map((s) => s.group)).size;
		const groups = new Set(list.map((change) => change.series.group)).size;
		return groups === all && all > 1 ? 'in all ' + all + ' configurations' : groups <= 3 ?
			list.map((change) => groupText(data.groups[change.series.group]) || 'all runs').join('; ') :
			`in ${groups} of ${all} configurations`;
	};
	return el('article', { class: 'event' },
		el('h3', {}, 'Since ', el('strong', {}, runName(event.to)), ' ',
			el('span', { class: 'quiet' }, `run ${event.to.id}, ${day(event.to.added)}; the last one before is ${runName(event.from)}, run ${event.from.id}`)),
		differences.length > 0 && el('p', { class: 'quiet' }, 'Also different: ',
			differences.map(([what, a, b]) => `${what} ${a} → ${b}`).join(', ')),
		table('Changes since ' + runName(event.to), [{ text: 'What' }, { text: 'Verdict' }, { text: 'Change', number: true },
			{ text: 'Before → after' }, { text: 'Where' }],
		lines.map((list) => [
			el('button', { type: 'button', class: 'link', onclick: () => show(list[0]) },
				(types ? typeName(list[0].series.type) + ' ' : '') + list[0].series.name),
			verdictNode(list[0].slower ? 'slower' : 'faster'), percentRange(list),
			`${time(list[0].point.before)} → ${time(list[0].point.after)}`, where(list),
		])));
}

// The newest event that made something slower that still is: { event, lines }; null: there is none.
const standing = (() => {
	const still = (c) => c.slower && c.point === c.series.changes[c.series.changes.length - 1];
	const event = events.find((e) => e.changes.some(still));
	return event ? { event, lines: eventLines({ changes: event.changes.filter(still) }) } : null;
})();

function headline() {
	const failed = data.runs.filter((run) => run.launches.some(([, , n]) => n)).length;
	const parts = [];
	if (standing) {
		const { event, lines: [worst, ...rest] } = standing;
		const others = rest.length;
		parts.push(el('p', { class: 'headline' }, verdictNode('slower'), ' since ', el('strong', {}, runName(event.to)), ': ',
			el('strong', {}, worst[0].series.name), ` ${percentRange(worst)}`, others > 0 && `, and ${plural(others, 'other')}`));
	} else {
		parts.push(el('p', { class: 'headline' }, el('span', { class: 'verdict same' }, el('span', { class: 'mark', 'aria-hidden': 'true' }, '='),
			changes.length ? 'Nothing is slower than before its last change.' : 'No change was found.')));
	}
	if (failed)
		parts.push(el('p', {}, 'Launches failed in ', el('a', { href: '#errors' }, plural(failed, 'run')), '.'));
	return parts;
}

function changesSection(box, show) {
	const first = 2;
	box.append(...headline(), ...events.slice(0, first).map((event) => eventNode(event, show)));
	if (events.length > first)
		box.append(el('details', {}, el('summary', {}, plural(events.length - first, 'earlier change')),
			events.slice(first).map((event) => eventNode(event, show))));
	const few = Math.max(...data.series.map((series) => series.runs.length)) < 2 * method.minRuns;
	box.append(el('p', { class: 'quiet' }, few ?
		`A change needs ${method.minRuns} runs of the same configuration on each side of it; there are fewer.` :
		`Changes of ${100 * method.minChange} % at least that a rank test over all runs does not take for chance ` +
		`(level ${100 * method.level} % over all series together).`));
}
