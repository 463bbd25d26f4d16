/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The distribution of Mann and Whitney's U for every way to part few values in two, without ties:
 * how far from the middle U gets by chance.
 */
#ifndef STATS_RANK_DISTRIBUTION_H
#define STATS_RANK_DISTRIBUTION_H

#include <stddef.h>

#define RANK_TABLE_VALUES 60 /* on both sides together */

/* tails[m][n]: of m and n values the chance that U is u or more, for u from 0 to m * n. */
struct rank_table {
	double *tails[RANK_TABLE_VALUES + 1][RANK_TABLE_VALUES + 1];
	double *all;
};

/*
 * For up to nr values together, at most RANK_TABLE_VALUES. 0 or -ENOMEM. To be freed in either
 * case.
 */
int rank_table_make(struct rank_table *t, size_t nr);
void rank_table_free(struct rank_table *t);

/*
 * The chance that U is `distance` or more from its middle, m * n / 2, on either side. m, n: 1 and
 * up.
 */
double rank_table_p(const struct rank_table *t, size_t m, size_t n, double distance);

#endif /* STATS_RANK_DISTRIBUTION_H */
