/* SPDX-License-Identifier: GPL-2.0-only */
/* A histogram as every JSON output has it. */
#ifndef STATS_HIST_JSON_H
#define STATS_HIST_JSON_H

#include <jansson.h>

#include <linux/types.h>

#include <sevtrace/hist.h>

/*
 * Count, pages, sum, min, max, percentiles and buckets, as docs/schema/report.schema.json has a
 * step. The caller's reference; NULL: no memory.
 */
json_t *hist_json(const struct sevtrace_hist *hist);

#endif /* STATS_HIST_JSON_H */
