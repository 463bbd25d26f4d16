/* SPDX-License-Identifier: GPL-2.0-only */
/* Mean and spread of a figure over repeated runs. */
#ifndef STATS_MEAN_H
#define STATS_MEAN_H

#include <stdint.h>

/*
 * Zeroed: no values. Uses Welford's method, which does not lose small differences of large values.
 */
struct spread {
	uint64_t n;
	double mean;
	double squares; /* sum of squared differences from the mean */
};

void spread_add(struct spread *s, double value);

/* Adds zeros until there are n values, for runs without any of the figure. */
void spread_pad(struct spread *s, uint64_t n);

/*
 * Returns the standard error of the mean, in percent of the mean; perf stat prints it as "+-".
 * Negative: not known, there are fewer than two values.
 */
double spread_error_percent(const struct spread *s);

#endif /* STATS_MEAN_H */
