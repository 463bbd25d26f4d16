/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rank test of Mann and Whitney (Wilcoxon's rank sum test): does one sample tend to hold larger
 * values than the other? The test assumes nothing about the distribution of the values.
 */
#ifndef STATS_RANK_TEST_H
#define STATS_RANK_TEST_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>

struct rank_test {
	double p; /* two-sided: probability of so large a difference if there is none */
	/* probability, 0 to 1, that a value of b exceeds one of a: P(b > a) + P(b = a) / 2 */
	double superiority;
};

/*
 * Compares two samples of one or more values each. p is exact for up to RANK_EXACT values on each
 * side without ties. Otherwise it is that of the normal approximation, corrected for ties and
 * continuity. Returns 0 or -ENOMEM.
 */
#define RANK_EXACT 40
int rank_values(const uint64_t *a, size_t nr_a, const uint64_t *b, size_t nr_b,
		struct rank_test *out);

/*
 * Compares two histograms in the same way; samples in one bucket are ties. If either is empty, p is
 * 1.
 */
void rank_hists(const struct sevtrace_hist *a, const struct sevtrace_hist *b,
		struct rank_test *out);

/*
 * Corrects the p values of several tests after Holm (1979), in place. A corrected p below a level
 * is significant at that level for all tests together. Returns 0 or -ENOMEM.
 */
int rank_holm(double *p, size_t nr);

#endif /* STATS_RANK_TEST_H */
