// SPDX-License-Identifier: GPL-2.0-only
/* The history at its limits: the largest numbers that it takes, damaged pages, transactions. */
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
	char path[64];
	struct history *h;
	struct model m;
	int64_t id;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/* A database with a run. */
static int setup(void **state)
{
	const struct history_new new = { "a file", "x", true, NULL, 0, NULL, 0 };
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	*state = f;
	if (!f)
		return -1;
	snprintf(f->path, sizeof(f->path), "/tmp/sevtrace-history.XXXXXX");
	fd = mkstemp(f->path);
	if (fd < 0)
		return -1;
	close(fd);
	model_init(&f->m);
	if (scenario_run("concurrent", feed, &f->m) || history_open(f->path, HISTORY_CREATE, &f->h))
		return -1;
	return history_add(f->h, &new, &f->m, &f->id);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	history_close(f->h);
	model_free(&f->m);
	unlink(f->path);
	free(f);
	return 0;
}

static int fill(struct fixture *f)
{
	struct comparison c = { 0 };
	int ret = history_fill(f->h, f->id, &c, COMPARE_A, "run");

	compare_free(&c);
	return ret;
}

/* Fills a side after a change, which is then undone. */
static int fill_after(struct fixture *f, const char *change)
{
	int ret;

	assert_int_equal(history_begin(f->h), 0);
	assert_int_equal(history_exec(f->h, change), 0);
	ret = fill(f);
	assert_int_equal(history_end(f->h, false), 0);
	return ret;
}

/* The largest and the smallest number of each column, and the ones beyond. */
static void numbers(void **state)
{
	static const struct {
		const char *change;
		int ret;
	} changes[] = {
		/* of one row, whose numbers are as they should be otherwise */
		{ "UPDATE series SET waiting = 2 WHERE section + id = 0 AND vm_type = 2",
		  -EBADMSG },
		{ "UPDATE series SET phase = 4 WHERE section + id = 0 AND vm_type = 2", -EBADMSG },
		{ "UPDATE series SET phase = 3 WHERE section + id = 0 AND vm_type = 2", 0 },
		{ "UPDATE series SET vm_type = 255 WHERE section + id = 0 AND vm_type = 2", 0 },
		{ "UPDATE series SET vm_type = 256 WHERE section + id = 0 AND vm_type = 2",
		  -EBADMSG },
		{ "UPDATE series SET vm_type = -1 WHERE section + id = 0 AND vm_type = 2",
		  -EBADMSG },
		{ "UPDATE series SET id = 2 WHERE section + id = 0 AND vm_type = 2", -EBADMSG },
		{ "UPDATE series SET section = 2, id = 4294967295 WHERE section + id = 0 AND "
		  "vm_type = 2",
		  0 },
		{ "UPDATE series SET id = 4294967296 WHERE section + id = 0 AND vm_type = 2",
		  -EBADMSG },
		{ "UPDATE series SET section = 3 WHERE section + id = 0 AND vm_type = 2", 0 },
		{ "UPDATE series SET section = 4 WHERE section + id = 0 AND vm_type = 2",
		  -EBADMSG },
		{ "UPDATE series SET section = 1, id = 13 WHERE section + id = 0 AND vm_type = 2",
		  0 },
		{ "UPDATE series SET section = 1, id = 14 WHERE section + id = 0 AND vm_type = 2",
		  -EBADMSG },
		{ "UPDATE series SET calls = -1 WHERE section + id = 0 AND vm_type = 2", -EBADMSG },
		{ "UPDATE series SET pages = -1 WHERE section + id = 0 AND vm_type = 2", -EBADMSG },
		{ "UPDATE series SET max = -1 WHERE section + id = 0 AND vm_type = 2", -EBADMSG },
		{ "UPDATE series SET min = -1 WHERE section + id = 0 AND vm_type = 2", -EBADMSG },
		{ "UPDATE series SET min = max WHERE section + id = 0 AND vm_type = 2", 0 },
		{ "UPDATE series SET count = 1 WHERE section + id = 0 AND vm_type = 2", 0 },
		{ "UPDATE series SET launch_values = x'' WHERE vm_type = 2", -EBADMSG },
		{ "UPDATE launches SET ok = -1", -EBADMSG },
		{ "UPDATE launches SET incomplete = -1", -EBADMSG },
		{ "UPDATE launches SET pages = -1", -EBADMSG },
		{ "INSERT INTO launches VALUES (1, 255, 1, 0, 0, 1)", 0 },
		{ "INSERT INTO launches VALUES (1, 256, 1, 0, 0, 1)", -EBADMSG },
		{ "INSERT INTO error VALUES (1, 255, 4294967295, 4294967295, 1)", 0 },
		{ "INSERT INTO error VALUES (1, 0, 0, 0, 0)", 0 },
		{ "INSERT INTO error VALUES (1, 256, 1, 1, 1)", -EBADMSG },
		{ "INSERT INTO error VALUES (1, 1, 4294967296, 1, 1)", -EBADMSG },
		{ "INSERT INTO error VALUES (1, 1, 1, 4294967296, 1)", -EBADMSG },
		{ "INSERT INTO error VALUES (1, 1, 1, 1, -1)", -EBADMSG },
		{ "INSERT INTO error VALUES (1, -1, 1, 1, 1)", -EBADMSG },
		{ "INSERT INTO error VALUES (1, 1, 1, -1, 1)", -EBADMSG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if (fill_after(*state, changes[i].change) != changes[i].ret)
			fail_msg("after: %s", changes[i].change);
}

/* A run that is read leaves no transaction behind, and one that is under way is not ended. */
static void reads_leave_no_transaction(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fill(f), 0);
	assert_true(sqlite3_get_autocommit(f->h->db));
	f->id++;
	assert_int_equal(fill(f), -ENOENT);
	assert_true(sqlite3_get_autocommit(f->h->db));
	f->id--;
	assert_int_equal(history_begin(f->h), 0);
	assert_int_equal(fill(f), 0);
	assert_false(sqlite3_get_autocommit(f->h->db));
	assert_int_equal(history_exec(f->h, "DELETE FROM run"), 0);
	assert_int_equal(history_end(f->h, false), 0);
	assert_true(sqlite3_get_autocommit(f->h->db));
	assert_int_equal(fill(f), 0);
}

/* What SQLite has rolled back by itself, or committed, is not rolled back again. */
static void ends_what_is_there(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(history_begin(f->h), 0);
	assert_int_equal(history_exec(f->h, "UPDATE run SET file = 'another'"), 0);
	assert_int_equal(history_end(f->h, true), 0);
	assert_true(sqlite3_get_autocommit(f->h->db));
	/* Nothing is left to commit: said. Nothing is left to roll back: fine. */
	assert_true(history_end(f->h, true) < 0);
	assert_int_equal(history_end(f->h, false), 0);
	assert_int_equal(history_exec(f->h, "SELECT 1"), 0);
}

struct remover {
	struct history *h;
	size_t called;
};

static int remove_others(void *ctx, const struct history_run *run)
{
	struct remover *r = ctx;

	r->called++;
	for (int64_t id = 1; id <= 2; id++)
		if (id != run->id)
			assert_int_equal(history_remove(r->h, id), 0);
	return 0;
}

/* A run that goes while others are shown is left out. */
static void removed_meanwhile(void **state)
{
	const struct history_new new = { "another file", "y", true, NULL, 0, NULL, 0 };
	struct fixture *f = *state;
	struct remover r = { .h = f->h };
	int64_t id = 0;

	assert_int_equal(history_add(f->h, &new, &f->m, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(history_runs(f->h, &(struct history_filter){ 0 }, remove_others, &r), 0);
	assert_int_equal(r.called, 1);
}

/* Without memory there is no database to close, and the reason is known. */
static void no_database(void **state)
{
	(void)state;
	history_close(NULL);
	assert_string_equal(history_why(NULL), "out of memory");
}

/* A page of a table is damaged: the rows before it are no answer. */
static void damaged_pages(void **state)
{
	struct fixture *f = *state;
	unsigned char page[4096];
	struct history *h;
	size_t refused = 0;
	FILE *file;
	long size;

	history_close(f->h);
	f->h = NULL;
	file = fopen(f->path, "r+b");
	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	/* The first page has the schema. */
	for (long at = sizeof(page); at + (long)sizeof(page) <= size; at += sizeof(page)) {
		static const unsigned char noise[sizeof(page)] = { 0xff, 0xff, 0xff };

		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		assert_int_equal(fread(page, 1, sizeof(page), file), sizeof(page));
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		assert_int_equal(fwrite(noise, 1, sizeof(noise), file), sizeof(noise));
		fflush(file);
		if (!history_open(f->path, HISTORY_EXISTING, &h)) {
			f->h = h;
			refused += fill(f) < 0;
		}
		history_close(h);
		f->h = NULL;
		assert_int_equal(fseek(file, at, SEEK_SET), 0);
		assert_int_equal(fwrite(page, 1, sizeof(page), file), sizeof(page));
		fflush(file);
	}
	fclose(file);
	/* run, launches, series and error are read: each has a page of its own at least. */
	assert_in_range(refused, 4, (uint64_t)size / sizeof(page));
	assert_int_equal(history_open(f->path, HISTORY_EXISTING, &f->h), 0);
	assert_int_equal(fill(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_database),
		cmocka_unit_test_setup_teardown(numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_leave_no_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_what_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(removed_meanwhile, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
