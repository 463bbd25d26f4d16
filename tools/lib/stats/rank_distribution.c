// SPDX-License-Identifier: GPL-2.0-only
#include "stats/rank_distribution.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Fills a row from smaller ones, after Mann and Whitney (1947): of m values of a and n of b, the
 * largest is one of b with probability n / (m + n). It is then larger than all m of a.
 */
static void fill(struct rank_table *t, size_t m, size_t n)
{
	double share = (double)n / (double)(m + n);
	double *to = t->tails[m][n];
	size_t u;

	if (!m || !n) {
		to[0] = 1;
		return;
	}
	for (u = 0; u <= m * n; u++) {
		/*
		 * If the largest is one of b, U without it is m less. As these are tails, U >= 0 is
		 * certain.
		 */
		double with = u < m ? 1 : t->tails[m][n - 1][u - m];
		double without = u <= (m - 1) * n ? t->tails[m - 1][n][u] : 0;

		to[u] = share * with + (1 - share) * without;
	}
}

int rank_table_make(struct rank_table *t, size_t nr)
{
	size_t size = 0;
	double *next;

	memset(t, 0, sizeof(*t));
	for (size_t m = 0; m <= nr; m++)
		for (size_t n = 0; m + n <= nr; n++)
			size += m * n + 1;
	t->all = calloc(size, sizeof(*t->all));
	if (!t->all)
		return -ENOMEM;
	next = t->all;
	for (size_t m = 0; m <= nr; m++) {
		for (size_t n = 0; m + n <= nr; n++) {
			t->tails[m][n] = next;
			next += m * n + 1;
			fill(t, m, n);
		}
	}
	return 0;
}

void rank_table_free(struct rank_table *t)
{
	free(t->all);
	t->all = NULL;
}

double rank_table_p(const struct rank_table *t, size_t m, size_t n, double distance)
{
	double most = (double)(m * n);
	/*
	 * U is a multiple of a half, so a distance that rounding made a little larger is still the
	 * same.
	 */
	double u = ceil(most / 2 + distance - 1e-6);

	if (distance <= 0)
		return 1;
	if (u > most)
		return 0;
	return fmin(1, 2 * t->tails[m][n][(size_t)u]);
}
