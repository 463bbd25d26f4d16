// SPDX-License-Identifier: GPL-2.0-only
#include "model/timeline.h"

#include <errno.h>

#include "model/internal.h"
#include "model/model.h"

#define FIRST_WIDTH 1000 /* ns */

static struct timeline_row *find_row(const struct timeline *t, uint32_t key)
{
	for (size_t i = 0; i < t->nr_rows; i++)
		if (t->rows[i].key == key)
			return &t->rows[i];
	return NULL;
}

bool timeline_has(const struct timeline *t, uint32_t key)
{
	return find_row(t, key) != NULL;
}

static struct timeline_row *row_of(const struct timeline_of *of, uint32_t key)
{
	struct timeline *t = of->timeline;
	struct timeline_row *row = find_row(t, key);

	if (row)
		return row;
	row = model_budget_add(of->budget, of->charged, (void **)&t->rows, &t->nr_rows,
			       sizeof(*row));
	if (row)
		row->key = key;
	return row;
}

/* Makes one bin of two until the last one reaches `end`. */
static void widen(struct timeline *t, uint64_t end)
{
	while ((end - t->origin) / t->width >= TIMELINE_BINS) {
		for (size_t r = 0; r < t->nr_rows; r++) {
			float *ns = t->rows[r].ns;

			for (size_t i = 0; i < TIMELINE_BINS; i++)
				ns[i] = i < TIMELINE_BINS / 2 ? ns[2 * i] + ns[2 * i + 1] : 0;
		}
		t->width *= 2;
	}
}

int timeline_put(const struct timeline_of *of, uint64_t origin, uint32_t key, uint64_t start,
		 uint64_t end)
{
	struct timeline *t = of->timeline;
	struct timeline_row *row;

	if (!t->width) {
		t->origin = origin;
		t->width = FIRST_WIDTH;
	}
	if (start < t->origin)
		start = t->origin;
	if (end <= start)
		return 0;
	row = row_of(of, key);
	if (!row)
		return -ENOMEM;
	widen(t, end);
	while (start < end) {
		uint64_t bin = (start - t->origin) / t->width;
		uint64_t until = t->origin + (bin + 1) * t->width;

		if (until > end || until < start)
			until = end;
		row->ns[bin] += (float)(until - start);
		start = until;
	}
	return 0;
}

int timeline_add(struct model_launch *l, uint32_t key, uint64_t start, uint64_t end)
{
	const struct timeline_of of = { &l->timeline, l->budget, &l->charged };

	if (l->timeline.nr_rows == TIMELINE_MAX_ROWS && key < TIMELINE_VMM)
		return 0;
	return timeline_put(&of, l->first_ts, key, start, end);
}

double timeline_part(const struct timeline *t, const struct timeline_row *row, uint64_t whole,
		     size_t i, size_t columns)
{
	double column = (double)whole / (double)columns;
	double from = column * (double)i, to = from + column, width = (double)t->width, ns = 0;

	for (size_t bin = 0; bin < TIMELINE_BINS; bin++) {
		double start = width * (double)bin, end = start + width;
		double low = start > from ? start : from, high = end < to ? end : to;

		if (high > low)
			ns += (double)row->ns[bin] * (high - low) / width;
	}
	return column <= 0 ? 0 : ns < column ? ns / column : 1;
}
