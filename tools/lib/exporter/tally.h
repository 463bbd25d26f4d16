/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts what `sevtrace exporter` shows. Records and histograms go into a launch model. Launches
 * that are over are added to sums and forgotten. So memory is bounded by the launches at one time
 * and by the number of different labels; it does not grow with the time the exporter runs.
 *
 * Pages and commands are recorded only if they failed; the kernel's histograms count all of them.
 * Times are CLOCK_MONOTONIC ns. Functions return 0 or -ENOMEM unless they say otherwise.
 */
#ifndef EXPORTER_TALLY_H
#define EXPORTER_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/capacity.h"
#include "metrics/metrics.h"
#include "model/model.h"

#define TALLY_QUIET_NS 2000000000ULL /* after LAUNCH_FINISH, a launch silent for so long is done */

/* What the tally knows of a launch besides the model. The launches are in the model's order. */
struct tally_launch {
	uint32_t number;
	bool seen; /* a record of it came; else only late histograms did */
	bool marked; /* we knew it when tally_mark() was called */
	bool ended; /* its VM is gone */
	bool counted; /* its outcome is in the sums */
};

struct tally {
	struct model model;
	struct tally_launch *launches;
	size_t nr_launches;
	struct metrics *over; /* sums of launches that are over */
	uint64_t begun; /* launches; those that began before we attached do not count */
	bool coherent; /* this host skips flushes */
	struct capacity capacity;
};

/* The launches that the kernel still has, from a collector or from a test. */
struct tally_live {
	const uint32_t *numbers;
	size_t nr;
	uint32_t last; /* launches with higher numbers began after the list was made */
};

int tally_init(struct tally *t);
void tally_free(struct tally *t);

/* Says what the source of the events to come lacks: a set, see sev/lacks.h. */
void tally_source(struct tally *t, uint32_t lacks);

int tally_record(struct tally *t, const union sevtrace_record *rec);
/* Takes a histogram that is no longer in the kernel. */
int tally_hist(struct tally *t, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist);

/*
 * Takes the current state of a histogram that is still in the kernel. Returns 1 if the histogram
 * should be removed there: its launch is neither in the model nor live, because a program added a
 * sample after the launch was over.
 */
int tally_look(struct tally *t, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist, const struct tally_live *live);

/*
 * Marks the launches that are known. Call it before asking for the live launches; drain the buffer
 * after that.
 */
void tally_mark(struct tally *t);

/*
 * Adds to the sums the launches that are over, and those that are done while their guest runs on.
 * take() has to hand the final histograms of a launch to tally_hist(), but those of attribute
 * updates only if it is over. Returns take()'s negative errno, if any.
 */
typedef int (*tally_taker)(void *ctx, uint32_t launch, bool over);
int tally_settle(struct tally *t, const struct tally_live *live, uint64_t now, tally_taker take,
		 void *ctx);

/*
 * Forgets every launch after its samples were summed: the kernel's programs are gone, and launch
 * numbers will start anew. A launch under way is not counted now: it is seen again after the next
 * attachment, and is counted when it is over.
 */
int tally_detach(struct tally *t);

/* Returns all sums up to now; the caller frees them. NULL: no memory. */
struct metrics *tally_sums(const struct tally *t);

/* Returns how many launches are under way: begun, but neither finished nor over. */
size_t tally_under_way(const struct tally *t);

#endif /* EXPORTER_TALLY_H */
