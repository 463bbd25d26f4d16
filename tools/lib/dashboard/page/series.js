// SPDX-License-Identifier: GPL-2.0-only
// Which series is shown: filters, the list, and its charts.

function seriesOf(state) {
	return data.series.filter((series) => series.type === state.type && series.group === state.group);
}

// What can be chosen: the type of guest, the host, each label that keeps runs apart.
function dimensions() {
	const list = [{
		label: 'Guest', get: (series) => series.type, text: typeName,
	}, {
		label: 'Host', get: (series) => data.groups[series.group].host, text: (host) => host || 'not known',
	}, ...data.by.map((key) => ({
		label: key[0].toUpperCase() + key.slice(1), get: (series) => data.groups[series.group].labels[key] || '', text: (value) => value || 'none',
	}))];
	for (const dimension of list)
		dimension.values = [...new Set(data.series.map(dimension.get))].sort(labelOrder);
	return list.filter((dimension) => dimension.values.length > 1);
}

// The series that has one value changed and as many others as can be the same.
function nearest(all, changed, value, current) {
	const like = (series) => all.filter((d) => d.get(series) === d.get(current)).length +
		(series.name === current.name && series.section === current.section ? 0.5 : 0);
	return data.series.filter((series) => changed.get(series) === value).sort((a, b) => like(b) - like(a))[0];
}

function filters(box, state, update) {
	const all = dimensions();
	const current = data.series.find((s) => s.type === state.type && s.group === state.group && s.name === state.name && s.section === state.section) || seriesOf(state)[0];
	box.replaceChildren(...all.map((dimension) => select(dimension.label,
		dimension.values.map((value) => ({ value: String(value), text: dimension.text(value) })), String(dimension.get(current)), (text) => {
			const value = dimension.values.find((candidate) => String(candidate) === text);
			const to = nearest(all, dimension, value, current);
			update({ type: to.type, group: to.group });
		})));
	return all.length;
}

const sectionNames = { launch: 'Launch', step: 'Steps', psp: 'PSP commands', ioctl: 'Ioctls' };

function seriesList(box, state, update) {
	const wanted = state.search.toLowerCase();
	const shown = seriesOf(state).filter((series) => series.name.toLowerCase().includes(wanted) || !wanted);
	const item = (series) => {
		const last = rowAt(series, series.rows.length - 1);
		const change = series.changes[series.changes.length - 1];
		const slower = change && (change.change === null || change.change > 0);
		const chosen = series.name === state.name && series.section === state.section;
		return el('li', {}, el('button', { type: 'button', 'aria-pressed': String(chosen), onclick: () => update({ name: series.name, section: series.section }) },
			el('span', { class: 'name' }, series.name),
			el('span', { class: 'number' }, time(last.median)),
			el('span', { class: 'number verdict ' + (change ? slower ? 'slower' : 'faster' : '') },
				change ? (slower ? '▲ ' : '▼ ') + percent(change.change) : '',
				change && el('span', { class: 'hidden' }, ' at the last change'))));
	};
	box.replaceChildren(...sectionOrder.map((section) => {
		const list = shown.filter((series) => series.section === section);
		return list.length ? [el('h3', {}, sectionNames[section]), el('ul', {}, list.map(item))] : [];
	}).flat(), ...(shown.length ? [] : [el('p', {}, 'Nothing has this in its name.')]));
}

function seriesTable(series) {
	const marks = new Map(series.changes.map((change) => [change.at, change]));
	return table(`${series.name}, run by run`, [{ text: 'Run', number: true }, { text: 'Added' }, { text: 'Labels' }, { text: 'Launches', number: true },
		{ text: 'p50', number: true }, { text: 'p90', number: true }, { text: 'p99', number: true }, { text: 'Change' }],
	series.runs.map((index, place) => {
		const row = rowAt(series, place);
		const mark = marks.get(place);
		return [String(data.runs[index].id), minute(data.runs[index].added), runLabels(data.runs[index]), count(row.launches),
			...percents.map((p) => time(percentile(row, p))),
			mark ? verdictNode(mark.change === null || mark.change > 0 ? 'slower' : 'faster') : ''];
	}).reverse());
}

let shownTimeline = null;
function seriesCharts(box, series, state, actions) {
	if (shownTimeline)
		shownTimeline.destroy();
	const where = [typeName(series.type), groupText(data.groups[series.group])].filter(Boolean).join(', ');
	const readout = el('p', { class: 'readout' });
	const charts = el('div', {
		class: 'charts', tabindex: '0', role: 'group', 'aria-roledescription': 'chart',
		'aria-label': `p50, p90 and p99 of ${series.name} over ${series.runs.length} runs. Arrow keys go from run to run, Enter shows the run. The table below has the same.`,
	});
	const heat = el('div', { class: 'heat' });
	const whole = [-0.5, series.runs.length - 0.5];
	const all = el('button', { type: 'button', hidden: true, onclick: () => shownTimeline.showAll() }, 'Show all runs');
	let shown = whole;
	let redraw = null;
	const hover = (place) => {
		const row = rowAt(series, place);
		const run = data.runs[series.runs[place]];
		readout.replaceChildren(el('span', { class: 'quiet' }, runTitle(run)), ...percents.map((p) => el('span', {}, ` p${p} `, el('b', {}, time(percentile(row, p))))));
	};
	const choose = (place) => actions.chooseRun(data.runs[series.runs[place]], true);
	box.replaceChildren(
		el('h3', {}, series.name, ' ', el('span', { class: 'quiet' }, where)),
		readout, charts, all,
		el('p', { class: 'legend quiet' }, el('span', { class: 'key line' }), ' a run ', el('span', { class: 'key level' }), ' median between changes ',
			el('span', { class: 'key band' }), ' noise: two standard deviations ', el('span', { class: 'slower' }, '▲'), ' slower ', el('span', { class: 'faster' }, '▼'), ' faster'),
		heat,
		el('p', { class: 'quiet' }, 'Click a run, or press Enter on it, to see all of it. Drag across a chart to see fewer runs.'),
		foldedTable('The same as a table', () => seriesTable(series)));
	shownTimeline = timeline(charts, series, state, {
		hover, choose,
		range: (from, to) => {
			shown = [from, to];
			all.hidden = from <= whole[0] && to >= whole[1];
			if (redraw)
				redraw();
		},
	});
	redraw = heatMap(heat, series, () => shown);
	hover(series.runs.length - 1);
	charts.addEventListener('keydown', (event) => {
		const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
		if (by !== undefined) {
			shownTimeline.move(by);
			byId('status').textContent = readout.textContent;
		} else if (event.key === 'Enter') {
			shownTimeline.choose();
		} else {
			return;
		}
		event.preventDefault();
	});
}
