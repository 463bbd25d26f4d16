// SPDX-License-Identifier: GPL-2.0-only
/* Reads the figures of a run into one side of a comparison. The database is untrusted. */
#include <errno.h>
#include <stdlib.h>

#include "diff/sides.h"
#include "history/internal.h"
#include "stats/hist.h"
#include "util/array.h"

typedef int (*read_row)(struct history *h, sqlite3_stmt *stmt, struct comparison *c,
			enum compare_which which);

static int damaged(struct history *h, const char *what)
{
	return history_fail(h, -EBADMSG,
			    "is damaged: %s; restore it, or remove that run with prune --run",
			    what);
}

static int no_memory(struct history *h)
{
	return history_fail(h, -ENOMEM, "cannot be read: out of memory");
}

/* Reads a column as a number below `limit`. */
static int number(struct history *h, sqlite3_stmt *stmt, int column, uint64_t limit,
		  uint32_t *value)
{
	int64_t found = sqlite3_column_int64(stmt, column);

	if (found < 0 || (uint64_t)found >= limit)
		return damaged(h, sqlite3_column_name(stmt, column));
	*value = (uint32_t)found;
	return 0;
}

static int launches_row(struct history *h, sqlite3_stmt *stmt, struct comparison *c,
			enum compare_which which)
{
	struct compare_launches *type;
	uint32_t vm_type = 0;
	int ret = number(h, stmt, 0, UINT8_MAX + 1, &vm_type);

	if (ret)
		return ret;
	type = compare_find_type(c, vm_type);
	if (!type)
		return no_memory(h);
	if (type->results[which][MODEL_OK] || type->results[which][MODEL_FAILED] ||
	    type->results[which][MODEL_INCOMPLETE])
		return damaged(h, "a guest type that is there twice");
	ret = history_count(h, stmt, 1, &type->results[which][MODEL_OK]);
	if (!ret)
		ret = history_count(h, stmt, 2, &type->results[which][MODEL_FAILED]);
	if (!ret)
		ret = history_count(h, stmt, 3, &type->results[which][MODEL_INCOMPLETE]);
	return ret ? ret : history_count(h, stmt, 4, &type->pages[which]);
}

static int read_key(struct history *h, sqlite3_stmt *stmt, struct compare_row *key)
{
	uint32_t section = 0;
	uint32_t waiting = 0;
	int ret = number(h, stmt, 0, UINT8_MAX + 1, &key->vm_type);

	if (!ret)
		ret = number(h, stmt, 1, COMPARE_IOCTL + 1, &section);
	if (!ret)
		ret = number(h, stmt, 2, SEVTRACE_PHASE_COUNT, &key->phase);
	if (!ret)
		ret = number(h, stmt, 3, (uint64_t)UINT32_MAX + 1, &key->id);
	if (!ret)
		ret = number(h, stmt, 4, 2, &waiting);
	if (!ret && section == COMPARE_STEP && key->id >= SEVTRACE_STEP_COUNT)
		ret = damaged(h, "no such step");
	if (!ret && section == COMPARE_LAUNCH && key->id > COMPARE_PSP_HELD)
		ret = damaged(h, "no such figure of a launch");
	key->section = section;
	key->waiting = waiting;
	return ret;
}

static int read_samples(struct history *h, sqlite3_stmt *stmt, struct sevtrace_hist *hist)
{
	uint64_t min = 0;
	uint64_t values[5] = { 0 };
	int ret = 0;

	for (int i = 0; i < 5 && !ret; i++)
		ret = history_count(h, stmt, 6 + i, &values[i]);
	min = values[2];
	hist->count = values[0];
	hist->sum = values[1];
	hist->inv_min = ~min;
	hist->max = values[3];
	hist->pages = values[4];
	if (!ret && (!hist->count || min > hist->max ||
		     history_unpack_buckets(hist, sqlite3_column_blob(stmt, 11),
					    (size_t)sqlite3_column_bytes(stmt, 11))))
		ret = damaged(h, "buckets");
	return ret;
}

static int read_values(struct history *h, sqlite3_stmt *stmt, struct compare_side *side)
{
	int ret = history_unpack_values(&side->values, &side->nr, sqlite3_column_blob(stmt, 12),
					(size_t)sqlite3_column_bytes(stmt, 12));

	if (ret == -ENOMEM)
		return no_memory(h);
	return ret || !side->nr ? damaged(h, "launch_values") : 0;
}

static int series_row(struct history *h, sqlite3_stmt *stmt, struct comparison *c,
		      enum compare_which which)
{
	struct compare_row key = { 0 };
	struct compare_row *row;
	struct compare_side *side;
	int ret = read_key(h, stmt, &key);

	if (ret)
		return ret;
	row = compare_find_row(c, &key);
	if (!row)
		return no_memory(h);
	side = &row->side[which];
	if (side->samples)
		return damaged(h, "a series that is there twice");
	side->samples = calloc(1, sizeof(*side->samples));
	if (!side->samples)
		return no_memory(h);
	ret = history_count(h, stmt, 5, &side->calls);
	if (!ret)
		ret = read_samples(h, stmt, side->samples);
	return ret ? ret : read_values(h, stmt, side);
}

static int error_row(struct history *h, sqlite3_stmt *stmt, struct comparison *c,
		     enum compare_which which)
{
	struct model_status_count errors = { 0 };
	size_t before = c->nr_errors;
	uint32_t vm_type = 0;
	uint32_t cmd = 0;
	int ret = number(h, stmt, 0, UINT8_MAX + 1, &vm_type);

	if (!ret)
		ret = number(h, stmt, 1, (uint64_t)UINT32_MAX + 1, &cmd);
	if (!ret)
		ret = number(h, stmt, 2, (uint64_t)UINT32_MAX + 1, &errors.status);
	if (!ret)
		ret = history_count(h, stmt, 3, &errors.count);
	if (ret)
		return ret;
	if (compare_add_error(c, which, vm_type, cmd, &errors))
		return no_memory(h);
	return which == COMPARE_A && c->nr_errors == before ?
		       damaged(h, "a status that is there twice") :
		       0;
}

static int read_rows(struct history *h, int64_t id, const char *sql, read_row row,
		     struct comparison *c, enum compare_which which)
{
	sqlite3_stmt *stmt;
	int code = SQLITE_DONE;
	int ret = history_prepare(h, &stmt, sql, "i", id);

	if (ret)
		return ret;
	while (!ret && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		ret = row(h, stmt, c, which);
	if (!ret && code != SQLITE_DONE)
		ret = history_sqlite_fail(h, "cannot be read");
	sqlite3_finalize(stmt);
	return ret;
}

static const struct {
	const char *sql;
	read_row row;
} tables[] = {
	{ "SELECT vm_type, ok, failed, incomplete, pages FROM launches WHERE run = ?",
	  launches_row },
	{ "SELECT vm_type, section, phase, id, waiting, calls, count, sum, min, max, pages, buckets,"
	  " launch_values FROM series WHERE run = ?",
	  series_row },
	{ "SELECT vm_type, cmd, status, count FROM error WHERE run = ?", error_row },
};

int history_fill(struct history *h, int64_t id, struct comparison *c, enum compare_which which,
		 const char *path)
{
	bool own = sqlite3_get_autocommit(h->db);
	struct history_run run = { 0 };
	/* Reads in one transaction: another process may remove the run meanwhile. */
	int ret = own ? history_exec(h, "BEGIN") : 0;

	if (!ret)
		ret = history_run(h, id, &run);
	if (ret)
		goto out;
	c->path[which] = path;
	c->dropped[which] = run.dropped;
	for (size_t i = 0; compare_host_key(i) && !ret; i++)
		if (compare_set_host(c, which, i, history_host(&run, compare_host_key(i))))
			ret = no_memory(h);
	for (size_t i = 0; i < ARRAY_SIZE(tables) && !ret; i++)
		ret = read_rows(h, id, tables[i].sql, tables[i].row, c, which);
out:
	history_run_free(&run);
	if (own)
		history_end(h, false);
	return ret;
}
