// SPDX-License-Identifier: GPL-2.0-only
// page.cjs DIR [PICTURES]: the dashboard's page, clicked through.
const fs = require('fs');
const path = require('path');
const { drawn, ok, withPage, picture, scrollsSideways, wide } = require('./browser.cjs');
const checks = require('./checks.cjs');

const dir = process.argv[2];
const file = path.join(dir, 'page.html');

function quiet(where, said) {
	ok(`${where}: no error`, said.errors.length === 0, said.errors);
	ok(`${where}: nothing asked of the network`, said.requests.length === 1 && said.requests[0].startsWith('file:'), said.requests);
}

const text = (page, selector) => page.locator(selector).first().innerText();

async function firstLook(page) {
	ok('the title is text', (await text(page, 'h1')) === 'Nightly <launches>');
	const headline = await text(page, '#changes .headline');
	ok('the first line says what is slower, and since which commit', /slower since [0-9a-f]{7}: SNP_LAUNCH_UPDATE executing \+/.test(headline), headline);
	ok('it is seen without scrolling', (await page.locator('#changes .event').first().boundingBox()).y < 800);
	const event = await text(page, '#changes .event');
	ok('with the kernel that changed with it', /kernel 6\.12\.57 → 6\.12\.58/.test(event), event);
	ok('a change in all configurations is one line', /in all 9 configurations/.test(event), event);
	ok('errors are counted', /Launches failed in 45 runs/.test(await text(page, '#changes')));
}

async function charts(page) {
	await page.locator('#changes .event button').first().click();
	ok('a change leads to its series', /SNP_LAUNCH_UPDATE executing/.test(await text(page, '.detail h3')));
	ok('three charts and a heat map', await page.locator('.detail canvas').count() === 4);
	const colors = await page.evaluate(() => [...document.querySelectorAll('.detail canvas')].map((canvas) => {
		const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
		return new Set(new Uint32Array(data.buffer)).size;
	}));
	ok('all are drawn', colors.every((n) => n > 5), colors);
	const over = page.locator('.detail .u-over').first();
	let box = await over.boundingBox();
	await page.mouse.move(box.x + 5, box.y + 60);
	await drawn(page);
	const left = await text(page, '.readout');
	await page.mouse.move(box.x + box.width - 5, box.y + 60);
	await drawn(page);
	const right = await text(page, '.readout');
	ok('hovering tells a run and its percentiles', left !== right && /^run \d+, .* p50 [\d.]+ ms p90 .* p99 /s.test(right.replace(/\s+/g, ' ')), [left, right]);
	await page.mouse.click(box.x + box.width / 2, box.y + 60);
	await drawn(page);
	const run = await text(page, '#run strong');
	ok('a click shows the run', /^run \d+, \d{4}-\d\d-\d\d, commit [0-9a-f]{7}$/.test(run), run);
	ok('with its launches', /SEV-SNP: 12 ok/.test(await text(page, '#run .facts')));
	await page.evaluate(() => document.activeElement.blur());
	const heat = () => page.evaluate(() => document.querySelector('.heat canvas').toDataURL());
	const all = await heat();
	await over.scrollIntoViewIfNeeded();
	box = await over.boundingBox();
	await page.mouse.move(box.x + 100, box.y + 60);
	await page.mouse.down();
	await page.mouse.move(box.x + 300, box.y + 60, { steps: 4 });
	await page.mouse.up();
	await drawn(page);
	ok('dragging zooms the charts and the heat map', all !== await heat());
	ok('the end of a drag is no click', await page.evaluate(() => document.activeElement.id) !== 'run');
	await page.locator('.detail button', { hasText: 'Show all runs' }).click();
	await drawn(page);
	ok('all are shown again', all === await heat());
	await page.locator('.detail details summary').click();
	await page.locator('.detail tbody tr').first().waitFor();
	ok('the table has every run', await page.locator('.detail tbody tr').count() === 60);
}

async function filter(page) {
	await page.locator('#time input[type=search]').fill('gctx');
	const names = await page.locator('.list button .name').allInnerTexts();
	ok('the list is filtered by name', names.length === 2 && names.every((n) => n.startsWith('SNP_GCTX_CREATE')), names);
	await page.locator('#time input[type=search]').fill('no such');
	ok('a filter without a match says so', /Nothing has this/.test(await text(page, '.list')));
	await page.locator('#time input[type=search]').fill('');
	await page.locator('#time .filters select').first().selectOption('32M');
	await page.locator('.list button', { hasText: 'private/get_page' }).click();
	ok('by size', /private\/get_page SEV-SNP, 32M/.test(await text(page, '.detail h3')));
	ok('scaling follows', /^private\/get_page: p50/.test(await text(page, '#scaling')) ||
		/private\/get_page: p50/.test(await text(page, '#scaling p')));
	ok('scaling by size and by concurrency', await page.locator('#scaling canvas').count() === 2);
	ok('scaling has its table', await page.locator('#scaling tbody tr').count() === 6);
	ok('what was not predicted has no such line', !/predicted/.test(await text(page, '#scaling')));
	await page.locator('.list button').filter({ has: page.locator('.name', { hasText: /^launch$/ }) }).first().click();
	const row = page.locator('#scaling tbody tr').filter({ hasText: /32M, predicted/ });
	const cells = await row.locator('td').allInnerTexts();
	ok('a launch beside others: what was predicted from one at a time', cells.length === 3 && cells[0] === '' && /s$/.test(cells[1]) && /s$/.test(cells[2]), cells);
	const beside = await page.locator('#scaling tbody tr').filter({ hasText: /^32M(?!, predicted)/ }).locator('td').allInnerTexts();
	const seconds = (cell) => parseFloat(cell) * (/ms$/.test(cell) ? 1e-3 : 1);
	ok('beside what was measured', [1, 2].every((i) => Math.abs(seconds(cells[i]) / seconds(beside[i]) - 1) < 0.35), [cells, beside]);
	await page.locator('.list button', { hasText: 'private/get_page' }).click();
}

async function keyboard(page) {
	const box = page.locator('.charts');
	await box.focus();
	await page.keyboard.press('Home');
	const first = await text(page, '.readout');
	await page.keyboard.press('ArrowRight');
	const second = await text(page, '.readout');
	ok('arrow keys go from run to run', first !== second);
	ok('and tell a screen reader', (await page.locator('#status').textContent()) === (await page.locator('.readout').textContent()));
	await page.keyboard.press('Enter');
	ok('Enter shows the run', second.startsWith(await text(page, '#run strong')), second);
	ok('and goes there', await page.evaluate(() => document.activeElement.id) === 'run');
	await page.evaluate(() => document.activeElement.blur());
	await page.keyboard.press('Tab');
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle + ' ' + document.activeElement.tagName);
	ok('what has the focus is seen', outline.startsWith('solid'), outline);
}

// What is chosen is in the page's address: who gets that sees the same.
async function links(page, said) {
	const shown = async (of) => [await text(of, '.detail h3'), await text(of, '#run strong'), await text(of, '#pair')];
	const place = await page.evaluate(() => location.hash);
	ok('what is chosen is in the address', /^#run=\d+&guest=snp&section=\w+&name=.*&a=\d+&b=\d+&same=too&at=\w+$/.test(place), place);
	const here = await shown(page);
	await withPage(file + place, 1280, 'light', async (other, heard) => {
		ok('its link shows the same', JSON.stringify(await shown(other)) === JSON.stringify(here), (await shown(other)).map((part) => part.slice(0, 80)));
		ok('at the same place', await other.evaluate(() => document.activeElement.id) === place.match(/at=(\w+)/)[1]);
		const before = await shown(other);
		await other.evaluate(() => { location.hash = '#run=99999&guest=<b>&section=step&name=<script>&a=1&b=x&at=constructor'; });
		await drawn(other);
		ok('a link to what is not there changes nothing', JSON.stringify(await shown(other)) === JSON.stringify(before));
		await other.evaluate(() => { location.hash = '#errors'; });
		ok('a heading is reached by its name, too', JSON.stringify(await shown(other)) === JSON.stringify(before));
		quiet('a link', heard);
	});
	ok('a link: no error', said.errors.length === 0, said.errors);
}

// The page's comparison of two runs against sevtrace history diff.
async function compare(page) {
	await page.locator('#run button', { hasText: 'Later run' }).click();
	await page.locator('#run button', { hasText: 'Compare as A' }).click();
	await page.locator('#pair input[type=checkbox]').uncheck();
	ok('two runs side by side', await page.locator('#pair tbody tr').count() === 20, await page.locator('#pair tbody tr').count());
	const before = await text(page, '#pair');
	await page.locator('#pair button', { hasText: 'Swap' }).click();
	ok('swapped', (await text(page, '#pair')) !== before);
}

// Verdicts of the page's own functions: they are in a scope of their own, so its source is run
// again in one that is seen.
async function verdicts(page) {
	const source = ['html/parts/dom', 'html/parts/format', 'dashboard/page/decode', 'dashboard/page/ranktest', 'dashboard/page/data', 'dashboard/page/compare']
		.map((name) => fs.readFileSync(`tools/lib/${name}.js`, 'utf8')).join('') +
		'return (a, b) => compareRuns(data.runs.find((r) => r.id === a), data.runs.find((r) => r.id === b));';
	for (const name of fs.readdirSync(dir).filter((n) => /^diff-\d+-\d+\.json$/.test(n))) {
		const [a, b] = name.match(/\d+/g).map(Number);
		const expected = JSON.parse(fs.readFileSync(path.join(dir, name))).rows;
		const got = await page.evaluate(({ code, pair }) => new Function(code)()(...pair).map((row) => (
			{ name: row.name, verdict: row.verdict, p: row.over ? row.p : null, over: row.over || null, change: row.change,
				a: row.a && [row.a.median, row.a.launches, percentile99(row.a)], b: row.b && [row.b.median, row.b.launches, percentile99(row.b)] })),
		{ code: source.replace('return (a, b)', 'globalThis.percentile99 = (row) => percentile(row, 99); return (a, b)'), pair: [a, b] });
		const wrong = expected.map((row) => {
			const mine = got.find((candidate) => candidate.name === row.name);
			const side = (s) => s && [s.median_ns, s.launches, s.p99_ns];
			const near = (x, y) => x === y || Math.abs(x - y) <= 1e-5 * Math.max(Math.abs(x), Math.abs(y));
			return mine && mine.verdict === row.verdict && mine.over === row.over && near(mine.p, row.p) && near(mine.change, row.change) &&
				JSON.stringify([side(row.a), side(row.b)]) === JSON.stringify([mine.a, mine.b]) ? null : { row, mine };
		}).filter(Boolean);
		ok(`runs ${a} and ${b}: as history diff, ${expected.length} rows`, expected.length >= 20 && got.length === expected.length && wrong.length === 0, wrong[0]);
	}
}

async function themes(page) {
	const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	const light = await back();
	await page.locator('#theme').click();
	await page.locator('#theme').click();
	await drawn(page);
	const dark = await back();
	ok('the switch makes it dark', light !== dark && (await text(page, '#theme')) === 'Theme: dark', [light, dark]);
	ok('dark: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
	await picture(page, 'switched-dark');
	await page.locator('#theme').click();
}

// As it comes on paper: an A4 page, landscape, has 1032 of these pixels between its margins.
async function printed(page) {
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	await page.setViewportSize({ width: 1032, height: 700 });
	await drawn(page);
	const shown = await page.evaluate(() => [...document.querySelectorAll('nav, select, input, #theme, .list')]
		.filter((node) => node.checkVisibility()).map((node) => node.outerHTML.slice(0, 80)));
	ok('print: nothing to press', shown.length === 0, shown);
	const bare = await page.evaluate(() => [...document.querySelectorAll('button')].filter((node) => node.checkVisibility())
		.every((node) => getComputedStyle(node).borderTopWidth === '0px' && getComputedStyle(node).textDecorationLine === 'none'));
	ok('print: a name that can be pressed is a name', bare);
	ok('print: nothing is cut off', !await wide(page) && (await scrollsSideways(page)).length === 0, await scrollsSideways(page));
	ok('print: dark on white', (await page.evaluate(() => getComputedStyle(document.body).color)) === 'rgb(29, 35, 43)');
	const pages = await page.pdf({ preferCSSPageSize: true });
	ok('print: pages', pages.length > 10000 && pages.subarray(0, 5).toString() === '%PDF-');
	await picture(page, 'print');
	await page.evaluate(() => dispatchEvent(new Event('afterprint')));
	ok('print: the theme comes back', (await page.evaluate(() => document.documentElement.dataset.theme)) === 'auto');
}

(async () => {
	await withPage(file, 1280, 'light', async (page, said) => {
		await firstLook(page);
		await picture(page, '1280-light');
		ok('1280: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		ok('1280: not wider than the window', !await wide(page));
		await charts(page);
		await filter(page);
		await keyboard(page);
		await compare(page);
		await links(page, said);
		await themes(page);
		const first = await page.locator('#errors tbody button').first();
		await first.click();
		ok('an error leads to its run', /1 failed/.test(await text(page, '#run .facts')));
		quiet('1280', said);
	});
	// Its policy would forbid to run its functions again.
	const open = path.join(dir, 'open.html');
	fs.writeFileSync(open, fs.readFileSync(file, 'utf8').replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''));
	await withPage(open, 1280, 'light', verdicts);
	await withPage(file, 1280, 'dark', printed);
	await withPage(file, 390, 'dark', async (page, said) => {
		ok('390, dark: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		ok('390: not wider than the window', !await wide(page));
		const sideways = await scrollsSideways(page);
		ok('390: nothing scrolls sideways', sideways.length === 0, sideways);
		ok('390: a value of a table tells what it is', await page.evaluate(() => {
			const cell = document.querySelector('#changes td.number');
			return getComputedStyle(cell, '::before').content.includes(cell.dataset.head) && cell.dataset.head.length > 2;
		}));
		ok('dark by what the system prefers', (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)) === 'rgb(20, 24, 29)');
		const colored = await page.evaluate(() => {
			const canvas = document.querySelector('.detail canvas');
			const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
			const text = getComputedStyle(document.documentElement).getPropertyValue('--text').match(/[0-9a-f]{2}/g).map((part) => parseInt(part, 16));
			return data.some((part, i) => i % 4 === 0 && data[i + 3] === 255 && text.every((wanted, j) => data[i + j] === wanted));
		});
		ok('and charts are drawn in its colours', colored);
		await page.locator('#changes .event button').first().click();
		ok('390: a change leads to its series', /SNP_LAUNCH_UPDATE executing/.test(await text(page, '.detail h3')));
		const small = await page.evaluate(() => [...document.querySelectorAll('button, select, summary')]
			.filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 24).map((node) => node.outerHTML.slice(0, 80)));
		ok('390: what is touched is large enough', small.length === 0, small);
		await picture(page, '390-dark');
		quiet('390', said);
	});
})().catch((error) => {
	console.log('# ' + error.stack.replaceAll('\n', '\n# '));
	process.exit(1);
});
