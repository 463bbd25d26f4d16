// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks that a database has the tables that this program made. A column, an index or a trigger of
 * somebody else's is code that runs whenever a row is read or written: a generated column may
 * compute a gigabyte.
 */
#include <errno.h>
#include <string.h>

#include "history/internal.h"

/* The order in which both databases are read: by type and name. */
#define OBJECTS                                                                                                \
	"SELECT type, name, sql FROM sqlite_schema WHERE tbl_name COLLATE NOCASE IN "                          \
	"('run', 'host', 'label', 'launches', 'series', 'error', 'prediction') ORDER BY type COLLATE BINARY, " \
	"name COLLATE BINARY"

enum { TYPE, NAME, SQL };

/* Makes an empty database of a version in memory. */
static int make_reference(sqlite3 **db, int version)
{
	int code = sqlite3_open(":memory:", db);

	for (int i = 0; i < version && !code; i++)
		code = sqlite3_exec(*db, history_migrations[i], NULL, NULL, NULL);
	return code;
}

static const char *text(sqlite3_stmt *stmt, int column)
{
	const char *found = (const char *)sqlite3_column_text(stmt, column);

	return found ? found : "";
}

/* Where the two differ: names what is missing, too much, or not the same. */
static int differ(struct history *h, sqlite3_stmt *found, bool have, sqlite3_stmt *ours, bool want)
{
	int order = !have ? 1 : !want ? -1 : strcmp(text(found, TYPE), text(ours, TYPE));

	if (!order)
		order = strcmp(text(found, NAME), text(ours, NAME));
	if (order > 0)
		return history_fail(h, -EBADMSG, "is damaged: no such %s: %s; restore it",
				    text(ours, TYPE), text(ours, NAME));
	return history_fail(h, -EBADMSG, "has the %s %.64s, which sevtrace did not make%s",
			    text(found, TYPE), text(found, NAME),
			    order ? ": drop it" : " so; restore it");
}

static int compare(struct history *h, sqlite3_stmt *found, sqlite3_stmt *ours)
{
	for (;;) {
		int code = sqlite3_step(found);
		bool have = code == SQLITE_ROW;
		bool want = sqlite3_step(ours) == SQLITE_ROW;

		if (!have && code != SQLITE_DONE)
			return history_sqlite_fail(h, "cannot be read");
		if (!have && !want)
			return 0;
		if (!have || !want || strcmp(text(found, TYPE), text(ours, TYPE)) != 0 ||
		    strcmp(text(found, NAME), text(ours, NAME)) != 0 ||
		    strcmp(text(found, SQL), text(ours, SQL)) != 0)
			return differ(h, found, have, ours, want);
	}
}

int history_check_schema(struct history *h, int version)
{
	sqlite3_stmt *found = NULL;
	sqlite3_stmt *ours = NULL;
	sqlite3 *reference = NULL;
	int ret = history_prepare(h, &found, OBJECTS, "");

	if (ret)
		return ret;
	if (make_reference(&reference, version) ||
	    sqlite3_prepare_v2(reference, OBJECTS, -1, &ours, NULL))
		ret = history_fail(h, -ENOMEM, "cannot be checked: %s", sqlite3_errmsg(reference));
	else
		ret = compare(h, found, ours);
	sqlite3_finalize(ours);
	sqlite3_finalize(found);
	sqlite3_close(reference);
	return ret;
}
