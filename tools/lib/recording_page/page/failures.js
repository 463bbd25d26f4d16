// SPDX-License-Identifier: GPL-2.0-only
// Why a launch failed: what was asked, where it stopped, what to do.

function stackNode(name, frames) {
	return frames.length > 0 && el('details', {}, el('summary', {}, `${name}: ${frames[0]}`), el('ol', { class: 'stack' }, frames.map((frame) => el('li', {}, frame))));
}

function pageText(failure) {
	const { range } = failure;
	return [failure.gfn && 'GFN ' + failure.gfn, failure.pfn && 'PFN ' + failure.pfn,
		range && (range.page ? `page ${count(range.page)} of ${count(range.pages)}` : `${count(range.pages)} pages from GFN ${range.gfn}`),
		range && range.page_type, range && (range.private ? 'private' : 'shared'), range && range.slot !== null && `memory slot ${range.slot}`].filter(Boolean).join(', ');
}

function firmwareText(failure) {
	const { psp } = failure;
	const answer = (status) => status === 'SUCCESS' ? 'answered SUCCESS' : `answered ${status}`;
	if (!psp)
		return failure.psp_asked ? failure.psp_answered ? failure.status && answer(failure.status) : 'did not answer' : 'not asked';
	return `${psp.command}: ${psp.status_name ? answer(psp.status_name) : failure.psp_asked ? 'did not answer' : 'not asked'}` +
		(psp.extra ? `, error words ${psp.extra.join(' and ')}` : '');
}

function failureBlock(failure) {
	const list = [['Where', failure.step && `step ${failure.step}: ${failure.inner_ret} (${failure.inner_errno})` + (failure.inferred ? ', inferred' : '')],
		['Page', pageText(failure)], ['Firmware', firmwareText(failure)], ['Thread', String(failure.tid)],
		['Not seen', failure.not_seen.join(', ')], ['Why', failure.cause && `${failure.cause} (${failure.certainty})`], ['Do', failure.hint]];
	const what = failure.swallowed ? 'stopped short, but returned 0' : `returned ${failure.ret} (${failure.errno})`;
	const good = failure.recovered ? `, made good after ${time(failure.recovered_after_ns)}` : '';
	return el('div', { class: 'event failure' },
		el('h3', {}, el('span', { class: 'result ' + (failure.recovered ? 'incomplete' : 'failed') }, failure.recovered ? '… retried' : '✕ failed'), ` ${failure.ioctl} ${what} at +${at(failure.at_ns)}${good}`),
		el('dl', { class: 'facts' }, list.filter(([, value]) => value).map(([key, value]) => el('div', {}, el('dt', {}, key), el('dd', {}, value)))),
		stackNode('Kernel', failure.kernel_stack), stackNode('VMM', failure.user_stack));
}

// A launch that nobody refused, and that was not finished: what ended it.
function endingBlock({ ending, result }) {
	const how = { killed: `The VMM was killed by signal ${ending.signal}`, exited: `The VMM ended with status ${ending.status}`, abandoned: 'The VM was destroyed' }[ending.how];
	return ending.cause && (ending.how === 'killed' || result !== 'failed') && el('div', { class: 'event ending' }, el('h3', {}, how || ending.how, ending.after && ` after ${ending.after} had returned`),
		el('p', {}, `${ending.cause} (${ending.certainty})`), ending.hint && el('p', {}, ending.hint));
}

function failureBlocks(launch) {
	return [launch.failures.map(failureBlock),
		launch.more_failures > 0 && el('p', {}, `and ${plural(launch.more_failures, 'more failure')}`), endingBlock(launch)];
}
