/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of user space for the histograms of <sevtrace/hist.h>. */
#ifndef STATS_HIST_H
#define STATS_HIST_H

#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>

static inline uint32_t hist_saturated(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Adds n samples of ns nanoseconds that covered `pages` pages in all. Inline: ten of each page. */
static inline void hist_add(struct sevtrace_hist *hist, uint64_t ns, uint32_t n, uint64_t pages)
{
	uint32_t *bucket = &hist->buckets[sevtrace_hist_bucket(ns)];

	*bucket = hist_saturated(*bucket, n);
	hist->count += n;
	hist->sum += ns * n;
	hist->pages += pages;
	if (ns > hist->max)
		hist->max = ns;
	if (~ns > hist->inv_min)
		hist->inv_min = ~ns;
}

void hist_merge(struct sevtrace_hist *to, const struct sevtrace_hist *from);

/* Returns the exact minimum; 0 if the histogram is empty. */
uint64_t hist_min(const struct sevtrace_hist *hist);

/*
 * Returns the time that `percent` (0 to 100) of the samples do not exceed. It is interpolated
 * inside its bucket, lies in [min, max] and is off by at most 1/16, but in the last bucket. 0 if
 * the histogram is empty.
 */
uint64_t hist_percentile(const struct sevtrace_hist *hist, double percent);

/* Returns the end of a bucket, exclusive. The last bucket also takes all longer times. */
uint64_t hist_upper(uint32_t bucket);

#endif /* STATS_HIST_H */
