/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `sevtrace top` shows: the launches of a live host. Records go into a launch model, from
 * which a launch is dropped some seconds after it is over; so memory is bounded by the launches at
 * one time.
 *
 * Times are CLOCK_MONOTONIC ns, as those of records.
 */
#ifndef TOP_LAUNCHES_H
#define TOP_LAUNCHES_H

#include <sys/types.h>

#include "model/model.h"
#include "util/text.h"

#define LIVE_LINGER_NS 5000000000ULL /* how long a launch that is over is still shown */

/* What the kernel counts: sums since the start, and what is now. */
struct live_kernel {
	uint64_t busy_ns; /* of the PSP, with the command under way */
	uint64_t commands;
	uint64_t emitted; /* records */
	uint64_t dropped;
	uint32_t waiting; /* threads, for the PSP */
	uint32_t cmd; /* under way */
	uint64_t cmd_ns; /* for how long by now; 0: none is */
};

/* Beside each launch of the model, in the same order. */
struct live_launch {
	uint32_t number;
	uint64_t over; /* when; 0: it is not */
	uint64_t pages; /* at the last refresh */
	double rate; /* pages a second between the last two */
};

struct live {
	struct model model;
	struct live_launch *launches;
	size_t nr_launches;
	uint32_t highest; /* number of a launch */
	uint64_t started;
	uint64_t refreshed; /* when */
	uint64_t interval; /* ns between the last two refreshes */
	uint64_t results[3]; /* launches that are over, by enum model_result */
	struct model_status_count *errors; /* of PSP commands, by status */
	size_t nr_errors;
	uint64_t not_asked;
	uint64_t not_answered;
	struct live_kernel kernel; /* now */
	struct live_kernel before; /* at the refresh before */
};

void live_init(struct live *live, uint64_t now);
void live_free(struct live *live);

/* Takes a record. 0 or -ENOMEM. */
int live_feed(struct live *live, const union sevtrace_record *rec);

/*
 * Works out what has changed since the last time, and drops what is over. alive: is there still a
 * process of this id? A launch whose end got lost is over with it. A guest that was there before
 * and has been silent for a minute is dropped without being counted.
 */
void live_refresh(struct live *live, uint64_t now, const struct live_kernel *kernel,
		  bool (*alive)(pid_t pid));

/* How the launches are sorted and how many lines there are. */
struct live_view {
	size_t sort; /* a column, below live_sort_columns() */
	int lines; /* at most, the head included; 0: as many as it takes */
	bool paused;
};

size_t live_sort_columns(void);

/*
 * Writes one frame:
 *
 *   sevtrace top  25.3 s: 1 running, 1 ok, 0 failed, 0 incomplete
 *   PSP 3.6% busy, 120 commands/s, 1 waiting
 *   4,201 events/s, 0 dropped
 *
 *   PID COMM              ELAPSED IOCTL              STEP              DONE        OF     LEFT
 *    73 launcher           1.09 s -                  -                   34        34       ok
 *
 * Lines no wider than style->width, no control characters but colours.
 */
void render_live(const struct live *live, const struct live_view *view,
		 const struct text_style *style);

#endif /* TOP_LAUNCHES_H */
