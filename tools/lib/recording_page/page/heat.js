// SPDX-License-Identifier: GPL-2.0-only
// Maps of cells: how many pages took how long, by what is on the axis.

// The columns as { from, size, cells: [[row, n]], pages }.
function columnsOf(heat) {
	const size = 2 ** heat.shift;
	return heat.places.map((place, i) => {
		const cells = [];
		for (let j = 0; j < heat.columns[i].length; j += 2)
			cells.push([heat.columns[i][j], heat.columns[i][j + 1]]);
		return { from: place * size, size, cells, pages: cells.reduce((sum, [, n]) => sum + n, 0) };
	});
}

// The row that half of a column's pages do not exceed.
function middleRow(column) {
	let before = 0;
	for (const [row, n] of column.cells) {
		before += n;
		if (before * 2 >= column.pages)
			return row;
	}
	return 0;
}

function rowText(row) {
	return `${shortTime(bounds[row], 3)} to ${shortTime(bounds[row + 1], 3)}`;
}

// A heat map. axis: { place(column, columns, inside): [left, width], label(ctx, columns, left, inside, y), text(column) }
function heatMap(box, columns, axis, label, readout) {
	const rows = columns.flatMap((column) => column.cells.map(([row]) => row));
	const first = rows.reduce((a, b) => Math.min(a, b), Infinity);
	const last = rows.reduce((a, b) => Math.max(a, b), 0);
	const most = columns.reduce((a, column) => column.cells.reduce((b, [, n]) => Math.max(b, n), a), 1);
	const height = 180;
	return onResize(box, (width) => {
		const { canvas, ctx } = canvasOf(box, width, height + 40, label);
		const inside = width - axisWidth - chartPad;
		const cell = (height - 6) / (last - first + 1);
		const y = (row) => height - (row - first + 1) * cell;
		ctx.fillStyle = color('heat-none');
		ctx.fillRect(axisWidth, 6, inside, height - 6);
		for (const column of columns) {
			const [left, size] = axis.place(column, inside);
			if (left + size < 0 || left > inside)
				continue;
			const from = Math.max(0, left);
			for (const [row, n] of column.cells) {
				ctx.fillStyle = `rgb(${mix(0.15 + 0.85 * Math.sqrt(n / most)).join(' ')})`;
				ctx.fillRect(axisWidth + from, y(row), Math.max(1, Math.min(inside, left + size) - from), Math.max(1, cell - 0.3));
			}
		}
		ctx.fillStyle = color('text');
		ctx.textAlign = 'right';
		ctx.textBaseline = 'middle';
		for (let row = first; row <= last; row += Math.max(1, Math.ceil((last - first + 1) / 7)))
			ctx.fillText(shortTime(bounds[row], 3), axisWidth - 6, Math.max(8, y(row) + cell));
		axis.label(ctx, inside, height + 10);
		drawScale(ctx, width, height + 18, '1 page', plural(most, 'page'));
		canvas.onmousemove = (event) => {
			const column = columns.find((candidate) => {
				const [left, size] = axis.place(candidate, inside);
				const place = event.offsetX - axisWidth;
				return place >= left && place < left + Math.max(2, size);
			});
			const row = first + Math.floor((height - event.offsetY) / cell);
			const hit = column && column.cells.find(([candidate]) => candidate === row);
			readout.textContent = !column ? '' : hit ? `${axis.text(column)}: ${plural(hit[1], 'page')} took ${rowText(row)}` :
				`${axis.text(column)}: ${plural(column.pages, 'page')}, half of them ${rowText(middleRow(column))} or less`;
		};
	});
}

function heatTable(caption, columns, axis) {
	return table(caption, [{ text: axis.head }, { text: 'Pages', number: true }, { text: 'Half of them took at most', number: true }, { text: 'The slowest', number: true }],
		columns.map((column) => [axis.text(column), count(column.pages), shortTime(bounds[middleRow(column) + 1], 3), rowText(column.cells[column.cells.length - 1][0])]));
}
