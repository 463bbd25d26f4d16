// SPDX-License-Identifier: GPL-2.0-only
/*
 * Columns: unpacking returns exactly the packed records, whatever they hold; hostile payloads are
 * refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tracefile/columns.h"
#include "tracefile/columns_format.h"
#include "tracefile/short_time.h"

#define MAX_BYTES (1 << 20)

struct recs {
	char bytes[MAX_BYTES];
	size_t used;
	uint32_t nr;
	uint64_t seed;
};

static uint64_t random64(struct recs *r)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return r->seed;
}

static void add(struct recs *r, const struct sevtrace_rec *h)
{
	assert_true(r->used + h->size <= sizeof(r->bytes));
	memcpy(r->bytes + r->used, h, sizeof(*h));
	for (size_t i = sizeof(*h); i < h->size; i++)
		r->bytes[r->used + i] = (char)(random64(r) % 3 ? 0 : random64(r));
	r->used += h->size;
	r->nr++;
}

/* Packs a copy of the records, unpacks it, and compares. Returns the packed size. */
static size_t round_trip(const struct recs *r)
{
	struct columns_packer packer = { 0 };
	struct columns_buffer packed = { 0 };
	struct columns columns = { 0 };
	const struct sevtrace_rec *rec;
	const char *expected = r->bytes;
	char *copy = malloc(r->used + 1);
	size_t size;

	assert_non_null(copy);
	memcpy(copy, r->bytes, r->used);
	assert_int_equal(columns_pack(&packer, copy, r->nr, &packed), 0);
	assert_int_equal(columns_unpack(&columns, packed.data, packed.used, r->nr), 0);
	while ((rec = columns_next(&columns))) {
		assert_memory_equal(rec, expected, rec->size);
		expected += rec->size;
		for (size_t i = rec->size; i < columns_known_size(rec->type); i++)
			assert_int_equal(((const char *)rec)[i], 0);
	}
	assert_ptr_equal(expected, r->bytes + r->used);
	size = packed.used;
	free(copy);
	free(packed.data);
	columns_packer_free(&packer);
	columns_free(&columns);
	return size;
}

static struct recs *new_recs(void)
{
	struct recs *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->seed = 88172645463325252;
	return r;
}

static void one_record(void **state)
{
	struct recs *r = new_recs();
	struct sevtrace_rec h = { .ts = UINT64_MAX, .type = SEVTRACE_REC_STEP, .size = 72 };

	(void)state;
	add(r, &h);
	round_trip(r);
	free(r);
}

/* All types: known ones with other sizes, unknown ones, more threads than groups. */
static void anything(void **state)
{
	struct recs *r = new_recs();

	(void)state;
	while (r->used < MAX_BYTES / 2) {
		struct sevtrace_rec h = {
			.ts = random64(r) % 5 ? 1000UL * r->nr : random64(r),
			.launch = (uint32_t)random64(r) % 7,
			.tid = (uint32_t)(random64(r) % (r->used < MAX_BYTES / 4 ? 5 : 3000)),
			.type = (uint16_t)(random64(r) % 13),
			.cpu = (uint32_t)random64(r),
		};
		size_t known = columns_known_size(h.type);

		h.size = (uint16_t)(random64(r) % 4 && known ? known : 24 + random64(r) % 16 * 8);
		add(r, &h);
	}
	round_trip(r);
	free(r);
}

static void a_large_record(void **state)
{
	struct recs *r = new_recs();
	struct sevtrace_rec h = { .type = 999, .size = 65528 };

	(void)state;
	for (int i = 0; i < 10; i++)
		add(r, &h);
	round_trip(r);
	free(r);
}

/* Values that stay the same, or that grow evenly, take nearly no space. */
static void regular_records_are_small(void **state)
{
	struct recs *r = new_recs();
	uint32_t nr = 1000;
	size_t size;

	(void)state;
	for (uint32_t i = 0; i < nr; i++) {
		struct sevtrace_rec_step rec = {
			.h = { .ts = 5000 + 100 * i,
			       .type = SEVTRACE_REC_STEP,
			       .size = sizeof(rec) },
			.duration = 90,
			.gfn = i,
			.pfn = 1000 + 2 * i,
		};

		memcpy(r->bytes + r->used, &rec, sizeof(rec));
		r->used += sizeof(rec);
		r->nr++;
	}
	size = round_trip(r);
	assert_in_range(size, 1, 200);
	free(r);
}

/* Randomly changed bytes cause no crash and no more records than announced. */
static void hostile(void **state)
{
	struct columns_packer packer = { 0 };
	struct columns_buffer packed = { 0 };
	struct columns columns = { 0 };
	struct recs *r = new_recs();
	uint32_t nr;

	(void)state;
	for (uint32_t i = 0; i < 300; i++) {
		struct sevtrace_rec h = { .ts = i, .type = (uint16_t)(i % 10), .size = 72 };

		add(r, &h);
	}
	nr = r->nr;
	assert_int_equal(columns_pack(&packer, r->bytes, nr, &packed), 0);
	for (int i = 0; i < 20000; i++) {
		size_t at = random64(r) % (i % 2 ? packed.used : 400);
		size_t size = random64(r) % 8 ? packed.used : random64(r) % packed.used;
		char was = packed.data[at];
		uint32_t n = 0;

		packed.data[at] = (char)random64(r);
		if (!columns_unpack(&columns, packed.data, size, nr))
			while (columns_next(&columns))
				n++;
		assert_true(!n || n == nr);
		packed.data[at] = was;
	}
	assert_int_equal(columns_unpack(&columns, packed.data, packed.used, nr + 1),
			 COLUMNS_DAMAGED);
	assert_int_equal(columns_unpack(&columns, packed.data, 0, 0), COLUMNS_DAMAGED);
	columns_packer_free(&packer);
	columns_free(&columns);
	free(packed.data);
	free(r);
}

/* A payload that lacks its end is refused, also by a reader that has just read the whole one. */
static void refuses_parts(const struct recs *r)
{
	struct columns_packer packer = { 0 };
	struct columns_buffer packed = { 0 };
	struct columns columns = { 0 };
	char *copy = malloc(r->used);

	assert_non_null(copy);
	memcpy(copy, r->bytes, r->used);
	assert_int_equal(columns_pack(&packer, copy, r->nr, &packed), 0);
	for (size_t size = 0; size < packed.used; size++) {
		assert_int_equal(columns_unpack(&columns, packed.data, packed.used, r->nr), 0);
		assert_int_equal(columns_unpack(&columns, packed.data, size, r->nr),
				 COLUMNS_DAMAGED);
		assert_null(columns_next(&columns));
	}
	columns_packer_free(&packer);
	columns_free(&columns);
	free(packed.data);
	free(copy);
}

static void cut_anywhere(void **state)
{
	struct recs *r = new_recs();

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		struct sevtrace_rec h = { .ts = (uint64_t)i * i,
					  .tid = i % 3,
					  .type = (uint16_t)(i % 5 + 900),
					  .size = 48 };

		add(r, &h);
	}
	refuses_parts(r);
	/* Nothing but heads: all records are the same, and of one group. */
	r->used = r->nr = 0;
	for (uint32_t i = 0; i < 5; i++) {
		struct sevtrace_rec h = { .type = 900, .size = sizeof(h) };

		add(r, &h);
	}
	refuses_parts(r);
	free(r);
}

/* No writer stores codes of times in fewer bytes, but a file may: they fill these, and no more. */
static void times_of_any_width(void **state)
{
	static const uint8_t widths[] = { 1, 2, 4, 8 };
	static const uint64_t codes[] = { 100, 0x180 + 5, 0xfff };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(widths); i++) {
		const uint8_t width = widths[i / 2], planes = i % 2 ? 3 : 1;
		struct {
			struct columns_head head;
			struct columns_group_head group;
			struct sevtrace_rec rec;
			uint64_t field;
			uint64_t beside;
			struct columns_column column;
			unsigned char planes[2][3];
		} payload = {
			.head = { .nr_groups = 1 },
			.group = { .nr = 4,
				   .size = sizeof(struct sevtrace_rec) + 16,
				   .nr_columns = 1 },
			.rec = { .type = 999, .size = sizeof(struct sevtrace_rec) + 16 },
			.field = 0x1111111111111111,
			.beside = 0x2222222222222222,
			.column = { .offset = sizeof(struct sevtrace_rec),
				    .width = width,
				    .flags = COLUMNS_TIMES,
				    .planes = planes },
		};
		struct columns columns = { 0 };
		const struct sevtrace_rec *rec;

		for (size_t n = 0; n < 3; n++) {
			payload.planes[0][n] = (unsigned char)codes[n];
			payload.planes[1][n] = (unsigned char)(codes[n] >> 8);
		}
		assert_int_equal(
			columns_unpack(&columns, (const char *)&payload, sizeof(payload), 4), 0);
		rec = columns_next(&columns);
		assert_memory_equal(rec, &payload.rec, sizeof(struct sevtrace_rec) + 16);
		for (size_t n = 0; n < 3; n++) {
			uint64_t code = planes == 3 ? codes[n] : codes[n] & 0xff, fields[2];
			uint64_t expected = payload.field, time = short_time_of(code);

			rec = columns_next(&columns);
			memcpy(fields, rec + 1, sizeof(fields));
			memcpy(&expected, &time, width);
			assert_true(fields[0] == expected);
			assert_true(fields[1] == payload.beside);
		}
		columns_free(&columns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_record),
		cmocka_unit_test(anything),
		cmocka_unit_test(a_large_record),
		cmocka_unit_test(regular_records_are_small),
		cmocka_unit_test(hostile),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(times_of_any_width),
	};

	return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
