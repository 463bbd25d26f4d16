// SPDX-License-Identifier: GPL-2.0-only
#include "stats/hist.h"

void hist_merge(struct sevtrace_hist *to, const struct sevtrace_hist *from)
{
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		to->buckets[i] = hist_saturated(to->buckets[i], from->buckets[i]);
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

static uint64_t clamp_to_range(const struct sevtrace_hist *hist, uint64_t ns)
{
	if (ns < hist_min(hist))
		ns = hist_min(hist);
	return ns > hist->max ? hist->max : ns;
}

/*
 * Returns a time in the last bucket, which has no end. The longest of its n samples is known, and
 * of the others what is left of the sum: their mean stands for each of them. PSP timeouts are here,
 * which are all alike.
 */
static uint64_t in_last_bucket(const struct sevtrace_hist *hist, double n, double nth, double below)
{
	const uint64_t lower = sevtrace_hist_lower(SEVTRACE_HIST_BUCKETS - 1);
	double mean = n > 1 ? ((double)hist->sum - below - (double)hist->max) / (n - 1) : 0;

	if (nth > n - 1 || mean >= (double)hist->max)
		return hist->max;
	return clamp_to_range(hist, mean > (double)lower ? (uint64_t)mean : lower);
}

uint64_t hist_percentile(const struct sevtrace_hist *hist, double percent)
{
	uint64_t total = 0;
	uint64_t before = 0;
	double below = 0; /* about the sum of the samples in the buckets before */
	double rank;

	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		total += hist->buckets[i];
	rank = percent / 100.0 * (double)total;
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		uint64_t n = hist->buckets[i];
		double lower = (double)sevtrace_hist_lower(i);
		double width = (double)hist_upper(i) - lower;

		if (n && (double)(before + n) >= rank) {
			double part = (rank - (double)before) / (double)n;

			if (i == SEVTRACE_HIST_BUCKETS - 1)
				return in_last_bucket(hist, (double)n, rank - (double)before,
						      below);
			/* Between two whole ranks there is no sample: stay inside the bucket. */
			if (part < 0)
				part = 0;
			return clamp_to_range(hist, (uint64_t)lower + (uint64_t)(width * part));
		}
		before += n;
		below += (double)n * (lower + width / 2);
	}
	return clamp_to_range(hist, hist->max);
}
