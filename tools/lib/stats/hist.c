// SPDX-License-Identifier: GPL-2.0-only
#include "stats/hist.h"

static uint32_t add_saturated(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

void hist_add(struct sevtrace_hist *hist, uint64_t ns, uint32_t n, uint64_t pages)
{
	uint32_t *bucket = &hist->buckets[sevtrace_hist_bucket(ns)];

	*bucket = add_saturated(*bucket, n);
	hist->count += n;
	hist->sum += ns * n;
	hist->pages += pages;
	if (ns > hist->max)
		hist->max = ns;
	if (~ns > hist->inv_min)
		hist->inv_min = ~ns;
}

void hist_merge(struct sevtrace_hist *to, const struct sevtrace_hist *from)
{
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		to->buckets[i] = add_saturated(to->buckets[i], from->buckets[i]);
	to->count += from->count;
	to->sum += from->sum;
	to->pages += from->pages;
	if (from->max > to->max)
		to->max = from->max;
	if (from->inv_min > to->inv_min)
		to->inv_min = from->inv_min;
}

uint64_t hist_min(const struct sevtrace_hist *hist)
{
	return hist->count ? ~hist->inv_min : 0;
}

uint64_t hist_upper(uint32_t bucket)
{
	return sevtrace_hist_lower(bucket + 1);
}

/* Returns the width of a bucket. The last bucket is as wide as its longest sample needs. */
static double width_of(const struct sevtrace_hist *hist, uint32_t bucket)
{
	uint64_t upper = hist_upper(bucket);

	if (bucket == SEVTRACE_HIST_BUCKETS - 1 && hist->max > upper)
		upper = hist->max;
	return (double)(upper - sevtrace_hist_lower(bucket));
}

static uint64_t clamp_to_range(const struct sevtrace_hist *hist, uint64_t ns)
{
	if (ns < hist_min(hist))
		ns = hist_min(hist);
	return ns > hist->max ? hist->max : ns;
}

uint64_t hist_percentile(const struct sevtrace_hist *hist, double percent)
{
	uint64_t total = 0;
	uint64_t before = 0;
	double rank;

	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		total += hist->buckets[i];
	rank = percent / 100.0 * (double)total;
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		uint64_t n = hist->buckets[i];

		if (n && (double)(before + n) >= rank) {
			double part = (rank - (double)before) / (double)n;

			/* Between two whole ranks there is no sample: stay inside the bucket. */
			if (part < 0)
				part = 0;
			return clamp_to_range(hist, sevtrace_hist_lower(i) +
							    (uint64_t)(width_of(hist, i) * part));
		}
		before += n;
	}
	return clamp_to_range(hist, hist->max);
}
