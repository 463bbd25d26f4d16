/* SPDX-License-Identifier: GPL-2.0-only */
/* What the renderers of the dashboard share. */
#ifndef DASHBOARD_INTERNAL_H
#define DASHBOARD_INTERNAL_H

#include "dashboard/dashboard.h"

/* A change, and the series that it is in. */
struct dashboard_change {
	const struct dashboard_series *series;
	const struct change_point *point;
};

/*
 * Returns all changes, sorted by the first run after each. The caller frees them; NULL: no memory.
 */
struct dashboard_change *dashboard_changes(const struct dashboard *d, size_t *nr);

/* What went wrong in some runs: launches of a type, or an answer of the PSP to a command. */
struct dashboard_failure {
	enum { DASHBOARD_FAILED, DASHBOARD_INCOMPLETE, DASHBOARD_STATUS } kind;
	uint32_t vm_type;
	uint32_t cmd; /* of DASHBOARD_STATUS */
	uint32_t status;
	uint64_t count;
	size_t runs; /* in how many of them */
	size_t first; /* index of the first of these runs in dashboard.runs */
	size_t last;
};

/* Returns all failures, sorted. The caller frees them; NULL: no memory. */
struct dashboard_failure *dashboard_failures(const struct dashboard *d, size_t *nr);
json_t *dashboard_failures_json(const struct dashboard *d); /* NULL: no memory */
void dashboard_failures_text(const struct dashboard *d, const struct text_style *style);

/* Returns how many series have enough runs for a change to be found. */
size_t dashboard_judged(const struct dashboard *d);

/* Return the last run before a change and the first one after it. */
const struct dashboard_run *dashboard_before(const struct dashboard *d,
					     const struct dashboard_change *c);
const struct dashboard_run *dashboard_after(const struct dashboard *d,
					    const struct dashboard_change *c);

/*
 * Returns the group's labels as an object; keys and values are untrusted. The caller owns the
 * reference; NULL: no memory.
 */
json_t *dashboard_group_json(const struct dashboard *d, const struct dashboard_group *g);

#endif /* DASHBOARD_INTERNAL_H */
