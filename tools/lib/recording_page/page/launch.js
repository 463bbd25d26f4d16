// SPDX-License-Identifier: GPL-2.0-only
// What one launch was, and who owns its time.

function launchFacts(launch, row) {
	const names = Object.entries(launch.names).filter(([, name]) => name).map(([kind, name]) => [data.texts[kind], name]);
	const pages = ['shared', 'private'].filter((kind) => launch.pages[kind]).map((kind) => `${count(launch.pages[kind])} ${kind}`);
	const list = [['Guest', row.type + (launch.asid ? `, ASID ${launch.asid}` : '')], ['VMM', `${launch.comm}, process ${launch.pid}`], ...names,
		['Result', launch.result], ['Duration', time(launch.duration_ns)], ['Pages', pages.join(', ')],
		['Attribute updates', launch.attributes.updates && `${count(launch.attributes.updates)}, ${count(launch.attributes.pages || 0)} pages`],
		['Before the first ioctl', launch.time.before_ns !== null && time(launch.time.before_ns)],
		['Until the guest ran', launch.time.until_run_ns !== null && time(launch.time.until_run_ns)],
		['Torn down', launch.destroyed && launch.teardown_ns !== null && `later, in ${time(launch.teardown_ns)}`],
		['Several ioctls at once', launch.time.overlap_ns && time(launch.time.overlap_ns)],
		['Dropped records', launch.dropped && count(launch.dropped)],
		['Began before the recording', launch.joined && 'yes'],
		['Ended inside', launch.pending.join(', ')]];
	return el('dl', { class: 'facts' }, list.filter(([, value]) => value).map(([key, value]) => el('div', {}, el('dt', {}, key), el('dd', {}, value))));
}

function treeTable(launch) {
	const whole = launch.duration_ns;
	const node = table('Where the time went', [{ text: 'What' }, { text: 'Time', number: true }, { text: 'Share', number: true }, { text: '' }],
		timeTree(launch).map((part) => [el('span', { class: 'depth-' + part.depth }, part.name), time(part.ns), share(part.ns, whole),
			el('progress', { max: String(Math.max(1, whole)), value: String(part.ns), 'aria-hidden': 'true' })]));
	node.classList.add('tree');
	return node;
}

// For whom the launch waited: launches by number, 0 is the host.
function waitsTable(launch) {
	const waits = launch.time.psp_held_by;
	return waits.length > 0 && [el('h3', {}, 'Who held the PSP while it waited'),
		table('Who held the PSP', [{ text: 'Who' }, { text: 'Time', number: true }, { text: 'Share', number: true }],
			[...waits].sort((a, b) => b.ns - a.ns).map((wait) => [wait.launch ? launchTitle(rowOf.get(wait.launch) || { launch: wait.launch, who: 'not shown' }) : 'the host',
				time(wait.ns), share(wait.ns, launch.duration_ns)]))];
}

function callsTable(launch) {
	const calls = Object.entries(launch.time.calls).sort((a, b) => b[1].sum_ns - a[1].sum_ns);
	return calls.length > 0 && [el('h3', {}, 'What the VMM called outside of SEV ioctls'),
		table('Calls of the VMM', [{ text: 'Call' }, { text: 'Count', number: true }, { text: 'Total', number: true }, { text: 'p50', number: true }, { text: 'Max', number: true }],
			calls.slice(0, 20).map(([name, hist]) => [name, count(hist.count), time(hist.sum_ns), time(hist.p50_ns), time(hist.max_ns)])),
		calls.length > 20 && el('p', { class: 'quiet' }, `and ${calls.length - 20} shorter ones`)];
}

function profileTable(launch) {
	const { profile } = launch;
	if (!profile)
		return null;
	const stacks = [...profile.stacks].sort((a, b) => b.ns - a.ns).slice(0, 10);
	return [el('h3', {}, 'What the VMM ran'),
		table(`${plural(profile.samples, 'sample')}, one every ${time(profile.period_ns)} of a processor's time`,
			[{ text: 'Stack, the innermost function first' }, { text: 'Time', number: true }, { text: 'Share', number: true }],
			stacks.map((stack) => [(stack.in_kernel ? '(kernel) < ' : '') + stack.frames.join(' < '), time(stack.ns), share(stack.ns, profile.ns)]))];
}

function guestFacts(launch) {
	const { guest } = launch;
	if (!guest)
		return null;
	const memory = (pages) => pages === null ? null : `${(pages * 4096 / 2 ** 20).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`;
	const list = [['First run of a vCPU', guest.first_run_ns], ['First exit to the VMM', guest.first_exit_ns],
		...guest.milestones.map((m) => [`${m.name || 'milestone'} (port 0x${m.port.toString(16)}: 0x${m.value.toString(16)})`, m.at_ns]), ['Last given memory', guest.last_given_ns]]
		.filter(([, ns]) => ns !== null).map(([what, ns]) => [what, '+' + time(ns)]);
	list.push(['Memory given', [memory(guest.given_pages), guest.memory_pages && 'of ' + memory(guest.memory_pages)].filter(Boolean).join(' ')], ['Exits', count(guest.exits)], ['State', guest.state]);
	return [el('h3', {}, 'The guest after its launch'),
		el('dl', { class: 'facts' }, list.filter(([, value]) => value).map(([key, value]) => el('div', {}, el('dt', {}, key), el('dd', {}, value))))];
}

function launchSection(box, state, actions) {
	const launch = reported.get(state.launch);
	const row = rowOf.get(state.launch);
	const shown = data.launches.filter((candidate) => candidate.full);
	const step = (by) => {
		const to = shown[shown.indexOf(row) + by];
		if (to)
			actions.show(to.launch);
		byId('status').textContent = to ? launchTitle(to) : 'There is no further launch.';
	};
	fill(box,
		el('p', { class: 'headline' }, el('strong', {}, launchTitle(row)), ' ', resultNode(row.result), ' ', el('span', { class: 'quiet' }, `${row.type}, ${time(row.duration)}`)),
		shown.length > 1 && el('p', { class: 'buttons' },
			el('button', { type: 'button', onclick: () => step(-1) }, '← Earlier launch'),
			el('button', { type: 'button', onclick: () => step(1) }, 'Later launch →')),
		launchFacts(launch, row), failureBlocks(launch), el('h3', {}, 'Where the time went'), treeTable(launch), waitsTable(launch), callsTable(launch), profileTable(launch), guestFacts(launch));
}
