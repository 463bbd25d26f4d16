/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the timeline share. The format is the "Trace Event Format", a document of the
 * Chromium project; comments name its sections where they are used.
 *
 * A launch is a process of the timeline. Each thread of a launch has a lane for each kind of event;
 * a lane is a "thread" of the timeline. Events of one lane do not overlap unless one contains the
 * other.
 */
#ifndef EXPORT_CHROME_H
#define EXPORT_CHROME_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "export/export.h"
#include "export/thread_table.h"

enum chrome_lane {
	LANE_LAUNCH, /* only for the thread CHROME_LAUNCH */
	LANE_IOCTL,
	LANE_RANGE,
	LANE_PAGE,
	LANE_STEP,
	LANE_PSP,
	LANE_NESTED, /* PSP commands that run inside another one */
	LANE_CACHES, /* their write-back, which may be inside a step */
	NR_LANES
};

#define CHROME_LAUNCH 0 /* stands for a thread's id: events of the launch as a whole */

struct chrome_track {
	uint32_t id; /* the timeline's tid; 0: the lane has no event yet */
	uint64_t end; /* end of its last event, ns */
};

/*
 * The page, or range of pages, that a thread works on: from its first step to the last one so far.
 */
struct chrome_page {
	bool open;
	uint64_t start;
	uint64_t end;
	uint64_t gfn;
	uint64_t pfn;
	uint32_t npages;
	int32_t ret; /* of the first step that failed; 0: none did */
	uint8_t page_type;
	uint8_t private_pages;
};

struct chrome_thread {
	uint32_t tid; /* has to be the first member, as thread_table says */
	bool in_ioctl;
	struct chrome_page page;
	uint64_t teardown_start; /* of the thread CHROME_LAUNCH */
	uint64_t teardown_end; /* the same; 0: no teardown was seen */
	struct chrome_track tracks[NR_LANES];
};

struct chrome {
	struct thread_table threads;
	uint32_t last_id;
	bool any; /* at least one event was printed */
};

#define CHROME_NAME_LEN 64

/* An event that is to be printed. */
struct chrome_event {
	enum chrome_lane lane;
	uint64_t start;
	uint64_t end;
	const char *category;
	const char *name;
};

/*
 * Begins an event on a lane and leaves its "args" open: the caller adds members that each begin
 * with a comma, then calls chrome_close(). An event may overlap with an earlier one on its lane if
 * times in the file are made up. It then begins where the earlier one ends and is marked "clamped";
 * if it ended before that, it becomes an instant, marked "late". Returns when the event begins, in
 * ns.
 */
uint64_t chrome_open(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t,
		     const struct chrome_event *event);

/* Begins an instant of a thread's lane ('t') or of a process ('p'); also leaves its "args" open. */
void chrome_open_instant(struct chrome *c, FILE *out, char scope, uint32_t launch,
			 struct chrome_thread *t, const struct chrome_event *event);
void chrome_close(FILE *out);

/* Prints a part of the PSP command that was printed last on the thread's lane. */
void chrome_put_part(struct chrome *c, FILE *out, uint32_t launch, const struct chrome_thread *t,
		     const char *name, uint64_t from, uint64_t to);

/* Prints the page that a thread works on, if any, and closes it. */
void chrome_close_page(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t);

/* Prints what the model knows after the last record: launches, failures, losses, names. */
int chrome_finish(struct chrome *c, FILE *out, const struct report *report);

#endif /* EXPORT_CHROME_H */
