// SPDX-License-Identifier: GPL-2.0-only
#include "stats/rank_test.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static uint64_t *sorted(const uint64_t *values, size_t nr)
{
	uint64_t *copy = malloc(nr * sizeof(*copy));

	if (!copy)
		return NULL;
	memcpy(copy, values, nr * sizeof(*copy));
	qsort(copy, nr, sizeof(*copy), compare_numbers);
	return copy;
}

/* Sums over groups of equal values, added in rising order. */
struct groups {
	double nr_a;
	double nr_b;
	double u; /* pairs in which b is larger; pairs of equal values count half */
	double ties; /* sum of t^3 - t over groups of t values */
	double seen_a; /* values of a in the groups so far */
};

static void add_group(struct groups *g, double a, double b)
{
	double t = a + b;

	g->u += b * (g->seen_a + a / 2);
	g->seen_a += a;
	g->ties += t * t * t - t;
}

static void normal_test(const struct groups *g, struct rank_test *out)
{
	double n = g->nr_a + g->nr_b;
	double pairs = g->nr_a * g->nr_b;
	double variance = pairs / 12 * (n + 1 - g->ties / (n * (n - 1)));
	double distance = fabs(g->u - pairs / 2) - 0.5;

	out->superiority = g->u / pairs;
	out->p = 1;
	if (n > 1 && variance > 0 && distance > 0)
		out->p = erfc(distance / sqrt(2 * variance));
}

/*
 * Computes the exact p after Mann and Whitney (1947): of n values of b and m of a, the largest is
 * one of b with probability n / (n + m). It is then larger than all m of a. row[k][u]: the
 * probability of u with k values of a and, after round i, i values of b.
 */
static int exact_p(size_t m, size_t n, size_t u, double *p)
{
	size_t width = m * n + 1;
	double *row = calloc((m + 1) * width, sizeof(*row));
	double below = 0;
	double above = 0;

	if (!row)
		return -ENOMEM;
	for (size_t k = 0; k <= m; k++)
		row[k * width] = 1;
	for (size_t i = 1; i <= n; i++) {
		for (size_t k = 1; k <= m; k++) {
			double *to = &row[k * width];
			const double *less = &row[(k - 1) * width];
			double share = (double)i / (double)(i + k);

			for (size_t v = width; v-- > 0;)
				to[v] = share * (v >= k ? to[v - k] : 0) + (1 - share) * less[v];
		}
	}
	for (size_t v = 0; v < width; v++) {
		below += v <= u ? row[m * width + v] : 0;
		above += v >= u ? row[m * width + v] : 0;
	}
	free(row);
	*p = fmin(1, 2 * fmin(below, above));
	return 0;
}

int rank_values(const uint64_t *a, size_t nr_a, const uint64_t *b, size_t nr_b,
		struct rank_test *out)
{
	struct groups g = { .nr_a = (double)nr_a, .nr_b = (double)nr_b };
	uint64_t *left = sorted(a, nr_a);
	uint64_t *right = sorted(b, nr_b);
	size_t i = 0;
	size_t j = 0;
	int err = -ENOMEM;

	if (!left || !right)
		goto out;
	while (i < nr_a || j < nr_b) {
		uint64_t value = j == nr_b || (i < nr_a && left[i] < right[j]) ? left[i] : right[j];
		size_t from_i = i;
		size_t from_j = j;

		while (i < nr_a && left[i] == value)
			i++;
		while (j < nr_b && right[j] == value)
			j++;
		add_group(&g, (double)(i - from_i), (double)(j - from_j));
	}
	normal_test(&g, out);
	err = 0;
	if (g.ties == 0 && nr_a <= RANK_EXACT && nr_b <= RANK_EXACT)
		err = exact_p(nr_a, nr_b, (size_t)g.u, &out->p);
out:
	free(left);
	free(right);
	return err;
}

void rank_hists(const struct sevtrace_hist *a, const struct sevtrace_hist *b, struct rank_test *out)
{
	struct groups g = { 0 };

	*out = (struct rank_test){ .p = 1, .superiority = 0.5 };
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		g.nr_a += a->buckets[i];
		g.nr_b += b->buckets[i];
		if (a->buckets[i] || b->buckets[i])
			add_group(&g, a->buckets[i], b->buckets[i]);
	}
	if (g.nr_a > 0 && g.nr_b > 0)
		normal_test(&g, out);
}

static int compare_p(const void *a, const void *b)
{
	double left = **(double *const *)a;
	double right = **(double *const *)b;

	return left < right ? -1 : left > right;
}

int rank_holm(double *p, size_t nr)
{
	double **order = calloc(nr ? nr : 1, sizeof(*order));
	double least = 0;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		order[i] = &p[i];
	qsort(order, nr, sizeof(*order), compare_p);
	for (size_t i = 0; i < nr; i++) {
		least = fmax(least, fmin(1, *order[i] * (double)(nr - i)));
		*order[i] = least;
	}
	free(order);
	return 0;
}
