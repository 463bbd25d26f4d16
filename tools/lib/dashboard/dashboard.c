// SPDX-License-Identifier: GPL-2.0-only
/* Gathers runs into series. */
#include "dashboard/dashboard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sev/host_keys.h"
#include "util/array.h"

static const char *group_value(const struct dashboard *d, const struct history_run *run, size_t key)
{
	const char *value = history_label(run, d->keys[key]);

	return value ? value : "";
}

static const char *group_host(const struct history_run *run)
{
	const char *host = history_host(run, host_keys[HOST_HOSTNAME].key);

	return host ? host : "";
}

static bool in_group(const struct dashboard *d, const struct dashboard_group *g,
		     const struct history_run *run)
{
	if (strcmp(g->host, group_host(run)) != 0)
		return false;
	for (size_t i = 0; i < d->nr_keys; i++)
		if (strcmp(g->values[i], group_value(d, run, i)) != 0)
			return false;
	return true;
}

static int find_group(struct dashboard *d, const struct history_run *run, size_t *group)
{
	struct dashboard_group *g;

	for (*group = 0; *group < d->nr_groups; (*group)++)
		if (in_group(d, &d->groups[*group], run))
			return 0;
	g = ARRAY_ADD(d->groups, d->nr_groups);
	if (!g)
		return -ENOMEM;
	g->host = strdup(group_host(run));
	if (!g->host)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr_keys; i++) {
		g->values[i] = strdup(group_value(d, run, i));
		if (!g->values[i])
			return -ENOMEM;
	}
	return 0;
}

/* Looks at the series after the last one found first: runs ask for series in the same order. */
static struct dashboard_series *find_series(struct dashboard *d, const struct compare_row *row,
					    size_t group)
{
	struct dashboard_series *s;

	for (size_t i = 0; i < d->nr_series; i++) {
		size_t at = (d->hint + 1 + i) % d->nr_series;

		s = &d->series[at];
		if (s->group == group && compare_same_row(&s->key, row)) {
			d->hint = at;
			return s;
		}
	}
	s = ARRAY_ADD(d->series, d->nr_series);
	if (!s)
		return NULL;
	d->hint = d->nr_series - 1;
	s->group = group;
	s->key = *row;
	memset(s->key.side, 0, sizeof(s->key.side));
	return s;
}

static int add_row(struct dashboard *d, const struct compare_row *row, size_t group)
{
	struct dashboard_series *s = find_series(d, row, group);
	const struct compare_side *side = &row->side[COMPARE_A];
	uint64_t *median;
	size_t *run;
	char **packed;

	if (!s)
		return -ENOMEM;
	median = ARRAY_ADD(s->medians, s->nr_medians);
	run = ARRAY_ADD(s->runs, s->nr_runs);
	packed = ARRAY_ADD(s->rows, s->nr_rows);
	if (!median || !run || !packed)
		return -ENOMEM;
	*median = side->median;
	*run = d->nr_runs - 1;
	*packed = dashboard_pack(side);
	if (!*packed)
		return -ENOMEM;
	d->packed += strlen(*packed);
	return 0;
}

int dashboard_add(struct dashboard *d, struct history_run *run, struct comparison *figures)
{
	struct dashboard_run *r = ARRAY_ADD(d->runs, d->nr_runs);
	int err;

	if (!r)
		return -ENOMEM;
	r->run = *run;
	r->figures = *figures;
	*run = (struct history_run){ 0 };
	*figures = (struct comparison){ 0 };
	err = find_group(d, &r->run, &r->group);
	for (size_t i = 0; i < r->figures.nr_rows && !err; i++)
		if (r->figures.rows[i].side[COMPARE_A].nr)
			err = add_row(d, &r->figures.rows[i], r->group);
	compare_free_rows(&r->figures);
	return err;
}

int dashboard_find_changes(struct dashboard *d)
{
	static const struct change_limits limits = { COMPARE_LEVEL, COMPARE_MIN_CHANGE,
						     COMPARE_MIN_NS };
	struct change_series *all = calloc(d->nr_series + 1, sizeof(*all));
	int err;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr_series; i++)
		all[i] = (struct change_series){ .values = d->series[i].medians,
						 .nr = d->series[i].nr_runs };
	err = change_points_find(all, d->nr_series, &limits);
	for (size_t i = 0; i < d->nr_series && !err; i++)
		d->series[i].changes = all[i];
	free(all);
	return err;
}

static void free_series(struct dashboard_series *s)
{
	for (size_t i = 0; i < s->nr_rows; i++)
		free(s->rows[i]);
	free(s->rows);
	free(s->runs);
	free(s->medians);
	change_points_free(&s->changes, 1);
}

void dashboard_free(struct dashboard *d)
{
	for (size_t i = 0; i < d->nr_series; i++)
		free_series(&d->series[i]);
	for (size_t i = 0; i < d->nr_runs; i++) {
		history_run_free(&d->runs[i].run);
		compare_free(&d->runs[i].figures);
	}
	for (size_t i = 0; i < d->nr_groups; i++) {
		free(d->groups[i].host);
		for (size_t k = 0; k < DASHBOARD_MAX_KEYS; k++)
			free(d->groups[i].values[k]);
	}
	free(d->series);
	free(d->runs);
	free(d->groups);
}
