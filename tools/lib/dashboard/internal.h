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
