// SPDX-License-Identifier: GPL-2.0-only
/* Writes a run to the history, with the figures that one side of a comparison holds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history/internal.h"
#include "sev/host_keys.h"
#include "stats/hist.h"

static int insert_pair(struct history *h, const char *sql, int64_t run, const char *key,
		       const char *value)
{
	sqlite3_stmt *stmt;
	int ret = history_prepare(h, &stmt, sql, "iss", run, key, value);

	return ret ? ret : history_run_once(h, stmt);
}

static int insert_host(struct history *h, int64_t run, const struct model *m)
{
	int ret = 0;

	/* Takes the last value of a key that occurs twice, as the model does. */
	for (size_t i = 0; i < m->nr_host && !ret; i++)
		ret = insert_pair(h, "INSERT OR REPLACE INTO host VALUES (?, ?, ?)", run,
				  m->host[2 * i], m->host[2 * i + 1]);
	return ret;
}

static int insert_labels(struct history *h, int64_t run, const struct history_new *new)
{
	int ret = 0;

	for (size_t i = 0; i < new->nr_labels && !ret; i++)
		ret = insert_pair(h, "INSERT INTO label VALUES (?, ?, ?)", run, new->labels[i].key,
				  new->labels[i].value);
	return ret;
}

/*
 * Limits a count to what the database can store: recordings are untrusted, so a count may be
 * anything.
 */
static int64_t clamp(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static int insert_predictions(struct history *h, int64_t run, const struct history_new *new)
{
	int ret = 0;

	for (size_t i = 0; i < new->nr_predictions && !ret; i++) {
		const struct history_prediction *p = &new->predictions[i];
		sqlite3_stmt *stmt;

		ret = history_prepare(h, &stmt,
				      "INSERT INTO prediction VALUES (?, ?, ?, ?, ?, ?, ?)",
				      "iiiiiii", run, (int64_t)p->vm_type, (int64_t)p->launches,
				      clamp(p->p50), clamp(p->p90), clamp(p->p99), clamp(p->last));
		if (!ret)
			ret = history_run_once(h, stmt);
	}
	return ret;
}

static int insert_launches(struct history *h, int64_t run, const struct comparison *c)
{
	int ret = 0;

	for (size_t i = 0; i < c->nr_types && !ret; i++) {
		const struct compare_launches *t = &c->types[i];
		const uint64_t *results = t->results[COMPARE_A];
		sqlite3_stmt *stmt;

		ret = history_prepare(h, &stmt, "INSERT INTO launches VALUES (?, ?, ?, ?, ?, ?)",
				      "iiiiii", run, (int64_t)t->vm_type,
				      (int64_t)results[MODEL_OK], (int64_t)results[MODEL_FAILED],
				      (int64_t)results[MODEL_INCOMPLETE],
				      (int64_t)t->pages[COMPARE_A]);
		if (!ret)
			ret = history_run_once(h, stmt);
	}
	return ret;
}

static int insert_series(struct history *h, int64_t run, const struct compare_row *row)
{
	const struct compare_side *side = &row->side[COMPARE_A];
	unsigned char *buckets = NULL;
	unsigned char *values = NULL;
	size_t nr_buckets;
	size_t nr_values;
	sqlite3_stmt *stmt;
	int ret = -ENOMEM;

	buckets = history_pack_buckets(side->samples, &nr_buckets);
	values = history_pack_values(side->values, side->nr, &nr_values);
	if (!buckets || !values)
		goto out;
	ret = history_prepare(
		h, &stmt, "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"iiiiiiiiiiiibb", run, (int64_t)row->vm_type, (int64_t)row->section,
		(int64_t)row->phase, (int64_t)row->id, (int64_t)row->waiting, clamp(side->calls),
		clamp(side->samples->count), clamp(side->samples->sum),
		clamp(hist_min(side->samples)), clamp(side->samples->max),
		clamp(side->samples->pages), buckets, nr_buckets, values, nr_values);
	if (!ret)
		ret = history_run_once(h, stmt);
out:
	free(values);
	free(buckets);
	return ret == -ENOMEM ? history_fail(h, ret, "cannot be written: out of memory") : ret;
}

static int insert_error(struct history *h, int64_t run, const struct compare_error *e)
{
	sqlite3_stmt *stmt;
	int ret = history_prepare(h, &stmt, "INSERT INTO error VALUES (?, ?, ?, ?, ?)", "iiiii",
				  run, (int64_t)e->vm_type, (int64_t)e->cmd, (int64_t)e->status,
				  clamp(e->count[COMPARE_A]));

	return ret ? ret : history_run_once(h, stmt);
}

static int insert_figures(struct history *h, int64_t run, const struct model *m)
{
	struct comparison c = { 0 };
	int ret = compare_add(&c, COMPARE_A, m);

	if (ret)
		ret = history_fail(h, ret, "cannot be written: %s", strerror(-ret));
	if (!ret)
		ret = insert_launches(h, run, &c);
	for (size_t i = 0; i < c.nr_rows && !ret; i++)
		ret = insert_series(h, run, &c.rows[i]);
	for (size_t i = 0; i < c.nr_errors && !ret; i++)
		ret = insert_error(h, run, &c.errors[i]);
	compare_free(&c);
	return ret;
}

/* Returns -EEXIST, and the run's id, if this recording is in the history already. */
static int find_same(struct history *h, const char *identity, int64_t *id)
{
	sqlite3_stmt *stmt;
	int ret = history_prepare(h, &stmt, "SELECT id FROM run WHERE identity = ?", "s", identity);

	if (ret)
		return ret;
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		*id = sqlite3_column_int64(stmt, 0);
		ret = history_fail(h, -EEXIST, "has this recording as run %lld", (long long)*id);
		break;
	case SQLITE_DONE:
		break;
	default:
		ret = history_sqlite_fail(h, "cannot be read");
	}
	sqlite3_finalize(stmt);
	return ret;
}

static int insert_run(struct history *h, const struct history_new *new, const struct model *m)
{
	const char *started = model_host_value(m, host_keys[HOST_STARTED].key);
	struct tracefile_cpu_drops drops = { 0 };
	sqlite3_stmt *stmt;
	int ret;

	if (!model_drops(m, &drops))
		drops.emitted = m->records;
	ret = history_prepare(
		h, &stmt,
		"INSERT INTO run (added, started, file, identity, complete, events, dropped) "
		"VALUES (?, ?, ?, ?, ?, ?, ?)",
		"isssiii", (int64_t)time(NULL), started ? started : "", new->file, new->identity,
		(int64_t) new->complete, clamp(drops.emitted), clamp(drops.dropped));
	return ret ? ret : history_run_once(h, stmt);
}

/* Uses the caller's transaction if there is one, else its own. */
int history_add(struct history *h, const struct history_new *new, const struct model *m,
		int64_t *id)
{
	bool own = sqlite3_get_autocommit(h->db);
	int ret = own ? history_begin(h) : 0;

	if (ret)
		return ret;
	ret = find_same(h, new->identity, id);
	if (!ret)
		ret = insert_run(h, new, m);
	if (!ret) {
		*id = sqlite3_last_insert_rowid(h->db);
		ret = insert_host(h, *id, m);
	}
	if (!ret)
		ret = insert_labels(h, *id, new);
	if (!ret)
		ret = insert_predictions(h, *id, new);
	if (!ret)
		ret = insert_figures(h, *id, m);
	if (!own)
		return ret;
	return ret ? (history_end(h, false), ret) : history_end(h, true);
}

int history_remove(struct history *h, int64_t id)
{
	sqlite3_stmt *stmt;
	int ret = history_prepare(h, &stmt, "DELETE FROM run WHERE id = ?", "i", id);

	if (!ret)
		ret = history_run_once(h, stmt);
	if (!ret && !sqlite3_changes(h->db))
		return history_fail(h, -ENOENT, "has no run %lld", (long long)id);
	return ret;
}
