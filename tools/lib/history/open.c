// SPDX-License-Identifier: GPL-2.0-only
/* Opens the database of the history, runs statements, and says what is wrong with it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/internal.h"
#include "util/array.h"

#define BUSY_MS 30000 /* how long a writer waits for others */

int history_fail(struct history *h, int err, const char *format, ...)
{
	va_list args;
	int n = snprintf(h->why, sizeof(h->why), "%s ", h->path);

	if (n < 0 || (size_t)n >= sizeof(h->why))
		n = 0;
	va_start(args, format);
	vsnprintf(h->why + n, sizeof(h->why) - (size_t)n, format, args);
	va_end(args);
	return err;
}

int history_sqlite_fail(struct history *h, const char *what)
{
	static const struct {
		int code;
		int err;
		const char *advice;
	} known[] = {
		{ SQLITE_BUSY, -EBUSY,
		  "; another process holds it: try again when that has ended" },
		{ SQLITE_FULL, -ENOSPC, "; make room on the disk, nothing was changed" },
		{ SQLITE_READONLY, -EROFS, "; the file and its folder have to be writable" },
		{ SQLITE_NOTADB, -EBADMSG, "; name another file with --db" },
		{ SQLITE_CORRUPT, -EBADMSG, "; sqlite3's .recover may save what is whole" },
		{ SQLITE_NOMEM, -ENOMEM, "" },
		{ SQLITE_PERM, -EACCES, "" },
	};
	int code = sqlite3_errcode(h->db);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].code == (code & 0xff))
			return history_fail(h, known[i].err, "%s: %s%s", what,
					    sqlite3_errmsg(h->db), known[i].advice);
	return history_fail(h, -EIO, "%s: %s", what, sqlite3_errmsg(h->db));
}

int history_prepare(struct history *h, sqlite3_stmt **stmt, const char *sql, const char *types, ...)
{
	va_list args;
	int code;

	if (sqlite3_prepare_v2(h->db, sql, -1, stmt, NULL))
		return history_sqlite_fail(h, "cannot be used");
	code = SQLITE_OK;
	va_start(args, types);
	for (int i = 1; *types && code == SQLITE_OK; i++) {
		switch (*types++) {
		case 'i':
			code = sqlite3_bind_int64(*stmt, i, va_arg(args, int64_t));
			break;
		case 's':
			code = sqlite3_bind_text(*stmt, i, va_arg(args, const char *), -1,
						 SQLITE_TRANSIENT);
			break;
		default: {
			const void *data = va_arg(args, const void *);
			size_t size = va_arg(args, size_t);

			code = size ? sqlite3_bind_blob64(*stmt, i, data, size, SQLITE_TRANSIENT) :
				      sqlite3_bind_zeroblob(*stmt, i, 0);
		}
		}
	}
	va_end(args);
	if (code == SQLITE_OK)
		return 0;
	sqlite3_finalize(*stmt);
	return history_sqlite_fail(h, "cannot be used");
}

int history_run_once(struct history *h, sqlite3_stmt *stmt)
{
	int ret = 0;

	if (sqlite3_step(stmt) != SQLITE_DONE)
		ret = history_sqlite_fail(h, "cannot be written");
	sqlite3_finalize(stmt);
	return ret;
}

int history_exec(struct history *h, const char *sql)
{
	return sqlite3_exec(h->db, sql, NULL, NULL, NULL) ?
		       history_sqlite_fail(h, "cannot be written") :
		       0;
}

int history_count(struct history *h, sqlite3_stmt *stmt, int column, uint64_t *value)
{
	int64_t found = sqlite3_column_int64(stmt, column);

	if (found < 0)
		return history_fail(h, -EBADMSG, "is damaged: %s is %lld",
				    sqlite3_column_name(stmt, column), (long long)found);
	*value = (uint64_t)found;
	return 0;
}

int history_begin(struct history *h)
{
	return history_exec(h, "BEGIN IMMEDIATE");
}

int history_end(struct history *h, bool keep)
{
	int ret = 0;

	if (keep)
		ret = history_exec(h, "COMMIT");
	/* Where there was no memory or room, SQLite has rolled it back itself. */
	if ((!keep || ret) && !sqlite3_get_autocommit(h->db))
		sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}

int history_vacuum(struct history *h)
{
	return history_exec(h, "VACUUM");
}

/* Makes the folders above a file, as mkdir -p. */
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

/* SQLite says of all that it cannot open the same. */
static int check_file(struct history *h, enum history_mode mode)
{
	struct stat st;
	int ret;

	if (!stat(h->path, &st)) {
		if (!S_ISREG(st.st_mode))
			return history_fail(h, -EINVAL, "is no regular file");
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

/* The file is not ours alone: nothing in it may run code, and its pages are checked as they are read. */
static int guard(struct history *h)
{
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
	/* Without the right to write, SQLite opens it for reading alone. */
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
