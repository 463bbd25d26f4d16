/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little histograms at the right of a table, one a row:
 *
 *   8µs      128ms
 *     █    █
 *   ████
 *          ██▃▄ ▁  ▁
 */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include "stats/hist.h"
#include "util/text.h"

/*
 * The little histograms of one table share one axis, so that they can be compared: bar i counts
 * times from 2^(low + i * step) to 2^(low + (i + 1) * step) ns.
 */
struct axis {
	uint32_t low;
	uint32_t step;
	uint32_t bars;
};

/* Widens [*low, *high], powers of two, to the histogram's times. Begin with 64 and 0. */
void axis_include(const struct sevtrace_hist *h, uint32_t *low, uint32_t *high);

/* As many bars as the times need, and as the labels take if there is room; none in too little. */
struct axis axis_make(uint32_t low, uint32_t high, int room);

/* "64ns        16ms" above the bars */
void axis_print_head(const struct axis *axis, const struct text_style *style);
void axis_print_bars(const struct sevtrace_hist *h, const struct axis *axis,
		     const struct text_style *style);

#endif /* REPORT_AXIS_H */
