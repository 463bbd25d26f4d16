// SPDX-License-Identifier: GPL-2.0-only
/* Creates and migrates the tables of the history's database. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "history/internal.h"

int history_version(struct history *h, int *version)
{
	sqlite3_stmt *stmt;
	int ret = history_prepare(h, &stmt, "PRAGMA user_version", "");

	if (ret)
		return ret;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*version = sqlite3_column_int(stmt, 0);
	else
		ret = history_sqlite_fail(h, "cannot be read");
	sqlite3_finalize(stmt);
	return ret;
}

/* Reads PRAGMA application_id, and whether the database has tables. */
static int whose(struct history *h, int *application, bool *tables)
{
	sqlite3_stmt *stmt;
	int ret = history_prepare(h, &stmt,
				  "SELECT application_id, (SELECT count(*) FROM sqlite_schema) "
				  "FROM pragma_application_id",
				  "");

	if (ret)
		return ret;
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		*application = sqlite3_column_int(stmt, 0);
		*tables = sqlite3_column_int(stmt, 1) > 0;
	} else {
		ret = history_sqlite_fail(h, "cannot be read");
	}
	sqlite3_finalize(stmt);
	return ret;
}

static int apply(struct history *h, int from)
{
	char pragma[96];
	int ret = 0;

	for (int i = from; i < HISTORY_VERSION && !ret; i++)
		ret = history_exec(h, history_migrations[i]);
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d; PRAGMA application_id = %d",
		 HISTORY_VERSION, HISTORY_APPLICATION);
	return ret ? ret : history_exec(h, pragma);
}

/*
 * Finds out whether this is a database of ours, and its version. The caller has a transaction:
 * another process may be making or migrating the database.
 */
static int identify(struct history *h, int *version)
{
	int application = 0;
	bool tables = false;
	int ret = history_version(h, version);

	if (!ret)
		ret = whose(h, &application, &tables);
	if (ret)
		return ret;
	if (tables && application != HISTORY_APPLICATION)
		return history_fail(h, -EINVAL,
				    "is a database of something else; name another file with --db");
	if (*version > HISTORY_VERSION)
		return history_fail(h, -EPROTONOSUPPORT,
				    "has version %d and this sevtrace knows %d; use a newer one",
				    *version, HISTORY_VERSION);
	if (*version < 0)
		return history_fail(h, -EBADMSG, "is damaged: version %d", *version);
	return history_check_schema(h, *version);
}

int history_migrate(struct history *h)
{
	int version = 0;
	int ret = history_exec(h, "BEGIN");

	if (!ret)
		ret = identify(h, &version);
	history_end(h, false);
	if (ret || version == HISTORY_VERSION)
		return ret;
	if (sqlite3_db_readonly(h->db, "main"))
		return history_fail(
			h, -EROFS,
			"has version %d and is to be brought to %d, which needs the right to write it",
			version, HISTORY_VERSION);

	/* Looks again: another process may have migrated the database meanwhile. */
	ret = history_begin(h);
	if (!ret)
		ret = identify(h, &version);
	if (!ret && version < HISTORY_VERSION)
		ret = apply(h, version);
	return ret ? (history_end(h, false), ret) : history_end(h, true);
}
