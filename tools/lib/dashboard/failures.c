// SPDX-License-Identifier: GPL-2.0-only
/* Gathers launches that failed and what the PSP answered other than SUCCESS, over all runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "dashboard/internal.h"
#include "sev/names.h"
#include "util/array.h"
#include "util/json.h"

struct gathered {
	struct dashboard_failure *all;
	size_t nr;
	struct hash_index index;
};

static bool same_failure(const void *array, size_t position, const void *key)
{
	const struct dashboard_failure *f = (const struct dashboard_failure *)array + position;
	const struct dashboard_failure *other = key;

	return f->kind == other->kind && f->vm_type == other->vm_type && f->cmd == other->cmd &&
	       f->status == other->status;
}

static int add(struct gathered *g, const struct dashboard_failure *key, uint64_t count, size_t run)
{
	const uint64_t words[] = { key->kind, key->vm_type, key->cmd, key->status };
	uint32_t hash = hash_index_words(&g->index, words, ARRAY_SIZE(words));
	size_t at = hash_index_find(&g->index, hash, same_failure, g->all, key);
	struct dashboard_failure *f;

	if (!count)
		return 0;
	if (at == HASH_INDEX_NONE) {
		f = ARRAY_ADD(g->all, g->nr);
		if (!f || hash_index_add(&g->index, hash, g->nr - 1))
			return -ENOMEM;
		*f = *key;
		f->first = run;
	} else {
		f = &g->all[at];
	}
	f->runs += !f->runs || f->last != run;
	f->last = run;
	f->count += count;
	return 0;
}

static int add_run(struct gathered *g, const struct comparison *c, size_t run)
{
	int err = 0;

	for (size_t i = 0; i < c->nr_types && !err; i++) {
		const uint64_t *results = c->types[i].results[COMPARE_A];
		struct dashboard_failure key = { .vm_type = c->types[i].vm_type };

		key.kind = DASHBOARD_FAILED;
		err = add(g, &key, results[MODEL_FAILED], run);
		key.kind = DASHBOARD_INCOMPLETE;
		if (!err)
			err = add(g, &key, results[MODEL_INCOMPLETE], run);
	}
	for (size_t i = 0; i < c->nr_errors && !err; i++) {
		const struct compare_error *e = &c->errors[i];
		const struct dashboard_failure key = { .kind = DASHBOARD_STATUS,
						       .vm_type = e->vm_type,
						       .cmd = e->cmd,
						       .status = e->status };

		err = add(g, &key, e->count[COMPARE_A], run);
	}
	return err;
}

/* Launches before statuses; the last seen first. */
static int compare_failures(const void *a, const void *b)
{
	const struct dashboard_failure *left = a;
	const struct dashboard_failure *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	if (left->last != right->last)
		return left->last > right->last ? -1 : 1;
	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	if (left->vm_type != right->vm_type)
		return left->vm_type < right->vm_type ? -1 : 1;
	if (left->cmd != right->cmd)
		return left->cmd < right->cmd ? -1 : 1;
	return left->status < right->status ? -1 : left->status > right->status;
}

struct dashboard_failure *dashboard_failures(const struct dashboard *d, size_t *nr)
{
	struct gathered g = { 0 };
	int err = 0;

	*nr = 0;
	for (size_t i = 0; i < d->nr_runs && !err; i++)
		err = add_run(&g, &d->runs[i].figures, i);
	hash_index_free(&g.index);
	if (!err && !g.nr)
		g.all = calloc(1, sizeof(*g.all));
	if (err) {
		free(g.all);
		return NULL;
	}
	if (g.nr)
		qsort(g.all, g.nr, sizeof(*g.all), compare_failures);
	*nr = g.nr;
	return g.all;
}

static json_t *failure_json(const struct dashboard *d, const struct dashboard_failure *f)
{
	static const char *const kinds[] = { "failed", "incomplete", "status" };
	bool status = f->kind == DASHBOARD_STATUS;
	char command[NAME_LEN];
	char answer[NAME_LEN];

	return json_pack(
		"{s:s,s:o,s:o,s:o,s:o,s:o,s:I,s:I}", "what", kinds[f->kind], "vm_type",
		clean_json(vm_type_name(f->vm_type)), "command",
		status ? json_string(name_or_hex(psp_command_name(f->cmd), f->cmd, command)) :
			 json_null(),
		"status",
		status ? json_string(name_or_hex(psp_status_name(f->status), f->status, answer)) :
			 json_null(),
		"count", number_json(f->count), "runs", number_json(f->runs), "first_run",
		(json_int_t)d->runs[f->first].run.id, "last_run",
		(json_int_t)d->runs[f->last].run.id);
}

json_t *dashboard_failures_json(const struct dashboard *d)
{
	json_t *list = json_array();
	struct dashboard_failure *all;
	size_t nr;

	all = dashboard_failures(d, &nr);
	if (!all) {
		json_decref(list);
		return NULL;
	}
	for (size_t i = 0; i < nr && list; i++)
		list = append_json(list, failure_json(d, &all[i]));
	free(all);
	return list;
}

static void print_failure(const struct dashboard *d, const struct dashboard_failure *f,
			  const struct text_style *style)
{
	static const char *const ends[] = { "failed", "not finished" };
	char count[TEXT_LEN];
	char name[NAME_LEN];

	fputs("  ", style->out);
	if (f->kind == DASHBOARD_STATUS) {
		fprintf(style->out, "%s answered ",
			name_or_hex(psp_command_name(f->cmd), f->cmd, name));
		fprintf(style->out, "%s%s%s, %s times", text_on(style, TEXT_YELLOW),
			name_or_hex(psp_status_name(f->status), f->status, name), text_off(style),
			text_count(f->count, count));
	} else {
		fprintf(style->out, "%s launches %s%s%s, %s", vm_type_text(f->vm_type),
			text_on(style, f->kind == DASHBOARD_FAILED ? TEXT_RED : TEXT_YELLOW),
			ends[f->kind], text_off(style), text_count(f->count, count));
	}
	fprintf(style->out, " in %s run%s: first in run %" PRId64 ", last in run %" PRId64 "\n",
		text_count(f->runs, count), f->runs == 1 ? "" : "s", d->runs[f->first].run.id,
		d->runs[f->last].run.id);
}

void dashboard_failures_text(const struct dashboard *d, const struct text_style *style)
{
	size_t nr;
	struct dashboard_failure *all = dashboard_failures(d, &nr);

	if (!all)
		return;
	fputs(nr ? "\nfailures\n" : "\nNo launch failed, and the PSP answered SUCCESS alone.\n",
	      style->out);
	for (size_t i = 0; i < nr; i++)
		print_failure(d, &all[i], style);
	free(all);
}
