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

/* A run that looks for its group. */
struct member {
	const struct dashboard *d;
	const struct history_run *run;
};

static bool in_group(const void *array, size_t position, const void *key)
{
	const struct dashboard_group *g = (const struct dashboard_group *)array + position;
	const struct member *m = key;

	if (strcmp(g->host, group_host(m->run)) != 0)
		return false;
	for (size_t i = 0; i < m->d->nr_keys; i++)
		if (strcmp(g->values[i], group_value(m->d, m->run, i)) != 0)
			return false;
	return true;
}

static int add_group(struct dashboard *d, const struct history_run *run)
{
	struct dashboard_group *g = ARRAY_ADD(d->groups, d->nr_groups);

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

static int find_group(struct dashboard *d, const struct history_run *run, size_t *group)
{
	const struct member member = { d, run };
	struct hash_index *ix = &d->group_index;
	uint64_t words[DASHBOARD_MAX_KEYS + 1];
	uint32_t hash;
	int err;

	words[0] = hash_index_text(ix, group_host(run));
	for (size_t i = 0; i < d->nr_keys; i++)
		words[i + 1] = hash_index_text(ix, group_value(d, run, i));
	hash = hash_index_words(ix, words, d->nr_keys + 1);
	*group = hash_index_find(ix, hash, in_group, d->groups, &member);
	if (*group != HASH_INDEX_NONE)
		return 0;
	*group = d->nr_groups;
	err = add_group(d, run);
	return err ? err : hash_index_add(ix, hash, *group);
}

static bool same_series(const void *array, size_t position, const void *key)
{
	const struct dashboard_series *s = (const struct dashboard_series *)array + position;
	const struct dashboard_series *other = key;

	return s->group == other->group && compare_same_row(&s->key, &other->key);
}

static struct dashboard_series *find_series(struct dashboard *d, const struct compare_row *row,
					    size_t group)
{
	const struct dashboard_series key = { .key = *row, .group = group };
	const uint64_t words[] = { group,      row->vm_type, row->section,
				   row->phase, row->id,	     row->waiting };
	uint32_t hash = hash_index_words(&d->series_index, words, ARRAY_SIZE(words));
	size_t at = hash_index_find(&d->series_index, hash, same_series, d->series, &key);
	struct dashboard_series *s;

	if (at != HASH_INDEX_NONE)
		return &d->series[at];
	s = ARRAY_ADD(d->series, d->nr_series);
	if (!s)
		return NULL;
	*s = key;
	memset(s->key.side, 0, sizeof(s->key.side));
	return hash_index_add(&d->series_index, hash, d->nr_series - 1) ? NULL : s;
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
	hash_index_free(&d->group_index);
	hash_index_free(&d->series_index);
}
