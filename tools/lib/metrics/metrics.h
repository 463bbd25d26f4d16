/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics in the text formats that Prometheus reads: sums over launches, with labels that have a
 * bounded number of values. `sevtrace export -f openmetrics` makes them from a recording, `sevtrace
 * exporter` from a running host.
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

/* Returns a bound in nanoseconds; UINT64_MAX (le="+Inf") after the last one. */
uint64_t metrics_bound(size_t i);

/*
 * Counts the samples of a histogram per bound, not cumulated; [METRICS_BOUNDS] counts samples
 * longer than the last bound.
 *
 * A bucket of the histogram that contains a bound counts under the next bound. So samples counted
 * under a bound are never longer than it, but a sample that is at most 1/16 (6.25 %) shorter than a
 * bound may count under the next one. This way a growing histogram never lowers a count, which
 * Prometheus would take for a restart. The last bucket ends at the longest sample.
 */
void metrics_buckets(const struct sevtrace_hist *hist, uint64_t counts[METRICS_BOUNDS + 1]);

/* Sums over launches. Memory is bounded by the number of different labels, not by launches. */
struct metrics;

/* Which part of a launch to add. */
enum metrics_part {
	METRICS_OUTCOME = 1, /* its result and duration; add it once, when the launch is over */
	METRICS_SAMPLES = 2, /* all the rest */
	METRICS_TIMES = 4, /* who owns its time: only of a model that was fed with all records */
};

/* Returns empty sums; NULL: no memory. metrics_free() takes NULL. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/*
 * Adds a launch of a model. parts: bits of enum metrics_part. What the model lacks is no 0: it adds
 * no row. Returns 0 or -ENOMEM; do not use the sums after that.
 */
int metrics_add(struct metrics *m, const struct model *of, const struct model_launch *l,
		unsigned int parts);
int metrics_merge(struct metrics *to, const struct metrics *from);

enum metric_type {
	METRIC_COUNTER,
	METRIC_SECONDS, /* a counter of nanoseconds, printed as seconds */
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
};

/*
 * Where to write metrics. strict: as OpenMetrics, which describes a counter by its name without
 * _total; else as Prometheus' text format 0.0.4, which has the full name. exemplars: the former
 * tells of the slowest sample of each histogram whose it was.
 */
struct metrics_out {
	FILE *file;
	bool strict;
	bool exemplars;
};

/* Prints HELP and TYPE; name a counter without _total. */
void metrics_head(const struct metrics_out *out, const char *name, const char *help,
		  enum metric_type type);

/* Prints a metric that has one sample and no labels. */
void metrics_simple(const struct metrics_out *out, const char *name, const char *help,
		    enum metric_type type, uint64_t value);

/* Does the same for a time. */
void metrics_seconds(const struct metrics_out *out, const char *name, const char *help,
		     enum metric_type type, uint64_t ns);

/* Prints "1.500000000" and a newline. */
void metrics_print_seconds(const struct metrics_out *out, uint64_t ns);

/* Print what else was lost: the head, then the count of each kind. */
void metrics_losses_head(const struct metrics_out *out);
void metrics_loss(const struct metrics_out *out, const char *name, uint64_t count);

/*
 * Prints the version of sevtrace and the description of the host, by enum host_key; values may be
 * NULL.
 */
void metrics_info(const struct metrics_out *out, const char *version,
		  const char *const host[HOST_KEY_COUNT]);

/* Prints what the source of events does not tell; "" or NULL: nothing. */
void metrics_lacks(const struct metrics_out *out, const char *lacks);

/* Print all sums, and the end of the text. */
void metrics_write(const struct metrics_out *out, const struct metrics *m);
void metrics_end(const struct metrics_out *out);

#endif /* METRICS_METRICS_H */
