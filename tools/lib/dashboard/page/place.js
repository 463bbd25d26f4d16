// SPDX-License-Identifier: GPL-2.0-only
// A link to a place in the page: what is chosen stands behind the "#" of its address. Where a link
// names what the page does not have, the page is as without it.

const places = ['time', 'run', 'pair'];

function placeText(state) {
	return '#' + new URLSearchParams({
		run: state.run.id, guest: state.type, section: state.section, name: state.name,
		a: data.runs[state.a].id, b: data.runs[state.b].id, ...(state.onlyDifferent ? {} : { same: 'too' }), ...(state.at ? { at: state.at } : {}),
	});
}

// What a link changes of the state.
function placeOf(text) {
	const link = new URLSearchParams(text.replace(/^#/, ''));
	const run = (key) => data.runs.find((candidate) => String(candidate.id) === link.get(key));
	const [shown, a, b] = ['run', 'a', 'b'].map(run);
	const series = shown && data.series.find((candidate) => candidate.group === shown.group && candidate.type === link.get('guest') &&
		candidate.section === link.get('section') && candidate.name === link.get('name'));
	return {
		...(series ? { run: shown, type: series.type, group: series.group, section: series.section, name: series.name } : {}),
		...(a && b ? { a: a.index, b: b.index, onlyDifferent: link.get('same') !== 'too' } : {}),
		...(places.includes(link.get('at')) ? { at: link.get('at') } : {}),
	};
}
