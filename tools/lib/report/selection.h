/* SPDX-License-Identifier: GPL-2.0-only */
/* Which launches of a recording a report shows. */
#ifndef REPORT_SELECTION_H
#define REPORT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

struct report_range {
	uint32_t first, last; /* numbers of launches, both included */
};

/* A launch is shown if all of these let it. All zero: every launch. */
struct report_selection {
	struct report_range *numbers; /* the caller's */
	size_t nr_numbers; /* 0: any number */
	const char *comm; /* of the VMM; NULL: any */
	const char *name; /* pattern of glob(7) for one of the VMM's names; NULL: any */
	uint32_t pid; /* of the VMM; 0: any */
	bool failed; /* only those that failed */
	/* only those that called this ioctl, or had this step; with `failed`, that failed in it */
	bool by_ioctl, by_step;
	uint32_t ioctl, step;
	uint64_t min_ns; /* only those that took so long */
	int64_t since, until; /* only those that began then: seconds since the epoch; 0: any */
	size_t slowest; /* of these, so many that took longest; 0: all */
};

/* Tells whether something is asked for. */
bool selection_is_some(const struct report_selection *s);

/* Tells whether it asks for a time of day, which a recording may not have. */
bool selection_is_timed(const struct report_selection *s);

/*
 * Chooses launches. Returns an array as long as the model's launches, which tells of each whether
 * it is shown; the caller frees it. NULL: no memory.
 */
bool *selection_choose(const struct report_selection *s, const struct model *m);

#endif /* REPORT_SELECTION_H */
