/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics in the text formats that Prometheus reads: sums over launches, with labels for what there
 * is a bounded number of. `sevtrace export -f openmetrics` makes them of a recording, `sevtrace
 * exporter` of a host as it goes on.
 *
 * Names follow OpenMetrics 1.0: base units as suffixes, _total, "le" as floats, "# EOF" at the end.
 */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/model.h"
#include "sev/host_keys.h"

/* The buckets of every histogram: 1 us, 2.5 us, 5 us, 10 us, ... 100 s. */
#define METRICS_BOUNDS 25

/* A bound in nanoseconds; UINT64_MAX (le="+Inf") behind the last. */
uint64_t metrics_bound(size_t i);

/*
 * Counts the samples of a histogram under the bounds, not cumulated; [METRICS_BOUNDS] is what is
 * longer than the last.
 *
 * A bucket of the histogram that lies across a bound is counted under the next bound: what is
 * counted under a bound is never longer, and a sample that is at most 1/16 (6.25 %) shorter than a
 * bound may be counted under the next one. So a histogram that grows never lowers a count, which
 * who scrapes it would take for a restart. The last bucket alone is as long as the longest sample.
 */
void metrics_buckets(const struct sevtrace_hist *hist, uint64_t counts[METRICS_BOUNDS + 1]);

/* Sums over launches. Memory is bounded by what there is of labels, not by launches. */
struct metrics;

/* What of a launch is added. */
enum metrics_part {
	METRICS_OUTCOME = 1, /* its result and duration: once, when it is over */
	METRICS_SAMPLES = 2, /* the rest */
};

/* NULL: no memory. metrics_free() takes NULL. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* parts: of enum metrics_part. 0 or -ENOMEM, after which the sums are not to be used. */
int metrics_add(struct metrics *m, const struct model_launch *l, unsigned int parts);
int metrics_merge(struct metrics *to, const struct metrics *from);

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/*
 * Where metrics are written to. strict: as OpenMetrics has it, where a counter is described by its
 * name without _total; else as Prometheus' text format 0.0.4 and the tools for it do.
 */
struct metrics_out {
	FILE *file;
	bool strict;
};

/* HELP and TYPE; a counter's name is given without _total. */
void metrics_head(const struct metrics_out *out, const char *name, const char *help,
		  enum metric_type type);

/* A metric of one sample without labels. */
void metrics_simple(const struct metrics_out *out, const char *name, const char *help,
		    enum metric_type type, uint64_t value);

/* The same of a time. */
void metrics_seconds(const struct metrics_out *out, const char *name, const char *help,
		     enum metric_type type, uint64_t ns);

/* "1.500000000" and a newline. */
void metrics_print_seconds(const struct metrics_out *out, uint64_t ns);

/* What else was lost, by kind. */
void metrics_losses_head(const struct metrics_out *out);
void metrics_loss(const struct metrics_out *out, const char *name, uint64_t count);

/* The version of sevtrace, and its host by enum host_key; each value may be NULL. */
void metrics_info(const struct metrics_out *out, const char *version,
		  const char *const host[HOST_KEY_COUNT]);

/* All sums, and the end of a text. */
void metrics_write(const struct metrics_out *out, const struct metrics *m);
void metrics_end(const struct metrics_out *out);

#endif /* METRICS_METRICS_H */
