/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the dashboard shows: the runs of a history as series, one for each step, command, ioctl and
 * the launch as a whole of runs that are alike, and where those change. Times are nanoseconds.
 */
#ifndef DASHBOARD_DASHBOARD_H
#define DASHBOARD_DASHBOARD_H

#include <stdio.h>

#include <jansson.h>

#include "history/db.h"
#include "stats/change_point.h"
#include "util/text.h"

#define DASHBOARD_MAX_KEYS 8

/*
 * Runs that may be compared with each other: of one host, and with the same values of some labels.
 */
struct dashboard_group {
	char *host;
	char *values[DASHBOARD_MAX_KEYS]; /* of dashboard.keys; "": a run has no such label */
};

struct dashboard_run {
	struct history_run run;
	size_t group;
	struct comparison figures; /* side COMPARE_A, without rows: those are in the series */
};

struct dashboard_series {
	struct compare_row key; /* what it is of; no sides */
	size_t group;
	size_t *runs; /* as dashboard.runs has them, rising */
	size_t nr_runs;
	uint64_t *medians; /* one a run */
	size_t nr_medians;
	char **rows; /* one a run: dashboard_pack() */
	size_t nr_rows;
	struct change_series changes;
};

struct dashboard {
	const char *title; /* of the caller */
	const char *keys[DASHBOARD_MAX_KEYS]; /* labels that keep runs apart; of the caller */
	size_t nr_keys;
	struct dashboard_group *groups;
	size_t nr_groups;
	struct dashboard_run *runs; /* oldest first */
	size_t nr_runs;
	struct dashboard_series *series;
	size_t nr_series;
	size_t hint; /* series that was found last */
	size_t packed; /* bytes of all rows */
};

/*
 * Adds a run with its figures in side COMPARE_A, judged; both are taken over and left empty. 0 or
 * -ENOMEM.
 */
int dashboard_add(struct dashboard *d, struct history_run *run, struct comparison *figures);

/* Finds the changes, once all runs are there. 0 or -ENOMEM. */
int dashboard_find_changes(struct dashboard *d);

void dashboard_free(struct dashboard *d);

/*
 * One side of a row as text, for tools/lib/dashboard/page/decode.js to read. To be freed; NULL: no
 * memory.
 */
char *dashboard_pack(const struct compare_side *side);

/*
 * The changes as docs/schema/dashboard.schema.json has them. The caller's reference. NULL: no
 * memory.
 */
json_t *dashboard_changes_json(const struct dashboard *d, const char *version);

/* The same for people: newest last. */
void dashboard_text(const struct dashboard *d, const struct text_style *style);

/*
 * The page, whole. now: seconds since 1970. 0, or -ENOMEM; what cannot be written is the stream's
 * error.
 */
int dashboard_page(const struct dashboard *d, const char *version, int64_t now, FILE *out);

#endif /* DASHBOARD_DASHBOARD_H */
