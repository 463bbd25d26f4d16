// SPDX-License-Identifier: GPL-2.0-only
// What was done when: rows of spans over the time of a launch, or a part of it.

const rowHeight = 22;
const palette = 6;

// A name always has the same colour.
function spanColor(names, name) {
	return color('series-' + (names.indexOf(name) % palette));
}

// The rows of a launch: the VMM, each ioctl as it came first, steps, the PSP. [{ name, spans, gap, names }]
function waterfallRows(launch) {
	const detail = data.details[launch.launch];
	const { ioctls, steps, executions, waits } = detail;
	const kinds = [...new Set([...ioctls.spans].sort((a, b) => a[0] - b[0]).map((span) => span[3]))];
	const row = (name, spans, gap, names) => ({ name, spans, gap, names: names || [...new Set(spans.map((span) => span[3]))] });
	return [
		row('the VMM, outside of ioctls', outsideOf(launch, ioctls.spans), ioctls.gap),
		...kinds.map((kind) => row(kind, ioctls.spans.filter((span) => span[3] === kind), ioctls.gap, kinds)),
		row('steps', steps.spans, steps.gap), row('PSP executing', executions.spans, executions.gap), row('waiting for the PSP', waits.spans, waits.gap),
	].filter((r) => r.spans.length);
}

// "12 of psp and others", "SNP_LAUNCH_UPDATE": what a span is.
function spanText([start, length, busy, name, n, failed]) {
	return [n > 1 ? `${count(n)}, mostly ${name}` : name, `at ${at(start)}`, `for ${time(length)}`,
		n > 1 && `${share(Math.min(busy, length), length)} of it at work`, failed > 0 && `${n > 1 ? count(failed) + ' ' : ''}failed`].filter(Boolean).join(', ');
}

// The span of a row at a time, or the nearest one within `reach`.
function spanAt(row, ns, reach) {
	let found = null;
	let distance = reach;
	for (const span of row.spans) {
		const away = Math.max(span[0] - ns, ns - span[0] - span[1], 0);
		if (away <= distance) {
			found = span;
			distance = away;
			if (!away)
				break;
		}
	}
	return found;
}

// Draws rows between two times. Returns where what is: { left, x, ns }.
function drawRows(ctx, width, rows, [from, to], label) {
	const left = Math.min(230, width * 0.4);
	const inside = width - left - chartPad;
	const x = (ns) => left + Math.max(0, Math.min(1, (ns - from) / (to - from))) * inside;
	ctx.textBaseline = 'middle';
	rows.forEach((row, i) => {
		const y = i * rowHeight;
		ctx.fillStyle = color('text');
		ctx.textAlign = 'right';
		ctx.fillText(shorten(row.name, Math.floor(left / 7)), left - 8, y + rowHeight / 2);
		ctx.fillStyle = color('heat-none');
		ctx.fillRect(left, y + 3, inside, rowHeight - 6);
		for (const span of row.spans) {
			const [start, length, busy, name, , failed] = span;
			if (start > to || start + length < from)
				continue;
			const [a, b] = [x(start), x(start + length)];
			ctx.fillStyle = spanColor(row.names, name);
			// What is several things has gaps in it: the paler, the more.
			ctx.globalAlpha = length ? Math.max(0.35, Math.min(1, busy / length)) : 1;
			ctx.fillRect(a, y + 3, Math.max(1, b - a), rowHeight - 6);
			ctx.globalAlpha = 1;
			if (failed) {
				ctx.fillStyle = color('slower');
				ctx.fillRect(Math.max(a, b - 3), y + 1, 3, rowHeight - 2);
			}
			label(ctx, span, a, b, y);
		}
	});
	return { left, inside, x, ns: (place) => from + (place - left) / inside * (to - from) };
}

// The name of a span where there is room for it.
function labelSpan(ctx, [, , , name, n], a, b, y) {
	const text = n > 1 ? `${count(n)} × ${name}` : name;
	if (b - a < 40 || ctx.measureText(text).width > b - a - 8)
		return;
	ctx.fillStyle = color('back');
	ctx.textAlign = 'left';
	ctx.fillText(text, a + 4, y + rowHeight / 2);
}

// A time on an axis: as exact as its distance to the next one asks for.
function axisTime(ns, step, last) {
	const [unit, size] = units.find((u) => last >= u[1]) || units[3];
	const digits = Math.min(9, Math.max(0, Math.ceil(-Math.log10(Math.max(step, 1) / size)) + 1));
	return ns === 0 ? '0' : `${(ns / size).toFixed(digits)} ${unit}`;
}

// Times below a chart, so many that each label has its room.
function drawTimes(ctx, top, { left, inside }, [from, to]) {
	const parts = Math.max(2, Math.floor(inside / 120));
	for (let i = 0; i <= parts; i++) {
		const place = left + inside * i / parts;
		ctx.textAlign = i === 0 ? 'left' : i === parts ? 'right' : 'center';
		ctx.fillStyle = color('quiet');
		ctx.fillRect(Math.min(place, left + inside - 1), top, 1, 4);
		ctx.fillStyle = color('text');
		ctx.fillText(axisTime(from + (to - from) * i / parts, (to - from) / parts, to), place, top + 14);
	}
}
