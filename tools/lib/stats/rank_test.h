/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rank test of Mann and Whitney (Wilcoxon's rank sum test): does one sample tend to hold larger
 * values than the other? Nothing is assumed of how the values are distributed.
 */
#ifndef STATS_RANK_TEST_H
#define STATS_RANK_TEST_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>

struct rank_test {
	double p; /* two-sided: how likely so large a difference is when there is none */
	double superiority; /* of a value of b over one of a, 0 to 1: P(b > a) + P(b = a) / 2 */
};

/*
 * Two samples of one value or more each. p is exact for up to RANK_EXACT values a side without
 * ties, else that of the normal approximation, corrected for ties and continuity. 0 or -ENOMEM.
 */
#define RANK_EXACT 40
int rank_values(const uint64_t *a, size_t nr_a, const uint64_t *b, size_t nr_b,
		struct rank_test *out);

/* The same of two histograms that hold samples; those in one bucket are ties. */
void rank_hists(const struct sevtrace_hist *a, const struct sevtrace_hist *b,
		struct rank_test *out);

/*
 * Corrects the p values of several tests after Holm (1979), in place: below a level, they are so
 * with all tests together. 0 or -ENOMEM.
 */
int rank_holm(double *p, size_t nr);

#endif /* STATS_RANK_TEST_H */
