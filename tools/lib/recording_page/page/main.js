// SPDX-License-Identifier: GPL-2.0-only
// What is chosen, and what is drawn anew when that changes.

// The launch that is looked at first: the one that failed last, else the longest one.
function firstLaunch() {
	const full = data.launches.filter((row) => row.full);
	const failed = full.filter((row) => row.result === 'failed');
	return failed.length ? failed[failed.length - 1] : [...full].sort((a, b) => b.duration - a.duration)[0];
}

function start() {
	const state = { launch: firstLaunch().launch, range: null, times: '', beside: data.launches.filter((row) => row.full).slice(0, 2).map((row) => row.launch), at: '' };
	const boxes = Object.fromEntries(places.map((id) => [id, el('div')]));
	let redrawTimes = () => {};
	// The address is that of what is shown, once something was chosen.
	const tell = (change) => {
		Object.assign(state, change);
		history.replaceState(null, '', placeText(state));
	};
	const showOverTime = () => {
		const redrawing = [overTimeSection(boxes.waterfall, state, actions), pagesSection(boxes.pages, state)].filter(Boolean);
		redrawTimes = () => redrawing.forEach((redraw) => redraw());
	};
	const showAll = () => {
		launchesSection(boxes.launches, state, actions);
		launchSection(boxes.launch, state, actions);
		showOverTime();
		timesSection(boxes.times, state, actions);
		besideSection(boxes.beside, state, actions);
	};
	const actions = {
		show: (launch, there) => {
			tell({ launch, range: null, times: '', ...(there ? { at: 'launch' } : {}) });
			showAll();
			if (there)
				goTo('launch');
		},
		range: (range) => {
			tell({ range });
			redrawTimes();
		},
		times: (name) => {
			tell({ times: name });
			timesSection(boxes.times, state, actions);
		},
		// number: null: all of them go.
		beside: (number, add) => {
			const others = number === null ? [] : state.beside.filter((other) => other !== number);
			tell({ beside: add ? [...others, number].slice(-mostBeside) : others });
			launchesSection(boxes.launches, state, actions);
			besideSection(boxes.beside, state, actions);
		},
	};
	for (const id of places)
		byId(id).append(boxes[id]);
	capacitySection(boxes.capacity);
	const follow = () => {
		Object.assign(state, placeOf(location.hash));
		showAll();
		if (location.hash.includes('=') && state.at)
			goTo(state.at);
	};
	follow();
	addEventListener('hashchange', () => location.hash.includes('=') && follow());
	return () => redraws.forEach((redraw) => redraw());
}

function about() {
	const { host } = data.report;
	document.title = `${data.file}: launches`;
	document.querySelector('h1').textContent = data.file;
	byId('about').textContent = [host.hostname, host.kernel && 'Linux ' + host.kernel, host.fw_api && 'firmware API ' + host.fw_api, host.started && minute(host.started) + ' UTC',
		`${plural(data.report.events, 'event')}, ${count(data.report.dropped || 0)} dropped`].filter(Boolean).join(' · ');
	byId('foot').textContent = `Made by sevtrace ${data.report.version}, ${minute(data.made)} UTC. Percentiles are from histograms, at most 6.25 % off up to 69 s.`;
}

about();
if (reported.size) {
	themeSwitch(start());
} else {
	byId('launches').append(el('p', {}, 'No launch of a confidential guest was recorded.'));
	places.filter((id) => id !== 'launches').forEach((id) => byId(id).remove());
	document.querySelectorAll('header nav a').forEach((link) => byId(link.getAttribute('href').slice(1)) || link.remove());
	themeSwitch(() => redraws.forEach((redraw) => redraw()));
}
