// SPDX-License-Identifier: GPL-2.0-only
/*
 * The history: a database returns what was put in, and refuses blobs that do not check out.
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
#include "stats/hist.h"
#include "util/array.h"

#define ROUNDS 2000

static unsigned int seed;

/* Copies a blob to exactly this size on the heap, so that the sanitizer sees a read beyond it. */
static void *exact(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, data, size);
	return copy;
}

static void make_hist(struct sevtrace_hist *h, int samples)
{
	memset(h, 0, sizeof(*h));
	for (int i = 0; i < samples; i++)
		hist_add(h, (uint64_t)rand_r(&seed) << (rand_r(&seed) % 12), 1, 1);
}

static void buckets_come_back(void **state)
{
	(void)state;
	seed = 1;
	for (int i = 0; i < 200; i++) {
		struct sevtrace_hist h, back = { 0 };
		unsigned char *blob;
		size_t size;

		make_hist(&h, i);
		blob = history_pack_buckets(&h, &size);
		assert_non_null(blob);
		assert_int_equal(history_unpack_buckets(&back, blob, size), 0);
		assert_memory_equal(back.buckets, h.buckets, sizeof(h.buckets));
		free(blob);
	}
}

static void values_come_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 20, HISTORY_MAX_VALUES };
	uint64_t *values = calloc(3 * (size_t)HISTORY_MAX_VALUES, sizeof(*values));
	unsigned char *blob;
	uint64_t *back;
	size_t size, nr;

	(void)state;
	assert_non_null(values);
	for (size_t i = 0; i < 3 * (size_t)HISTORY_MAX_VALUES; i++)
		values[i] = i % 3 ? i * 1000003 : UINT64_MAX - i;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		blob = history_pack_values(values, sizes[i], &size);
		assert_int_equal(history_unpack_values(&back, &nr, blob, size), 0);
		assert_int_equal(nr, sizes[i]);
		assert_memory_equal(back, values, nr * sizeof(*back));
		free(back);
		free(blob);
	}

	/* If there are more values than are kept, every second, third... one is kept. */
	blob = history_pack_values(values, 2 * (size_t)HISTORY_MAX_VALUES + 1, &size);
	assert_int_equal(history_unpack_values(&back, &nr, blob, size), 0);
	assert_in_range(nr, HISTORY_MAX_VALUES / 2, HISTORY_MAX_VALUES);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(back[i], values[3 * i]);
	free(back);
	free(blob);
	free(values);
}

static int unpack_both(const void *data, size_t size, int *buckets)
{
	struct sevtrace_hist h = { 0 };
	uint64_t *values = NULL;
	void *blob = exact(data, size);
	size_t nr;
	int ret = history_unpack_values(&values, &nr, blob, size);

	*buckets = history_unpack_buckets(&h, blob, size);
	free(values);
	free(blob);
	return ret;
}

static void bad_blobs(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		int buckets;
		int values;
	} blobs[] = {
		{ "\x80", 1, -EBADMSG, -EBADMSG }, /* no end */
		{ "\x80\x00", 2, -EBADMSG, -EBADMSG }, /* not the shortest form */
		{ "\x05", 1, -EBADMSG, 0 }, /* no count */
		{ "\x05\x00", 2, -EBADMSG, 0 }, /* counts nothing */
		{ "\x05\x01\x00\x01", 4, -EBADMSG, 0 }, /* the same bucket again */
		{ "\xff\x7f\x01", 3, -EBADMSG, 0 }, /* beyond the last bucket */
		{ "\x01\xff\xff\xff\xff\x7f", 6, -EBADMSG, 0 }, /* more than 32 bits count */
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, -EBADMSG,
		  -EBADMSG }, /* 65 bits */
		{ "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, -EBADMSG, 0 },
		{ "\x00\x01", 2, 0, 0 },
	};
	unsigned char noise[64];
	int buckets;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(blobs); i++) {
		assert_int_equal(unpack_both(blobs[i].bytes, blobs[i].size, &buckets),
				 blobs[i].values);
		assert_int_equal(buckets, blobs[i].buckets);
	}
	seed = 2;
	for (int i = 0; i < ROUNDS; i++) {
		size_t size = (size_t)rand_r(&seed) % sizeof(noise);

		for (size_t j = 0; j < size; j++)
			noise[j] = (unsigned char)(rand_r(&seed) >> 3);
		unpack_both(noise, size, &buckets);
	}
}

/*
 * --- a database ----------------------------------------------------------------------------------
 */

struct fixture {
	char path[64];
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
	model_host(&f->m, "hostname", "one");
	model_host(&f->m, "kernel", "6.12.0");
	if (scenario_run("concurrent", feed, &f->m) || history_open(f->path, HISTORY_CREATE, &f->h))
		return -1;
	return 0;
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

static int64_t add(struct fixture *f, const char *identity, struct history_pair *labels, size_t nr)
{
	const struct history_new new = { "a file", identity, true, labels, nr, NULL, 0 };
	int64_t id = 0;

	assert_int_equal(history_add(f->h, &new, &f->m, &id), 0);
	return id;
}

static const struct compare_row *same_row(const struct comparison *c, const struct compare_row *as)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];

		if (row->vm_type == as->vm_type && row->section == as->section &&
		    row->phase == as->phase && row->id == as->id && row->waiting == as->waiting)
			return row;
	}
	fail_msg("a row is missing");
	return NULL;
}

/* A stored run fills a side exactly as its recording does. */
static void run_comes_back(void **state)
{
	struct fixture *f = *state;
	struct comparison model = { 0 }, stored = { 0 };
	int64_t id = add(f, "x", NULL, 0);

	assert_int_equal(compare_add(&model, COMPARE_A, &f->m), 0);
	assert_int_equal(history_fill(f->h, id, &stored, COMPARE_A, "run"), 0);
	assert_in_range(model.nr_rows, 5, 1000);
	assert_int_equal(stored.nr_rows, model.nr_rows);
	assert_int_equal(stored.nr_types, model.nr_types);
	assert_int_equal(stored.nr_errors, model.nr_errors);
	for (size_t i = 0; i < model.nr_rows; i++) {
		const struct compare_side *a = &model.rows[i].side[COMPARE_A];
		const struct compare_side *b = &same_row(&stored, &model.rows[i])->side[COMPARE_A];

		assert_int_equal(b->calls, a->calls);
		assert_int_equal(b->nr, a->nr);
		assert_memory_equal(b->values, a->values, a->nr * sizeof(*a->values));
		assert_memory_equal(b->samples, a->samples, sizeof(*a->samples));
	}
	for (size_t i = 0; i < model.nr_types; i++)
		assert_memory_equal(&stored.types[i], &model.types[i], sizeof(model.types[i]));
	assert_string_equal(stored.host[COMPARE_A][0], "one");
	compare_free(&model);
	compare_free(&stored);
}

struct seen {
	int64_t ids[16];
	size_t nr;
	int result;
};

static int note(void *ctx, const struct history_run *run)
{
	struct seen *seen = ctx;

	seen->ids[seen->nr++] = run->id;
	return seen->result;
}

static size_t count(struct fixture *f, const struct history_filter *filter)
{
	struct seen seen = { .nr = 0 };

	assert_int_equal(history_runs(f->h, filter, note, &seen), 0);
	return seen.nr;
}

static void filters(void **state)
{
	struct fixture *f = *state;
	char one[] = "1", two[] = "2", size[] = "size", build[] = "build";
	struct history_pair first[] = { { size, one }, { build, two } };
	struct history_pair second[] = { { size, two } };
	struct history_pair key[] = { { build, NULL } };
	struct seen seen = { .result = -ECANCELED };
	struct history_run run;
	int64_t id;

	add(f, "x", first, 2);
	id = add(f, "y", second, 1);
	assert_int_equal(count(f, &(struct history_filter){ 0 }), 2);
	assert_int_equal(count(f, &(struct history_filter){ .labels = first, .nr_labels = 2 }), 1);
	assert_int_equal(count(f, &(struct history_filter){ .labels = second, .nr_labels = 1 }), 1);
	assert_int_equal(count(f, &(struct history_filter){ .labels = key, .nr_labels = 1 }), 1);
	assert_int_equal(count(f, &(struct history_filter){ .host = "one" }), 2);
	assert_int_equal(count(f, &(struct history_filter){ .host = "two" }), 0);
	assert_int_equal(count(f, &(struct history_filter){ .last = 1 }), 1);
	assert_int_equal(count(f, &(struct history_filter){ .until = 1 }), 0);
	assert_int_equal(history_runs(f->h, &(struct history_filter){ 0 }, note, &seen),
			 -ECANCELED);
	assert_int_equal(seen.nr, 1);

	assert_int_equal(history_run(f->h, id, &run), 0);
	assert_string_equal(history_label(&run, "size"), "2");
	assert_null(history_label(&run, "build"));
	assert_string_equal(history_host(&run, "kernel"), "6.12.0");
	history_run_free(&run);
	assert_int_equal(history_run(f->h, id + 1, &run), -ENOENT);
}

static void same_again(void **state)
{
	struct fixture *f = *state;
	const struct history_new new = { "another name", "x", true, NULL, 0, NULL, 0 };
	int64_t first = add(f, "x", NULL, 0);
	int64_t id = 0;

	assert_int_equal(history_add(f->h, &new, &f->m, &id), -EEXIST);
	assert_int_equal(id, first);
	assert_non_null(strstr(history_why(f->h), "as run 1"));
	assert_int_equal(count(f, &(struct history_filter){ 0 }), 1);
	assert_int_equal(history_remove(f->h, first), 0);
	assert_int_equal(history_remove(f->h, first), -ENOENT);
	assert_int_equal(history_add(f->h, &new, &f->m, &id), 0);
	assert_int_equal(id, first + 1);
}

/* A rolled-back transaction leaves nothing. */
static void transactions(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(history_begin(f->h), 0);
	add(f, "x", NULL, 0);
	assert_int_equal(history_end(f->h, false), 0);
	assert_int_equal(count(f, &(struct history_filter){ 0 }), 0);
	assert_int_equal(history_begin(f->h), 0);
	add(f, "x", NULL, 0);
	assert_int_equal(history_end(f->h, true), 0);
	assert_int_equal(count(f, &(struct history_filter){ 0 }), 1);
}

/* Bad numbers in a hostile database, one at a time. */
static void bad_rows(void **state)
{
	static const char *const changes[] = {
		"UPDATE series SET vm_type = vm_type + 300",
		"UPDATE series SET phase = phase + 99",
		"UPDATE series SET waiting = waiting + 2",
		"UPDATE series SET sum = -5",
		"UPDATE series SET min = max + 1",
		"UPDATE series SET count = 0",
		"UPDATE launches SET failed = -1",
		"UPDATE error SET cmd = -cmd - 1",
		"UPDATE series SET buckets = x'0500'",
		"UPDATE series SET launch_values = x'ff'",
	};
	struct fixture *f = *state;
	int64_t id;

	model_free(&f->m);
	model_init(&f->m);
	assert_int_equal(scenario_run("dead-psp", feed, &f->m), 0);
	assert_int_equal(scenario_run("concurrent", feed, &f->m), 0);
	id = add(f, "x", NULL, 0);
	assert_int_equal(history_exec(f->h, "INSERT INTO error VALUES (1, 1, 1, 1, 1)"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct comparison c = { 0 };

		assert_int_equal(history_begin(f->h), 0);
		assert_int_equal(history_exec(f->h, changes[i]), 0);
		if (history_fill(f->h, id, &c, COMPARE_A, "run") != -EBADMSG)
			fail_msg("%s is taken", changes[i]);
		compare_free(&c);
		assert_int_equal(history_end(f->h, false), 0);
	}
}

/*
 * The protection from SQL code in the file and from what it asks for: whatever refuses such a file
 * at first, these hold behind it.
 */
static void guards(void **state)
{
	static const int off[] = { SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_TRIGGER,
				   SQLITE_DBCONFIG_ENABLE_VIEW };
	struct fixture *f = *state;
	int on = -1;

	for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
		assert_int_equal(sqlite3_db_config(f->h->db, off[i], -1, &on), SQLITE_OK);
		assert_int_equal(on, 0);
	}
	assert_int_equal(sqlite3_db_config(f->h->db, SQLITE_DBCONFIG_DEFENSIVE, -1, &on),
			 SQLITE_OK);
	assert_int_equal(on, 1);
	assert_int_equal(sqlite3_limit(f->h->db, SQLITE_LIMIT_LENGTH, -1), HISTORY_MAX_LENGTH);
	assert_int_equal(history_exec(f->h, "SELECT zeroblob(2000000)"), -EBADMSG);
}

/* Not even a trigger that came after the check of the schema. */
static void triggers_do_not_run(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(history_exec(f->h,
				      "CREATE TABLE seen (x); CREATE TRIGGER t AFTER INSERT ON "
				      "run BEGIN INSERT INTO seen VALUES (1); END"),
			 0);
	add(f, "x", NULL, 0);
	assert_int_equal(history_exec(f->h,
				      "INSERT INTO run (id, added, started, file, identity, "
				      "complete, events, dropped) SELECT 99, 0, '', '', 'y', 0, "
				      "0, 0 FROM seen"),
			 0);
	assert_int_equal(count(f, &(struct history_filter){ 0 }), 1);
}

/* A statement that would never end ends. */
static void work_is_bounded(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(history_exec(f->h,
				      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
				      "FROM c) SELECT max(x) FROM c"),
			 -EBADMSG);
	assert_non_null(strstr(history_why(f->h), "more work than its size allows"));
	assert_in_range(f->h->steps, HISTORY_FREE_STEPS, 4 * HISTORY_FREE_STEPS);
}

/* Rows that are there twice, as where pages of the file are in several places. */
static void rows_twice(void **state)
{
	struct fixture *f = *state;
	int64_t id = add(f, "x", NULL, 0);
	struct comparison c = { 0 };

	assert_int_equal(history_fill(f->h, id, &c, COMPARE_A, "run"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(c.host[COMPARE_A]); i++) {
		free(c.host[COMPARE_A][i]);
		c.host[COMPARE_A][i] = NULL;
	}
	assert_int_equal(history_fill(f->h, id, &c, COMPARE_A, "run"), -EBADMSG);
	assert_non_null(strstr(history_why(f->h), "twice"));
	compare_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_come_back),
		cmocka_unit_test(values_come_back),
		cmocka_unit_test(bad_blobs),
		cmocka_unit_test_setup_teardown(run_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(filters, setup, teardown),
		cmocka_unit_test_setup_teardown(same_again, setup, teardown),
		cmocka_unit_test_setup_teardown(transactions, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(guards, setup, teardown),
		cmocka_unit_test_setup_teardown(triggers_do_not_run, setup, teardown),
		cmocka_unit_test_setup_teardown(work_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_twice, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
