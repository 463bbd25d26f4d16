// SPDX-License-Identifier: GPL-2.0-only
/*
 * How records are packed: which group each gets, and which column each field. Any choice unpacks to
 * the same records, so a wrong one is only seen in the room that it takes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sevtrace/kvm_sev.h>

#include "tracefile/columns.h"
#include "tracefile/columns_format.h"
#include "util/array.h"

struct fixture {
	struct columns_packer packer;
	struct columns_buffer recs;
	struct columns_buffer packed;
	struct columns columns;
	uint32_t nr;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	columns_packer_free(&f->packer);
	columns_free(&f->columns);
	free(f->recs.data);
	free(f->packed.data);
	free(f);
	return 0;
}

static void put(struct fixture *f, const void *rec)
{
	const uint16_t size = ((const struct sevtrace_rec *)rec)->size;

	assert_int_equal(columns_reserve(&f->recs, size), 0);
	memcpy(f->recs.data + f->recs.used, rec, size);
	f->recs.used += size;
	f->nr++;
}

/* Packs the records, and unpacks them again, as they were. Returns the head. */
static struct columns_head pack(struct fixture *f)
{
	char *were = malloc(f->recs.used);
	const struct sevtrace_rec *rec;
	struct columns_head head;
	size_t at = 0;

	assert_non_null(were);
	memcpy(were, f->recs.data, f->recs.used);
	f->packed.used = 0;
	assert_int_equal(columns_pack(&f->packer, f->recs.data, f->nr, &f->packed), 0);
	assert_int_equal(columns_unpack(&f->columns, f->packed.data, f->packed.used, f->nr), 0);
	for (; (rec = columns_next(&f->columns)); at += rec->size)
		assert_memory_equal(rec, were + at, rec->size);
	assert_int_equal(at, f->recs.used);
	free(were);
	memcpy(&head, f->packed.data, sizeof(head));
	f->recs.used = 0;
	f->nr = 0;
	return head;
}

/* The head of the n-th group, from 0 on. *at: where its columns begin. */
static struct columns_group_head group(const struct fixture *f, uint32_t n, size_t *at)
{
	struct columns_group_head head;

	*at = sizeof(struct columns_head);
	for (;; n--) {
		memcpy(&head, f->packed.data + *at, sizeof(head));
		*at += sizeof(head) + head.size;
		if (!n)
			return head;
		*at += head.nr_columns * sizeof(struct columns_column);
	}
}

struct wide {
	struct sevtrace_rec h;
	uint64_t value;
};

/* The columns of a field whose values are given, in records that are the same otherwise. */
static void columns_of_values(void **state)
{
	static const struct {
		uint64_t values[6]; /* the last one goes on */
		uint16_t nr_columns;
		uint8_t flags;
		uint8_t planes;
		uint64_t base;
	} cases[] = {
		{ { 7, 7, 7, 7, 7, 7 }, 0, 0, 0, 0 },
		{ { 10, 13, 16, 19, 22, 25 }, 1, COLUMNS_DELTA, 0, 3 },
		{ { 25, 22, 19, 16, 13, 10 }, 1, COLUMNS_DELTA, 0, -3ULL },
		/* the first record has no part in it */
		{ { 1, 2, 2, 2, 2, 2 }, 1, 0, 0, 2 },
		{ { 0, 500, 501, 755, 500, 755 }, 1, 0, 1, 500 },
		{ { 0, 500, 501, 756, 500, 756 }, 1, 0, 3, 500 },
		{ { 0, 0x10000, 0x30000, 0, 0, 0 }, 1, 0, 4, 0 },
		/* as many bytes either way: what repeats is compressed better */
		{ { 0, 1, 2, 4, 5, 6 }, 1, COLUMNS_DELTA, 1, 1 },
		{ { 0, 1, 3, 2, 2, 2 }, 1, 0, 1, 1 },
		{ { 0, 9, 8, 8, 8, 9 }, 1, 0, 1, 8 },
		{ { 0, -1ULL, -2ULL, -4ULL, -5ULL, -6ULL }, 1, COLUMNS_DELTA, 1, -2ULL },
		{ { 0, -5ULL, 3, -5ULL, 3, 3 }, 1, 0, 1, -5ULL },
		{ { 0, 1ULL << 63, 0, 0, 0, 1ULL << 63 }, 1, 0, 0x80, 1ULL << 63 },
		/* one byte that differs is less than two, wherever it is */
		{ { 0, 3, 6, 0x10009, 0x1000c, 0x1000f }, 1, COLUMNS_DELTA, 4, 3 },
		/* differences of 300, in values that need two bytes and more */
		{ { 0, 70000, 140000, 210001, 280001, 350001 }, 1, COLUMNS_DELTA, 1, 70000 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wide rec = { .h = { .ts = 5, .type = 999, .size = sizeof(rec) } };
		struct columns_group_head head;
		struct columns_column column;
		size_t at;

		for (size_t n = 0; n < ARRAY_SIZE(cases[i].values); n++) {
			rec.value = cases[i].values[n];
			put(f, &rec);
		}
		assert_int_equal(pack(f).nr_groups, 1);
		head = group(f, 0, &at);
		assert_int_equal(head.nr, ARRAY_SIZE(cases[i].values));
		assert_int_equal(head.size, sizeof(rec));
		if (head.nr_columns != cases[i].nr_columns)
			fail_msg("case %zu: %u columns", i, head.nr_columns);
		if (!head.nr_columns)
			continue;
		memcpy(&column, f->packed.data + at, sizeof(column));
		if (column.flags != cases[i].flags || column.planes != cases[i].planes ||
		    column.base != cases[i].base)
			fail_msg("case %zu: flags %u planes %x base %lld", i, column.flags,
				 column.planes, (long long)column.base);
		assert_int_equal(column.offset, offsetof(struct wide, value));
		assert_int_equal(column.width, 8);
		/* Nothing else stands there: a group alone has no order. */
		assert_int_equal(f->packed.used,
				 at + sizeof(column) +
					 (size_t)__builtin_popcount(column.planes) * (head.nr - 1));
	}
}

/* Times that have a code are stored as it, if all of a field's have one: those after the first. */
static void codes_of_times(void **state)
{
	static const struct {
		uint64_t values[4];
		uint8_t flags;
	} cases[] = {
		{ { 8, 1000, 64000, 3 }, COLUMNS_TIMES },
		{ { 8, 1001, 64000, 3 }, 0 },
		{ { 8, 1000, 64000, 64001 }, 0 },
		{ { 1001, 1000, 64000, 3 }, COLUMNS_TIMES },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sevtrace_rec_step rec = {
			.h = { .ts = 1 << 20, .type = SEVTRACE_REC_STEP, .size = sizeof(rec) },
			.gfn = 1000,
		};
		struct columns_group_head head;
		struct columns_column column;
		size_t at;

		for (size_t n = 0; n < ARRAY_SIZE(cases[i].values); n++) {
			rec.duration = cases[i].values[n];
			rec.h.ts += rec.duration;
			rec.gfn += 1000;
			put(f, &rec);
		}
		pack(f);
		head = group(f, 0, &at);
		/* The first one is of ts: the first record's is no time of a step. */
		assert_int_equal(head.nr_columns, 3);
		assert_int_equal(head.spans, 1);
		at += sizeof(column);
		memcpy(&column, f->packed.data + at, sizeof(column));
		assert_int_equal(column.offset, offsetof(struct sevtrace_rec_step, duration));
		assert_int_equal(column.flags, cases[i].flags);
		/* What is no time has no code, even if all of its values have one. */
		memcpy(&column, f->packed.data + at + sizeof(column), sizeof(column));
		assert_int_equal(column.offset, offsetof(struct sevtrace_rec_step, gfn));
		assert_int_equal(column.flags, COLUMNS_DELTA);
		assert_int_equal(column.planes, 0);
	}
}

/* What stands in every record's head is no time, however small it is. */
static void heads_are_no_times(void **state)
{
	struct fixture *f = *state;
	struct columns_column column;
	size_t at;

	for (uint32_t i = 0; i < 5; i++) {
		const struct sevtrace_rec rec = {
			.ts = 5, .type = 999, .size = sizeof(rec), .cpu = 10 * i
		};

		put(f, &rec);
	}
	pack(f);
	assert_int_equal(group(f, 0, &at).nr_columns, 1);
	memcpy(&column, f->packed.data + at, sizeof(column));
	assert_int_equal(column.offset, offsetof(struct sevtrace_rec, cpu));
	assert_int_equal(column.flags, COLUMNS_DELTA);
	assert_int_equal(column.base, 10);
	assert_int_equal(column.planes, 0);
}

/* Fields of known records have their widths, header and end included; of unknown ones, words. */
static void widths(void **state)
{
	static const struct {
		uint16_t type;
		uint16_t size;
		uint16_t at; /* of the byte that changes */
		uint16_t offset;
		uint8_t width;
	} cases[] = {
		{ 999, 40, 8, 8, 4 }, /* launch and thread: of a group that many share */
		{ 999, 40, 22, 20, 4 },
		{ 999, 40, 24, 24, 8 },
		{ 999, 40, 39, 32, 8 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step), 33, 32, 8 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step), 49, 48, 4 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step), 57, 57, 1 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step), 63, 60, 4 },
		/* a newer version's is longer, an older one's shorter */
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step) + 16, 63, 60, 4 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step) + 16, 65, 64, 8 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step) + 16, 79, 72, 8 },
		{ SEVTRACE_REC_STEP, 56, 49, 48, 4 },
		{ SEVTRACE_REC_STEP, 56, 55, 52, 4 },
		{ SEVTRACE_REC_IOCTL_EXIT, sizeof(struct sevtrace_rec_ioctl_exit), 24, 24, 8 },
		{ SEVTRACE_REC_IOCTL_EXIT, sizeof(struct sevtrace_rec_ioctl_exit), 50, 50, 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const bool shared = cases[i].at < 16;
		char rec[128] __attribute__((aligned(8))) = { 0 };
		struct sevtrace_rec h = { .ts = 5, .type = cases[i].type, .size = cases[i].size };
		struct columns_group_head head;
		struct columns_column column;
		size_t at;

		memcpy(rec, &h, sizeof(h));
		/* Beyond so many groups, records share one whatever their launch. */
		for (h.launch = 0; shared && h.launch < 1024; h.launch++) {
			memcpy(rec, &h, sizeof(h));
			put(f, rec);
		}
		if (shared)
			rec[11] = 1; /* a launch that none of them had */
		for (int n = 0; n < 3; n++) {
			rec[cases[i].at] = (char)(1 << n);
			put(f, rec);
		}
		pack(f);
		head = group(f, shared ? 1024 : 0, &at);
		assert_int_equal(head.nr_columns, 1);
		memcpy(&column, f->packed.data + at, sizeof(column));
		if (column.offset != cases[i].offset || column.width != cases[i].width)
			fail_msg("case %zu: %u bytes at %u", i, column.width, column.offset);
	}
}

/* Each thread of a launch, each step and each command has its group; shorter records have less. */
static void groups(void **state)
{
	static const struct {
		uint16_t type;
		uint16_t size;
		uint16_t at; /* of the byte in which two records differ */
		uint32_t groups;
	} cases[] = {
		{ 999, 32, 0, 1 },
		{ 999, 32, 8, 2 }, /* launch */
		{ 999, 32, 12, 2 }, /* thread */
		{ 999, 32, 16, 2 }, /* type */
		{ 999, 32, 20, 1 },
		{ 999, 32, 24, 1 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step),
		  offsetof(struct sevtrace_rec_step, step), 2 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step),
		  offsetof(struct sevtrace_rec_step, gfn), 1 },
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step),
		  offsetof(struct sevtrace_rec_step, ret), 1 },
		{ SEVTRACE_REC_PSP, sizeof(struct sevtrace_rec_psp),
		  offsetof(struct sevtrace_rec_psp, cmd), 2 },
		{ SEVTRACE_REC_PSP, sizeof(struct sevtrace_rec_psp),
		  offsetof(struct sevtrace_rec_psp, cmd) + 3, 2 },
		{ SEVTRACE_REC_PSP, sizeof(struct sevtrace_rec_psp),
		  offsetof(struct sevtrace_rec_psp, status), 1 },
		{ SEVTRACE_REC_PAGE, sizeof(struct sevtrace_rec_page),
		  offsetof(struct sevtrace_rec_page, steps), 2 },
		{ SEVTRACE_REC_PAGE, sizeof(struct sevtrace_rec_page),
		  offsetof(struct sevtrace_rec_page, steps) + 7, 2 },
		{ SEVTRACE_REC_PAGE, sizeof(struct sevtrace_rec_page),
		  offsetof(struct sevtrace_rec_page, ret), 2 },
		{ SEVTRACE_REC_PAGE, sizeof(struct sevtrace_rec_page),
		  offsetof(struct sevtrace_rec_page, psp_ret), 2 },
		{ SEVTRACE_REC_PAGE, sizeof(struct sevtrace_rec_page),
		  offsetof(struct sevtrace_rec_page, status), 1 },
		{ SEVTRACE_REC_PAGE, sizeof(struct sevtrace_rec_page),
		  offsetof(struct sevtrace_rec_page, ns), 1 },
		/* An older one's: the field is not known to be there. */
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step) - 8, 55, 1 },
		{ SEVTRACE_REC_PSP, sizeof(struct sevtrace_rec_psp) - 8,
		  offsetof(struct sevtrace_rec_psp, cmd), 1 },
		{ SEVTRACE_REC_PAGE, sizeof(struct sevtrace_rec_page) - 8,
		  offsetof(struct sevtrace_rec_page, ret), 1 },
		/* A newer one's is. */
		{ SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step) + 8,
		  offsetof(struct sevtrace_rec_step, step), 2 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char rec[256] __attribute__((aligned(8))) = { 0 };
		struct sevtrace_rec h = { .ts = 5, .type = cases[i].type, .size = cases[i].size };
		struct columns_head head;

		for (int n = 0; n < 4; n++) {
			memcpy(rec, &h, sizeof(h));
			rec[cases[i].at] = (char)(rec[cases[i].at] ^ (n & 1));
			put(f, rec);
		}
		head = pack(f);
		if (head.nr_groups != cases[i].groups)
			fail_msg("case %zu: %u groups", i, head.nr_groups);
		assert_int_equal(head.order_width, cases[i].groups > 1);
		assert_int_equal(head.start, 5);
	}
}

/* Two sizes of one type are two groups. */
static void sizes_are_apart(void **state)
{
	struct wide rec = { .h = { .type = 999, .size = sizeof(rec) } };
	struct fixture *f = *state;

	put(f, &rec);
	rec.h.size = sizeof(rec.h);
	put(f, &rec);
	assert_int_equal(pack(f).nr_groups, 2);
}

/* Groups of one thread name the first of them, so that their times follow each other. */
static void threads(void **state)
{
	static const uint32_t tids[] = { 1, 2, 2, 1, 3 };
	static const uint16_t types[] = { 900, 900, 901, 902, 901 }, first[] = { 0, 1, 1, 0, 4 };
	struct fixture *f = *state;
	size_t at;

	for (size_t i = 0; i < ARRAY_SIZE(tids); i++) {
		struct sevtrace_rec rec = {
			.ts = 1000 - i, .tid = tids[i], .type = types[i], .size = sizeof(rec)
		};

		put(f, &rec);
	}
	assert_int_equal(pack(f).nr_groups, 5);
	for (uint32_t i = 0; i < ARRAY_SIZE(first); i++)
		assert_int_equal(group(f, i, &at).thread, first[i]);
}

/* As many groups as there are threads, up to a limit; beyond it, one for each type and size. */
static void many_groups(void **state)
{
	static const struct {
		uint32_t threads;
		uint32_t groups;
		uint32_t width;
	} cases[] = {
		{ 1, 1, 0 },	   { 2, 2, 1 },	      { 256, 256, 1 },	 { 257, 257, 2 },
		{ 1024, 1024, 2 }, { 1025, 1025, 2 }, { 1026, 1025, 2 }, { 3000, 1025, 2 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct columns_head head;

		for (int twice = 0; twice < 2; twice++)
			for (uint32_t n = 0; n < cases[i].threads; n++) {
				struct sevtrace_rec rec = {
					.ts = n, .tid = n, .type = 999, .size = sizeof(rec)
				};

				put(f, &rec);
			}
		head = pack(f);
		assert_int_equal(head.nr_groups, cases[i].groups);
		assert_int_equal(head.order_width, cases[i].width);
	}
}

/* So many types that no table has room for their groups: it says so. */
static void too_many_groups(void **state)
{
	struct fixture *f = *state;
	struct sevtrace_rec rec = { .size = sizeof(rec) };

	for (uint32_t i = 0; i < 2048; i++) {
		rec.type = (uint16_t)(1000 + i);
		put(f, &rec);
	}
	assert_int_equal(pack(f).nr_groups, 2048);
	for (uint32_t i = 0; i < 2049; i++) {
		rec.type = (uint16_t)(1000 + i);
		put(f, &rec);
	}
	put(f, &rec);
	assert_int_equal(columns_pack(&f->packer, f->recs.data, f->nr, &f->packed), -EOVERFLOW);
}

/* Times of steps are subtracted from ts where that makes it smaller. */
static void spans(void **state)
{
	static const struct {
		uint64_t passed;
		uint64_t duration;
		uint16_t spans;
	} cases[] = {
		{ 1000, 1000, 1 }, { 1000, 999, 1 },  { 1000, 1, 1 }, { 1000, 0, 0 },
		{ 1000, 2000, 0 }, { 1000, 1999, 1 }, { 0, 1000, 0 }, { -1000ULL, 10, 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sevtrace_rec_step rec = {
			.h = { .ts = 1 << 20, .type = SEVTRACE_REC_STEP, .size = sizeof(rec) },
		};
		struct columns_group_head head;
		size_t at;

		for (int n = 0; n < 5; n++) {
			put(f, &rec);
			rec.h.ts += cases[i].passed;
			rec.duration = cases[i].duration;
		}
		pack(f);
		head = group(f, 0, &at);
		if (head.spans != cases[i].spans)
			fail_msg("case %zu: %u spans", i, head.spans);
	}
}

/* An older record lacks some of the spans that its type has: it has none. */
static void spans_that_are_there(void **state)
{
	struct fixture *f = *state;
	struct sevtrace_rec_psp rec = { .h = { .ts = 1000, .type = SEVTRACE_REC_PSP } };

	for (uint16_t words = 3; words <= 4; words++) {
		size_t at;

		rec.h.size = (uint16_t)(sizeof(rec.h) + 8UL * (size_t)words);
		rec.wait = 0;
		for (int n = 0; n < 5; n++) {
			put(f, &rec);
			rec.h.ts += 100;
			rec.wait = 100;
		}
		pack(f);
		assert_int_equal(group(f, 0, &at).spans, words == 4 ? 4 : 0);
	}
}

/* What is long enough to be compressed apart is cut out: 1,024 bytes of a plane. */
static void cuts(void **state)
{
	struct fixture *f = *state;
	struct wide rec = { .h = { .type = 999, .size = sizeof(rec) } };

	for (uint32_t nr = 1024; nr <= 1025; nr++) {
		size_t at;

		for (uint32_t i = 0; i < nr; i++) {
			rec.value = (i * 7) % 256 | (i * 11) % 256 << 16;
			put(f, &rec);
		}
		pack(f);
		group(f, 0, &at);
		at += sizeof(struct columns_column);
		assert_int_equal(f->packer.nr_cuts, nr == 1025 ? 3 : 0);
		for (uint32_t i = 0; i < f->packer.nr_cuts; i++)
			assert_int_equal(f->packer.cuts[i], at + (size_t)i * (nr - 1));
	}
}

static void no_more_cuts_than_room(void **state)
{
	struct fixture *f = *state;
	uint64_t random = 1;
	struct {
		struct sevtrace_rec h;
		uint64_t values[40];
	} rec = { .h = { .type = 999, .size = sizeof(rec) } };

	for (uint32_t i = 0; i < 1025; i++) {
		for (size_t n = 0; n < ARRAY_SIZE(rec.values); n++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			rec.values[n] = random ^ random >> 32;
		}
		put(f, &rec);
	}
	pack(f);
	assert_int_equal(f->packer.nr_cuts, COLUMNS_MAX_CUTS);
	for (uint32_t i = 1; i < COLUMNS_MAX_CUTS; i++)
		assert_int_equal(f->packer.cuts[i], f->packer.cuts[i - 1] + 1024);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(columns_of_values),
		TEST(codes_of_times),
		TEST(heads_are_no_times),
		TEST(widths),
		TEST(groups),
		TEST(sizes_are_apart),
		TEST(threads),
		TEST(many_groups),
		TEST(too_many_groups),
		TEST(spans),
		TEST(spans_that_are_there),
		TEST(cuts),
		TEST(no_more_cuts_than_room),
	};

	return cmocka_run_group_tests_name("packing", tests, NULL, NULL);
}
