/* SPDX-License-Identifier: GPL-2.0-only */
/* What user space does with the histograms of <sevtrace/hist.h>. */
#ifndef STATS_HIST_H
#define STATS_HIST_H

#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>

/* Adds n samples of ns nanoseconds that covered `pages` pages in all. */
void hist_add(struct sevtrace_hist *hist, uint64_t ns, uint32_t n, uint64_t pages);

void hist_merge(struct sevtrace_hist *to, const struct sevtrace_hist *from);

/* 0 when the histogram is empty. */
uint64_t hist_min(const struct sevtrace_hist *hist);

/*
 * The time that `percent` of the samples do not exceed, interpolated inside its bucket and
 * never outside [min, max]; at most 1/16 off. 0 when empty. percent: 0 to 100.
 */
uint64_t hist_percentile(const struct sevtrace_hist *hist, double percent);

/* Where a bucket ends, exclusive. The last one takes everything longer, too. */
uint64_t hist_upper(uint32_t bucket);

#endif /* STATS_HIST_H */
