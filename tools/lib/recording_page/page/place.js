// SPDX-License-Identifier: GPL-2.0-only
// A link to a place in the page: what is chosen stands behind the "#" of its address. Where a link
// names what the page does not have, the page is as without it.

const places = ['launches', 'launch', 'waterfall', 'pages', 'times', 'beside', 'capacity'];

function placeText(state) {
	return '#' + new URLSearchParams({
		launch: state.launch, ...(state.range ? { from: Math.round(state.range[0]), to: Math.round(state.range[1]) } : {}),
		...(state.times ? { times: state.times } : {}), ...(state.beside.length ? { beside: state.beside.join(',') } : {}), ...(state.at ? { at: state.at } : {}),
	});
}

// What a link changes of the state.
function placeOf(text) {
	const link = new URLSearchParams(text.replace(/^#/, ''));
	const number = (key) => /^[0-9]{1,16}$/.test(link.get(key) || '') ? Number(link.get(key)) : null;
	const launch = reported.get(number('launch'));
	const [from, to] = [number('from'), number('to')];
	const beside = (link.get('beside') || '').split(',').map(Number).filter((n, i, all) => reported.has(n) && all.indexOf(n) === i).slice(0, mostBeside);
	return {
		...(launch ? { launch: launch.launch, range: from !== null && to !== null && from < to ? within(launch, from, to) : null } : {}),
		...(launch && timesOf(launch).some(({ name }) => name === link.get('times')) ? { times: link.get('times') } : {}),
		...(beside.length ? { beside } : {}),
		...(places.includes(link.get('at')) ? { at: link.get('at') } : {}),
	};
}
