// SPDX-License-Identifier: GPL-2.0-only
/* Opens the database of the history. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/internal.h"
#include "util/array.h"

#define BUSY_MS 30000 /* how long a writer waits for other ones */

/* Creates the folders above a file, as mkdir -p does. */
static int make_folders(const char *path)
{
	char *copy = strdup(path);
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	for (char *p = strchr(copy + 1, '/'); p && !ret; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			ret = -errno;
		*p = '/';
	}
	free(copy);
	return ret;
}

/* Finds out why a file cannot be opened: SQLite has one message for all reasons. */
static int check_file(struct history *h, enum history_mode mode)
{
	struct stat st;
	int ret;

	if (!stat(h->path, &st)) {
		if (!S_ISREG(st.st_mode))
			return history_fail(h, -EINVAL, "is not a regular file");
		if (access(h->path, R_OK))
			return history_fail(h, -errno, "cannot be read: %s", strerror(errno));
		return 0;
	}
	if (errno != ENOENT || mode == HISTORY_EXISTING)
		return history_fail(h, -errno, "cannot be opened: %s%s", strerror(errno),
				    errno == ENOENT ? "; sevtrace history add makes one" : "");
	ret = make_folders(h->path);
	return ret ? history_fail(h, ret, "cannot be made: its folder: %s", strerror(-ret)) : 0;
}

#define STEPS_AT_ONCE 10000 /* of SQLite's virtual machine, between two looks at the budget */

/*
 * Counts the work that the database asks for. A damaged B-tree can have one page in many places,
 * and so ever more rows. Returns other than 0 to end the statement.
 */
static int count_steps(void *ctx)
{
	struct history *h = ctx;
	struct stat st;
	uint64_t size = stat(h->path, &st) ? 0 : (uint64_t)st.st_size;

	h->steps += STEPS_AT_ONCE;
	return h->steps > HISTORY_FREE_STEPS + HISTORY_STEPS_PER_BYTE * size;
}

/* Limits what a value, a statement or a schema may ask for. */
static void limit(struct history *h)
{
	static const struct {
		int what;
		int value;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, HISTORY_MAX_LENGTH },
		{ SQLITE_LIMIT_SQL_LENGTH, 1 << 16 },
		{ SQLITE_LIMIT_COLUMN, 64 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 200 },
		{ SQLITE_LIMIT_COMPOUND_SELECT, 4 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 8 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		sqlite3_limit(h->db, limits[i].what, limits[i].value);
	sqlite3_progress_handler(h->db, STEPS_AT_ONCE, count_steps, h);
}

/*
 * Protects us from a file that others may have written: limits what it can ask for, disables SQL
 * code in it (triggers, views), and has its pages checked as they are read.
 */
static int guard(struct history *h)
{
	limit(h);
	sqlite3_busy_timeout(h->db, BUSY_MS);
	sqlite3_extended_result_codes(h->db, 0);
	if (sqlite3_db_config(h->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) ||
	    sqlite3_db_config(h->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) ||
	    sqlite3_db_config(h->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) ||
	    sqlite3_db_config(h->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL))
		return history_sqlite_fail(h, "cannot be used");
	return history_exec(h, "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON");
}

int history_open(const char *path, enum history_mode mode, struct history **out)
{
	struct history *h = calloc(1, sizeof(*h));
	int flags = SQLITE_OPEN_READWRITE | (mode == HISTORY_CREATE ? SQLITE_OPEN_CREATE : 0);
	int ret;

	*out = h;
	if (!h)
		return -ENOMEM;
	h->path = strdup(path);
	if (!h->path)
		return -ENOMEM;
	ret = check_file(h, mode);
	if (ret)
		return ret;
	/* SQLite opens a file that we may not write read-only. */
	if (sqlite3_open_v2(path, &h->db, flags, NULL))
		return history_sqlite_fail(h, "cannot be opened");
	ret = guard(h);
	return ret ? ret : history_migrate(h);
}

void history_close(struct history *h)
{
	if (!h)
		return;
	sqlite3_close(h->db);
	free(h->path);
	free(h);
}

const char *history_why(const struct history *h)
{
	return h ? h->why : "out of memory";
}
