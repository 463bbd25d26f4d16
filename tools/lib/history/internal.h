/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the history share: the database, writing to it and reading from it. */
#ifndef HISTORY_INTERNAL_H
#define HISTORY_INTERNAL_H

#include <sqlite3.h>

#include "history/db.h"

#define HISTORY_WHY_LEN 512

/* Bounds of what a database may ask for. */
#define HISTORY_MAX_LENGTH (1 << 20) /* of a text, of a blob, and of a row */
#define HISTORY_MAX_HOST 256 /* host keys of a run */
#define HISTORY_MAX_PREDICTIONS 64 /* of a run */
#define HISTORY_FREE_STEPS (4 << 20) /* of SQLite's virtual machine, in a process */
#define HISTORY_STEPS_PER_BYTE 64 /* and for each byte of the database */

struct history {
	sqlite3 *db;
	char *path;
	uint64_t steps; /* of SQLite's virtual machine so far */
	char why[HISTORY_WHY_LEN];
};

/* Stores the error message, after the database's name. Returns err. */
int history_fail(struct history *h, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Does the same with SQLite's last message. Returns the errno that matches SQLite's code. */
int history_sqlite_fail(struct history *h, const char *what);

/*
 * Prepares a statement and binds its parameters. `types` has a letter for each: 'i' takes an
 * int64_t, 's' text (NULL: SQL's NULL), 'b' data and a size_t.
 */
int history_prepare(struct history *h, sqlite3_stmt **stmt, const char *sql, const char *types,
		    ...);

/* Runs a statement that returns no rows, and finalizes it. */
int history_run_once(struct history *h, sqlite3_stmt *stmt);

int history_exec(struct history *h, const char *sql);

/* Reads a column as a count; -EBADMSG if it is negative. */
int history_count(struct history *h, sqlite3_stmt *stmt, int column, uint64_t *value);

/* Does the database have the tables and indices of a version, and nothing else of theirs? */
int history_check_schema(struct history *h, int version);

/* Creates the tables of an empty database, or migrates an older one, in one transaction. */
int history_migrate(struct history *h);

/*
 * The database version that this program uses, and a function that reads the one of an open
 * database.
 */
#define HISTORY_VERSION 3
#define HISTORY_APPLICATION 0x73657674 /* "sevt", PRAGMA application_id */
int history_version(struct history *h, int *version);

/* migrations[i] brings a database from version i to i + 1. */
extern const char *const history_migrations[HISTORY_VERSION];

/*
 * Encodes numbers as a blob of LEB128 (DWARF 5, 7.6): either plain or, for numbers that are mostly
 * zero, as pairs of a distance and a count. The caller frees the result; NULL: no memory. Decoding
 * returns -EBADMSG for anything that encoding cannot have made.
 */
unsigned char *history_pack_buckets(const struct sevtrace_hist *hist, size_t *size);
int history_unpack_buckets(struct sevtrace_hist *hist, const void *blob, size_t size);
unsigned char *history_pack_values(const uint64_t *values, size_t nr, size_t *size);
int history_unpack_values(uint64_t **values, size_t *nr, const void *blob, size_t size);

#endif /* HISTORY_INTERNAL_H */
