// SPDX-License-Identifier: GPL-2.0-only
#include "detail/internal.h"

#include <string.h>

#define COUNTS_SIZE sizeof(((struct detail_heat *)NULL)->counts[0])

/* Adds what column `from` has to column `to`. */
static void add_column(struct detail_heat *h, size_t to, size_t from)
{
	for (size_t row = 0; row < DETAIL_ROWS; row++)
		h->counts[to][row] += h->counts[from][row];
}

/* Makes one column of each two that lie beside each other. */
static void widen(struct detail_heat *h)
{
	size_t nr = 0;

	h->shift++;
	for (size_t i = 0; i < h->nr_columns; i++) {
		uint64_t column = h->columns[i] >> 1;

		if (nr && h->columns[nr - 1] == column) {
			add_column(h, nr - 1, i);
			continue;
		}
		if (nr != i)
			memcpy(h->counts[nr], h->counts[i], COUNTS_SIZE);
		h->columns[nr++] = column;
	}
	h->nr_columns = nr;
}

/* Returns the place of the first column that is not before this one. */
static size_t place_of(const struct detail_heat *h, uint64_t column)
{
	size_t low = 0, high = h->nr_columns;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (h->columns[middle] < column)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct detail_heat *h, size_t place, uint64_t column)
{
	size_t behind = h->nr_columns - place;

	memmove(&h->columns[place + 1], &h->columns[place], behind * sizeof(h->columns[0]));
	memmove(h->counts[place + 1], h->counts[place], behind * COUNTS_SIZE);
	h->columns[place] = column;
	memset(h->counts[place], 0, COUNTS_SIZE);
	h->nr_columns++;
}

/* Counts one in a column. Returns false if there is no room for the column. */
static bool count(struct detail_heat *h, uint64_t column, uint32_t row)
{
	size_t place = place_of(h, column);

	if (place == h->nr_columns || h->columns[place] != column) {
		if (h->nr_columns == DETAIL_COLUMNS)
			return false;
		insert(h, place, column);
	}
	h->counts[place][row]++;
	return true;
}

void heat_add(struct detail_heat *h, uint64_t first, uint64_t pages, uint64_t ns)
{
	uint32_t row = sevtrace_hist_bucket(ns) / DETAIL_ROW_BUCKETS;
	uint64_t last = first + pages - 1;
	uint64_t start, column;

	if (!pages || last < first)
		last = first;
	while ((last >> h->shift) - (first >> h->shift) >= DETAIL_COLUMNS)
		widen(h);
	start = first >> h->shift;
	column = start;
	while (column <= last >> h->shift) {
		if (count(h, column, row)) {
			/* That was the last one there is. */
			if (column == UINT64_MAX)
				break;
			column++;
			continue;
		}
		widen(h);
		/* An odd one has become part of the one before it, which has counted already. */
		column = (column + (column > start)) >> 1;
		start >>= 1;
	}
}
