/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of the history: its database, what is written and what is read. */
#ifndef HISTORY_INTERNAL_H
#define HISTORY_INTERNAL_H

#include <sqlite3.h>

#include "history/db.h"

#define HISTORY_WHY_LEN 512

struct history {
	sqlite3 *db;
	char *path;
	char why[HISTORY_WHY_LEN];
};

/* Keeps what is wrong, with the database's name before it. Returns err. */
int history_fail(struct history *h, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for what SQLite said last. Returns the errno that goes with it. */
int history_sqlite_fail(struct history *h, const char *what);

/*
 * `values` are int64_t for 'i', text for 's' (NULL: SQL's NULL) and data and size_t for 'b', as
 * `types` has them.
 */
int history_prepare(struct history *h, sqlite3_stmt **stmt, const char *sql, const char *types,
		    ...);

/* Runs a statement that gives no rows, and finalizes it. */
int history_run_once(struct history *h, sqlite3_stmt *stmt);

int history_exec(struct history *h, const char *sql);

/* A column that is a count; -EBADMSG: it is negative. */
int history_count(struct history *h, sqlite3_stmt *stmt, int column, uint64_t *value);

/* Brings an empty or older database up to date, in one transaction. */
int history_migrate(struct history *h);

/* The version of this program's databases, and that of an open one. */
#define HISTORY_VERSION 2
#define HISTORY_APPLICATION 0x73657674 /* "sevt", PRAGMA application_id */
int history_version(struct history *h, int *version);

/*
 * Numbers as a blob: pairs of a distance and a count for what is mostly zero, or plain; each as
 * LEB128 (DWARF 5, 7.6). Encoded: to be freed; NULL: no memory. Decoding gives -EBADMSG for
 * anything that encoding does not make.
 */
unsigned char *history_pack_buckets(const struct sevtrace_hist *hist, size_t *size);
int history_unpack_buckets(struct sevtrace_hist *hist, const void *blob, size_t size);
unsigned char *history_pack_values(const uint64_t *values, size_t nr, size_t *size);
int history_unpack_values(uint64_t **values, size_t *nr, const void *blob, size_t size);

#endif /* HISTORY_INTERNAL_H */
