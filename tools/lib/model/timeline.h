/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When what was done, coarsely: of a launch, a row for each ioctl, the PSP's work and waiting for
 * it, and the VMM; of the PSP, a row for each launch that it worked for. Takes as much memory for
 * an hour as for a millisecond: where time goes beyond the bins, two become one.
 */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_BINS 128
#define TIMELINE_MAX_ROWS 24 /* rows beyond are left out */

/* Keys of rows that are no ioctl; numbers of ioctls are smaller. */
enum timeline_key {
	TIMELINE_VMM = 0xffff0000, /* in no SEV ioctl */
	TIMELINE_PSP, /* the PSP works for the launch */
	TIMELINE_WAIT, /* the launch waits for the PSP */
	TIMELINE_OTHERS, /* launches that have no row */
};

struct timeline_row {
	uint32_t key;
	float ns[TIMELINE_BINS];
};

struct timeline {
	uint64_t origin; /* ns */
	uint64_t width; /* ns of a bin; 0: nothing was added */
	struct timeline_row *rows; /* in order of appearance */
	size_t nr_rows;
};

struct model_budget;
struct model_launch;

/* A timeline, and what its memory is charged to. */
struct timeline_of {
	struct timeline *timeline;
	struct model_budget *budget;
	size_t *charged;
};

/*
 * Adds [start, end) to a row; what lies before `origin`, the same in each call, is left out. There
 * is no limit of rows. 0 or -ENOMEM.
 */
int timeline_put(const struct timeline_of *of, uint64_t origin, uint32_t key, uint64_t start,
		 uint64_t end);

/* Tells whether there is a row of this key. */
bool timeline_has(const struct timeline *t, uint32_t key);

/* Returns which share of column `i` of `columns`, over `whole` ns, a row has: 0 to 1. */
double timeline_part(const struct timeline *t, const struct timeline_row *row, uint64_t whole,
		     size_t i, size_t columns);

/* Adds to a launch's own, as timeline_put(); ioctls of too many kinds have no row. */
int timeline_add(struct model_launch *l, uint32_t key, uint64_t start, uint64_t end);

#endif /* MODEL_TIMELINE_H */
