// SPDX-License-Identifier: GPL-2.0-only
/* Decides what differs between two recordings. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/compare.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "stats/rank_test.h"
#include "util/array.h"

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* Returns the median. Sorts the side's values, whose order has no meaning. */
static uint64_t median_of(struct compare_side *side)
{
	size_t middle = side->nr / 2;

	if (!side->nr)
		return 0;
	qsort(side->values, side->nr, sizeof(*side->values), compare_numbers);
	if (side->nr % 2)
		return side->values[middle];
	return side->values[middle - 1] + (side->values[middle] - side->values[middle - 1]) / 2;
}

/* Sorts steps in launch order, all other rows by their numbers. */
static size_t rank_of(const struct compare_row *row)
{
	return row->section == COMPARE_STEP ? step_place(row->id) : row->id;
}

static int compare_rows(const void *a, const void *b)
{
	const struct compare_row *left = a;
	const struct compare_row *right = b;

	if (left->vm_type != right->vm_type)
		return left->vm_type < right->vm_type ? -1 : 1;
	if (left->section != right->section)
		return left->section < right->section ? -1 : 1;
	if (left->phase != right->phase)
		return left->phase < right->phase ? -1 : 1;
	if (rank_of(left) != rank_of(right))
		return rank_of(left) < rank_of(right) ? -1 : 1;
	return left->waiting - right->waiting;
}

static double change_of(uint64_t from, uint64_t to)
{
	if (from == to)
		return 0;
	return from ? ((double)to - (double)from) / (double)from : INFINITY;
}

/* Chooses whether a row is tested over launches or samples, and tests it. Sets an uncorrected p. */
static int test_row(struct compare_row *row)
{
	struct compare_side *a = &row->side[COMPARE_A];
	struct compare_side *b = &row->side[COMPARE_B];
	struct rank_test test = { .p = 1, .superiority = 0.5 };
	int err = 0;

	a->median = median_of(a);
	b->median = median_of(b);
	if (!a->nr || !b->nr) {
		row->verdict = a->nr ? COMPARE_ONLY_A : COMPARE_ONLY_B;
	} else if (a->nr >= COMPARE_MIN_LAUNCHES && b->nr >= COMPARE_MIN_LAUNCHES) {
		row->over = COMPARE_OVER_LAUNCHES;
		err = rank_values(a->values, a->nr, b->values, b->nr, &test);
	} else if (a->samples->count >= COMPARE_MIN_SAMPLES &&
		   b->samples->count >= COMPARE_MIN_SAMPLES) {
		row->over = COMPARE_OVER_SAMPLES;
		rank_hists(a->samples, b->samples, &test);
	}
	if (a->nr && b->nr)
		row->change = change_of(a->median, b->median);
	row->p = test.p;
	row->superiority = test.superiority;
	return err;
}

static bool launches_apart(const struct compare_row *row, bool slower)
{
	const struct compare_side *low = &row->side[slower ? COMPARE_A : COMPARE_B];
	const struct compare_side *high = &row->side[slower ? COMPARE_B : COMPARE_A];

	return low->values[low->nr - 1] < high->values[0];
}

/* Do the medians differ by at least the least change that counts? */
static bool large_enough(const struct compare_row *row, double min_change)
{
	uint64_t a = row->side[COMPARE_A].median;
	uint64_t b = row->side[COMPARE_B].median;

	if (row->over != COMPARE_OVER_LAUNCHES)
		min_change = fmax(min_change, COMPARE_MIN_CHANGE_SAMPLES);
	return (a < b ? b - a : a - b) >= COMPARE_MIN_NS && fabs(row->change) >= min_change;
}

/* Is the change more than chance, and do the ranks agree with the medians? */
static bool significant(const struct compare_row *row, bool slower)
{
	double superiority = slower ? row->superiority : 1 - row->superiority;

	if (row->p >= COMPARE_LEVEL)
		return false;
	if (row->over == COMPARE_OVER_LAUNCHES)
		return superiority > 0.5;
	return superiority >= COMPARE_MIN_SUPERIORITY && launches_apart(row, slower);
}

static void decide(struct compare_row *row, double min_change)
{
	bool slower = row->change > 0;

	if (!row->side[COMPARE_A].nr || !row->side[COMPARE_B].nr)
		return;
	row->verdict = COMPARE_UNCLEAR;
	if (!large_enough(row, min_change))
		row->verdict = COMPARE_SAME;
	else if (row->over && significant(row, slower))
		row->verdict = slower ? COMPARE_SLOWER : COMPARE_FASTER;
}

/* Applies Holm's correction, over the rows that were tested. */
static int correct(struct comparison *c)
{
	double *p = calloc(c->nr_rows + 1, sizeof(*p));
	size_t nr = 0;
	int err;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_rows; i++)
		if (c->rows[i].over)
			p[nr++] = c->rows[i].p;
	err = rank_holm(p, nr);
	nr = 0;
	for (size_t i = 0; i < c->nr_rows && !err; i++)
		if (c->rows[i].over)
			c->rows[i].p = p[nr++];
	free(p);
	return err;
}

static int add_difference(struct comparison *c, const char *what, const char *a, const char *b)
{
	struct compare_difference *d = ARRAY_ADD(c->differences, c->nr_differences);

	if (!d)
		return -ENOMEM;
	d->what = what;
	d->value[COMPARE_A] = strdup(a ? a : "not known");
	d->value[COMPARE_B] = strdup(b ? b : "not known");
	return d->value[COMPARE_A] && d->value[COMPARE_B] ? 0 : -ENOMEM;
}

static int add_numbers(struct comparison *c, const char *what, uint64_t a, uint64_t b)
{
	char left[24];
	char right[24];

	snprintf(left, sizeof(left), "%llu", (unsigned long long)a);
	snprintf(right, sizeof(right), "%llu", (unsigned long long)b);
	return add_difference(c, what, left, right);
}

static uint64_t pages_of(const struct compare_launches *type, enum compare_which which)
{
	uint64_t nr = type->results[which][MODEL_OK];

	return nr ? type->pages[which] / nr : 0;
}

static int find_differences(struct comparison *c)
{
	int err = 0;

	for (size_t i = 0; compare_host_key(i) && !err; i++) {
		const char *a = c->host[COMPARE_A][i];
		const char *b = c->host[COMPARE_B][i];

		if ((a || b) && (!a || !b || strcmp(a, b) != 0))
			err = add_difference(c, compare_host_key(i), a, b);
	}
	for (size_t i = 0; i < c->nr_types && !err; i++) {
		uint64_t a = pages_of(&c->types[i], COMPARE_A);
		uint64_t b = pages_of(&c->types[i], COMPARE_B);

		if (a != b && a && b)
			err = add_numbers(c, "pages a launch", a, b);
	}
	if (!err && (c->dropped[COMPARE_A] || c->dropped[COMPARE_B]))
		err = add_numbers(c, "dropped events", c->dropped[COMPARE_A],
				  c->dropped[COMPARE_B]);
	return err;
}

int compare_judge(struct comparison *c, double min_change)
{
	int err = 0;

	c->min_change = min_change;
	if (c->nr_rows)
		qsort(c->rows, c->nr_rows, sizeof(*c->rows), compare_rows);
	for (size_t i = 0; i < c->nr_rows && !err; i++)
		err = test_row(&c->rows[i]);
	if (!err)
		err = correct(c);
	for (size_t i = 0; i < c->nr_rows && !err; i++)
		decide(&c->rows[i], min_change);
	c->basis = compare_find_basis(c);
	return err ? err : find_differences(c);
}
