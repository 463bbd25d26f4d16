// SPDX-License-Identifier: GPL-2.0-only
#include "stats/change_point.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stats/rank_distribution.h"
#include "stats/rank_test.h"
#include "util/array.h"

#define STEP_OVER_LINE \
	0.95 /* values must be this much closer to two levels than to a line; else they drift */
#define MAX_ROUNDS 4 /* limit of rounds in which changes move because their neighbours did */

/* Runs [from, to) of a series, and the change that was found in them. */
struct stretch {
	size_t series;
	size_t from;
	size_t to;
	struct change_point found; /* measured where it is clearest; its p is not set */
	double p; /* corrected for places and stretches, not for series; 1: nothing was found */
};

struct stretches {
	struct stretch *all;
	size_t nr;
};

/* Buffers for the longest series. */
struct scratch {
	const uint64_t *values; /* the values that are ranked */
	size_t *order;
	double *ranks;
	uint64_t *sorted;
	double *slopes;
	struct rank_table table;
};

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static int compare_reals(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static int compare_places(const void *a, const void *b, void *ctx)
{
	const struct scratch *s = ctx;

	return compare_numbers(&s->values[*(const size_t *)a], &s->values[*(const size_t *)b]);
}

/*
 * Ranks n values; equal ones share a rank. Returns the sum of t^3 - t over groups of t equal
 * values.
 */
static double rank(const uint64_t *values, size_t n, struct scratch *s)
{
	double ties = 0;

	for (size_t i = 0; i < n; i++)
		s->order[i] = i;
	s->values = values;
	qsort_r(s->order, n, sizeof(*s->order), compare_places, s);
	for (size_t i = 0; i < n;) {
		size_t end = i;
		double t;

		while (end < n && values[s->order[end]] == values[s->order[i]])
			end++;
		t = (double)(end - i);
		ties += t * t * t - t;
		for (size_t j = i; j < end; j++)
			s->ranks[s->order[j]] = (double)(i + end + 1) / 2;
		i = end;
	}
	return ties;
}

/* Returns the standard deviation of U without ties. */
static double spread_of(size_t m, size_t n)
{
	return sqrt((double)(m * n) / 12 * (double)(m + n + 1));
}

/*
 * Returns the probability that the largest of the standardised rank statistics of all places is b
 * or more. For few runs: the sum of the exact probabilities of all places. For more runs: the
 * improved Bonferroni inequality of Worsley (1982), with the correlation of neighbours (Lausen,
 * Sauerbrei, Schumacher 1994). Both are upper bounds.
 */
static double p_of_largest(double b, size_t n, const struct rank_table *table)
{
	double tail = erfc(b / sqrt(2));
	double p = n > RANK_TABLE_VALUES ? tail : 0;

	for (size_t k = CHANGE_MIN_RUNS; k + CHANGE_MIN_RUNS <= n; k++) {
		double left = (double)k;
		double right = (double)(n - k);
		double t = sqrt(1 - left * (right - 1) / (right * (left + 1)));
		double third = (b * b / 4 - 1) * t * t / 6;
		double step = exp(-b * b / 2) / M_PI * t * (1 - third);

		if (n <= RANK_TABLE_VALUES)
			p += rank_table_p(table, k, n - k, b * spread_of(k, n - k));
		else if (k + 1 + CHANGE_MIN_RUNS <= n)
			/* Outside the range of the expansion, plain Bonferroni still holds. */
			p += third < 0.5 ? fmin(step, tail) : tail;
	}
	return fmin(p, 1);
}

/*
 * Returns the likeliest place of a change in n values; 0: none. *p is corrected for the number of
 * places tested.
 */
static size_t best_place(const uint64_t *values, size_t n, struct scratch *s, double *p)
{
	double size = (double)n;
	double largest = 0;
	double sum = 0;
	size_t best = 0;
	double ties;

	*p = 1;
	if (n < 2 * CHANGE_MIN_RUNS)
		return 0;
	ties = rank(values, n, s);
	/*
	 * Ties reduce the variance of U. Ignoring them is safe, and fits the exact probabilities.
	 */
	if (n <= RANK_TABLE_VALUES)
		ties = 0;
	for (size_t k = 1; k + CHANGE_MIN_RUNS <= n; k++) {
		double left = (double)k;
		double variance =
			left * (size - left) / 12 * (size + 1 - ties / (size * (size - 1)));
		double z;

		sum += s->ranks[k - 1];
		if (k < CHANGE_MIN_RUNS || variance <= 0)
			continue;
		z = (fabs(sum - left * (size + 1) / 2) - (n > RANK_TABLE_VALUES ? 0.5 : 0)) /
		    sqrt(variance);
		if (z > largest) {
			largest = z;
			best = k;
		}
	}
	if (best)
		*p = p_of_largest(largest, n, &s->table);
	return best;
}

static uint64_t median_of(const uint64_t *values, size_t n, struct scratch *s)
{
	memcpy(s->sorted, values, n * sizeof(*values));
	qsort(s->sorted, n, sizeof(*values), compare_numbers);
	if (n % 2)
		return s->sorted[n / 2];
	return s->sorted[n / 2 - 1] + (s->sorted[n / 2] - s->sorted[n / 2 - 1]) / 2;
}

static double median_real(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare_reals);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/*
 * Returns the sum of the distances of values from a line through them. Each distance counts at most
 * `most`, so that odd runs do not decide. The line is that of Theil and Sen, which uses medians
 * only.
 */
static double off_line(const uint64_t *values, size_t n, double most, struct scratch *s)
{
	double sum = 0;
	double slope, level;
	size_t nr = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			s->slopes[nr++] = ((double)values[j] - (double)values[i]) / (double)(j - i);
	slope = median_real(s->slopes, nr);
	for (size_t i = 0; i < n; i++)
		s->slopes[i] = (double)values[i] - slope * (double)i;
	level = median_real(s->slopes, n);
	for (size_t i = 0; i < n; i++)
		sum += fmin(most, fabs(s->slopes[i] - level));
	return sum;
}

static double off_level(const uint64_t *values, size_t n, uint64_t level, double most)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += fmin(most, fabs((double)values[i] - (double)level));
	return sum;
}

/*
 * Returns the place of the step between two levels: the one with the least sum of distances to the
 * medians on its sides. Ranks show that there is a step, but tend to the middle if the sides differ
 * in length.
 */
static size_t refine(const uint64_t *values, size_t from, size_t at, size_t to, struct scratch *s)
{
	size_t first = at - from > CHANGE_WINDOW ? at - CHANGE_WINDOW : from;
	size_t end = to - at > CHANGE_WINDOW ? at + CHANGE_WINDOW : to;
	double step = fabs((double)median_of(values + first, at - first, s) -
			   (double)median_of(values + at, end - at, s));
	double least = INFINITY;
	size_t best = at;

	for (size_t k = from + CHANGE_MIN_RUNS; k + CHANGE_MIN_RUNS <= to; k++) {
		double off;

		if (k <= first || k >= end)
			continue;
		off = off_level(values + first, k - first, median_of(values + first, k - first, s),
				step) +
		      off_level(values + k, end - k, median_of(values + k, end - k, s), step);
		if (off < least) {
			least = off;
			best = k;
		}
	}
	return best;
}

/* Measures a change at `at` in runs [from, to). Tells whether it is a step and large enough. */
static bool measure(const uint64_t *values, size_t from, size_t at, size_t to,
		    const struct change_limits *limits, struct scratch *s,
		    struct change_point *point)
{
	size_t first = at - from > CHANGE_WINDOW ? at - CHANGE_WINDOW : from;
	size_t end = to - at > CHANGE_WINDOW ? at + CHANGE_WINDOW : to;
	uint64_t a = median_of(values + first, at - first, s);
	uint64_t b = median_of(values + at, end - at, s);
	double step = fabs((double)b - (double)a);

	point->at = at;
	point->nr_before = at - from;
	point->nr_after = to - at;
	point->before = a;
	point->after = b;
	point->change = a ? ((double)b - (double)a) / (double)a : b ? INFINITY : 0;
	if (step < (double)limits->min_ns || fabs(point->change) < limits->min_change)
		return false;
	return off_level(values + first, at - first, a, step) +
		       off_level(values + at, end - at, b, step) <
	       STEP_OVER_LINE * off_line(values + first, end - first, step, s);
}

/*
 * Tests a stretch as a whole, then overlapping halves of it, then halves of those. Keeps the
 * clearest change.
 */
static void search(const uint64_t *values, struct stretch *in, const struct change_limits *limits,
		   struct scratch *s)
{
	size_t n = in->to - in->from;
	size_t looked = 0;
	double least = 1;

	for (size_t length = n; length >= 2 * CHANGE_MIN_RUNS; length = (length + 1) / 2) {
		/* Enough that each overlaps the next one by at least half. */
		size_t count = n == length ? 1 : (2 * n + length - 1) / length - 1;

		for (size_t i = 0; i < count; i++) {
			size_t from = in->from + (count > 1 ? i * (n - length) / (count - 1) : 0);
			struct change_point found;
			double p;
			size_t at = from + best_place(values + from, length, s, &p);

			looked++;
			if (p >= limits->level || p >= least)
				continue;
			at = refine(values, from, at, from + length, s);
			if (!measure(values, from, at, from + length, limits, s, &found))
				continue;
			least = p;
			in->found = found;
		}
	}
	in->p = fmin(1, least * (double)looked);
}

static int add_stretch(struct stretches *to, size_t series, size_t from, size_t end)
{
	struct stretch *next;

	if (end - from < 2 * CHANGE_MIN_RUNS)
		return 0;
	next = ARRAY_ADD(to->all, to->nr);
	if (!next)
		return -ENOMEM;
	*next = (struct stretch){ .series = series, .from = from, .to = end };
	return 0;
}

static int compare_points(const void *a, const void *b)
{
	const struct change_point *left = a;
	const struct change_point *right = b;

	return left->at < right->at ? -1 : left->at > right->at;
}

/*
 * Does one round: tests all stretches, corrects p for their number, and splits those with a change
 * for the next round.
 */
static int split(struct change_series *series, const struct stretches *now, struct stretches *next,
		 const struct change_limits *limits, struct scratch *s)
{
	double *p = calloc(now->nr, sizeof(*p));
	int err = p ? 0 : -ENOMEM;

	for (size_t i = 0; i < now->nr && !err; i++) {
		search(series[now->all[i].series].values, &now->all[i], limits, s);
		p[i] = now->all[i].p;
	}
	if (!err)
		err = rank_holm(p, now->nr);
	for (size_t i = 0; i < now->nr && !err; i++) {
		const struct stretch *in = &now->all[i];
		struct change_series *of = &series[in->series];
		struct change_point *point;

		if (p[i] >= limits->level)
			continue;
		point = ARRAY_ADD(of->points, of->nr_points);
		if (!point) {
			err = -ENOMEM;
			break;
		}
		*point = in->found;
		point->p = p[i];
		err = add_stretch(next, in->series, in->from, point->at);
		if (!err)
			err = add_stretch(next, in->series, point->at, in->to);
	}
	free(p);
	return err;
}

/*
 * Places and measures each change again, now that its neighbours are known. Leaves out changes that
 * do not hold among them. Returns whether any change moved or was left out: then the neighbours of
 * others have changed.
 */
static bool settle(struct change_series *of, const struct change_limits *limits, struct scratch *s)
{
	bool moved = false;
	size_t kept = 0;

	for (size_t i = 0; i < of->nr_points; i++) {
		struct change_point point = of->points[i];
		size_t from = kept ? of->points[kept - 1].at : 0;
		size_t to = i + 1 < of->nr_points ? of->points[i + 1].at : of->nr;
		size_t was = point.at;
		double p;
		size_t at = from + best_place(of->values + from, to - from, s, &p);

		if (p < limits->level)
			at = refine(of->values, from, at, to, s);
		if (p >= limits->level || !measure(of->values, from, at, to, limits, s, &point)) {
			moved = true;
			continue;
		}
		moved |= at != was;
		of->points[kept++] = point;
	}
	of->nr_points = kept;
	return moved;
}

static int make_scratch(struct scratch *s, const struct change_series *series, size_t nr)
{
	size_t most = 1;

	for (size_t i = 0; i < nr; i++)
		if (series[i].nr > most)
			most = series[i].nr;
	s->order = calloc(most, sizeof(*s->order));
	s->ranks = calloc(most, sizeof(*s->ranks));
	s->sorted = calloc(most, sizeof(*s->sorted));
	s->slopes = calloc(2 * CHANGE_WINDOW * CHANGE_WINDOW, sizeof(*s->slopes));
	if (!s->order || !s->ranks || !s->sorted || !s->slopes)
		return -ENOMEM;
	return rank_table_make(&s->table, most < RANK_TABLE_VALUES ? most : RANK_TABLE_VALUES);
}

int change_points_find(struct change_series *series, size_t nr, const struct change_limits *limits)
{
	struct stretches now = { 0 };
	struct scratch s = { 0 };
	int err = make_scratch(&s, series, nr);

	for (size_t i = 0; i < nr && !err; i++) {
		series[i].points = NULL;
		series[i].nr_points = 0;
		err = add_stretch(&now, i, 0, series[i].nr);
	}
	while (now.nr && !err) {
		struct stretches next = { 0 };

		err = split(series, &now, &next, limits, &s);
		free(now.all);
		now = next;
	}
	for (size_t i = 0; i < nr && !err; i++) {
		if (!series[i].nr_points)
			continue;
		qsort(series[i].points, series[i].nr_points, sizeof(*series[i].points),
		      compare_points);
		for (int round = 0; round < MAX_ROUNDS; round++)
			if (!settle(&series[i], limits, &s))
				break;
	}
	if (err)
		change_points_free(series, nr);
	free(now.all);
	free(s.order);
	free(s.ranks);
	free(s.sorted);
	free(s.slopes);
	rank_table_free(&s.table);
	return err;
}

void change_points_free(struct change_series *series, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		free(series[i].points);
		series[i].points = NULL;
		series[i].nr_points = 0;
	}
}
