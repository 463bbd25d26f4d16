/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the timeline share. The format: "Trace Event Format", a document of the
 * Chromium project; sections are named where they are used.
 *
 * A launch is a process of the timeline. Each of its threads has a lane, a "thread" of the
 * timeline, for each kind of event, so that no two events of a lane overlap but where one lies in
 * the other.
 */
#ifndef EXPORT_CHROME_H
#define EXPORT_CHROME_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "export/export.h"
#include "export/thread_table.h"

enum chrome_lane {
	LANE_LAUNCH, /* only of CHROME_LAUNCH */
	LANE_IOCTL,
	LANE_RANGE,
	LANE_PAGE,
	LANE_STEP,
	LANE_PSP,
	LANE_NESTED, /* commands inside another one */
	NR_LANES
};

#define CHROME_LAUNCH 0 /* no thread's id: what belongs to the launch and not to one of them */

struct chrome_track {
	uint32_t id; /* the timeline's tid; 0: nothing is on it yet */
	uint64_t end; /* of what is on it, ns */
};

/* The page, or run of pages, that a thread is at: from its first step to the last so far. */
struct chrome_page {
	bool open;
	uint64_t start;
	uint64_t end;
	uint64_t gfn;
	uint64_t pfn;
	uint32_t npages;
	int32_t ret; /* of the first step that failed */
	uint8_t page_type;
	uint8_t private_pages;
};

struct chrome_thread {
	uint32_t tid; /* first, as thread_table has it */
	bool in_ioctl;
	struct chrome_page page;
	uint64_t teardown_start; /* of CHROME_LAUNCH */
	uint64_t teardown_end; /* 0: none was seen */
	struct chrome_track tracks[NR_LANES];
};

struct chrome {
	struct thread_table threads;
	uint32_t last_id;
	bool any; /* an event was printed */
};

#define CHROME_NAME_LEN 64

/* What an event is, to be printed. */
struct chrome_event {
	enum chrome_lane lane;
	uint64_t start;
	uint64_t end;
	const char *category;
	const char *name;
};

/*
 * Begins an event on a lane and leaves its "args" open, for members that each begin with a comma;
 * chrome_close() ends it. What would overlap with something on the lane, as made-up times may,
 * begins where that ends and says so ("clamped"), or, if it ended before that, becomes an instant
 * ("late"). Returns where the event begins, in ns.
 */
uint64_t chrome_open(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t,
		     const struct chrome_event *event);

/* Begins an instant of a thread's lane ('t') or of a process ('p'), likewise. */
void chrome_open_instant(struct chrome *c, FILE *out, char scope, uint32_t launch,
			 struct chrome_thread *t, const struct chrome_event *event);
void chrome_close(FILE *out);

/* A part of the PSP command that was put last on the thread's lane. */
void chrome_put_part(struct chrome *c, FILE *out, uint32_t launch, const struct chrome_thread *t,
		     const char *name, uint64_t from, uint64_t to);

/* Ends the page that a thread is at. */
void chrome_close_page(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t);

/* What comes from the model when all records are there: launches, failures, losses, names. */
int chrome_finish(struct chrome *c, FILE *out, const struct report *report);

#endif /* EXPORT_CHROME_H */
