// SPDX-License-Identifier: GPL-2.0-only
// Light, dark and paper; and how one gets to a place in the page.

const themes = ['auto', 'light', 'dark'];

function goTo(id) {
	byId(id).scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
	byId(id).setAttribute('tabindex', '-1');
	byId(id).focus({ preventScroll: true });
}

// The colours of charts are those of the theme at the time that they are drawn.
function themeSwitch(redraw) {
	const button = byId('theme');
	let theme = 0;
	const show = () => {
		document.documentElement.dataset.theme = themes[theme];
		button.textContent = 'Theme: ' + themes[theme];
	};
	button.addEventListener('click', () => {
		theme = (theme + 1) % themes.length;
		show();
		redraw();
	});
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
	// On paper, what is dark would be pale on white.
	addEventListener('beforeprint', () => {
		document.documentElement.dataset.theme = 'light';
		redraw();
	});
	addEventListener('afterprint', () => {
		show();
		redraw();
	});
	show();
}
