/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is to look at in a launch beside the launch model's figures: its slowest pages, when
 * and where in the guest's memory pages took how long, and what was done when. It takes the same
 * memory for a thousand pages as for ten millions.
 *
 * A page is what one PAGE record tells of: a page, or a run of pages that the PSP encrypted at
 * once. Steps with records of their own, as older recordings have them, are put together.
 *
 * Times are nanoseconds; those of a launch count from the start of its first ioctl.
 */
#ifndef DETAIL_DETAIL_H
#define DETAIL_DETAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/hist.h>
#include <sevtrace/record.h>

#include "model/model.h"

#define DETAIL_COLUMNS 160 /* of a heat map, at most */
#define DETAIL_ROW_BUCKETS 4 /* buckets of a histogram that are one row of a heat map */
#define DETAIL_ROWS (SEVTRACE_HIST_BUCKETS / DETAIL_ROW_BUCKETS)
#define DETAIL_SPANS 1024 /* of a lane, at most */

struct detail_page {
	uint64_t ns; /* all steps and the command */
	struct sevtrace_rec_page rec;
};

/*
 * How many pages took how long, by time or by GFN: a column is for 2^shift ns or GFNs, and there
 * are columns only where there are pages.
 */
struct detail_heat {
	uint32_t shift;
	size_t nr_columns;
	uint64_t columns[DETAIL_COLUMNS]; /* ascending; times 2^shift: where the column begins */
	uint32_t counts[DETAIL_COLUMNS][DETAIL_ROWS];
};

enum detail_lane_kind {
	DETAIL_IOCTLS,
	DETAIL_STEPS,
	DETAIL_EXECUTIONS, /* by the PSP */
	DETAIL_WAITS, /* for the PSP */
	DETAIL_LANES,
};

/* Something that took time, or several such things near each other. */
struct detail_span {
	uint64_t start;
	uint64_t end;
	uint64_t busy; /* of this time */
	uint64_t longest; /* the thing that `id` tells of */
	uint32_t id; /* number of the ioctl, step or command; of several: the longest one's */
	uint32_t count;
	uint32_t failed; /* how many of them */
};

struct detail_lane {
	struct detail_span *spans; /* as they ended; NULL: none */
	size_t nr_spans;
	uint64_t gap; /* spans that are nearer to each other than this are one; 0: each is there */
};

struct detail_launch {
	struct sevtrace_rec_page open; /* steps of one page so far; no steps: there is none */
	struct detail_page *slowest; /* see detail_end() */
	size_t nr_slowest;
	uint64_t pages; /* pages that were looked at */
	uint64_t no_gfn; /* how many of these have no GFN */
	struct detail_heat *by_time; /* NULL: no page */
	struct detail_heat *by_gfn;
	struct detail_lane lanes[DETAIL_LANES];
};

/* Zero-initialised but for what is asked for. */
struct detail {
	size_t slowest; /* how many of the slowest pages are kept of a launch */
	/*
	 * Of which launches heat maps and lanes are kept, by their places in the model; belongs to
	 * the caller; NULL: of none. 400 KiB for each of them.
	 */
	const bool *mapped;
	size_t nr_mapped;

	struct detail_launch *launches; /* by their places in the model */
	size_t nr_launches;
	uint32_t last; /* launch of the latest record, and its place */
	size_t last_place;
	size_t charged; /* of the model's budget */
};

void detail_free(struct detail *d);

/*
 * Adds a record, after the model has it. Takes the memory of pages from the model's budget. Returns
 * 0 or -ENOMEM.
 */
int detail_add(struct detail *d, struct model *m, const union sevtrace_record *rec);

/* detail_add() for model_read_each(). */
struct detail_reading {
	struct model *model;
	struct detail detail;
};
int detail_each(void *reading, const union sevtrace_record *rec);

/*
 * Call when all records were added. Sorts the slowest pages, the slowest first, and of those that
 * took as long the earlier one. Returns 0 or -ENOMEM.
 */
int detail_end(struct detail *d, struct model *m);

/* Returns what is kept of the launch at a place in the model; NULL: nothing. */
const struct detail_launch *detail_at(const struct detail *d, size_t place);

/* Returns the step that took longest in a page, SEVTRACE_STEP_NONE if it has none. */
uint32_t detail_longest_step(const struct sevtrace_rec_page *page, uint64_t *ns);

#endif /* DETAIL_DETAIL_H */
