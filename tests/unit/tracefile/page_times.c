// SPDX-License-Identifier: GPL-2.0-only
/* Which times of a page the writer rounds, and by how much, step by step. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <sevtrace/kvm_sev.h>

#include "tracefile/columns.h"
#include "tracefile/short_time.h"
#include "tracefile/tracefile.h"
#include "util/array.h"

static int see_page(void *ctx, const union sevtrace_record *rec)
{
	const struct sevtrace_rec_page *p = &rec->page;
	const uint64_t command[] = { p->wait, p->prep, p->exec, p->reclaim };
	const bool exact = p->ret || p->psp_ret;
	uint64_t *seen = ctx;

	for (size_t i = 0; i < SEVTRACE_PAGE_STEPS; i++)
		assert_int_equal(short_time_has_code(p->ns[i]), !exact);
	/* Those of no command, and of one at a step that there is not, are left alone. */
	for (size_t i = 0; i < ARRAY_SIZE(command); i++)
		assert_int_equal(short_time_has_code(command[i]),
				 !exact && p->psp_step >= 1 &&
					 p->psp_step <= SEVTRACE_PAGE_STEPS + 1);
	if (exact)
		assert_int_equal(p->h.ts, 1000000007 * (1 + *seen));
	++*seen;
	return 0;
}

/* The times of a page are rounded: all of its steps, and all of its command, whatever the step. */
static void rounds_times(void **state)
{
	static const struct tracefile_visitor visitor = { .record = see_page };
	char path[] = "/tmp/sevtrace-times.XXXXXX", why[256];
	const int fd = mkstemp(path);
	struct tracefile_writer *w;
	struct tracefile_reader *r;
	struct tracefile_state read;
	uint64_t seen = 0;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	assert_int_equal(tracefile_create(path, &w), 0);
	for (uint8_t i = 0; i < 33; i++) {
		struct sevtrace_rec_page p = {
			.h = { .ts = 1000000007ULL * (1 + i),
			       .launch = 1,
			       .tid = 1,
			       .type = SEVTRACE_REC_PAGE,
			       .size = sizeof(p) },
			.wait = 1000001,
			.prep = 1000003,
			.exec = 1000005,
			.reclaim = 1000007,
			.ret = i >= 11 && i < 22 ? -EIO : 0,
			.psp_ret = i >= 22 ? -EIO : 0,
			.psp_step = i % 11,
		};

		for (size_t n = 0; n < SEVTRACE_PAGE_STEPS; n++)
			p.ns[n] = 1000009 + 2 * n;
		assert_int_equal(tracefile_write_records(w, &p, sizeof(p), 1), 0);
	}
	assert_int_equal(tracefile_finish(w), 0);
	tracefile_abandon(w);
	assert_int_equal(tracefile_open(path, &r, why, sizeof(why)), 0);
	assert_int_equal(tracefile_read(r, &visitor, &seen, &read), 0);
	tracefile_reader_free(r);
	unlink(path);
	assert_true(read.complete);
	assert_int_equal(seen, 33);
}

/*
 * Packs and unpacks a page of so many ns, that ended later by an excess. Returns what was cut off.
 */
static uint64_t pack_page(bool rounds, uint64_t sum, uint64_t excess, int32_t ret, int32_t psp_ret)
{
	struct sevtrace_rec_page rec = {
		.h = { .ts = 1 << 20, .type = SEVTRACE_REC_PAGE, .size = sizeof(rec) },
		.ret = ret,
		.psp_ret = psp_ret,
	};
	uint64_t ts = rec.h.ts, read_ts;
	struct columns_packer packer = { .rounds = rounds };
	struct columns_buffer recs = { 0 }, packed = { 0 };
	struct columns columns = { 0 };

	assert_int_equal(columns_reserve(&recs, 2 * sizeof(rec)), 0);
	for (int n = 0; n < 2; n++) {
		memcpy(recs.data + n * sizeof(rec), &rec, sizeof(rec));
		rec.h.ts += sum + excess;
		rec.ns[0] = sum - 1;
		rec.reclaim = 1;
	}
	assert_int_equal(columns_pack(&packer, recs.data, 2, &packed), 0);
	assert_int_equal(columns_unpack(&columns, packed.data, packed.used, 2), 0);
	assert_int_equal(columns_next(&columns)->ts, ts);
	read_ts = columns_next(&columns)->ts;
	assert_in_range(read_ts, ts + sum, ts + sum + excess);
	columns_packer_free(&packer);
	columns_free(&columns);
	free(recs.data);
	free(packed.data);
	return ts + sum + excess - read_ts;
}

/* A 256th of what a page took may be cut off the time of its end, unless it failed. */
static void ends_of_pages(void **state)
{
	(void)state;

	assert_int_equal(pack_page(false, 1024, 3, 0, 0), 0);
	assert_int_equal(pack_page(true, 1024, 3, 0, 0), 3);
	assert_int_equal(pack_page(true, 1024, 4, 0, 0), 0);
	assert_int_equal(pack_page(true, 1024, 7, 0, 0), 3);
	assert_int_equal(pack_page(true, 1023, 3, 0, 0), 1);
	assert_int_equal(pack_page(true, 512, 1, 0, 0), 1);
	assert_int_equal(pack_page(true, 511, 1, 0, 0), 0);
	assert_int_equal(pack_page(true, 1 << 19, 2047, 0, 0), 2047);
	assert_int_equal(pack_page(true, 1024, 3, -EIO, 0), 0);
	assert_int_equal(pack_page(true, 1024, 3, 0, -EIO), 0);
}

/* Times that say that a page took longer than it did: its end stays as it is, to the nanosecond. */
static void ends_before_its_times(void **state)
{
	struct columns_packer packer = { .rounds = true };
	struct columns_buffer recs = { 0 }, packed = { 0 };
	struct columns columns = { 0 };
	struct sevtrace_rec_page rec = {
		.h = { .ts = 1 << 20, .type = SEVTRACE_REC_PAGE, .size = sizeof(rec) },
	};

	(void)state;
	assert_int_equal(columns_reserve(&recs, 4 * sizeof(rec)), 0);
	for (size_t n = 0; n < 4; n++) {
		memcpy(recs.data + n * sizeof(rec), &rec, sizeof(rec));
		rec.h.ts += 4096 - 3 - n;
		rec.ns[0] = 4096;
	}
	assert_int_equal(columns_pack(&packer, recs.data, 4, &packed), 0);
	assert_int_equal(columns_unpack(&columns, packed.data, packed.used, 4), 0);
	rec.h.ts = 1 << 20;
	for (size_t n = 0; n < 4; n++) {
		assert_int_equal(columns_next(&columns)->ts, rec.h.ts);
		rec.h.ts += 4096 - 3 - n;
	}
	columns_packer_free(&packer);
	columns_free(&columns);
	free(recs.data);
	free(packed.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_times),
		cmocka_unit_test(ends_of_pages),
		cmocka_unit_test(ends_before_its_times),
	};

	return cmocka_run_group_tests_name("page_times", tests, NULL, NULL);
}
