/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of one interval of `sevtrace stat --interval`, made from a launch model that was fed
 * with what came in it: a launch that goes on is in each of its intervals.
 */
#ifndef STAT_INTERVAL_H
#define STAT_INTERVAL_H

#include <stdint.h>
#include <stdio.h>

#include "model/model.h"
#include "util/text.h"

struct stat_interval {
	uint64_t at_ns; /* its end, since the start */
	uint64_t ns; /* its length */
	uint64_t begun; /* launches */
	uint64_t ok; /* launches that finished */
	uint64_t failed; /* launches in which something failed for good */
	uint64_t pages; /* that the PSP has measured and encrypted */
	uint64_t psp_busy_ns;
	uint64_t psp_wait_ns; /* of all threads, for the PSP */
	uint64_t dropped; /* records */
};

/* Adds the figures of a model. */
void stat_interval_add(struct stat_interval *i, const struct model *m);

/* Prints a line, and the heading before the first one; as JSON one object a line. */
void stat_interval_heading(const struct text_style *style);
void stat_interval_text(const struct stat_interval *i, const struct text_style *style);
void stat_interval_json(const struct stat_interval *i, FILE *out);

#endif /* STAT_INTERVAL_H */
