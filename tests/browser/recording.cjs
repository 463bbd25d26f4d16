// SPDX-License-Identifier: GPL-2.0-only
// recording.cjs DIR [PICTURES]: the page of a recording, clicked through.
const fs = require('fs');
const path = require('path');
const { drawn, ok, withPage, picture, scrollsSideways, wide } = require('./browser.cjs');
const checks = require('./checks.cjs');

const dir = process.argv[2];
const at = (name) => path.join(dir, name + '.html');
const json = (name) => JSON.parse(fs.readFileSync(path.join(dir, name + '.json'), 'utf8'));

function quiet(where, said) {
	ok(`${where}: no error`, said.errors.length === 0, said.errors);
	ok(`${where}: nothing asked of the network`, said.requests.length === 1 && said.requests[0].startsWith('file:'), said.requests);
}

const text = (page, selector) => page.locator(selector).first().innerText();
const cells = (page, selector) => page.evaluate((s) => [...document.querySelectorAll(s + ' tbody tr')].map((tr) => [...tr.cells].map((cell) => cell.innerText.trim())), selector);
const pixels = (page, selector) => page.evaluate((s) => document.querySelector(s + ' canvas').toDataURL(), selector);

async function launches(page) {
	const report = json('crowd');
	ok('the file names the page', (await text(page, 'h1')).endsWith('crowd.data'));
	ok('the headline counts results', (await text(page, '#launches .headline')).replace(/\s+/g, ' ') === '12 launches: 9 ✓ ok 3 ✕ failed', await text(page, '#launches .headline'));
	const rows = await cells(page, '#launches');
	ok('each launch has a row', rows.length === 12 && rows.every((row, i) => row[0].startsWith(`launch ${report.launches[i].launch}: `)), rows.length);
	ok('with its result', rows.every((row, i) => row[2].endsWith(report.launches[i].result)), rows.map((row) => row[2]));
	ok('and what failed', rows[4][7] === 'KVM_SEV_SNP_LAUNCH_UPDATE -5 (EIO), step psp, INVALID_PAGE_STATE', rows[4]);
	ok('one that failed is shown first', /^launch 10: .*failed/s.test(await text(page, '#launch .headline')));
	ok('with its failure, seen without opening anything', /INVALID_PAGE_STATE/.test(await text(page, '#launch .failure')) && /Look for RMP messages/.test(await text(page, '#launch .failure')));
	await page.locator('#launch .failure summary').first().click();
	ok('its stack opens', (await page.locator('#launch .stack li').count()) > 1);
	await page.locator('#launches tbody button', { hasText: 'launch 11:' }).click();
	await drawn(page);
	ok('a click shows another launch', /^launch 11: .*ok/s.test(await text(page, '#launch .headline')));
	ok('which has no failure', await page.locator('#launch .failure').count() === 0);
	ok('and goes there', await page.evaluate(() => document.activeElement.id) === 'launch');
	await page.locator('#launch button', { hasText: 'Earlier launch' }).click();
	ok('the one before', /^launch 10:/.test(await text(page, '#launch .headline')));
}

// What more at once would take: as JSON of predict has it.
async function capacity(page) {
	const { predictions, launches_per_hour: limit } = json('predicted');
	const rows = await cells(page, '#capacity');
	ok('more at once: a row for each number', rows.length === 8 && rows.map((row) => parseInt(row[0], 10)).join() === '1,2,4,8,16,32,64,128', rows);
	const shown = (cell) => parseFloat(cell) * ({ s: 1e9, ms: 1e6, 'µs': 1e3 })[cell.split(' ')[1]];
	ok('with the times that predict has', predictions.every((p) => {
		const row = rows.find((cells) => cells[0] === `${p.launches} at once`);
		return Math.abs(shown(row[1]) / p.p50_ns.value - 1) < 0.05 && Math.abs(shown(row[4]) / p.last_ns.value - 1) < 0.05;
	}), [rows, predictions.map((p) => p.p50_ns.value)]);
	ok('and the limit', (await text(page, '#capacity p')).includes(`${Math.floor(limit.value).toLocaleString('en-US')} an hour`), await text(page, '#capacity p'));
	ok('its chart is not empty', await page.evaluate(() => {
		const canvas = document.querySelector('#capacity canvas');
		return new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 8;
	}));
}

// The tree's first level is the whole launch, and has the figures of JSON.
async function tree(page) {
	const launch = json('pages').launches[0];
	const rows = await page.evaluate(() => [...document.querySelectorAll('#launch .tree tbody tr')].map((tr) => ({
		depth: Number(tr.querySelector('span').className.replace('depth-', '')), name: tr.cells[0].innerText.trim(), ns: Number(tr.querySelector('progress').value),
		max: Number(tr.querySelector('progress').max), share: tr.cells[2].innerText })));
	const level = (depth) => rows.filter((row) => row.depth === depth);
	const sum = (list) => list.reduce((n, row) => n + row.ns, 0);
	ok('the tree is of the whole launch', rows[0].ns === launch.duration_ns && rows[0].max === launch.duration_ns && rows[0].share === '100.0 %', rows[0]);
	ok('its parts are the whole', sum(level(1)) === launch.duration_ns, [sum(level(1)), launch.duration_ns]);
	const ioctl = Object.entries(launch.time.ioctls).map(([name, parts]) => [name, Object.values(parts).reduce((a, b) => a + b, 0)]).sort((a, b) => b[1] - a[1])[0];
	ok('an ioctl has the time that JSON has', rows.find((row) => row.name === ioctl[0]).ns === ioctl[1], [rows.find((row) => row.name === ioctl[0]), ioctl]);
	const place = rows.findIndex((row) => row.name === ioctl[0]);
	const end = rows.findIndex((row, i) => i > place && row.depth === 1);
	ok('and its parts are its own', sum(rows.slice(place + 1, end)) === ioctl[1], rows.slice(place, end));
}

async function waterfall(page) {
	const chart = page.locator('.waterfall');
	await chart.scrollIntoViewIfNeeded();
	await drawn(page);
	const whole = await pixels(page, '.waterfall');
	const heat = await pixels(page, '#pages .heat');
	ok('the readout says how much is shown', /^the whole launch, /.test(await text(page, '#waterfall .readout')));
	let box = await chart.boundingBox();
	await page.mouse.move(box.x + box.width * 0.95, box.y + 3 * 22 + 11);
	const hovered = await text(page, '#waterfall .readout');
	ok('hovering tells what there is', /: .*at .*for /.test(hovered) || /^the whole launch/.test(hovered), hovered);
	await page.mouse.move(box.x + box.width * 0.6, box.y + 11);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.9, box.y + 11, { steps: 4 });
	await page.mouse.up();
	await drawn(page);
	ok('dragging zooms in', whole !== await pixels(page, '.waterfall'));
	ok('and the pages by time follow', heat !== await pixels(page, '#pages .heat'));
	const range = new URLSearchParams((await page.evaluate(() => location.hash)).slice(1));
	const ns = json('pages').launches[0].duration_ns;
	ok('it is a part of the launch', Number(range.get('from')) > 0 && Number(range.get('to')) < ns && Number(range.get('from')) < Number(range.get('to')), String(range));
	await chart.focus();
	const zoomed = await pixels(page, '.waterfall');
	for (const key of ['+', 'ArrowRight', 'ArrowLeft', '-']) {
		await page.keyboard.press(key);
		await drawn(page);
	}
	ok('the keyboard zooms and moves', /to .* of /.test(await text(page, '#waterfall .readout')) && (await page.locator('#status').textContent()) === await text(page, '#waterfall .readout'));
	ok('what is zoomed in and out again is the same', zoomed === await pixels(page, '.waterfall'));
	await page.keyboard.press('Home');
	await drawn(page);
	ok('Home shows all', whole === await pixels(page, '.waterfall'));
	await page.locator('#waterfall button', { hasText: '+' }).click();
	await drawn(page);
	ok('buttons do the same', whole !== await pixels(page, '.waterfall'));
	await page.locator('#waterfall button', { hasText: 'Whole launch' }).click();
	await page.locator('#waterfall details summary').click();
	await page.locator('#waterfall tbody tr').first().waitFor();
	const rows = await cells(page, '#waterfall');
	const executions = Object.values(json('pages').launches[0].psp).reduce((sum, psp) => sum + psp.exec.count, 0);
	const nested = Object.values(json('pages').launches[0].psp).reduce((sum, psp) => sum + psp.nested, 0);
	const listed = rows.filter((row) => row[0] === 'PSP executing').length;
	ok('the table has every command of the PSP', listed > 10 && listed <= executions && listed >= executions - nested - 8, [listed, executions, nested]);
}

async function pagesOf(page) {
	const launch = json('pages').launches[0];
	const rows = await cells(page, '#pages > div > .scroll');
	ok('the slowest pages are those of JSON', JSON.stringify(rows.map((row) => row[0])) === JSON.stringify(launch.slowest_pages.map((p) => p.gfn)), rows[0]);
	ok('two maps are drawn', await page.locator('#pages .heat canvas').count() === 2);
	const colors = await page.evaluate(() => [...document.querySelectorAll('#pages .heat canvas')].map((canvas) => {
		const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
		return new Set(new Uint32Array(data.buffer)).size;
	}));
	ok('with cells', colors.every((n) => n > 5), colors);
	await page.locator('#pages details summary').nth(1).click();
	await page.locator('#pages details tbody tr').first().waitFor();
	const gfns = await cells(page, '#pages details');
	const pages = gfns.reduce((sum, row) => sum + Number(row[1].replaceAll(',', '')), 0);
	ok('the map by GFN has every page', pages === launch.pages.private + launch.pages.shared, [pages, launch.pages]);
}

async function timesOf(page) {
	await page.locator('#times tbody button', { hasText: 'step psp' }).click();
	ok('a step has its histogram', /^step psp/.test(await text(page, '#times .bars h3')));
	const bars = await cells(page, '#times .bars');
	const { count } = json('pages').launches[0].steps.psp;
	ok('with all its samples', bars.reduce((sum, row) => sum + Number(row[2].replaceAll(',', '')), 0) === count, [bars, count]);
}

async function beside(page) {
	ok('two launches are side by side at first', (await text(page, '#beside thead')).includes('launch 1') && (await text(page, '#beside thead')).includes('Change'));
	await page.locator('#launches input[aria-label^="launch 3:"]').check();
	await drawn(page);
	const heads = await page.locator('#beside thead th').allInnerTexts();
	ok('a third one', heads.length === 4 && heads[3].startsWith('launch 3'), heads);
	const rows = await cells(page, '#beside');
	const launch = rows.find((row) => row[0] === 'launch');
	ok('with their durations', JSON.stringify(launch.slice(1)) === JSON.stringify((await cells(page, '#launches')).slice(0, 3).map((row) => row[4])), launch);
	await page.locator('#beside button', { hasText: 'None' }).click();
	ok('none: says how to choose', /Choose up to 4/.test(await text(page, '#beside')));
	await page.locator('#beside select').selectOption('5');
	ok('chosen from the list', (await page.locator('#beside thead th').allInnerTexts()).length === 2);
}

async function links(page) {
	const hash = await page.evaluate(() => location.hash);
	const shown = async (of) => [await text(of, '#launch .headline'), await text(of, '#waterfall .readout'), await text(of, '#beside')];
	ok('what is chosen is in the address', /launch=\d+&.*beside=5/.test(hash), hash);
	await withPage(at('crowd') + '#launch=7&from=1000000&to=3000000&beside=7,9&times=step+psp&at=waterfall', 1280, 'light', async (other, heard) => {
		ok('a link leads to a launch', /^launch 7:/.test(await text(other, '#launch .headline')));
		ok('to a part of its time', /^1.0 ms to 3.0 ms of /.test(await text(other, '#waterfall .readout')), await text(other, '#waterfall .readout'));
		ok('to launches side by side', (await other.locator('#beside thead th').allInnerTexts()).slice(1, 3).every((head, i) => head.startsWith(`launch ${[7, 9][i]}:`)));
		ok('and to a place', await other.evaluate(() => document.activeElement.id) === 'waterfall');
		const before = await shown(other);
		await other.evaluate(() => { location.hash = '#launch=99&from=x&to=-1&beside=<b>,77&times=constructor&at=__proto__'; });
		await drawn(other);
		ok('a link to what is not there changes nothing', JSON.stringify(before) === JSON.stringify(await shown(other)));
		quiet('link', heard);
	});
}

async function printed(page) {
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	await page.setViewportSize({ width: 1032, height: 700 });
	await drawn(page);
	const shown = await page.evaluate(() => [...document.querySelectorAll('nav, select, input, #theme, .buttons')]
		.filter((node) => node.checkVisibility()).map((node) => node.outerHTML.slice(0, 80)));
	ok('print: nothing to press', shown.length === 0, shown);
	ok('print: nothing is cut off', !await wide(page) && (await scrollsSideways(page)).length === 0, await scrollsSideways(page));
	ok('print: dark on white', (await page.evaluate(() => getComputedStyle(document.body).color)) === 'rgb(29, 35, 43)');
	const pdf = await page.pdf({ preferCSSPageSize: true });
	ok('print: pages', pdf.length > 10000 && pdf.subarray(0, 5).toString() === '%PDF-');
	await picture(page, 'recording-print');
}

async function hostile(page, said) {
	const shown = await page.locator('body').innerText();
	ok('hostile names are text', shown.includes('</script><b>'), shown.slice(0, 400));
	ok('hostile names make no element', await page.locator('body b, img').count() === 0 && await page.locator('body script').count() === 2);
	ok('nothing of them runs', said.dialogs.length === 0, said.dialogs);
	ok('hostile: not wider than the window', !await wide(page));
	ok('hostile: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
	quiet('hostile', said);
}

(async () => {
	await withPage(at('crowd'), 1280, 'light', async (page, said) => {
		await picture(page, 'recording-1280-light');
		ok('1280: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		ok('1280: not wider than the window', !await wide(page));
		await launches(page);
		await beside(page);
		await links(page);
		await page.locator('#theme').click();
		await page.locator('#theme').click();
		await drawn(page);
		ok('dark: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		quiet('1280', said);
	});
	await withPage(at('pages'), 1280, 'light', async (page, said) => {
		await tree(page);
		await capacity(page);
		await waterfall(page);
		await pagesOf(page);
		await timesOf(page);
		ok('all opened: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		quiet('pages', said);
	});
	await withPage(at('crowd'), 1280, 'dark', printed);
	await withPage(at('crowd'), 390, 'dark', async (page, said) => {
		ok('390, dark: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		ok('390: not wider than the window', !await wide(page));
		ok('390: nothing scrolls sideways', (await scrollsSideways(page)).length === 0, await scrollsSideways(page));
		const small = await page.evaluate(() => [...document.querySelectorAll('button, select, summary')]
			.filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 24).map((node) => node.outerHTML.slice(0, 80)));
		ok('390: what is touched is large enough', small.length === 0, small);
		await picture(page, 'recording-390-dark');
		quiet('390', said);
	});
	await withPage(at('hostile'), 1280, 'light', hostile);
	await withPage(at('guest'), 1280, 'light', async (page, said) => {
		ok('a guest that ran has its milestones', /kernel \(port 0xf4: 0x2\)/.test(await text(page, '#launch')));
		ok('guest: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		quiet('guest', said);
	});
	await withPage(at('none'), 1280, 'light', async (page, said) => {
		ok('no launch: it is said', /No launch of a confidential guest was recorded/.test(await text(page, '#launches')));
		ok('no launch: nothing else', await page.locator('section').count() === 1);
		ok('no launch: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		quiet('none', said);
	});
	await withPage(at('many'), 1280, 'light', async (page, said) => {
		ok('1,000 launches: counted', /^1,000 launches/.test(await text(page, '#launches .headline')), await text(page, '#launches .headline'));
		ok('1,000 launches: says of how many there is more', /^32 of them are told of in full/.test(await text(page, '#launches .warning')), await text(page, '#launches .warning'));
		await page.locator('#launches details summary').click();
		await page.locator('#launches tbody tr').first().waitFor();
		ok('1,000 launches: each has a row', await page.locator('#launches tbody tr').count() === 1000);
		ok('1,000 launches: 32 can be looked at', await page.locator('#launches tbody button').count() === 32);
		quiet('1,000 launches', said);
	});
})().catch((error) => {
	console.log('# ' + error.stack.replaceAll('\n', '\n# '));
	process.exit(1);
});
