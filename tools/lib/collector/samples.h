/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histograms of the times in PAGE records that have arrived. The kernel counts only those of pages
 * whose record does not arrive: a launch's histogram is the sum of both.
 */
#ifndef COLLECTOR_SAMPLES_H
#define COLLECTOR_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include <sevtrace/hist.h>
#include <sevtrace/record.h>

struct samples;

/* NULL: out of memory. */
struct samples *samples_new(void);
void samples_free(struct samples *s);

/* Adds the times of a page. Returns 0 or -ENOMEM. */
int samples_add(struct samples *s, const struct sevtrace_rec_page *page);

/* Adds the key's histogram to *hist. Returns false if there is none. */
bool samples_merge(const struct samples *s, const struct sevtrace_hist_key *key,
		   struct sevtrace_hist *hist);

/* Frees the key's histogram, if there is one. */
void samples_drop(struct samples *s, const struct sevtrace_hist_key *key);

/* Returns the number of histograms, and copies as many of their keys as there is room for. */
size_t samples_keys(const struct samples *s, struct sevtrace_hist_key *keys, size_t room);

#endif /* COLLECTOR_SAMPLES_H */
