/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints the little histograms at the right of a table, one per row:
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
 * The axis that all little histograms of one table share, so that they can be compared: bar i
 * counts times from 2^(low + i * step) to 2^(low + (i + 1) * step) ns.
 */
struct axis {
	uint32_t low;
	uint32_t step;
	uint32_t bars;
};

/*
 * Widens the range [*low, *high], logarithms (base 2) of ns, to include the histogram's times.
 * Start with 64 and 0.
 */
void axis_include(const struct sevtrace_hist *h, uint32_t *low, uint32_t *high);

/*
 * Makes an axis with as many bars as the times need. It gets more if the labels need them and there
 * is room, and none if there is too little room.
 */
struct axis axis_make(uint32_t low, uint32_t high, int room);

/* Prints "64ns        16ms", the labels above the bars. */
void axis_print_head(const struct axis *axis, const struct text_style *style);
void axis_print_bars(const struct sevtrace_hist *h, const struct axis *axis,
		     const struct text_style *style);

#endif /* REPORT_AXIS_H */
