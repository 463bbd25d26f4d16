// SPDX-License-Identifier: GPL-2.0-only
/* Records of perf.data files: each kind, in a file, in a pipe and packed; and wrong ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "perfdata/handmade.h"
#include "perfdata/internal.h"
#include "util/array.h"

static int setup(void **state)
{
	static struct fixture f;

	*state = &f;
	begin(&f);
	return 0;
}

static void samples(void **state)
{
	struct fixture *f = *state;
	struct bytes b;

	put_sample(f, FIRST, 50, DESTROY_ID, 9);
	put_sample(f, FIRST, 40, 99, 9); /* another event's */
	put_sample(f, 0x33, 41, DESTROY_ID, 9); /* of nothing that was opened */
	b = sample(FIRST, 42, 3, DESTROY_ID, 9);
	b.nr--;
	put_record(f, PERF_RECORD_SAMPLE, &b);
	/* with fewer bytes than its format, and with too few for the event's number */
	for (int size = 7; size > 0; size -= 6) {
		b = sample(FIRST, 43, 3, DESTROY_ID, 9);
		b.nr -= 12;
		put32(&b, (__u32)size);
		put(&b, "\007\0\0\0\0\0\0", (size_t)size);
		put_record(f, PERF_RECORD_SAMPLE, &b);
	}
	/* another event's number and nothing else, which is no damage */
	b = sample(FIRST, 44, 3, DESTROY_ID, 9);
	b.nr -= 12;
	put32(&b, 2);
	put(&b, "\377\0", 2);
	put_record(f, PERF_RECORD_SAMPLE, &b);
	put_sample(f, FIRST, 30, DESTROY_ID, 4);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_true(f->state.complete);
	assert_string_equal(f->state.text, "");
	assert_int_equal(f->state.samples, 2);
	assert_int_equal(f->state.others, 2);
	assert_int_equal(f->state.damaged, 4);
	assert_int_equal(f->nr, 2);
	assert_int_equal(f->events[0].ts, 30);
	assert_int_equal(f->events[0].values[DESTROY_ASID], 4);
	assert_int_equal(f->events[1].ts, 50);
	assert_int_equal(f->events[1].type, PERF_DESTROY_START);
	assert_int_equal(f->events[1].pid, 100);
	assert_int_equal(f->events[1].tid, 101);
	assert_int_equal(f->events[1].cpu, 3);
}

/* Puts an exit, of the event that has call chains. */
static void put_exit(struct fixture *f, int ret, __u64 nr_chain)
{
	struct bytes b = sample(SECOND, 60, 3, EXIT_ID, 0);

	b.nr -= 12;
	put64(&b, nr_chain);
	for (__u64 i = 0; i < nr_chain; i++)
		put64(&b, 0x1000 + i);
	put32(&b, 8);
	put(&b, "\010\0\0", 4);
	put32(&b, (__u32)ret);
	put_record(f, PERF_RECORD_SAMPLE, &b);
}

/* A call chain is kept of what failed. */
static void stacks(void **state)
{
	struct fixture *f = *state;

	put_exit(f, -EIO, 2);
	put_exit(f, 0, 2);
	put_exit(f, -EIO, 0);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_int_equal(f->nr, 3);
	assert_non_null(f->events[0].stack);
	assert_int_equal(f->stacks[0].kernel[1], 0x1001);
	assert_null(f->events[1].stack);
	assert_null(f->events[2].stack);
	assert_int_equal((int)f->events[0].values[CMD_RET], -EIO);
}

static void losses(void **state)
{
	static const struct {
		__u64 type;
		__u64 lost;
		__u64 cpu;
	} cases[] = {
		{ PERF_RECORD_LOST, 3, 1 },
		{ PERF_RECORD_LOST, 4, 1 },
		{ PERF_RECORD_LOST, 1ULL << 40, 2 },
		{ PERF_RECORD_LOST, UINT32_MAX, 2 },
		{ PERF_RECORD_LOST_SAMPLES, 5, PERF_MAX_CPUS - 1 },
		{ PERF_RECORD_LOST_SAMPLES, 6, PERF_MAX_CPUS },
		{ PERF_RECORD_LOST_SAMPLES, 7, UINT32_MAX },
	};
	struct fixture *f = *state;
	struct bytes b = { .nr = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		b.nr = 0;
		if (cases[i].type == PERF_RECORD_LOST)
			put64(&b, FIRST);
		put64(&b, cases[i].lost);
		put_trailer(&b, 1, (__u32)cases[i].cpu);
		put_record(f, (__u32)cases[i].type, &b);
	}
	b.nr = 4; /* too short to say how many */
	put_record(f, PERF_RECORD_LOST_SAMPLES, &b);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_int_equal(f->state.lost.all, 7 + 2ULL * UINT32_MAX);
	assert_int_equal(f->state.lost.by_cpu[1], 7);
	assert_int_equal(f->state.lost.by_cpu[2], 2ULL * UINT32_MAX);
	assert_int_equal(f->state.lost_samples.all, 18);
	assert_int_equal(f->state.lost_samples.by_cpu[PERF_MAX_CPUS - 1], 18);
	assert_int_equal(f->nr, 0);
}

static void put_comm(struct fixture *f, __u32 pid, __u32 tid, const char *comm, bool trailer)
{
	struct bytes b = { .nr = 0 };

	put32(&b, pid);
	put32(&b, tid);
	put(&b, comm, strlen(comm) + trailer);
	if (trailer)
		put_trailer(&b, 70, 0);
	put_record(f, PERF_RECORD_COMM, &b);
}

static void tasks(void **state)
{
	struct fixture *f = *state;
	struct bytes b = { .nr = 0 };

	put_comm(f, 100, 100, "vmm", true);
	put_comm(f, 100, 101, "a thread", true);
	put_comm(f, 102, 102, "123456789012345", true);
	put_comm(f, 103, 103, "1234567890123456789", true);
	put_comm(f, 104, 104, "", false); /* without a name, and without a trailer */
	for (int i = 0; i < 4; i++)
		put32(&b, 200 + (__u32)i);
	put64(&b, 80);
	put_record(f, PERF_RECORD_FORK, &b);
	put_record(f, PERF_RECORD_EXIT, &b);
	b.nr--;
	put_record(f, PERF_RECORD_EXIT, &b);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_int_equal(f->nr, 6);
	assert_int_equal(f->events[0].pid, 104);
	assert_int_equal(f->events[0].ts, 0);
	assert_string_equal(f->events[1].comm, "vmm");
	assert_int_equal(f->events[1].type, PERF_TASK_COMM);
	assert_int_equal(f->events[1].ts, 70);
	assert_int_equal(f->events[1].tid, 100);
	assert_string_equal(f->events[2].comm, "123456789012345");
	assert_string_equal(f->events[3].comm, "123456789012345");
	assert_int_equal(f->events[4].type, PERF_TASK_FORK);
	assert_int_equal(f->events[4].pid, 200);
	assert_int_equal(f->events[4].tid, 202);
	assert_int_equal(f->events[4].values[FORK_PARENT], 201);
	assert_int_equal(f->events[4].ts, 80);
	assert_int_equal(f->events[5].type, PERF_TASK_EXIT);
}

/* A record that says that it is shorter than its own head, or longer than the file. */
static void sizes_of_records(void **state)
{
	static const struct {
		__u16 size;
		size_t read;
		const char *text; /* with the place of the second one */
	} cases[] = {
		{ 52, 2, "" },
		{ 7, 1, "it is damaged at byte %zu, in a record of type 9" },
		{ 0, 1, "it is damaged at byte %zu, in a record of type 9" },
		{ 60000, 1, "it is cut off at byte %zu, inside a record" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[128];
		size_t second;

		begin(f);
		put_sample(f, FIRST, 50, DESTROY_ID, 9);
		second = f->records.nr;
		put_sample(f, FIRST, 51, DESTROY_ID, 9);
		memcpy(f->records.at + second + offsetof(struct perf_event_header, size),
		       &cases[i].size, sizeof(cases[i].size));
		build(f, NULL);
		assert_int_equal(import(f), 0);
		assert_int_equal(f->nr, cases[i].read);
		snprintf(text, sizeof(text), cases[i].text, (size_t)f->h.data.offset + second);
		assert_string_equal(f->state.text, text);
		assert_int_equal(f->state.complete, !f->state.text[0]);
	}
}

/* Puts records into a pipe, as perf writes them there, with the heads that a file has before. */
static void pipe_up(struct fixture *f)
{
	f->b.nr = 0;
	put(&f->b, "PERFILE2", 8);
	put64(&f->b, 16);
	put(&f->b, f->records.at, f->records.nr);
}

static void put_opened(struct fixture *f, __u32 size, size_t bytes)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT,
					.size = size,
					.config = DESTROY_ID,
					.sample_type = TYPE,
					.sample_id_all = 1 };
	struct bytes b = { .nr = 0 };

	put(&b, &attr, bytes);
	if (bytes >= sizeof(attr))
		put64(&b, FIRST);
	put_record(f, PERF_RECORD_HEADER_ATTR, &b);
}

/* Puts the formats, which stand behind their record. */
static void put_described(struct fixture *f)
{
	struct bytes b = { .nr = 0 };

	put32(&b, (__u32)f->feature[TRACING_DATA].nr);
	put_record(f, PERF_RECORD_HEADER_TRACING_DATA, &b);
	put(&f->records, f->feature[TRACING_DATA].at, f->feature[TRACING_DATA].nr);
}

static void put_feature(struct fixture *f, __u64 number, const char *text)
{
	struct bytes b = { .nr = 0 };

	put64(&b, number);
	put_text(&b, text);
	put_record(f, PERF_RECORD_HEADER_FEATURE, &b);
}

static void pipes(void **state)
{
	struct fixture *f = *state;
	struct bytes b = { .nr = 0 };

	put_sample(f, FIRST, 10, DESTROY_ID, 1); /* before anything was opened */
	put_opened(f, sizeof(struct perf_event_attr), sizeof(struct perf_event_attr));
	put_described(f);
	put_feature(f, HOSTNAME, "host");
	put_feature(f, 256 + HOSTNAME, "another");
	put_sample(f, FIRST, 30, DESTROY_ID, 3);
	put64(&b, 5);
	put_record(f, PERF_RECORD_AUXTRACE, &b);
	put(&f->records, "12345", 5);
	put_sample(f, FIRST, 20, DESTROY_ID, 2);
	pipe_up(f);
	assert_int_equal(import(f), 0);
	assert_true(f->state.complete);
	assert_int_equal(f->nr, 2);
	assert_int_equal(f->events[0].values[DESTROY_ASID], 2);
	assert_int_equal(f->events[1].values[DESTROY_ASID], 3);
	assert_string_equal(f->texts, "host - - -");
}

/* Records of a pipe that say what cannot be. */
static void pipes_that_are_damaged(void **state)
{
	enum { SMALL_ATTR, LARGE_ATTR, SHORT_ATTR, SHORT_FEATURE, SHORT_SIZE, SHORT_AUX, NR };
	struct fixture *f = *state;

	for (int i = 0; i < NR; i++) {
		struct bytes b = { .nr = 0 };
		char text[64];
		size_t at;

		begin(f);
		put_opened(f, sizeof(struct perf_event_attr), sizeof(struct perf_event_attr));
		put_described(f);
		at = 16 + f->records.nr;
		put32(&b, 5);
		if (i == SMALL_ATTR)
			put_opened(f, PERF_ATTR_SIZE_VER0 - 1, sizeof(struct perf_event_attr));
		if (i == LARGE_ATTR)
			put_opened(f, PERF_ATTR_SIZE_VER0 + 1, PERF_ATTR_SIZE_VER0);
		if (i == SHORT_ATTR)
			put_opened(f, PERF_ATTR_SIZE_VER0, PERF_ATTR_SIZE_VER0 - 1);
		if (i == SHORT_FEATURE)
			put_record(f, PERF_RECORD_HEADER_FEATURE, &b);
		if (i == SHORT_AUX)
			put_record(f, PERF_RECORD_AUXTRACE, &b);
		b.nr = 3;
		if (i == SHORT_SIZE)
			put_record(f, PERF_RECORD_HEADER_TRACING_DATA, &b);
		put_sample(f, FIRST, 20, DESTROY_ID, 2);
		pipe_up(f);
		assert_int_equal(import(f), 0);
		snprintf(text, sizeof(text), "it is damaged at byte %zu,", at);
		if (f->nr || f->state.complete || !strstr(f->state.text, text))
			fail_msg("case %d: %s", i, f->state.text);
	}
	/* The least that there may be is enough. */
	begin(f);
	put_opened(f, PERF_ATTR_SIZE_VER0, PERF_ATTR_SIZE_VER0);
	put_described(f);
	put_sample(f, FIRST, 20, DESTROY_ID, 2);
	pipe_up(f);
	assert_int_equal(import(f), 0);
	assert_true(f->state.complete);
	assert_int_equal(f->nr, 1);
}

/* A pipe may end after each of its records; else it is cut off there. */
static void pipes_that_end(void **state)
{
	struct fixture *f = *state;
	size_t all, last, aux;
	struct bytes b = { .nr = 0 };

	put_opened(f, sizeof(struct perf_event_attr), sizeof(struct perf_event_attr));
	put_described(f);
	put_sample(f, FIRST, 20, DESTROY_ID, 2);
	last = f->records.nr;
	put64(&b, 5000);
	put_record(f, PERF_RECORD_AUXTRACE, &b);
	aux = f->records.nr;
	f->records.nr += 5000;
	all = f->records.nr;
	for (size_t end = last; end <= all; end += end < aux ? 1 : 1000) {
		f->records.nr = end;
		pipe_up(f);
		assert_int_equal(import(f), 0);
		assert_int_equal(f->nr, 1);
		assert_int_equal(f->state.complete, end == last || end == all);
		assert_int_equal(strstr(f->state.text, "cut off") != NULL, !f->state.complete);
	}
	/* Without a sample it says why; one of another event is none. */
	begin(f);
	put_described(f);
	pipe_up(f);
	assert_int_equal(import(f), -ENODATA);
	assert_non_null(strstr(f->why, "holds none of sevtrace's events"));
	begin(f);
	put_opened(f, sizeof(struct perf_event_attr), sizeof(struct perf_event_attr));
	pipe_up(f);
	assert_int_equal(import(f), -ENODATA);
	assert_non_null(strstr(f->why, "does not describe its events"));
}

/* What a sink refuses is not handed out again, and its stack is gone. */
static int stop_at_first(void *ctx, const struct perf_event *event)
{
	(void)event;
	++*(int *)ctx;
	return -ENOSPC;
}

static void sinks_end_it(void **state)
{
	struct perf_order order = { 0 };
	int seen = 0;

	(void)state;
	for (__u64 i = 0; i < 3; i++) {
		struct perf_event event = { .ts = 10 + i,
					    .stack = calloc(1, sizeof(*event.stack)) };

		assert_int_equal(perf_order_add(&order, &event, stop_at_first, &seen), 0);
		assert_int_equal(order.stacks, i + 1);
	}
	assert_int_equal(perf_order_round(&order, stop_at_first, &seen), 0);
	assert_int_equal(seen, 0);
	assert_int_equal(order.nr, 3);
	assert_int_equal(perf_order_flush(&order, 9, stop_at_first, &seen), 0);
	assert_int_equal(perf_order_flush(&order, 11, stop_at_first, &seen), -ENOSPC);
	assert_int_equal(seen, 1);
	assert_int_equal(order.nr, 1);
	assert_int_equal(order.stacks, 1);
	assert_int_equal(order.events[0].ts, 12);
	perf_order_free(&order);
}

/* Packs what was recorded so far into records of a type, in pieces of so many bytes. */
static void pack(struct fixture *f, __u32 type, size_t piece, unsigned int lie)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	char room[8192];
	ZSTD_outBuffer out = { room, sizeof(room), 0 };
	ZSTD_inBuffer in = { f->records.at, f->records.nr, 0 };

	assert_non_null(zstd);
	assert_int_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end), 0);
	ZSTD_freeCCtx(zstd);
	f->records.nr = 0;
	for (size_t at = 0; at < out.pos; at += piece) {
		const size_t size = out.pos - at < piece ? out.pos - at : piece;
		struct bytes b = { .nr = 0 };

		if (type == PERF_RECORD_PACKED2)
			put64(&b, size + lie);
		put(&b, room + at, size);
		if (type == PERF_RECORD_PACKED2)
			put(&b, "\xff\xff\xff", lie ? 0 : 3); /* fills it up */
		put_record(f, type, &b);
	}
}

static void packed_records(void **state)
{
	static const size_t pieces[] = { 1, 7, 60, 8000 };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(pieces); i++) {
		begin(f);
		for (__u64 n = 0; n < 8; n++)
			put_sample(f, FIRST, 10 * n, DESTROY_ID, (__u32)(n * n));
		pack(f, i % 2 ? PERF_RECORD_PACKED2 : PERF_RECORD_PACKED, pieces[i / 2], 0);
		build(f, NULL);
		assert_int_equal(import(f), 0);
		assert_string_equal(f->state.text, "");
		assert_int_equal(f->nr, 8);
		for (__u64 n = 0; n < 8; n++)
			assert_int_equal(f->events[n].values[DESTROY_ASID], n * n);
	}
}

/* Records that say more than there is, that hold themselves, or no record. */
static void packed_wrongly(void **state)
{
	static const __u32 inner[] = { PERF_RECORD_PACKED, PERF_RECORD_PACKED2 };
	const struct bytes nothing = { .nr = 0 };
	struct fixture *f = *state;

	put_sample(f, FIRST, 10, DESTROY_ID, 1);
	pack(f, PERF_RECORD_PACKED2, 8000, 1);
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_int_equal(f->nr, 0);
	assert_non_null(strstr(f->state.text, "it is damaged"));
	for (size_t i = 0; i < 3; i++) {
		begin(f);
		put_sample(f, FIRST, 10, DESTROY_ID, 1);
		if (i < 2)
			put_record(f, inner[i], &nothing);
		else
			put64(&f->records, 7ULL << 48);
		pack(f, PERF_RECORD_PACKED, 8000, 0);
		build(f, NULL);
		assert_int_equal(import(f), 0);
		assert_int_equal(f->nr, 1);
		assert_non_null(strstr(f->state.text, "it is damaged"));
	}
	/* Nor is what cannot be unpacked. */
	begin(f);
	put_sample(f, FIRST, 10, DESTROY_ID, 1);
	pack(f, PERF_RECORD_PACKED, 8000, 0);
	f->records.at[sizeof(struct perf_event_header)] ^= 0x55;
	build(f, NULL);
	assert_int_equal(import(f), 0);
	assert_int_equal(f->nr, 0);
	assert_non_null(strstr(f->state.text, "it is damaged"));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(samples),
		TEST(stacks),
		TEST(losses),
		TEST(tasks),
		TEST(sizes_of_records),
		TEST(pipes),
		TEST(pipes_that_are_damaged),
		TEST(pipes_that_end),
		TEST(sinks_end_it),
		TEST(packed_records),
		TEST(packed_wrongly),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
