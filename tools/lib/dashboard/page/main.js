// SPDX-License-Identifier: GPL-2.0-only
// What is chosen, and what is drawn anew when that changes.

function startingState() {
	const change = standing ? standing.lines[0][0] : changes[0];
	const first = change ? change.series : data.series.find((series) => series.section === 'launch') || data.series[0];
	const last = data.runs.length - 1;
	return {
		type: first.type, group: first.group, section: first.section, name: first.name, search: '',
		run: change ? change.after : data.runs[first.runs[first.runs.length - 1]],
		a: change ? change.before.index : first.runs[Math.max(0, first.runs.length - 2)],
		b: change ? change.after.index : first.runs[first.runs.length - 1] ?? last, onlyDifferent: true,
	};
}

function start() {
	const state = startingState();
	const filterBox = el('div', { class: 'filters' });
	const search = el('input', { type: 'search', oninput: () => { state.search = search.value; seriesList(list, state, choose); } });
	const list = el('nav', { class: 'list', 'aria-label': 'Series' });
	const charts = el('div', { class: 'detail' });
	const runBox = el('div');
	const pairBox = el('div');
	const scalingBox = el('div');
	const current = () => {
		const all = seriesOf(state);
		return all.find((s) => s.section === state.section && s.name === state.name) || all.find((s) => s.section === 'launch') || all[0];
	};
	const showRun = () => runSection(runBox, state.run, current(), actions);
	const showPair = () => pairSection(pairBox, state, (change) => {
		tell(change);
		showPair();
	});
	// The address is that of what is shown, once something was chosen.
	const tell = (change) => {
		Object.assign(state, change);
		history.replaceState(null, '', placeText(state));
	};
	const go = (at) => {
		tell({ at });
		goTo(at);
	};
	const actions = {
		chooseRun: (run, there) => {
			tell({ run });
			showRun();
			shownTimeline.redraw();
			if (there)
				go('run');
		},
		step: (by) => {
			const runs = data.runs.filter((run) => run.group === state.run.group);
			const to = runs[runs.indexOf(state.run) + by];
			if (to)
				actions.chooseRun(to, false);
			byId('status').textContent = to ? runTitle(to) : 'There is no further run.';
		},
		compare: (side, run) => {
			state[side] = run.index;
			const other = side === 'a' ? 'b' : 'a';
			if (data.runs[state[other]].group !== run.group)
				state[other] = data.runs.filter((r) => r.group === run.group && r !== run).map((r) => r.index).pop() ?? run.index;
			showPair();
			go('pair');
		},
	};
	const update = (change) => {
		Object.assign(state, change);
		const series = current();
		Object.assign(state, { section: series.section, name: series.name });
		if (state.run.group !== series.group)
			state.run = data.runs[series.runs[series.runs.length - 1]];
		filterBox.hidden = !filters(filterBox, state, choose);
		seriesList(list, state, choose);
		seriesCharts(charts, series, state, actions);
		scalingSection(scalingBox, series);
		showRun();
	};
	const choose = (change) => {
		update(change);
		tell({});
	};
	changesSection(byId('changes'), (change) => {
		update({ type: change.series.type, group: change.series.group, section: change.series.section, name: change.series.name, run: change.after });
		Object.assign(state, { a: change.before.index, b: change.after.index });
		showPair();
		go('time');
	});
	byId('time').append(filterBox, el('div', { class: 'explore' },
		el('div', { class: 'side' }, el('label', { class: 'field' }, el('span', {}, 'Find a step, command or ioctl'), search), list), charts));
	byId('run').append(runBox);
	byId('pair').append(pairBox);
	byId('scaling').append(scalingBox);
	const follow = () => {
		const linked = placeOf(location.hash);
		update(linked);
		showPair();
		if (linked.at)
			goTo(linked.at);
	};
	follow();
	addEventListener('hashchange', () => location.hash.includes('=') && follow());
	errorsSection(byId('errors'), (run) => {
		update({ group: run.group, run });
		go('run');
	});
	return () => {
		seriesCharts(charts, current(), state, actions);
		scalingSection(scalingBox, current());
		redraws.forEach((redraw) => redraw());
	};
}

function about() {
	const hosts = [...new Set(data.runs.map((run) => run.host.hostname).filter(Boolean))];
	const first = data.runs[0];
	const last = data.runs[data.runs.length - 1];
	document.title = (data.title || 'sevtrace') + ': launches';
	if (data.title)
		document.querySelector('h1').textContent = data.title;
	byId('about').textContent = [`${plural(data.runs.length, 'run')}, ${day(first.added)} to ${day(last.added)}`,
		hosts.length === 1 ? hosts[0] : plural(hosts.length, 'host'), plural(data.groups.length, 'configuration')].join(' · ');
	byId('foot').textContent = `Made by sevtrace ${data.version}, ${minute(data.made)} UTC. Times are from histograms, at most 6.25 % off up to 69 s.`;
}

about();
if (data.series.length) {
	themeSwitch(start());
} else {
	byId('changes').append(el('p', {}, 'No launch in these runs finished, so there are no times.'));
	['time', 'run', 'pair', 'scaling'].forEach((id) => byId(id).remove());
	errorsSection(byId('errors'), () => {});
	themeSwitch(() => redraws.forEach((redraw) => redraw()));
}
