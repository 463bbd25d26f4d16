// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drains of the ring buffer, from a ring buffer without a kernel: programs that write records as
 * fast as they are handed out must not keep the caller.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"

#define TOO_MANY 10000000 /* a drain without end would not stop before */

/* What the functions of libbpf below work with; one test at a time. */
static struct {
	ring_buffer_sample_fn fn;
	void *ctx;
	struct sevtrace_rec rec; /* comes again and again */
	uint64_t left; /* records that are still to come */
	uint64_t handed_out;
	struct sevtrace_counters counters;
	int result; /* of the sink */
} fake;

/* These stand before those of the shared library. */
struct ring_buffer *ring_buffer__new(int fd, ring_buffer_sample_fn fn, void *ctx,
				     const struct ring_buffer_opts *opts)
{
	(void)fd;
	(void)opts;
	fake.fn = fn;
	fake.ctx = ctx;
	return (struct ring_buffer *)&fake;
}

int ring_buffer__consume(struct ring_buffer *ring)
{
	int n = 0;

	(void)ring;
	while (fake.left && n < TOO_MANY) {
		int err;

		fake.left--;
		err = fake.fn(fake.ctx, &fake.rec, sizeof(fake.rec));
		if (err < 0)
			return err;
		n++;
	}
	return n;
}

int bpf_map__lookup_elem(const struct bpf_map *map, const void *key, size_t key_size, void *value,
			 size_t value_size, __u64 flags)
{
	(void)map;
	(void)key;
	(void)key_size;
	(void)flags;
	memcpy(value, &fake.counters, value_size);
	return 0;
}

__u32 bpf_map__max_entries(const struct bpf_map *map)
{
	(void)map;
	return COLLECTOR_DEFAULT_BUFFER;
}

int bpf_map__fd(const struct bpf_map *map)
{
	(void)map;
	return -1;
}

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	(void)ctx;
	(void)rec;
	fake.handed_out++;
	return fake.result;
}

static struct sevtrace_bpf skel;
static struct sevtrace_counters counters;

static struct collector prepare(uint64_t records)
{
	struct collector c = {
		.sink = { .record = on_record }, .skel = &skel, .counters = &counters, .nr_cpus = 1
	};

	memset(&fake, 0, sizeof(fake));
	fake.left = records;
	fake.rec = (struct sevtrace_rec){ .type = SEVTRACE_REC_PSP, .size = sizeof(fake.rec) };
	return c;
}

static void ends_under_overload(void **state)
{
	struct collector c = prepare(UINT64_MAX);

	(void)state;
	assert_int_equal(collector_map_ring(&c), 0);
	assert_false(collector_behind(&c));
	assert_int_equal(collector_drain(&c), 0);
	assert_int_equal(fake.handed_out, COLLECTOR_DRAIN);
	assert_true(collector_behind(&c));
	assert_int_equal(collector_drain(&c), 0);
	assert_int_equal(fake.handed_out, 2 * COLLECTOR_DRAIN);
	/* As many as the buffer can hold, and not without end. */
	assert_int_equal(collector_drain_all(&c), 0);
	assert_in_range(fake.handed_out, COLLECTOR_DEFAULT_BUFFER / sizeof(fake.rec),
			COLLECTOR_DEFAULT_BUFFER / sizeof(fake.rec) + (size_t)6 * COLLECTOR_DRAIN);
}

static void takes_all_there_are(void **state)
{
	struct collector c = prepare(COLLECTOR_DRAIN + 5);

	(void)state;
	assert_int_equal(collector_map_ring(&c), 0);
	assert_int_equal(collector_drain(&c), 0);
	assert_true(collector_behind(&c));
	assert_int_equal(collector_drain(&c), 0);
	assert_false(collector_behind(&c));
	assert_int_equal(fake.handed_out, COLLECTOR_DRAIN + 5);
}

static void errors_of_the_sink(void **state)
{
	struct collector c = prepare(100);

	(void)state;
	assert_int_equal(collector_map_ring(&c), 0);
	fake.result = -ENOSPC;
	assert_int_equal(collector_drain(&c), -ENOSPC);
	assert_int_equal(fake.handed_out, 1);
	/* The sink takes the histograms itself: no error. */
	fake.result = COLLECTOR_LATER;
	fake.rec.type = SEVTRACE_REC_LAUNCH_END;
	assert_int_equal(collector_drain(&c), 0);
	assert_int_equal(fake.handed_out, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_under_overload),
		cmocka_unit_test(takes_all_there_are),
		cmocka_unit_test(errors_of_the_sink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
