/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `sevtrace exporter` counts. Records and histograms go into a launch model; launches that are
 * over are added to sums and forgotten, so memory is bounded by the launches at one time and by
 * what there is of labels, not by how long it runs.
 *
 * Of single pages and commands only those that failed are recorded; the kernel's histograms count
 * all. Times are CLOCK_MONOTONIC ns. Functions return 0 or -ENOMEM unless they say otherwise.
 */
#ifndef EXPORTER_TALLY_H
#define EXPORTER_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metrics/metrics.h"
#include "model/model.h"

#define TALLY_QUIET_NS 2000000000ULL /* after LAUNCH_FINISH, until a launch is taken for through */

/* Beside each launch of the model, in the same order. */
struct tally_launch {
	uint32_t number;
	bool seen; /* in records; else there is nothing but late histograms of it */
	bool marked; /* it was there when the live ones were asked for */
	bool ended; /* its VM is gone */
	bool counted; /* its outcome is in the sums */
};

struct tally {
	struct model model;
	struct tally_launch *launches;
	size_t nr_launches;
	struct metrics *over; /* sums of what is over */
	uint64_t begun; /* launches; those that were there before are not */
	bool coherent; /* flushes are skipped on this host */
};

/* What the kernel says is there: of a collector, or made up. */
struct tally_live {
	const uint32_t *numbers;
	size_t nr;
	uint32_t last; /* higher ones began since */
};

int tally_init(struct tally *t);
void tally_free(struct tally *t);

int tally_record(struct tally *t, const union sevtrace_record *rec);
/* A histogram that the kernel has no more. */
int tally_hist(struct tally *t, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist);

/*
 * What a histogram is by now, which the kernel still has. 1: it belongs to a launch that is neither
 * here nor live, as a program added a sample when the launch was over: it is to be taken.
 */
int tally_look(struct tally *t, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist, const struct tally_live *live);

/* To be called before the live launches are asked for, which is before what waits is drained. */
void tally_mark(struct tally *t);

/*
 * Adds up what is over, and what is through although its guest runs. take hands the final
 * histograms of a launch to tally_hist(), without those of attribute updates unless it is over; a
 * negative errno of it is returned.
 */
typedef int (*tally_taker)(void *ctx, uint32_t launch, bool over);
int tally_settle(struct tally *t, const struct tally_live *live, uint64_t now, tally_taker take,
		 void *ctx);

/*
 * The kernel's programs are gone, and their numbers begin anew: every launch is forgotten, its
 * samples summed. One under way is counted when it is over, as it will be there again.
 */
int tally_detach(struct tally *t);

/* Everything by now; the caller frees it. NULL: no memory. */
struct metrics *tally_sums(const struct tally *t);

/* Launches under way: begun, and neither finished nor over. */
size_t tally_under_way(const struct tally *t);

#endif /* EXPORTER_TALLY_H */
