// SPDX-License-Identifier: GPL-2.0-only
/* Reads runs without their figures. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/internal.h"
#include "util/array.h"

#define COLUMNS "SELECT id, added, started, file, complete, events, dropped FROM run"

static char *copy_text(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return strdup(text ? text : "");
}

struct pair_list {
	struct history_pair *pairs;
	size_t nr;
};

struct id_list {
	int64_t *ids;
	size_t nr;
};

/* A run or a pair comes after the one before; else pages of the database are in many places. */
static int out_of_order(struct history *h)
{
	return history_fail(h, -EBADMSG, "is damaged: rows out of order; restore it");
}

/*
 * Reads the rows of a query with two columns as pairs, ordered by key, with no more than max of
 * them.
 */
static int read_pairs(struct history *h, const char *sql, int64_t run, size_t max,
		      struct pair_list *list)
{
	sqlite3_stmt *stmt;
	int code = SQLITE_DONE;
	int ret = history_prepare(h, &stmt, sql, "i", run);

	if (ret)
		return ret;
	while (!ret && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct history_pair *pair = ARRAY_ADD(list->pairs, list->nr);

		if (pair) {
			pair->key = copy_text(stmt, 0);
			pair->value = copy_text(stmt, 1);
		}
		if (!pair || !pair->key || !pair->value)
			ret = history_fail(h, -ENOMEM, "cannot be read: out of memory");
		else if (list->nr > 1 && strcmp(pair[-1].key, pair->key) >= 0)
			ret = out_of_order(h);
		else if (list->nr > max)
			ret = history_fail(h, -EBADMSG, "is damaged: a run has over %zu %s", max,
					   "host keys or labels");
	}
	if (!ret && code != SQLITE_DONE)
		ret = history_sqlite_fail(h, "cannot be read");
	sqlite3_finalize(stmt);
	return ret;
}

/* Reads a row of predictions. Its numbers are checked: the database is untrusted. */
static int read_prediction(struct history *h, sqlite3_stmt *stmt, struct history_prediction *p)
{
	uint64_t type = 0, launches = 0;
	int ret = history_count(h, stmt, 0, &type);

	if (!ret)
		ret = history_count(h, stmt, 1, &launches);
	if (!ret && (type > UINT8_MAX || !launches || launches > UINT32_MAX))
		ret = history_fail(h, -EBADMSG, "is damaged: no such prediction; restore it");
	p->vm_type = (uint32_t)type;
	p->launches = (uint32_t)launches;
	if (!ret)
		ret = history_count(h, stmt, 2, &p->p50);
	if (!ret)
		ret = history_count(h, stmt, 3, &p->p90);
	if (!ret)
		ret = history_count(h, stmt, 4, &p->p99);
	return ret ? ret : history_count(h, stmt, 5, &p->last);
}

static int read_predictions(struct history *h, struct history_run *run)
{
	sqlite3_stmt *stmt;
	int code = SQLITE_DONE;
	int ret = history_prepare(h, &stmt,
				  "SELECT vm_type, launches, p50, p90, p99, last FROM prediction "
				  "WHERE run = ? ORDER BY vm_type, launches",
				  "i", run->id);

	if (ret)
		return ret;
	while (!ret && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct history_prediction *p = ARRAY_ADD(run->predictions, run->nr_predictions);

		if (!p)
			ret = history_fail(h, -ENOMEM, "cannot be read: out of memory");
		else if (run->nr_predictions > HISTORY_MAX_PREDICTIONS)
			ret = history_fail(h, -EBADMSG, "is damaged: a run has over %d predictions",
					   HISTORY_MAX_PREDICTIONS);
		else
			ret = read_prediction(h, stmt, p);
	}
	if (!ret && code != SQLITE_DONE)
		ret = history_sqlite_fail(h, "cannot be read");
	sqlite3_finalize(stmt);
	return ret;
}

static int read_run(struct history *h, sqlite3_stmt *stmt, struct history_run *run)
{
	struct pair_list host = { 0 };
	struct pair_list labels = { 0 };
	int ret;

	*run = (struct history_run){
		.id = sqlite3_column_int64(stmt, 0),
		.added = sqlite3_column_int64(stmt, 1),
		.started = copy_text(stmt, 2),
		.file = copy_text(stmt, 3),
		.complete = sqlite3_column_int64(stmt, 4),
	};
	if (!run->started || !run->file)
		return history_fail(h, -ENOMEM, "cannot be read: out of memory");
	ret = history_count(h, stmt, 5, &run->events);
	if (!ret)
		ret = history_count(h, stmt, 6, &run->dropped);
	if (!ret)
		ret = read_pairs(h, "SELECT key, value FROM host WHERE run = ? ORDER BY key",
				 run->id, HISTORY_MAX_HOST, &host);
	if (!ret)
		ret = read_pairs(h, "SELECT key, value FROM label WHERE run = ? ORDER BY key",
				 run->id, HISTORY_MAX_LABELS, &labels);
	run->host = host.pairs;
	run->nr_host = host.nr;
	run->labels = labels.pairs;
	run->nr_labels = labels.nr;
	return ret ? ret : read_predictions(h, run);
}

static void free_pairs(struct history_pair *pairs, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		free(pairs[i].key);
		free(pairs[i].value);
	}
	free(pairs);
}

void history_run_free(struct history_run *run)
{
	free_pairs(run->host, run->nr_host);
	free_pairs(run->labels, run->nr_labels);
	free(run->predictions);
	free(run->started);
	free(run->file);
	*run = (struct history_run){ 0 };
}

static const char *find(const struct history_pair *pairs, size_t nr, const char *key)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(pairs[i].key, key))
			return pairs[i].value;
	return NULL;
}

const char *history_label(const struct history_run *run, const char *key)
{
	return find(run->labels, run->nr_labels, key);
}

const char *history_host(const struct history_run *run, const char *key)
{
	return find(run->host, run->nr_host, key);
}

/*
 * Makes the query for a filter. Its parameters: 1 host, 2 since, 3 until, then two for each label,
 * then the number of runs.
 */
static char *make_query(const struct history_filter *f)
{
	char *sql = NULL;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (!out)
		return NULL;
	fputs(COLUMNS
	      " WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM host WHERE run = run.id AND "
	      "key = 'hostname' AND value = ?1)) AND added >= ?2 AND (?3 = 0 OR added < ?3)",
	      out);
	for (size_t i = 0; i < f->nr_labels; i++)
		fprintf(out,
			" AND EXISTS (SELECT 1 FROM label WHERE run = run.id AND key = ?%zu AND "
			"(?%zu IS NULL OR value = ?%zu))",
			4 + 2 * i, 5 + 2 * i, 5 + 2 * i);
	/* Takes the newest runs; history_runs() reverses their order. */
	fprintf(out, " ORDER BY id DESC LIMIT ?%zu", 4 + 2 * f->nr_labels);
	if (fclose(out)) {
		free(sql);
		return NULL;
	}
	return sql;
}

static int bind_filter(sqlite3_stmt *stmt, const struct history_filter *f)
{
	int n = 4;
	int code = sqlite3_bind_text(stmt, 1, f->host, -1, SQLITE_STATIC);

	if (!code)
		code = sqlite3_bind_int64(stmt, 2, f->since);
	if (!code)
		code = sqlite3_bind_int64(stmt, 3, f->until);
	for (size_t i = 0; i < f->nr_labels && !code; i++) {
		code = sqlite3_bind_text(stmt, n++, f->labels[i].key, -1, SQLITE_STATIC);
		if (!code)
			code = sqlite3_bind_text(stmt, n++, f->labels[i].value, -1, SQLITE_STATIC);
	}
	if (!code)
		code = sqlite3_bind_int64(stmt, n, f->last ? (int64_t)f->last : -1);
	return code;
}

static int read_ids(struct history *h, sqlite3_stmt *stmt, struct id_list *list)
{
	int code;

	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		int64_t *id = ARRAY_ADD(list->ids, list->nr);

		if (!id)
			return history_fail(h, -ENOMEM, "cannot be read: out of memory");
		*id = sqlite3_column_int64(stmt, 0);
		if (list->nr > 1 && id[-1] <= *id)
			return out_of_order(h);
	}
	return code == SQLITE_DONE ? 0 : history_sqlite_fail(h, "cannot be read");
}

int history_runs(struct history *h, const struct history_filter *filter, history_each each,
		 void *ctx)
{
	char *sql = make_query(filter);
	sqlite3_stmt *stmt = NULL;
	struct id_list list = { 0 };
	int ret;

	if (!sql)
		return history_fail(h, -ENOMEM, "cannot be read: out of memory");
	ret = history_prepare(h, &stmt, sql, "");
	free(sql);
	if (ret)
		return ret;
	ret = bind_filter(stmt, filter) ? history_sqlite_fail(h, "cannot be read") :
					  read_ids(h, stmt, &list);
	sqlite3_finalize(stmt);

	/*
	 * Skips a run that has been removed meanwhile: each(), or another process, may change the
	 * database.
	 */
	for (size_t i = list.nr; i > 0 && !ret; i--) {
		struct history_run run;

		ret = history_run(h, list.ids[i - 1], &run);
		if (!ret)
			ret = each(ctx, &run);
		else if (ret == -ENOENT)
			ret = 0;
		history_run_free(&run);
	}
	free(list.ids);
	return ret;
}

int history_run(struct history *h, int64_t id, struct history_run *run)
{
	sqlite3_stmt *stmt;
	int ret;

	*run = (struct history_run){ 0 };
	ret = history_prepare(h, &stmt, COLUMNS " WHERE id = ?", "i", id);
	if (ret)
		return ret;
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		ret = read_run(h, stmt, run);
		break;
	case SQLITE_DONE:
		ret = history_fail(h, -ENOENT, "has no run %lld", (long long)id);
		break;
	default:
		ret = history_sqlite_fail(h, "cannot be read");
	}
	sqlite3_finalize(stmt);
	if (ret)
		history_run_free(run);
	return ret;
}
