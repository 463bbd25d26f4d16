/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The launch model as metrics, in the text format that Prometheus and node_exporter's textfile
 * collector read: summed over launches, with labels for what there is a bounded number of.
 *
 * Names follow OpenMetrics 1.0: base units as suffixes, _total, "le" as floats, "# EOF" at the
 * end. The TYPE line of a counter has its _total, which Prometheus' text format asks for and a
 * strict OpenMetrics parser does not want.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "render.h"

/* The buckets of every histogram: 1 us, 2.5 us, 5 us, 10 us, ... 100 s. */
#define METRICS_BOUNDS 25

/* A bound in nanoseconds; UINT64_MAX (le="+Inf") behind the last. */
uint64_t metrics_bound(size_t i);

/*
 * Counts the samples of a histogram under the bounds, not cumulated; [METRICS_BOUNDS] is what is
 * longer than the last.
 *
 * A bucket of the histogram that lies across a bound is counted under the next bound: what is
 * counted under a bound is never longer, and a sample that is at most 1/16 (6.25 %) shorter than
 * a bound may be counted under the next one.
 */
void metrics_buckets(const struct sevtrace_hist *hist, uint64_t counts[METRICS_BOUNDS + 1]);

/* 0 or -ENOMEM. */
int metrics_render(FILE *out, const struct report *report);

#endif /* METRICS_H */
