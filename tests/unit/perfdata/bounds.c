// SPDX-License-Identifier: GPL-2.0-only
/* Recordings of perf with launches and tasks without end: counts of what is kept and done. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "perfdata/internal.h"
#include "perfdata/launches.h"
#include "perfdata/tasks.h"

#define EVENTS 200000

/* A search looks at few launches, whatever they have in common. */
static void searches(struct launches *l, uint32_t pids, uint32_t asids)
{
	uint64_t before;

	for (uint32_t i = 0; i < EVENTS; i++) {
		struct launch *launch = launches_add(l, i % pids, asids ? i % asids + 1 : 0);

		assert_non_null(launch);
		assert_int_equal(launch->keys[LAUNCH_BY_NUMBER], l->last);
	}
	assert_int_equal(l->nr, LAUNCHES_MAX);
	before = l->compared;
	for (uint32_t i = 0; i < EVENTS; i++) {
		__u32 number = l->last - i % LAUNCHES_MAX;
		struct launch *launch = launches_by_number(l, number);

		assert_non_null(launch);
		launches_only(l, launch->keys[LAUNCH_BY_PID]);
		launches_set_asid(l, launch, i + 1);
		assert_non_null(launches_by_asid(l, launch->keys[LAUNCH_BY_PID],
						 launch->keys[LAUNCH_BY_ASID]));
	}
	/* Three searches each, in buckets of four launches on average. */
	assert_in_range(l->compared - before, EVENTS, 40 * (uint64_t)EVENTS);
	assert_null(launches_by_number(l, l->last - LAUNCHES_MAX));
	launches_free(l);
}

static void launches_are_bounded(void **state)
{
	struct launches *l = calloc(1, sizeof(*l));

	(void)state;
	assert_non_null(l);
	/* Each in a process of its own with an ASID of its own. */
	l->last = 0;
	for (uint32_t i = 1; i <= 10; i++)
		assert_non_null(launches_add(l, i, i));
	assert_int_equal(launches_by_asid(l, 3, 3)->keys[LAUNCH_BY_NUMBER], 3);
	assert_null(launches_by_asid(l, 3, 4));
	assert_int_equal(launches_destroyed(l, 3, 4)->keys[LAUNCH_BY_NUMBER], 4);
	assert_null(launches_destroyed(l, 3, 0));
	assert_int_equal(launches_only(l, 7)->keys[LAUNCH_BY_NUMBER], 7);
	assert_non_null(launches_add(l, 7, 3));
	assert_null(launches_only(l, 7));
	launches_take_asid(l, 3, 3);
	assert_int_equal(launches_only(l, 7)->keys[LAUNCH_BY_NUMBER], 7);
	assert_int_equal(l->nr, 10);
	launches_take_asid(l, 99, 3);
	assert_null(launches_by_asid(l, 3, 3));
	assert_null(launches_by_number(l, 3));
	launches_remove(l, launches_by_number(l, 1));
	launches_remove(l, launches_by_number(l, 10));
	assert_int_equal(l->nr, 7);
	launches_free(l);
	assert_int_equal(l->nr, 0);
	free(l);
}

/* A teardown is of its own process's launch, even if another one got the ASID later. */
static void launches_destroyed_by_anyone(void **state)
{
	struct launches *l = calloc(1, sizeof(*l));

	(void)state;
	assert_non_null(l);
	assert_non_null(launches_add(l, 1, 5));
	assert_non_null(launches_add(l, 2, 5));
	assert_non_null(launches_add(l, 3, 0));
	assert_int_equal(launches_destroyed(l, 1, 5)->keys[LAUNCH_BY_NUMBER], 1);
	assert_int_equal(launches_destroyed(l, 2, 5)->keys[LAUNCH_BY_NUMBER], 2);
	assert_int_equal(launches_destroyed(l, 9, 5)->keys[LAUNCH_BY_NUMBER], 2);
	assert_null(launches_destroyed(l, 9, 6));
	assert_null(launches_destroyed(l, 3, 0));
	assert_null(launches_destroyed(l, 9, 0));
	launches_free(l);
	free(l);
}

/* All of one process and without an ASID, as of a VMM whose ioctls never return. */
static void launches_of_one_process(void **state)
{
	struct launches *l = calloc(1, sizeof(*l));

	(void)state;
	assert_non_null(l);
	for (uint32_t i = 0; i < EVENTS; i++)
		assert_non_null(launches_add(l, 1, 0));
	assert_int_equal(l->nr, LAUNCHES_MAX);
	assert_int_equal(l->compared, 0);
	for (uint32_t i = 0; i < EVENTS; i++) {
		assert_null(launches_only(l, 1));
		assert_null(launches_by_asid(l, 1, 0));
	}
	assert_in_range(l->compared, EVENTS, 3 * (uint64_t)EVENTS);
	launches_free(l);
	free(l);
}

static void launches_of_many(void **state)
{
	struct launches *l = calloc(1, sizeof(*l));

	(void)state;
	assert_non_null(l);
	searches(l, 100000, 0);
	searches(l, 500, 70000);
	free(l);
}

static void tasks_are_bounded(void **state)
{
	struct tasks t = { 0 };
	struct worker *kept;

	(void)state;
	kept = tasks_worker(&t, 7);
	assert_non_null(kept);
	for (uint32_t tid = 1000; tid < 1000 + 3 * TASKS_MAX; tid++) {
		assert_non_null(tasks_get(&t, tid));
		assert_true(t.nr <= TASKS_MAX);
	}
	/* Only those of whom nothing but the name is known are forgotten. */
	assert_ptr_equal(tasks_find(&t, 7)->worker, kept);
	assert_null(tasks_find(&t, 1000));
	assert_int_equal(tasks_find(&t, 999 + 3 * TASKS_MAX)->tid, 999 + 3 * TASKS_MAX);
	tasks_free(&t);
}

static void workers_are_bounded(void **state)
{
	struct tasks t = { 0 };
	size_t workers = 0;

	(void)state;
	for (uint32_t tid = 1; tid <= 3 * TASKS_MAX_WORKERS; tid++) {
		assert_non_null(tasks_worker(&t, tid));
		assert_true(t.nr_workers <= TASKS_MAX_WORKERS);
	}
	for (uint32_t tid = 1; tid <= 3 * TASKS_MAX_WORKERS; tid++)
		workers += tasks_find(&t, tid)->worker != NULL;
	assert_int_equal(workers, TASKS_MAX_WORKERS);
	/* The first ones went. */
	assert_null(tasks_find(&t, 1)->worker);
	assert_non_null(tasks_find(&t, 3 * TASKS_MAX_WORKERS)->worker);
	tasks_drop_worker(&t, tasks_find(&t, 3 * TASKS_MAX_WORKERS));
	assert_int_equal(t.nr_workers, TASKS_MAX_WORKERS - 1);
	tasks_free(&t);
}

static int take_nothing(struct perf_file *file, const struct perf_event_header *header,
			struct perf_bytes payload)
{
	(void)payload;
	*(uint64_t *)file->ctx += header->size;
	return 0;
}

/* A few bytes, compressed, that hold records for minutes. */
static void unpacking_is_bounded(void **state)
{
	const size_t size = 64U << 20;
	struct perf_event_header header = { .type = PERF_RECORD_SAMPLE, .size = 8 };
	char *plain = malloc(size), *packed = malloc(ZSTD_compressBound(size));
	struct perf_file *file = calloc(1, sizeof(*file));
	uint64_t taken = 0;
	size_t n;

	(void)state;
	assert_true(plain && packed && file);
	for (size_t i = 0; i < size; i += sizeof(header))
		memcpy(plain + i, &header, sizeof(header));
	n = ZSTD_compress(packed, ZSTD_compressBound(size), plain, size, 1);
	assert_in_range(n, 1, 65536);
	file->ctx = &taken;
	assert_int_equal(perf_unpack_records(file, (struct perf_bytes){ (__u8 *)packed, n },
					     take_nothing),
			 -EBADMSG);
	assert_in_range(taken, 1U << 20, (2U << 20) + 64 * n);
	perf_unpack_free(file->unpack);
	free(file);
	free(packed);
	free(plain);
}

/* Of events that wait for the end of a round, and of their stacks. */
static int count_event(void *ctx, const struct perf_event *event)
{
	(void)event;
	++*(size_t *)ctx;
	return 0;
}

static void waiting_is_bounded(void **state)
{
	struct perf_order order = { 0 };
	size_t given = 0, nr = 300000, most = 0;

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		struct perf_event event = { .ts = i };

		event.stack = calloc(1, sizeof(*event.stack));
		assert_non_null(event.stack);
		assert_int_equal(perf_order_add(&order, &event, count_event, &given), 0);
		assert_int_equal(order.stacks, order.nr);
		if (order.nr > most)
			most = order.nr;
	}
	assert_true(most * (sizeof(struct perf_event) + sizeof(struct perf_stack)) <= 128U << 20);
	assert_int_equal(given + order.nr, nr);
	assert_int_equal(perf_order_flush(&order, UINT64_MAX, count_event, &given), 0);
	assert_int_equal(given, nr);
	perf_order_free(&order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(launches_destroyed_by_anyone),
		cmocka_unit_test(launches_are_bounded),
		cmocka_unit_test(launches_of_one_process),
		cmocka_unit_test(launches_of_many),
		cmocka_unit_test(tasks_are_bounded),
		cmocka_unit_test(workers_are_bounded),
		cmocka_unit_test(unpacking_is_bounded),
		cmocka_unit_test(waiting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
