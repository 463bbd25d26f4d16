// SPDX-License-Identifier: GPL-2.0-only
// hostile.cjs DIR [PICTURES]: labels that want to be markup, a thousand runs, and hardly any.
const path = require('path');
const { ok, withPage, picture } = require('./browser.cjs');
const checks = require('./checks.cjs');

const dir = process.argv[2];

(async () => {
	await withPage(path.join(dir, 'hostile.html'), 1280, 'light', async (page, said) => {
		const shown = await page.locator('body').innerText();
		ok('hostile labels are text', shown.includes('</script><script>alert(1)</script><img src=x onerror=alert(1)>'));
		ok('hostile labels make no element', await page.locator('img, body b:has-text("x")').count() === 0 &&
			await page.locator('body script').count() === 3);
		ok('nothing of them runs', said.dialogs.length === 0, said.dialogs);
		ok('hostile: no error', said.errors.length === 0, said.errors);
		ok('hostile: no request', said.requests.length === 1, said.requests);
		ok('hostile: not wider than the window', !await page.evaluate(() => document.documentElement.scrollWidth > innerWidth));
		ok('the policy stops what would be let in', await page.evaluate(() => {
			const script = document.createElement('script');
			script.textContent = 'window.ran = true';
			document.body.append(script);
			return !window.ran;
		}));
		await picture(page, 'hostile');
	});
	await withPage(path.join(dir, 'large.html'), 1280, 'light', async (page, said) => {
		ok('1,008 runs', /^1,008 runs/.test(await page.locator('#about').innerText()));
		ok('1,008 runs: no error', said.errors.length === 0, said.errors);
		ok('1,008 runs: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		// A figure, not a test: the machine may be busy.
		const ms = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domComplete);
		console.log(`# 1,008 runs open in ${Math.round(ms)} ms`);
		await picture(page, 'large');
	});
	await withPage(path.join(dir, 'one.html'), 390, 'light', async (page, said) => {
		ok('one commit: says that it is too few', /there are fewer/.test(await page.locator('#changes').innerText()));
		ok('one commit: no error', said.errors.length === 0, said.errors);
		ok('one commit: nothing wrong', (await page.evaluate(checks)).length === 0, await page.evaluate(checks));
		await picture(page, 'one');
	});
})().catch((error) => {
	console.log('# ' + error.stack.replaceAll('\n', '\n# '));
	process.exit(1);
});
