// SPDX-License-Identifier: GPL-2.0-only
/* Runs SQL statements, and describes errors of the database. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "history/internal.h"
#include "util/array.h"

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
		{ SQLITE_INTERRUPT, -EBADMSG,
		  ": it asks for more work than its size allows; restore it" },
		{ SQLITE_TOOBIG, -EBADMSG, "; more than 1 MiB" },
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
	/* SQLite has already rolled back by itself if memory or disk space ran out. */
	if ((!keep || ret) && !sqlite3_get_autocommit(h->db))
		sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}

int history_vacuum(struct history *h)
{
	return history_exec(h, "VACUUM");
}
