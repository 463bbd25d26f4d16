// SPDX-License-Identifier: GPL-2.0-only
/*
 * What SQLite cannot do comes out of each function, with its reason, and leaves the database as it
 * was.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "history/internal.h"
#include "scenario.h"
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

static int add(struct fixture *f, const char *identity)
{
	static char key[] = "k", value[] = "v";
	struct history_pair labels[] = { { key, value } };
	const struct history_prediction predicted = { 3, 8, 1, 2, 3, 4 };
	const struct history_new new = { "a file", identity, true, labels, 1, &predicted, 1 };
	int64_t id;

	return history_add(f->h, &new, &f->m, &id);
}

/* A database with a run that has something in each table. */
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
	model_host(&f->m, "kernel", "6");
	if (scenario_run("snp-cpuid-retried", feed, &f->m) ||
	    history_open(f->path, HISTORY_CREATE, &f->h))
		return -1;
	return add(f, "first");
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

static int add_another(struct fixture *f)
{
	return add(f, "second");
}

static int note(void *ctx, const struct history_run *run)
{
	(void)ctx;
	(void)run;
	return 0;
}

static int list(struct fixture *f)
{
	return history_runs(f->h, &(struct history_filter){ 0 }, note, NULL);
}

static int show(struct fixture *f)
{
	struct history_run run;
	int ret = history_run(f->h, 1, &run);

	if (!ret)
		history_run_free(&run);
	return ret;
}

static int fill(struct fixture *f)
{
	struct comparison c = { 0 };
	int ret = history_fill(f->h, 1, &c, COMPARE_A, "run");

	compare_free(&c);
	return ret;
}

static int remove_it(struct fixture *f)
{
	return history_remove(f->h, 1);
}

/* Tables that are missing, to each function that needs them: it is said, and which. */
static void missing_tables(void **state)
{
	static const struct {
		const char *table;
		int (*call)(struct fixture *f);
		bool needed;
	} cases[] = {
		{ "run", add_another, true },	 { "host", add_another, true },
		{ "label", add_another, true },	 { "launches", add_another, true },
		{ "series", add_another, true }, { "error", add_another, true },
		{ "run", list, true },		 { "host", list, true },
		{ "label", list, true },	 { "series", list, false },
		{ "run", show, true },		 { "host", show, true },
		{ "label", show, true },	 { "launches", show, false },
		{ "run", fill, true },		 { "host", fill, true },
		{ "launches", fill, true },	 { "series", fill, true },
		{ "error", fill, true },	 { "run", remove_it, true },
	};
	struct fixture *f = *state;

	assert_int_equal(history_exec(f->h, "PRAGMA foreign_keys = OFF"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[128];
		int ret;

		assert_int_equal(history_begin(f->h), 0);
		snprintf(text, sizeof(text), "DROP TABLE %s", cases[i].table);
		assert_int_equal(history_exec(f->h, text), 0);
		ret = cases[i].call(f);
		snprintf(text, sizeof(text), "%s cannot be used: no such table: %s", f->path,
			 cases[i].table);
		if (cases[i].needed ? ret >= 0 || strcmp(history_why(f->h), text) != 0 : ret != 0)
			fail_msg("case %zu, %s: %s", i, text, history_why(f->h));
		assert_int_equal(history_end(f->h, false), 0);
	}
	assert_int_equal(fill(f), 0);
	assert_int_equal(list(f), 0);
}

/* Rows that cannot be written: what refuses them says so. */
static void rows_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(history_exec(f->h, "INSERT INTO host VALUES (1, 'kernel', '7')") < 0);
	assert_non_null(strstr(history_why(f->h), "cannot be written: UNIQUE constraint failed"));
	/* of another run's */
	assert_true(history_exec(f->h, "INSERT INTO host VALUES (77, 'kernel', '7')") < 0);
	assert_non_null(strstr(history_why(f->h), "FOREIGN KEY constraint failed"));
}

/* No lock of a writer keeps others from opening a database that needs no migration. */
static void beside_a_writer(void **state)
{
	struct fixture *f = *state;
	struct history *h;

	assert_int_equal(history_begin(f->h), 0);
	assert_int_equal(history_open(f->path, HISTORY_EXISTING, &h), 0);
	history_close(h);
	assert_int_equal(history_end(f->h, false), 0);
}

static void change(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	history_close(f->h);
	f->h = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* A migration that cannot be done is not done in part. */
static void migrations_that_fail(void **state)
{
	struct fixture *f = *state;

	change(f, "DROP INDEX label_by_key; DROP INDEX run_by_added; DROP TABLE prediction;"
		  "PRAGMA user_version = 1;"
		  "CREATE TABLE mine (x); CREATE INDEX run_by_added ON mine(x)");
	assert_true(history_open(f->path, HISTORY_EXISTING, &f->h) < 0);
	assert_non_null(strstr(history_why(f->h), "index run_by_added already exists"));
	change(f, "DROP TABLE mine");
	assert_int_equal(history_open(f->path, HISTORY_EXISTING, &f->h), 0);
	assert_int_equal(fill(f), 0);
}

/* What is no database, and one whose name leaves no room for a reason. */
static void no_databases(void **state)
{
	struct fixture *f = *state;
	char name[700];
	FILE *file;

	history_close(f->h);
	file = fopen(f->path, "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("no database\n", file);
	fclose(file);
	assert_int_equal(history_open(f->path, HISTORY_EXISTING, &f->h), -EBADMSG);
	assert_non_null(strstr(history_why(f->h), "file is not a database; name another file"));
	history_close(f->h);
	for (size_t length = HISTORY_WHY_LEN - 3; length <= HISTORY_WHY_LEN + 1; length++) {
		memset(name, 'x', length);
		for (size_t i = 0; i < length; i += 100)
			name[i] = '/';
		name[length] = '\0';
		assert_int_equal(history_open(name, HISTORY_EXISTING, &f->h), -ENOENT);
		assert_int_equal(!!strstr(history_why(f->h), "cannot be opened"),
				 length + 1 >= HISTORY_WHY_LEN);
		assert_in_range(strlen(history_why(f->h)), 1, HISTORY_WHY_LEN - 1);
		history_close(f->h);
	}
	f->h = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_tables),	    TEST(rows_refused), TEST(beside_a_writer),
		TEST(migrations_that_fail), TEST(no_databases),
	};

	return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
