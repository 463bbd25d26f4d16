/* SPDX-License-Identifier: GPL-2.0-only */
/* What the renderers of the dashboard share. */
#ifndef DASHBOARD_INTERNAL_H
#define DASHBOARD_INTERNAL_H

#include "dashboard/dashboard.h"

/* A change, and whose. */
struct dashboard_change {
	const struct dashboard_series *series;
	const struct change_point *point;
};

/* All changes by the first run of the new level. NULL: no memory, else to be freed. */
struct dashboard_change *dashboard_changes(const struct dashboard *d, size_t *nr);

/* The last run before a change and the first one after it. */
const struct dashboard_run *dashboard_before(const struct dashboard *d,
					     const struct dashboard_change *c);
const struct dashboard_run *dashboard_after(const struct dashboard *d,
					    const struct dashboard_change *c);

/* An object of untrusted keys and values. The caller's reference; NULL: no memory. */
json_t *dashboard_group_json(const struct dashboard *d, const struct dashboard_group *g);

#endif /* DASHBOARD_INTERNAL_H */
