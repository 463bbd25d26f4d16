// SPDX-License-Identifier: GPL-2.0-only
/*
 * Databases that are not what they should be, one thing at a time; what is written into one, and
 * what of it is found by a filter.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "history/internal.h"
#include "scenario.h"
#include "stats/hist.h"
#include "util/array.h"

struct fixture {
	char dir[64];
	char path[96];
	struct history *h;
	struct model m;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f)
		return -1;
	strcpy(f->dir, "/tmp/sevtrace-history.XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/h.db", f->dir);
	model_init(&f->m);
	if (scenario_run("concurrent", feed, &f->m))
		return -1;
	return history_open(f->path, HISTORY_CREATE, &f->h);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	history_close(f->h);
	model_free(&f->m);
	unlink(f->path);
	rmdir(f->dir);
	free(f);
	return 0;
}

static int64_t add(struct fixture *f, const char *identity)
{
	const struct history_new new = { "a file", identity, true, NULL, 0, NULL, 0 };
	int64_t id = 0;

	assert_int_equal(history_add(f->h, &new, &f->m, &id), 0);
	return id;
}

/* Changes the database, whatever the guards say, and opens it again. */
static int reopen(struct fixture *f, const char *change)
{
	sqlite3 *db;

	history_close(f->h);
	f->h = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, change, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", change, sqlite3_errmsg(db));
	sqlite3_close(db);
	return history_open(f->path, HISTORY_EXISTING, &f->h);
}

/* Expects that a changed database is refused, or taken where there is no reason. */
static void expect(struct fixture *f, const char *change, int ret, const char *why)
{
	if (reopen(f, change) != ret || (why && !strstr(history_why(f->h), why)))
		fail_msg("%s: %s", change, history_why(f->h));
}

static void schemas(void **state)
{
	static const struct {
		const char *change;
		const char *undo;
		const char *why; /* NULL: it is taken */
	} cases[] = {
		{ "CREATE TABLE mine (x)", "DROP TABLE mine", NULL },
		{ "CREATE INDEX a ON host(value)", "DROP INDEX a",
		  "has the index a, which sevtrace did not make: drop it" },
		{ "CREATE INDEX z ON HOST(value)", "DROP INDEX z",
		  "has the index z, which sevtrace did not make: drop it" },
		{ "DROP INDEX label_by_key", "CREATE INDEX label_by_key ON label(key, value)",
		  "no such index: label_by_key; restore it" },
		{ "DROP INDEX run_by_added; CREATE INDEX run_by_added ON run(added, id)",
		  "DROP INDEX run_by_added; CREATE INDEX run_by_added ON run(added)",
		  "has the index run_by_added, which sevtrace did not make so; restore it" },
		{ "CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END", "DROP TRIGGER t",
		  "has the trigger t, which sevtrace did not make: drop it" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		expect(f, cases[i].change, cases[i].why ? -EBADMSG : 0, cases[i].why);
		expect(f, cases[i].undo, 0, NULL);
	}
}

/* What ALTER TABLE does cannot be undone: the table's text stays another one. */
static void altered_tables(void **state)
{
	struct fixture *f = *state;

	expect(f, "ALTER TABLE run ADD COLUMN more", -EBADMSG,
	       "has the table run, which sevtrace did not make so; restore it");
	expect(f, "ALTER TABLE run DROP COLUMN more", 0, NULL);
	expect(f, "ALTER TABLE error RENAME TO mistake", -EBADMSG, "no such ");
	expect(f, "ALTER TABLE mistake RENAME TO error", -EBADMSG,
	       "has the table error, which sevtrace did not make so; restore it");
}

static void versions(void **state)
{
	static const struct {
		const char *change;
		int ret;
		const char *why;
	} cases[] = {
		{ "PRAGMA user_version = 4", -EPROTONOSUPPORT,
		  "has version 4 and this sevtrace knows 3" },
		{ "PRAGMA user_version = -1", -EBADMSG, "is damaged: version -1" },
		{ "PRAGMA user_version = 3; PRAGMA application_id = 1", -EINVAL,
		  "is a database of something else" },
		{ "PRAGMA application_id = 1936029300", 0, NULL },
		/* of version 1, which it is not: it has what only later ones have */
		{ "PRAGMA user_version = 1", -EBADMSG, "has the index label_by_key" },
		{ "DROP INDEX label_by_key; DROP INDEX run_by_added", -EBADMSG,
		  "has the table prediction" },
		{ "DROP TABLE prediction", 0, NULL },
	};
	struct fixture *f = *state;
	int version = 0;

	add(f, "x");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect(f, cases[i].change, cases[i].ret, cases[i].why);
	/* What version 1 had was brought to the current one, with its run. */
	assert_int_equal(history_version(f->h, &version), 0);
	assert_int_equal(version, HISTORY_VERSION);
	expect(f, "SELECT 1", 0, NULL);
	assert_int_equal(history_remove(f->h, 1), 0);
}

struct seen {
	int64_t ids[8];
	size_t nr;
};

static int note(void *ctx, const struct history_run *run)
{
	struct seen *seen = ctx;

	assert_true(seen->nr < ARRAY_SIZE(seen->ids));
	seen->ids[seen->nr++] = run->id;
	return 0;
}

/* A schema that cannot be read to its end is not one that lacks something. */
static void schema_that_cannot_be_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(history_check_schema(f->h, HISTORY_VERSION), 0);
	sqlite3_limit(f->h->db, SQLITE_LIMIT_LENGTH, 60);
	assert_int_equal(history_check_schema(f->h, HISTORY_VERSION), -EBADMSG);
	assert_non_null(strstr(history_why(f->h), "cannot be read: "));
	assert_non_null(strstr(history_why(f->h), "too big"));
}

/* Rows that come twice, as they may of a damaged page: tables without their keys have such. */
static void rows_out_of_order(void **state)
{
	static const char *const changes[] = {
		"DROP TABLE label; CREATE TABLE label (run, key, value);"
		"INSERT INTO label VALUES (1, 'a', 'b'), (1, 'a', 'c')",
		"DROP TABLE host; CREATE TABLE host (run, key, value);"
		"INSERT INTO host VALUES (1, 'a', 'b'), (1, 'a', 'c')",
	};
	static const char *const tables[] = { "launches", "series", "error" };
	struct fixture *f = *state;
	struct seen seen = { .nr = 0 };
	struct history_run run;

	add(f, "x");
	assert_int_equal(history_exec(f->h, "INSERT INTO error VALUES (1, 1, 1, 1, 1)"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		assert_int_equal(history_begin(f->h), 0);
		assert_int_equal(history_exec(f->h, changes[i]), 0);
		assert_int_equal(history_run(f->h, 1, &run), -EBADMSG);
		assert_non_null(strstr(history_why(f->h), "rows out of order"));
		assert_int_equal(history_end(f->h, false), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		struct comparison c = { 0 };
		char sql[256];

		snprintf(sql, sizeof(sql),
			 "CREATE TABLE two AS SELECT * FROM %s UNION ALL SELECT * FROM %s;"
			 "DROP TABLE %s; ALTER TABLE two RENAME TO %s",
			 tables[i], tables[i], tables[i], tables[i]);
		assert_int_equal(history_begin(f->h), 0);
		assert_int_equal(history_exec(f->h, sql), 0);
		assert_int_equal(history_fill(f->h, 1, &c, COMPARE_A, "run"), -EBADMSG);
		assert_non_null(strstr(history_why(f->h), "that is there twice; restore it"));
		compare_free(&c);
		assert_int_equal(history_end(f->h, false), 0);
	}
	assert_int_equal(history_run(f->h, 1, &run), 0);
	history_run_free(&run);
	assert_int_equal(
		history_exec(f->h, "PRAGMA foreign_keys = OFF; CREATE TABLE two AS SELECT * FROM "
				   "run UNION ALL SELECT * FROM run; DROP TABLE run;"
				   "ALTER TABLE two RENAME TO run"),
		0);
	assert_int_equal(history_runs(f->h, &(struct history_filter){ 0 }, note, &seen), -EBADMSG);
	assert_non_null(strstr(history_why(f->h), "rows out of order"));
	assert_int_equal(seen.nr, 0);
}

/* A new database, one that others made empty, and one whose folders are to be made. */
static void new_databases(void **state)
{
	struct fixture *f = *state;
	struct history *h;
	char path[256];

	snprintf(path, sizeof(path), "%s/a/b/h.db", f->dir);
	assert_int_equal(history_open(path, HISTORY_EXISTING, &h), -ENOENT);
	assert_non_null(strstr(history_why(h), "sevtrace history add makes one"));
	history_close(h);
	assert_int_equal(history_open(path, HISTORY_CREATE, &h), 0);
	history_close(h);
	assert_int_equal(history_open(path, HISTORY_EXISTING, &h), 0);
	history_close(h);
	unlink(path);
	/* its folders are there, and a file is in the way */
	assert_int_equal(history_open(path, HISTORY_CREATE, &h), 0);
	history_close(h);
	snprintf(path, sizeof(path), "%s/a/b/h.db/c/h.db", f->dir);
	assert_int_equal(history_open(path, HISTORY_CREATE, &h), -ENOTDIR);
	history_close(h);
	snprintf(path, sizeof(path), "%s/a/b/h.db", f->dir);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(history_open(path, HISTORY_CREATE, &h), -EINVAL);
	assert_non_null(strstr(history_why(h), "is not a regular file"));
	history_close(h);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/a/b", f->dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/a", f->dir);
	rmdir(path);
}

/* Everything of a run that is no figure. */
static void facts_of_runs(void **state)
{
	static char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
	struct history_pair labels[] = { { c, d }, { a, b } };
	const struct history_new new = { "its name", "x", false, labels, 2, NULL, 0 };
	static const struct tracefile_cpu_drops drops = { .emitted = 9,
							  .recorded = 5,
							  .dropped = 4 };
	struct fixture *f = *state;
	struct history_run run;
	int64_t id = 0;

	/* Without counts of drops, all records are the events. */
	add(f, "y");
	assert_int_equal(history_run(f->h, 1, &run), 0);
	assert_int_equal(run.events, f->m.records);
	assert_int_equal(run.dropped, 0);
	assert_true(run.complete);
	assert_string_equal(run.started, "");
	assert_int_equal(run.nr_labels + run.nr_host, 0);
	assert_null(history_host(&run, "kernel"));
	history_run_free(&run);
	assert_int_equal(model_cpu_drops(&f->m, &drops), 0);
	assert_int_equal(model_host(&f->m, "started", "today"), 0);
	assert_int_equal(model_host(&f->m, "kernel", "6"), 0);
	assert_int_equal(history_add(f->h, &new, &f->m, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(history_run(f->h, id, &run), 0);
	assert_int_equal(run.id, 2);
	assert_int_equal(run.events, 9);
	assert_int_equal(run.dropped, 4);
	assert_false(run.complete);
	assert_string_equal(run.started, "today");
	assert_string_equal(run.file, "its name");
	assert_true(run.added > 1600000000);
	assert_int_equal(run.nr_labels, 2);
	assert_string_equal(run.labels[0].key, "a");
	assert_string_equal(history_label(&run, "c"), "d");
	assert_null(history_label(&run, "b"));
	assert_int_equal(run.nr_host, 2);
	assert_string_equal(history_host(&run, "kernel"), "6");
	history_run_free(&run);
	/* negative counts, and more labels and keys than a run may have */
	assert_int_equal(history_exec(f->h, "UPDATE run SET events = -1 WHERE id = 1"), 0);
	assert_int_equal(history_run(f->h, 1, &run), -EBADMSG);
	assert_non_null(strstr(history_why(f->h), "events is -1"));
	assert_int_equal(history_exec(f->h, "UPDATE run SET events = 0, dropped = -2"), 0);
	assert_int_equal(history_run(f->h, 1, &run), -EBADMSG);
	assert_non_null(strstr(history_why(f->h), "dropped is -2"));
}

static void fill_pairs(struct fixture *f, const char *table, size_t nr)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "DELETE FROM %s; WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c "
		 "LIMIT %zu) INSERT INTO %s SELECT 1, 'k' || x, '' FROM c",
		 table, nr, table);
	assert_int_equal(history_exec(f->h, sql), 0);
}

static void too_many_pairs(void **state)
{
	static const struct {
		const char *table;
		size_t max;
	} cases[] = { { "host", HISTORY_MAX_HOST }, { "label", HISTORY_MAX_LABELS } };
	struct fixture *f = *state;
	struct history_run run;

	add(f, "x");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fill_pairs(f, cases[i].table, cases[i].max);
		assert_int_equal(history_run(f->h, 1, &run), 0);
		assert_int_equal(i ? run.nr_labels : run.nr_host, cases[i].max);
		history_run_free(&run);
		fill_pairs(f, cases[i].table, cases[i].max + 1);
		assert_int_equal(history_run(f->h, 1, &run), -EBADMSG);
		fill_pairs(f, cases[i].table, 1);
	}
}

/* Runs that were added at 100, 200, 300 and 400. */
static void times_and_numbers(void **state)
{
	static const struct {
		struct history_filter filter;
		int64_t first;
		size_t nr;
	} cases[] = {
		{ { .since = 0 }, 1, 4 },
		{ { .since = 200 }, 2, 3 },
		{ { .since = 201 }, 3, 2 },
		{ { .since = 401 }, 0, 0 },
		{ { .until = 200 }, 1, 1 },
		{ { .until = 201 }, 1, 2 },
		{ { .since = 200, .until = 400 }, 2, 2 },
		{ { .last = 1 }, 4, 1 },
		{ { .last = 3 }, 2, 3 },
		{ { .last = 4 }, 1, 4 },
		{ { .last = 9 }, 1, 4 },
		{ { .until = 400, .last = 2 }, 2, 2 },
		{ { .last = UINT64_MAX >> 1 }, 1, 4 },
	};
	struct fixture *f = *state;

	for (int i = 0; i < 4; i++)
		add(f, (char[]){ (char)('a' + i), '\0' });
	assert_int_equal(history_exec(f->h, "UPDATE run SET added = 100 * id"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct seen seen = { .nr = 0 };

		assert_int_equal(history_runs(f->h, &cases[i].filter, note, &seen), 0);
		if (seen.nr != cases[i].nr)
			fail_msg("case %zu: %zu runs", i, seen.nr);
		for (size_t n = 0; n < seen.nr; n++)
			assert_int_equal(seen.ids[n], cases[i].first + (int64_t)n);
	}
}

/* Numbers that are larger than the database's largest one are stored as that. */
static void largest_numbers(void **state)
{
	static const struct tracefile_cpu_drops drops = { .emitted = UINT64_MAX,
							  .dropped = INT64_MAX };
	const struct sevtrace_hist_key key = { 1, 50, SEVTRACE_HIST_IOCTL, 0 };
	const struct sevtrace_hist hist = {
		.count = 1, .sum = UINT64_MAX, .inv_min = ~5ULL, .max = UINT64_MAX
	};
	struct fixture *f = *state;
	struct history_run run;
	struct comparison c = { 0 };

	assert_int_equal(model_cpu_drops(&f->m, &drops), 0);
	assert_int_equal(model_hist(&f->m, &key, &hist), 0);
	add(f, "x");
	assert_int_equal(history_run(f->h, 1, &run), 0);
	assert_true(run.events == INT64_MAX);
	assert_true(run.dropped == INT64_MAX);
	history_run_free(&run);
	assert_int_equal(history_fill(f->h, 1, &c, COMPARE_A, "run"), 0);
	assert_true(c.dropped[COMPARE_A] == INT64_MAX);
	for (size_t i = 0; i < c.nr_rows; i++)
		if (c.rows[i].section == COMPARE_IOCTL && c.rows[i].id == 50)
			assert_true(c.rows[i].side[COMPARE_A].samples->max == INT64_MAX);
	compare_free(&c);
}

/* What was predicted is read back in order; what nobody can have predicted is refused. */
static void predictions(void **state)
{
	static const struct history_prediction predicted[] = { { 3, 8, 10, 20, 30, 40 },
							       { 2, 4, 1, 2, 3, UINT64_MAX } };
	static const struct {
		const char *change;
		const char *why;
	} cases[] = {
		{ "UPDATE prediction SET launches = 0 WHERE launches = 8", "no such prediction" },
		{ "UPDATE prediction SET launches = 4294967296 WHERE vm_type = 3",
		  "no such prediction" },
		{ "UPDATE prediction SET launches = 8, vm_type = 256 WHERE vm_type = 3",
		  "no such prediction" },
		{ "UPDATE prediction SET vm_type = 3, p99 = -1 WHERE vm_type = 256", "p99 is -1" },
		{ "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n LIMIT 64) "
		  "INSERT OR REPLACE INTO prediction SELECT 1, 1, i, 1, 1, 1, 1 FROM n",
		  "over 64 predictions" },
	};
	const struct history_new new = { "a file", "x", true, NULL, 0, predicted, 2 };
	struct fixture *f = *state;
	struct history_run run;
	int64_t id;

	assert_int_equal(history_add(f->h, &new, &f->m, &id), 0);
	assert_int_equal(history_run(f->h, id, &run), 0);
	assert_int_equal(run.nr_predictions, 2);
	assert_int_equal(run.predictions[0].vm_type, 2);
	assert_int_equal(run.predictions[0].last, INT64_MAX);
	assert_memory_equal(&run.predictions[1], &predicted[0], sizeof(predicted[0]));
	history_run_free(&run);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(history_exec(f->h, cases[i].change), 0);
		assert_int_equal(history_run(f->h, id, &run), -EBADMSG);
		assert_non_null(strstr(history_why(f->h), cases[i].why));
		history_run_free(&run);
	}
	/* they go with their run */
	assert_int_equal(history_remove(f->h, id), 0);
	assert_int_equal(history_add(f->h, &new, &f->m, &id), 0);
}

/* A run that cannot be added leaves nothing, but a transaction that was there before. */
static void whole_runs_only(void **state)
{
	static char a[] = "a", b[] = "b";
	struct history_pair twice[] = { { a, b }, { a, b } };
	const struct history_new new = { "a file", "x", true, twice, 2, NULL, 0 };
	struct fixture *f = *state;
	struct seen seen = { .nr = 0 };
	int64_t id;

	assert_true(history_add(f->h, &new, &f->m, &id) < 0);
	assert_true(sqlite3_get_autocommit(f->h->db));
	assert_int_equal(history_runs(f->h, &(struct history_filter){ 0 }, note, &seen), 0);
	assert_int_equal(seen.nr, 0);
	add(f, "x");
	assert_true(sqlite3_get_autocommit(f->h->db));
	assert_int_equal(history_begin(f->h), 0);
	add(f, "y");
	assert_false(sqlite3_get_autocommit(f->h->db));
	assert_int_equal(history_end(f->h, true), 0);
	assert_int_equal(history_runs(f->h, &(struct history_filter){ 0 }, note, &seen), 0);
	assert_int_equal(seen.nr, 2);
	/* The space of what is removed is given back. */
	assert_int_equal(history_remove(f->h, 1), 0);
	assert_int_equal(history_remove(f->h, 2), 0);
	assert_int_equal(history_vacuum(f->h), 0);
}

/* What a blob is made of, byte by byte. */
static void blobs(void **state)
{
	static const unsigned char expected[] = { 0, 1, 3, 0x80, 2, 0x80, 3, 5 };
	static const unsigned char beyond[] = { 0x80 | ((SEVTRACE_HIST_BUCKETS - 1) & 0x7f),
						(SEVTRACE_HIST_BUCKETS - 1) >> 7, 1, 1, 1 };
	const uint64_t values[] = { 0, 127, 128, UINT64_MAX };
	struct sevtrace_hist hist = { 0 }, back = { 0 };
	unsigned char *blob;
	uint64_t *got;
	size_t size, nr;

	(void)state;
	hist.buckets[0] = 1;
	hist.buckets[3] = 256;
	hist.buckets[3 + 384] = 5;
	blob = history_pack_buckets(&hist, &size);
	assert_int_equal(size, sizeof(expected));
	assert_memory_equal(blob, expected, size);
	assert_int_equal(history_unpack_buckets(&back, blob, size), 0);
	assert_memory_equal(&back, &hist, sizeof(hist));
	free(blob);
	/* a distance that is beyond the last bucket, from the one before */
	assert_int_equal(history_unpack_buckets(&back, beyond, 3), 0);
	assert_int_equal(history_unpack_buckets(&back, beyond, sizeof(beyond)), -EBADMSG);
	/* the last bucket, and the largest count */
	memset(&hist, 0, sizeof(hist));
	hist.buckets[SEVTRACE_HIST_BUCKETS - 1] = UINT32_MAX;
	blob = history_pack_buckets(&hist, &size);
	memset(&back, 0, sizeof(back));
	assert_int_equal(history_unpack_buckets(&back, blob, size), 0);
	assert_memory_equal(&back, &hist, sizeof(hist));
	free(blob);
	blob = history_pack_values(values, ARRAY_SIZE(values), &size);
	assert_int_equal(size, 1 + 1 + 2 + 10);
	assert_int_equal(history_unpack_values(&got, &nr, blob, size), 0);
	assert_int_equal(nr, 4);
	assert_memory_equal(got, values, sizeof(values));
	free(got);
	free(blob);
}

/* As many values as are kept, and one more: then it is every second. */
static void number_of_values(void **state)
{
	static const struct {
		size_t nr, kept, every;
	} cases[] = { { 0, 0, 1 },
		      { 1, 1, 1 },
		      { HISTORY_MAX_VALUES - 1, HISTORY_MAX_VALUES - 1, 1 },
		      { HISTORY_MAX_VALUES, HISTORY_MAX_VALUES, 1 },
		      { HISTORY_MAX_VALUES + 1, HISTORY_MAX_VALUES / 2 + 1, 2 },
		      { 2 * (size_t)HISTORY_MAX_VALUES, HISTORY_MAX_VALUES, 2 } };
	static uint64_t values[2 * (size_t)HISTORY_MAX_VALUES];
	static const unsigned char ones[HISTORY_MAX_VALUES + 1];
	uint64_t *got;
	size_t size, nr;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = i;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned char *blob = history_pack_values(values, cases[i].nr, &size);

		assert_non_null(blob);
		assert_int_equal(history_unpack_values(&got, &nr, blob, size), 0);
		assert_int_equal(nr, cases[i].kept);
		for (size_t n = 0; n < nr; n++)
			assert_int_equal(got[n], n * cases[i].every);
		free(got);
		free(blob);
	}
	assert_int_equal(history_unpack_values(&got, &nr, ones, HISTORY_MAX_VALUES), 0);
	free(got);
	assert_int_equal(history_unpack_values(&got, &nr, ones, HISTORY_MAX_VALUES + 1), -EBADMSG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(schemas),		 TEST(altered_tables),
		TEST(versions),		 TEST(schema_that_cannot_be_read),
		TEST(rows_out_of_order), TEST(new_databases),
		TEST(facts_of_runs),	 TEST(predictions),
		TEST(too_many_pairs),	 TEST(times_and_numbers),
		TEST(largest_numbers),	 TEST(whole_runs_only),
		cmocka_unit_test(blobs), cmocka_unit_test(number_of_values),
	};

	return cmocka_run_group_tests_name("database", tests, NULL, NULL);
}
