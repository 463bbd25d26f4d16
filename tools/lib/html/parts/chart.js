// SPDX-License-Identifier: GPL-2.0-only
// What charts have in common: their box, their axes, their shades.

const axisWidth = 66;
const chartPad = 10;

// Places of ticks among n runs that leave each label its room.
function ticks(from, to, width, room) {
	const step = Math.max(1, Math.ceil((to - from + 1) * room / Math.max(1, width)));
	const places = [];
	for (let place = Math.ceil(from); place <= to; place++)
		if ((place - Math.ceil(from)) % step === 0)
			places.push(place);
	return places;
}

function shorten(text, length) {
	return text.length > length ? text.slice(0, length - 1) + '…' : text;
}

// A shade of heat maps: 0 is the palest, 1 the darkest.
function mix(share) {
	const parse = (name) => color(name).match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
	const low = parse('heat-low');
	const high = parse('heat-high');
	return low.map((from, i) => Math.round(from + (high[i] - from) * share));
}

// What the shades mean, from the palest to the darkest.
function drawScale(ctx, width, top, low, high) {
	const size = 80;
	const right = width - chartPad - ctx.measureText(high).width - 6;
	ctx.textBaseline = 'middle';
	ctx.textAlign = 'right';
	ctx.fillText(low, right - size - 6, top + 12);
	for (let i = 0; i < size; i++) {
		ctx.fillStyle = `rgb(${mix(i / size).join(' ')})`;
		ctx.fillRect(right - size + i, top + 7, 1.5, 10);
	}
	ctx.fillStyle = color('text');
	ctx.textAlign = 'left';
	ctx.fillText(high, right + 6, top + 12);
}
