// SPDX-License-Identifier: GPL-2.0-only
// A page in headless Chromium, with everything that it complains about or asks the network for.
const fs = require('fs');
const os = require('os');
const path = require('path');
const { setTimeout } = require('timers/promises');
const { chromium } = require('playwright-core');

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];

// ok(name, value): a line for tests/browser/dashboard.sh.
function ok(name, value, why) {
	console.log(`${value ? 'ok' : 'not-ok'} ${name}`);
	if (!value && why !== undefined)
		console.log('# ' + JSON.stringify(why));
}

// Calls use(page, said) with a page opened in a browser of its own; said gathers errors, requests
// and dialogs.
async function withPage(file, width, scheme, use) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dashboard-'));
	const browser = await chromium.launchPersistentContext(dir, {
		executablePath: '/usr/bin/chromium', headless: true, args: flags, colorScheme: scheme, reducedMotion: 'reduce', viewport: { width, height: 800 },
	});
	const said = { errors: [], requests: [], dialogs: [] };
	try {
		const page = await browser.newPage();
		page.on('console', (message) => ['error', 'warning'].includes(message.type()) && said.errors.push(message.text()));
		page.on('pageerror', (error) => said.errors.push(String(error)));
		page.on('request', (request) => said.requests.push(request.url()));
		page.on('dialog', (dialog) => {
			said.dialogs.push(dialog.message());
			dialog.dismiss();
		});
		await page.goto('file://' + path.resolve(file));
		await drawn(page);
		await use(page, said);
	} finally {
		await browser.close();
		fs.rmSync(dir, { recursive: true, force: true });
	}
}

// A picture of what is shown, if somebody wants to look.
async function picture(page, name) {
	if (process.argv[3])
		await page.screenshot({ path: path.join(process.argv[3], name + '.png'), fullPage: true });
}

// What was done to the page, by the pointer or by a new size of its window, is on the screen: charts
// follow their boxes with the next frame. A headless Chromium may stop making frames, and a script in
// the page waits for one without an end: then a picture makes it draw.
async function drawn(page) {
	const frames = page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
	frames.catch(() => {}); // of a page that is closed since
	const late = new AbortController();
	await Promise.race([frames, setTimeout(5000, null, { signal: late.signal }).then(() => page.screenshot(), () => {})]);
	late.abort();
}

// Is the page wider than its window?
function wide(page) {
	return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

// What has more to show than it has room for, side by side.
function scrollsSideways(page) {
	return page.evaluate(() => [...document.querySelectorAll('body *')]
		.filter((node) => node.checkVisibility() && !node.closest('.hidden, .skip, caption, thead') && getComputedStyle(node).overflowX !== 'visible' &&
			node.scrollWidth > node.clientWidth + 1)
		.map((node) => node.outerHTML.slice(0, 80)));
}

module.exports = { drawn, ok, withPage, picture, scrollsSideways, wide };
