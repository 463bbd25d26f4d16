/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data that the dashboard shows. Runs of a history that are alike form a group. A group has a
 * series for each step, command and ioctl and for the launch as a whole; changes are where a series
 * changes. Times are nanoseconds.
 */
#ifndef DASHBOARD_DASHBOARD_H
#define DASHBOARD_DASHBOARD_H

#include <stdio.h>

#include <jansson.h>

#include "history/db.h"
#include "stats/change_point.h"
#include "util/hash_index.h"
#include "util/text.h"

#define DASHBOARD_MAX_KEYS 8

/*
 * Runs that may be compared with each other: they have the same host, and the same values of the
 * labels in dashboard.keys.
 */
struct dashboard_group {
	char *host;
	char *values[DASHBOARD_MAX_KEYS]; /* of dashboard.keys; "": the runs lack the label */
};

struct dashboard_run {
	struct history_run run;
	size_t group;
	struct comparison figures; /* side COMPARE_A, without rows: those are in the series */
};

struct dashboard_series {
	struct compare_row key; /* names what the series is of; its sides are empty */
	size_t group;
	size_t *runs; /* indexes into dashboard.runs, ascending */
	size_t nr_runs;
	uint64_t *medians; /* one per run */
	size_t nr_medians;
	char **rows; /* one per run, from dashboard_pack() */
	size_t nr_rows;
	struct change_series changes;
};

struct dashboard {
	const char *title; /* belongs to the caller */
	const char *keys[DASHBOARD_MAX_KEYS]; /* labels that separate groups; of the caller */
	size_t nr_keys;
	struct dashboard_group *groups;
	size_t nr_groups;
	struct dashboard_run *runs; /* oldest first */
	size_t nr_runs;
	struct dashboard_series *series;
	size_t nr_series;
	struct hash_index group_index; /* groups by host and labels */
	struct hash_index series_index; /* series by group and row */
	size_t packed; /* size of all packed rows in bytes */
};

/*
 * Adds a run and its figures, which are in side COMPARE_A and judged. Takes both over and leaves
 * them empty. Returns 0 or -ENOMEM.
 */
int dashboard_add(struct dashboard *d, struct history_run *run, struct comparison *figures);

/* Finds the changes. Call it after all runs were added. Returns 0 or -ENOMEM. */
int dashboard_find_changes(struct dashboard *d);

void dashboard_free(struct dashboard *d);

/*
 * Encodes one side of a row as text, which tools/lib/dashboard/page/decode.js reads. The caller
 * frees it; NULL: no memory.
 */
char *dashboard_pack(const struct compare_side *side);

/*
 * Returns the changes as in docs/schema/dashboard.schema.json. The caller owns the reference. NULL:
 * no memory.
 */
json_t *dashboard_changes_json(const struct dashboard *d, const char *version);

/* Prints the same for people, newest change last. */
void dashboard_text(const struct dashboard *d, const struct text_style *style);

/*
 * Writes the whole page. now: seconds since 1970. Returns 0 or -ENOMEM; for write errors, see
 * ferror() of the stream.
 */
int dashboard_page(const struct dashboard *d, const char *version, int64_t now, FILE *out);

#endif /* DASHBOARD_DASHBOARD_H */
