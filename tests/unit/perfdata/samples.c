// SPDX-License-Identifier: GPL-2.0-only
/*
 * Samples of every layout that perf may ask the kernel for, written by the description of
 * perf_event_open(2) and read back, whole and without their last byte.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "perfdata/internal.h"
#include "util/array.h"

#define NEEDED (PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW)
#define ID 0x1dULL

struct bytes {
	__u8 at[1024];
	size_t nr;
};

static void put(struct bytes *b, const void *at, size_t size)
{
	assert_true(b->nr + size <= sizeof(b->at));
	memcpy(b->at + b->nr, at, size);
	b->nr += size;
}

static void put64(struct bytes *b, __u64 value)
{
	put(b, &value, sizeof(value));
}

static void put32(struct bytes *b, __u32 value)
{
	put(b, &value, sizeof(value));
}

static void put_if(struct bytes *b, bool is_there, __u64 value)
{
	if (is_there)
		put64(b, value);
}

/* Puts what counters read: a value, or as many as a group has. */
static void put_read(struct bytes *b, __u64 format)
{
	const unsigned int nr = format & PERF_FORMAT_GROUP ? 3 : 1;

	put_if(b, format & PERF_FORMAT_GROUP, nr);
	put_if(b, format & PERF_FORMAT_TOTAL_TIME_ENABLED, 71);
	put_if(b, format & PERF_FORMAT_TOTAL_TIME_RUNNING, 72);
	for (unsigned int i = 0; i < nr; i++) {
		put64(b, 73);
		put_if(b, format & PERF_FORMAT_ID, 74);
		put_if(b, format & PERF_FORMAT_LOST, 75);
	}
}

static struct bytes sample_of(__u64 type, __u64 format)
{
	struct bytes b = { .nr = 0 };

	put_if(&b, type & PERF_SAMPLE_IDENTIFIER, ID);
	put_if(&b, type & PERF_SAMPLE_IP, 1);
	if (type & PERF_SAMPLE_TID) {
		put32(&b, 10);
		put32(&b, 11);
	}
	put_if(&b, type & PERF_SAMPLE_TIME, 12);
	put_if(&b, type & PERF_SAMPLE_ADDR, 2);
	put_if(&b, type & PERF_SAMPLE_ID, ID);
	put_if(&b, type & PERF_SAMPLE_STREAM_ID, 3);
	if (type & PERF_SAMPLE_CPU) {
		put32(&b, 13);
		put32(&b, 0);
	}
	put_if(&b, type & PERF_SAMPLE_PERIOD, 4);
	if (type & PERF_SAMPLE_READ)
		put_read(&b, format);
	if (type & PERF_SAMPLE_CALLCHAIN) {
		put64(&b, 2);
		put64(&b, 14);
		put64(&b, 15);
	}
	put32(&b, 4);
	put(&b, "raw!", 4);
	return b;
}

static int parse(struct bytes *b, size_t size, __u64 type, __u64 format, struct perf_sample *s)
{
	const struct perf_event_attr attr = { .sample_type = type, .read_format = format };

	return perf_sample_parse(&attr, (struct perf_bytes){ b->at, size }, s);
}

static void check(__u64 type, __u64 format)
{
	struct bytes b = sample_of(type, format);
	struct perf_sample s;

	assert_int_equal(parse(&b, b.nr, type, format, &s), 0);
	assert_int_equal(s.pid, 10);
	assert_int_equal(s.tid, 11);
	assert_int_equal(s.ts, 12);
	assert_int_equal(s.cpu, type & PERF_SAMPLE_CPU ? 13 : 0);
	assert_int_equal(s.raw_size, 4);
	assert_memory_equal(s.raw, "raw!", 4);
	assert_int_equal(s.nr_chain, type & PERF_SAMPLE_CALLCHAIN ? 2 : 0);
	if (s.nr_chain)
		assert_memory_equal(s.chain, ((const __u64[]){ 14, 15 }), 16);
	assert_int_equal(parse(&b, b.nr - 1, type, format, &s), -EINVAL);
}

static void every_layout(void **state)
{
	static const __u64 parts[] = { PERF_SAMPLE_IDENTIFIER, PERF_SAMPLE_IP,
				       PERF_SAMPLE_ADDR,       PERF_SAMPLE_ID,
				       PERF_SAMPLE_STREAM_ID,  PERF_SAMPLE_CPU,
				       PERF_SAMPLE_PERIOD,     PERF_SAMPLE_READ,
				       PERF_SAMPLE_CALLCHAIN };

	(void)state;
	for (unsigned int set = 0; set < 1U << ARRAY_SIZE(parts); set++) {
		__u64 type = NEEDED;

		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			type |= set >> i & 1 ? parts[i] : 0;
		check(type, 0);
	}
}

static void every_read_format(void **state)
{
	(void)state;
	for (__u64 format = 0; format < 2ULL * PERF_FORMAT_LOST; format++)
		check(NEEDED | PERF_SAMPLE_READ, format);
}

/* Without any part of what an import needs, and cut off anywhere. */
static void not_enough(void **state)
{
	static const __u64 needed[] = { PERF_SAMPLE_TID, PERF_SAMPLE_TIME, PERF_SAMPLE_RAW };
	const __u64 all = NEEDED | PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_ADDR |
			  PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU |
			  PERF_SAMPLE_PERIOD | PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN;
	struct perf_sample s;
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		b = sample_of(NEEDED, 0);
		assert_int_equal(parse(&b, b.nr, NEEDED & ~needed[i], 0, &s), -EINVAL);
	}
	b = sample_of(all, PERF_FORMAT_GROUP | PERF_FORMAT_ID);
	for (size_t size = 0; size < b.nr; size++)
		assert_int_equal(parse(&b, size, all, PERF_FORMAT_GROUP | PERF_FORMAT_ID, &s),
				 -EINVAL);
	assert_int_equal(parse(&b, b.nr, all, PERF_FORMAT_GROUP | PERF_FORMAT_ID, &s), 0);
}

/* Numbers of addresses and values that would be beyond the end, or beyond all numbers. */
static void too_many(void **state)
{
	static const __u64 numbers[] = { 4, 1ULL << 61, UINT64_MAX };
	struct perf_sample s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct bytes b = { .nr = 0 };

		put32(&b, 10);
		put32(&b, 11);
		put64(&b, 12);
		put64(&b, numbers[i]);
		for (int n = 0; n < 3; n++)
			put64(&b, 0);
		assert_int_equal(parse(&b, b.nr, NEEDED | PERF_SAMPLE_CALLCHAIN, 0, &s), -EINVAL);
		assert_int_equal(parse(&b, b.nr, NEEDED | PERF_SAMPLE_READ, PERF_FORMAT_GROUP, &s),
				 -EINVAL);
	}
}

/* As many as there are bytes for: behind them is only the size of raw data, which is 0. */
static void just_enough(void **state)
{
	struct perf_sample s;

	(void)state;
	for (__u64 nr = 0; nr <= 3; nr++) {
		struct bytes b = { .nr = 0 };

		put32(&b, 10);
		put32(&b, 11);
		put64(&b, 12);
		put64(&b, nr);
		for (__u64 n = 0; n < nr; n++)
			put64(&b, n);
		put32(&b, 0);
		assert_int_equal(parse(&b, b.nr, NEEDED | PERF_SAMPLE_CALLCHAIN, 0, &s), 0);
		assert_int_equal(s.nr_chain, nr);
		assert_int_equal(s.raw_size, 0);
		assert_int_equal(parse(&b, b.nr, NEEDED | PERF_SAMPLE_READ, PERF_FORMAT_GROUP, &s),
				 0);
	}
}

static void ids(void **state)
{
	static const struct {
		__u64 type;
		bool found;
	} cases[] = {
		{ 0, false },
		{ PERF_SAMPLE_IDENTIFIER, true },
		{ PERF_SAMPLE_ID, true },
		{ PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP, true },
		{ PERF_SAMPLE_ID | PERF_SAMPLE_IP, true },
		{ PERF_SAMPLE_ID | PERF_SAMPLE_ADDR, true },
		{ PERF_SAMPLE_ID | PERF_SAMPLE_ADDR | PERF_SAMPLE_IP | PERF_SAMPLE_CPU, true },
		{ PERF_SAMPLE_IP | PERF_SAMPLE_STREAM_ID, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct perf_event_attr attr = { .sample_type = cases[i].type | NEEDED };
		struct bytes b = sample_of(attr.sample_type, 0);
		struct perf_bytes payload = { b.at, b.nr };
		__u64 id = 0;

		assert_int_equal(perf_sample_id(&attr, payload, &id), cases[i].found);
		assert_int_equal(id, cases[i].found ? ID : 0);
		if (!cases[i].found)
			continue;
		/* It is there once it is whole. */
		for (payload.left = 0; !perf_sample_id(&attr, payload, &id); payload.left++)
			;
		assert_memory_equal(b.at + payload.left - 8, ((const __u64[]){ ID }), 8);
	}
}

/* What stands at the end of records that are no samples. */
static void trailers(void **state)
{
	static const __u64 parts[] = { PERF_SAMPLE_TID, PERF_SAMPLE_TIME,
				       PERF_SAMPLE_ID,	PERF_SAMPLE_STREAM_ID,
				       PERF_SAMPLE_CPU, PERF_SAMPLE_IDENTIFIER };

	(void)state;
	for (unsigned int set = 0; set < 1U << ARRAY_SIZE(parts); set++) {
		struct perf_event_attr attr = { .sample_type = PERF_SAMPLE_IP };
		struct bytes b = { .nr = 0 };
		struct perf_sample s;

		for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
			attr.sample_type |= set >> i & 1 ? parts[i] : 0;
		put64(&b, 0xffffffffffffffff); /* the record's own */
		for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
			if (!(set >> i & 1))
				continue;
			put32(&b, 10 * (__u32)(i + 1));
			put32(&b, parts[i] == PERF_SAMPLE_TID ? 11 : 0);
		}
		perf_trailer_parse(&attr, (struct perf_bytes){ b.at, b.nr }, &s);
		assert_int_equal(s.pid + s.tid + s.cpu + s.ts, 0);
		attr.sample_id_all = 1;
		perf_trailer_parse(&attr, (struct perf_bytes){ b.at, b.nr }, &s);
		assert_int_equal(s.pid, set & 1 ? 10 : 0);
		assert_int_equal(s.tid, set & 1 ? 11 : 0);
		assert_int_equal(s.ts, set & 2 ? 20 : 0);
		assert_int_equal(s.cpu, set & 16 ? 50 : 0);
		/* Nothing but the trailer, and not even that. */
		perf_trailer_parse(&attr, (struct perf_bytes){ b.at + 8, b.nr - 8 }, &s);
		assert_int_equal(s.ts, set & 2 ? 20 : 0);
		if (b.nr == 8)
			continue;
		perf_trailer_parse(&attr, (struct perf_bytes){ b.at + 9, b.nr - 9 }, &s);
		assert_int_equal(s.pid + s.tid + s.cpu + s.ts, 0);
	}
}

/* Addresses of the kernel first, then those of user space; marks between them are no addresses. */
static void chains(void **state)
{
	__u64 chain[2 * SEVTRACE_STACK_DEPTH + 10] = {
		PERF_CONTEXT_KERNEL, 1, 2, PERF_CONTEXT_USER, 3, PERF_CONTEXT_GUEST, 4,
		(__u64)-4096,
	};
	struct perf_sample s = { .chain = (const __u8 *)chain, .nr_chain = 8 };
	struct perf_stack *stack = perf_stack_new(&s);

	(void)state;
	assert_non_null(stack);
	assert_int_equal(stack->kernel[0], 1);
	assert_int_equal(stack->kernel[1], 2);
	assert_int_equal(stack->kernel[2], 4);
	assert_true(stack->kernel[3] == (__u64)-4096);
	assert_int_equal(stack->kernel[4], 0);
	assert_int_equal(stack->user[0], 3);
	assert_int_equal(stack->user[1], 0);
	free(stack);
	/* The lowest mark that there may be. */
	chain[1] = (__u64)PERF_CONTEXT_MAX;
	stack = perf_stack_new(&s);
	assert_non_null(stack);
	assert_int_equal(stack->kernel[0], 2);
	free(stack);
	/* More than there is room for, of both. */
	s.nr_chain = 2 * ((size_t)SEVTRACE_STACK_DEPTH + 3);
	for (size_t i = 0; i < s.nr_chain; i++)
		chain[i] = 100 + i;
	chain[SEVTRACE_STACK_DEPTH + 2] = PERF_CONTEXT_USER;
	stack = perf_stack_new(&s);
	assert_non_null(stack);
	for (size_t i = 0; i < SEVTRACE_STACK_DEPTH; i++) {
		assert_int_equal(stack->kernel[i], 100 + i);
		assert_int_equal(stack->user[i], 100 + i + SEVTRACE_STACK_DEPTH + 3);
	}
	free(stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout), cmocka_unit_test(every_read_format),
		cmocka_unit_test(not_enough),	cmocka_unit_test(too_many),
		cmocka_unit_test(just_enough),	cmocka_unit_test(ids),
		cmocka_unit_test(trailers),	cmocka_unit_test(chains),
	};

	return cmocka_run_group_tests_name("samples", tests, NULL, NULL);
}
