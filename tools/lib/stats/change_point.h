/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the places where a series of runs changes its level. At each place between two runs, the
 * rank test of Mann and Whitney asks whether the runs after it tend to be slower or faster than
 * those before it. The place with the smallest p is taken; its p is corrected for the number of
 * places tested (maximally selected rank statistics: Lausen, Sauerbrei, Schumacher 1994). Shorter
 * stretches are tested in the same way, to find levels that rose and fell again (seeded binary
 * segmentation: Kovacs et al. 2023). Then both sides of each change are tested again.
 *
 * A change has to be large enough to matter, and it has to be a step: a slow drift, one odd run or
 * a few odd runs are no change.
 */
#ifndef STATS_CHANGE_POINT_H
#define STATS_CHANGE_POINT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Least number of runs on each side of a change: fewer cannot tell a change from chance among many
 * series.
 */
#define CHANGE_MIN_RUNS ((size_t)8)
/* Number of runs on each side of a change over which its size is measured. */
#define CHANGE_WINDOW ((size_t)30)

struct change_point {
	size_t at; /* the first run with the new level, counted from 0 */
	size_t nr_before; /* runs from the previous change to this one; nr_after: to the next one */
	size_t nr_after;
	uint64_t before; /* median of the last CHANGE_WINDOW of the runs before, ns */
	uint64_t after; /* median of the first CHANGE_WINDOW of the runs after, ns */
	double change; /* relative, from before to after; INFINITY if before is 0 */
	double p; /* corrected for all places, stretches and series */
};

struct change_series {
	const uint64_t *values; /* one for each run, in order; the caller owns them */
	size_t nr;
	struct change_point *points; /* ascending by `at`; change_points_free() frees them */
	size_t nr_points;
};

/* The limits above which a change counts. */
struct change_limits {
	/* of all series together: share of sets without a change in which one is found */
	double level;
	double min_change; /* least change, relative */
	uint64_t min_ns; /* least change, ns */
};

/*
 * Finds the changes that count in all series. Returns 0 or -ENOMEM; on -ENOMEM no series has any
 * points.
 */
int change_points_find(struct change_series *series, size_t nr, const struct change_limits *limits);

void change_points_free(struct change_series *series, size_t nr);

#endif /* STATS_CHANGE_POINT_H */
