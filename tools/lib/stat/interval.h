/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of one interval of `sevtrace stat --interval`: the difference of what there was at
 * its end and at its start. Nothing is taken from the kernel for it, so nothing is missed.
 */
#ifndef STAT_INTERVAL_H
#define STAT_INTERVAL_H

#include <stdint.h>
#include <stdio.h>

#include <linux/types.h>

#include <sevtrace/hist.h>

#include "model/model.h"
#include "util/text.h"

struct stat_interval {
	uint64_t at_ns; /* its end, since the start */
	uint64_t ns; /* its length; of figures since the start: the same */
	uint64_t begun; /* launches */
	uint64_t ok; /* launches that finished */
	uint64_t failed; /* launches in which something failed for good */
	uint64_t pages; /* that the PSP has measured and encrypted */
	uint64_t psp_busy_ns;
	uint64_t psp_wait_ns; /* of all threads, for the PSP */
	uint64_t dropped; /* records */
};

/* Add the figures of a model, and of a histogram that the kernel still has, to *sum. */
void stat_interval_add(struct stat_interval *sum, const struct model *m);
void stat_interval_add_live(struct stat_interval *sum, const struct sevtrace_hist_key *key,
			    const struct sevtrace_hist *hist);

/* Returns what came between two moments; both have the figures since the start. */
struct stat_interval stat_interval_between(const struct stat_interval *before,
					   const struct stat_interval *now);

/* Prints a line, and the heading before the first one; as JSON one object a line. */
void stat_interval_heading(const struct text_style *style);
void stat_interval_text(const struct stat_interval *i, const struct text_style *style);
void stat_interval_json(const struct stat_interval *i, FILE *out);

#endif /* STAT_INTERVAL_H */
