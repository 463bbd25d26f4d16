/* SPDX-License-Identifier: GPL-2.0-only */
/* The form of a histogram in all JSON outputs. */
#ifndef STATS_HIST_JSON_H
#define STATS_HIST_JSON_H

#include <jansson.h>

#include <linux/types.h>

#include <sevtrace/hist.h>

/*
 * Returns count, pages, sum, min, max, percentiles and buckets, as docs/schema/report.schema.json
 * defines them for a step. The caller owns the reference; NULL: out of memory.
 */
json_t *hist_json(const struct sevtrace_hist *hist);

#endif /* STATS_HIST_JSON_H */
