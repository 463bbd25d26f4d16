/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exact distribution of Mann and Whitney's U without ties, for small numbers of values: it
 * covers every way to split the values in two, and tells how far U gets from its middle by chance.
 */
#ifndef STATS_RANK_DISTRIBUTION_H
#define STATS_RANK_DISTRIBUTION_H

#include <stddef.h>

#define RANK_TABLE_VALUES 60 /* values on both sides together */

/* tails[m][n]: for m and n values, the probability that U is u or more, for u from 0 to m * n. */
struct rank_table {
	double *tails[RANK_TABLE_VALUES + 1][RANK_TABLE_VALUES + 1];
	double *all;
};

/*
 * Makes the table for up to nr values in all, at most RANK_TABLE_VALUES. Returns 0 or -ENOMEM; call
 * rank_table_free() in either case.
 */
int rank_table_make(struct rank_table *t, size_t nr);
void rank_table_free(struct rank_table *t);

/*
 * Returns the probability that U is `distance` or more from its middle, m * n / 2, on either side.
 * m and n are at least 1.
 */
double rank_table_p(const struct rank_table *t, size_t m, size_t n, double distance);

#endif /* STATS_RANK_DISTRIBUTION_H */
