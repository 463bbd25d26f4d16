// SPDX-License-Identifier: GPL-2.0-only
// Numbers as sevtrace's text has them.

const units = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]];

// "1.23 ms": three digits.
function time(ns) {
	if (ns === null || ns === undefined || Number.isNaN(ns))
		return '–';
	const [unit, size] = units.find((u) => ns >= u[1]) || units[3];
	const value = ns / size;
	return (size === 1 ? value.toFixed(0) : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)) + ' ' + unit;
}

// For an axis: no more digits than it takes.
function shortTime(ns, digits = 4) {
	const [unit, size] = units.find((u) => ns >= u[1]) || units[3];
	return parseFloat((ns / size).toPrecision(digits)) + ' ' + unit;
}

function count(n) {
	return n.toLocaleString('en-US');
}

function plural(n, one, many) {
	return count(n) + ' ' + (n === 1 ? one : many || one + 's');
}

// "+8.0 %"
function percent(change) {
	if (change === null)
		return 'new';
	if (change > 999)
		return '> ×1000';
	return (change < 0 ? '−' : '+') + Math.abs(change * 100).toFixed(Math.abs(change) < 10 ? 1 : 0) + ' %';
}

function day(when) {
	return when.slice(0, 10);
}

function minute(when) {
	return when.slice(0, 16).replace('T', ' ');
}

const typeNames = { snp: 'SEV-SNP', sev: 'SEV', 'sev-es': 'SEV-ES' };
function typeName(type) {
	return typeNames[type] || String(type);
}

// A mark beside the colour, so that neither is needed alone.
const marks = { slower: '▲', faster: '▼', same: '=', unclear: '?', 'only in A': 'A', 'only in B': 'B' };
function verdictNode(verdict) {
	return el('span', { class: 'verdict ' + verdict.replaceAll(' ', '-') },
		el('span', { class: 'mark', 'aria-hidden': 'true' }, marks[verdict]), verdict);
}
