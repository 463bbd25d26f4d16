/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a series of runs changes its level. At each place between two runs, the rank test of Mann
 * and Whitney asks whether the runs after it tend to be slower or faster than those before it; the
 * place with the smallest p is taken, and its p allows for having looked at all of them (maximally
 * selected rank statistics: Lausen, Sauerbrei, Schumacher 1994). The same is done inside of shorter
 * stretches, so that what went up and came down again is found, too (seeded binary segmentation:
 * Kovacs et al. 2023), and again on both sides of what was found.
 *
 * A change has to be large enough to matter, and a step: a slow drift, one odd run, or a few, are
 * none.
 */
#ifndef STATS_CHANGE_POINT_H
#define STATS_CHANGE_POINT_H

#include <stddef.h>
#include <stdint.h>

/* Runs on each side of a change: fewer cannot tell one from chance among many series. */
#define CHANGE_MIN_RUNS ((size_t)8)
/* Runs next to a change that its size is measured over, on each side. */
#define CHANGE_WINDOW ((size_t)30)

struct change_point {
	size_t at; /* the first run with the new level, counted from 0 */
	size_t nr_before; /* runs between the change before this one and this one; likewise after it */
	size_t nr_after;
	uint64_t before; /* median of the last CHANGE_WINDOW of those, ns */
	uint64_t after; /* median of the first CHANGE_WINDOW of those */
	double change; /* from before to after, relative; INFINITY where before is 0 */
	double p; /* corrected for all places, stretches and series */
};

struct change_series {
	const uint64_t *values; /* one a run, in order; of the caller */
	size_t nr;
	struct change_point *points; /* rising; to be freed by change_points_free() */
	size_t nr_points;
};

/* Which changes count. */
struct change_limits {
	double level; /* of all series together: this share of sets without a change has one found */
	double min_change; /* the least change, relative */
	uint64_t min_ns; /* the least change */
};

/*
 * Finds the changes of all series that count. Returns 0 or -ENOMEM; then there is no point in any
 * series.
 */
int change_points_find(struct change_series *series, size_t nr, const struct change_limits *limits);

void change_points_free(struct change_series *series, size_t nr);

#endif /* STATS_CHANGE_POINT_H */
