// SPDX-License-Identifier: GPL-2.0-only
/* The tables of the history's database, version by version. */
#include "history/internal.h"

/*
 * history_migrations[i] migrates a database from version i to i + 1. Never change a migration that
 * was released: append a new one.
 *
 * vm_type, phase, id and cmd are numbers of <sevtrace/record.h>, <sevtrace/kvm_sev.h> and
 * <sevtrace/psp.h>; section is enum compare_section; times are nanoseconds; blobs are encoded by
 * blob.c.
 */
const char *const history_migrations[HISTORY_VERSION] = {
	/* runs */
	"CREATE TABLE run ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" added INTEGER NOT NULL," /* seconds since 1970 */
	" started TEXT NOT NULL,"
	" file TEXT NOT NULL,"
	" identity TEXT NOT NULL UNIQUE,"
	" complete INTEGER NOT NULL,"
	" events INTEGER NOT NULL,"
	" dropped INTEGER NOT NULL);"
	"CREATE TABLE host ("
	" run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
	" key TEXT NOT NULL,"
	" value TEXT NOT NULL,"
	" PRIMARY KEY (run, key)) WITHOUT ROWID;"
	"CREATE TABLE label ("
	" run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
	" key TEXT NOT NULL,"
	" value TEXT NOT NULL,"
	" PRIMARY KEY (run, key)) WITHOUT ROWID;"
	"CREATE TABLE launches ("
	" run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
	" vm_type INTEGER NOT NULL,"
	" ok INTEGER NOT NULL,"
	" failed INTEGER NOT NULL,"
	" incomplete INTEGER NOT NULL,"
	" pages INTEGER NOT NULL," /* of the launches that are ok */
	" PRIMARY KEY (run, vm_type)) WITHOUT ROWID;"
	"CREATE TABLE series ("
	" run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
	" vm_type INTEGER NOT NULL,"
	" section INTEGER NOT NULL,"
	" phase INTEGER NOT NULL,"
	" id INTEGER NOT NULL,"
	" waiting INTEGER NOT NULL,"
	" calls INTEGER NOT NULL,"
	" count INTEGER NOT NULL,"
	" sum INTEGER NOT NULL,"
	" min INTEGER NOT NULL,"
	" max INTEGER NOT NULL,"
	" pages INTEGER NOT NULL,"
	" buckets BLOB NOT NULL,"
	" launch_values BLOB NOT NULL," /* medians */
	" PRIMARY KEY (run, vm_type, section, phase, id, waiting)) WITHOUT ROWID;"
	"CREATE TABLE error ("
	" run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
	" vm_type INTEGER NOT NULL,"
	" cmd INTEGER NOT NULL,"
	" status INTEGER NOT NULL,"
	" count INTEGER NOT NULL,"
	" PRIMARY KEY (run, vm_type, cmd, status)) WITHOUT ROWID;",
	/* filters thousands of runs by label and time without reading them all */
	"CREATE INDEX label_by_key ON label(key, value);"
	"CREATE INDEX run_by_added ON run(added);",
	/* what so many launches at once would take, to be held against runs with so many */
	"CREATE TABLE prediction ("
	" run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
	" vm_type INTEGER NOT NULL,"
	" launches INTEGER NOT NULL," /* at once */
	" p50 INTEGER NOT NULL,"
	" p90 INTEGER NOT NULL,"
	" p99 INTEGER NOT NULL,"
	" last INTEGER NOT NULL,"
	" PRIMARY KEY (run, vm_type, launches)) WITHOUT ROWID;",
};
