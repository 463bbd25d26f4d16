// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tiny recordings that ask for gigabytes of memory or minutes of work: a few hundred bytes,
 * compressed, hold what they repeat. The reader and the model stay within their budgets and say
 * why they stop. Counts tell, not clocks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include <sevtrace/psp.h>

#include "model/model.h"
#include "tracefile/columns.h"
#include "tracefile/columns_format.h"
#include "tracefile/format.h"
#include "util/crc32c.h"

/* A trace file in the making. */
struct hostile {
	char path[64];
	FILE *file;
	struct model m;
	struct tracefile_state state;
};

static int setup(void **state)
{
	struct tracefile_header header = { .header_size = sizeof(header), .major = 1 };
	struct hostile *f = calloc(1, sizeof(*f));
	int fd;

	*state = f;
	if (!f)
		return -1;
	strcpy(f->path, "/tmp/sevtrace-hostile.XXXXXX");
	fd = mkstemp(f->path);
	f->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f->file)
		return -1;
	memcpy(header.magic, TRACEFILE_MAGIC, TRACEFILE_MAGIC_LEN);
	model_init(&f->m);
	return fwrite(&header, sizeof(header), 1, f->file) == 1 ? 0 : -1;
}

static int teardown(void **state)
{
	struct hostile *f = *state;

	model_free(&f->m);
	unlink(f->path);
	free(f);
	return 0;
}

static struct tracefile_index_entry put_block(struct hostile *f, uint32_t type, uint32_t nr,
					      const void *payload, size_t size)
{
	const uint64_t offset = (uint64_t)ftell(f->file);
	struct tracefile_block block = {
		.type = type, .flags = TRACEFILE_ZSTD, .raw_length = (uint32_t)size, .nr = nr
	};
	size_t room = ZSTD_compressBound(size);
	char *packed = malloc(room);

	assert_non_null(packed);
	block.length = (uint32_t)ZSTD_compress(packed, room, payload, size, 3);
	block.crc = crc32c(crc32c(0, &block, sizeof(block)), packed, block.length);
	assert_int_equal(fwrite(&block, sizeof(block), 1, f->file), 1);
	assert_int_equal(fwrite(packed, block.length, 1, f->file), 1);
	free(packed);
	return tracefile_index_entry_of(&block, offset);
}

/* Puts a block of nr records: the first one as given, the others differ in the columns. */
static struct tracefile_index_entry put_records(struct hostile *f, const struct sevtrace_rec *first,
						uint32_t nr, const struct columns_column *columns,
						uint16_t nr_columns)
{
	struct tracefile_index_entry entry;
	struct columns_head head = { .start = 1, .nr_groups = 1 };
	struct columns_group_head group = { .nr = nr,
					    .size = first->size,
					    .nr_columns = nr_columns };
	struct columns_buffer b = { 0 };
	const struct {
		const void *at;
		size_t size;
	} parts[] = { { &head, sizeof(head) },
		      { &group, sizeof(group) },
		      { first, first->size },
		      { columns, nr_columns * sizeof(*columns) } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		assert_int_equal(columns_reserve(&b, parts[i].size), 0);
		if (parts[i].size)
			memcpy(b.data + b.used, parts[i].at, parts[i].size);
		b.used += parts[i].size;
	}
	entry = put_block(f, TRACEFILE_BLOCK_RECORDS, nr, b.data, b.used);
	free(b.data);
	return entry;
}

/* Reads the file into the model. Returns its size. */
static size_t read_it(struct hostile *f)
{
	struct tracefile_reader *reader;
	char why[128];
	size_t size;

	fflush(f->file);
	size = (size_t)ftell(f->file);
	fclose(f->file);
	assert_int_equal(tracefile_open(f->path, &reader, why, sizeof(why)), 0);
	assert_int_equal(model_read(&f->m, reader, &f->state), 0);
	tracefile_reader_free(reader);
	return size;
}

static void assert_refused(const struct hostile *f, const char *reason)
{
	if (f->state.complete || !f->state.damaged || !strstr(f->state.text, reason))
		fail_msg("'%s' is not in '%s'", reason, f->state.text);
}

static void assert_in_budget(const struct hostile *f, size_t size)
{
	assert_true(f->m.budget.used <= model_budget_limit(size));
	assert_true(f->m.budget.used > 0);
}

#define ROWS(rec) (COLUMNS_MAX_ROWS / (uint32_t)sizeof(rec))
#define DELTA(of, member)                                                                  \
	{                                                                                  \
		.offset = offsetof(struct of, member), .width = 4, .flags = COLUMNS_DELTA, \
		.base = 1                                                                  \
	}

/* 65,535 columns that all write the same bytes. */
static void columns_repeat_an_offset(void **state)
{
	struct hostile *f = *state;
	const struct sevtrace_rec rec = { .type = 999, .size = sizeof(rec) };
	struct columns_column *columns = calloc(UINT16_MAX, sizeof(*columns));

	assert_non_null(columns);
	for (size_t i = 0; i < UINT16_MAX; i++)
		columns[i].width = 8;
	put_records(f, &rec, ROWS(rec), columns, UINT16_MAX);
	free(columns);
	assert_in_range(read_it(f), 1, 400);
	assert_refused(f, "malformed records");
}

/* The same in less: they overlap, or come in another order. */
static void columns_overlap(void **state)
{
	static const struct {
		uint16_t offset[2];
		uint8_t width[2];
		bool good;
	} cases[] = {
		{ { 0, 8 }, { 8, 4 }, true },
		{ { 0, 0 }, { 8, 8 }, false },
		{ { 0, 4 }, { 8, 4 }, false },
		{ { 8, 0 }, { 4, 8 }, false },
		{ { 8, 12 }, { 4, 4 }, true },
		{ { 8, 20 }, { 4, 4 }, true },
		{ { 12, 11 }, { 1, 1 }, false },
		/* Type and size are the group's, and no column may change them. */
		{ { 0, 16 }, { 8, 2 }, false },
		{ { 0, 18 }, { 8, 2 }, false },
		{ { 0, 16 }, { 8, 4 }, false },
		{ { 0, 12 }, { 8, 8 }, false },
		{ { 0, 17 }, { 8, 4 }, false },
		{ { 0, 19 }, { 8, 1 }, false },
		{ { 0, 15 }, { 8, 1 }, true },
		{ { 0, 20 }, { 8, 1 }, true },
		/* Beyond the record, and of other widths. */
		{ { 0, 20 }, { 8, 8 }, false },
		{ { 0, 21 }, { 8, 4 }, false },
		{ { 0, 24 }, { 8, 1 }, false },
		{ { 0, 8 }, { 8, 3 }, false },
		{ { 0, 8 }, { 8, 0 }, false },
		{ { 0, UINT16_MAX }, { 8, 1 }, false },
	};
	const struct sevtrace_rec rec = { .type = 999, .size = sizeof(rec) };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *own;
		struct hostile *f;
		struct columns_column columns[2] = { 0 };

		assert_int_equal(setup(&own), 0);
		f = own;
		for (int c = 0; c < 2; c++) {
			columns[c].offset = cases[i].offset[c];
			columns[c].width = cases[i].width[c];
		}
		put_records(f, &rec, 3, columns, 2);
		read_it(f);
		assert_int_equal(f->state.damaged, !cases[i].good);
		teardown(&own);
	}
}

/* Heads of groups and of their block that do not fit each other: each alone is refused. */
static void heads(void **state)
{
	struct whole {
		struct columns_head head;
		struct columns_group_head group;
		struct sevtrace_rec rec;
		uint64_t more;
	};
	static const struct columns_head one = { .nr_groups = 1 };
	static const struct columns_group_head two = { .nr = 2, .size = 32 };
	static const struct sevtrace_rec rec = { .type = 999, .size = 32 };
	const struct {
		struct whole is;
		bool good;
	} cases[] = {
		{ { one, two, rec, 0 }, true },
		{ { { .nr_groups = 0 }, two, rec, 0 }, false },
		{ { { .nr_groups = 2 }, two, rec, 0 }, false },
		{ { { .nr_groups = 1, .order_width = 3 }, two, rec, 0 }, false },
		{ { one, { .nr = 0, .size = 32 }, rec, 0 }, false },
		{ { one, { .nr = 1, .size = 32 }, rec, 0 }, false },
		{ { one, { .nr = 3, .size = 32 }, rec, 0 }, false },
		{ { one, { .nr = 2, .size = 24 }, rec, 0 }, false },
		{ { one, { .nr = 2, .size = 16 }, { .type = 999, .size = 16 }, 0 }, false },
		{ { one, { .nr = 2, .size = 28 }, { .type = 999, .size = 28 }, 0 }, false },
		{ { one, { .nr = 2, .size = 40 }, { .type = 999, .size = 40 }, 0 }, false },
		{ { one, { .nr = 2, .size = 32, .thread = 1 }, rec, 0 }, false },
		{ { one, { .nr = 2, .size = 32, .spans = 1 }, rec, 0 }, true },
		{ { one, { .nr = 2, .size = 32, .spans = 2 }, rec, 0 }, false },
		{ { one, { .nr = 2, .size = 32, .nr_columns = 1 }, rec, 0 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hostile *f;
		void *own;

		assert_int_equal(setup(&own), 0);
		f = own;
		put_block(f, TRACEFILE_BLOCK_RECORDS, 2, &cases[i].is, sizeof(cases[i].is));
		read_it(f);
		if (f->state.damaged == cases[i].good)
			fail_msg("case %zu: %s", i, f->state.text);
		assert_int_equal(f->state.records, cases[i].good ? 2 : 0);
		teardown(&own);
	}
}

static void too_many_rows(void **state)
{
	struct hostile *f = *state;
	const struct sevtrace_rec rec = { .type = 999, .size = sizeof(rec) };

	put_records(f, &rec, ROWS(rec), NULL, 0);
	put_records(f, &rec, ROWS(rec) + 1, NULL, 0);
	read_it(f);
	assert_int_equal(f->state.blocks, 1);
	assert_int_equal(f->state.records, ROWS(rec));
	assert_refused(f, "malformed records");
}

/* Every record has another status: each was compared with all before. */
static void statuses(void **state)
{
	struct hostile *f = *state;
	const struct sevtrace_rec_psp rec = {
		.h = { .type = SEVTRACE_REC_PSP, .size = sizeof(rec), .launch = 1, .tid = 1 },
		.cmd = 1,
		.status = 1,
		.asked = 1,
		.answered = 1,
	};
	const struct columns_column column = DELTA(sevtrace_rec_psp, status);
	const struct model_psp *psp;
	uint64_t sum = 0;

	put_records(f, &rec.h, ROWS(rec), &column, 1);
	read_it(f);
	assert_false(f->state.damaged);
	psp = f->m.launches[0]->psp;
	assert_int_equal(psp->nr_errors, MODEL_MAX_STATUSES);
	for (size_t i = 0; i < psp->nr_errors; i++)
		sum += psp->errors[i].count;
	assert_int_equal(sum + psp->other_errors, ROWS(rec));
}

/* Each record is of another launch, each block of another step: 2 KiB of histogram a record. */
static void launches(void **state)
{
	struct hostile *f = *state;
	const struct columns_column column = DELTA(sevtrace_rec, launch);

	for (uint8_t i = 0; i < 26; i++) {
		const struct sevtrace_rec_step rec = {
			.h = { .type = SEVTRACE_REC_STEP,
			       .size = sizeof(rec),
			       .launch = 1,
			       .tid = 1 },
			.npages = 1,
			.ioctl = 101,
			.step = i % SEVTRACE_STEP_COUNT,
			.page_type = i / SEVTRACE_STEP_COUNT,
		};

		put_records(f, &rec.h, ROWS(rec), &column, 1);
	}
	assert_in_budget(f, read_it(f));
	assert_refused(f, "MiB of memory for its size");
}

/* Every record is of another thread inside an ioctl: each was compared with all before. */
static void threads(void **state)
{
	struct hostile *f = *state;
	const struct sevtrace_rec_ioctl_enter rec = {
		.h = { .type = SEVTRACE_REC_IOCTL_ENTER,
		       .size = sizeof(rec),
		       .launch = 1,
		       .tid = 1 },
		.ioctl = 101,
	};
	const struct columns_column column = DELTA(sevtrace_rec, tid);

	put_records(f, &rec.h, ROWS(rec), &column, 1);
	read_it(f);
	assert_in_range(f->m.launches[0]->nr_ops, 1, 128);
}

static void symbols(void **state)
{
	struct hostile *f = *state;
	const struct tracefile_symbol_item item = { .addr = 1, .pid = 1, .name_size = 8 };
	const size_t size = sizeof(item) + item.name_size;
	uint32_t nr = (1U << 20) / (uint32_t)size;
	char *payload = calloc(nr, size);

	assert_non_null(payload);
	for (uint32_t i = 0; i < nr; i++) {
		memcpy(payload + i * size, &item, sizeof(item));
		payload[i * size + sizeof(item)] = 'a';
	}
	for (int i = 0; i < 100; i++)
		put_block(f, TRACEFILE_BLOCK_SYMBOLS, nr, payload, nr * size);
	free(payload);
	assert_in_budget(f, read_it(f));
	assert_refused(f, "more items than its size can hold");
	assert_true(f->m.nr_symbols <=
		    TRACEFILE_FREE_ITEMS + TRACEFILE_ITEMS_PER_BYTE * (f->state.end + 500));
}

/* Names of a megabyte each. */
static void large_names(void **state)
{
	struct hostile *f = *state;
	const size_t size = 1U << 20;
	char *payload = malloc(size);

	assert_non_null(payload);
	for (int i = 0; i < 60; i++) {
		memset(payload, 'a' + i % 26, size);
		payload[0] = (char)(i + 1);
		payload[1] = '\0';
		payload[size - 1] = '\0';
		put_block(f, TRACEFILE_BLOCK_HOST, 1, payload, size);
	}
	free(payload);
	assert_in_budget(f, read_it(f));
	assert_refused(f, "MiB of memory for its size");
	/* What was read before is whole. */
	for (size_t i = 0; i < f->m.nr_host; i++)
		assert_int_equal(strlen(f->m.host[2 * i]), 1);
}

/* Histograms of ever other keys, without a sample. */
static void histograms(void **state)
{
	struct hostile *f = *state;
	uint32_t nr = 10000;
	struct tracefile_hist *items = calloc(nr, sizeof(*items));

	assert_non_null(items);
	for (uint32_t i = 0; i < nr; i++)
		items[i] = (struct tracefile_hist){ .launch = i / 10 + 1,
						    .kind = SEVTRACE_HIST_IOCTL,
						    .id = i % 10 };
	put_block(f, TRACEFILE_BLOCK_HIST, nr, items, nr * sizeof(*items));
	free(items);
	assert_in_budget(f, read_it(f));
	assert_refused(f, "MiB of memory for its size");
}

/* Blocks of records that are all the same: work without memory. */
static void nothing_but_records(void **state)
{
	struct hostile *f = *state;
	const struct sevtrace_rec_step rec = {
		.h = { .type = SEVTRACE_REC_STEP, .size = sizeof(rec), .launch = 1, .tid = 1 },
	};

	for (int i = 0; i < 100; i++)
		put_records(f, &rec.h, ROWS(rec), NULL, 0);
	read_it(f);
	assert_refused(f, "more items than its size can hold");
	assert_true(f->state.records <=
		    TRACEFILE_FREE_ITEMS + TRACEFILE_ITEMS_PER_BYTE * (f->state.end + 500));
}

/* The totals of the last block have to be those of the file. */
static void totals(void **state)
{
	static const struct {
		size_t size;
		struct tracefile_end end;
		uint32_t nr;
		bool good;
	} cases[] = {
		{ sizeof(struct tracefile_end), { .blocks = 1, .records = 5 }, 1, true },
		{ sizeof(struct tracefile_end), { .blocks = 1, .records = 4 }, 1, false },
		{ sizeof(struct tracefile_end), { .blocks = 1, .records = 6 }, 1, false },
		{ sizeof(struct tracefile_end), { .blocks = 0, .records = 5 }, 1, false },
		{ sizeof(struct tracefile_end), { .blocks = 2, .records = 5 }, 1, false },
		{ sizeof(struct tracefile_end), { .blocks = 1, .records = 5 }, 0, false },
		{ sizeof(struct tracefile_end), { .blocks = 1, .records = 5 }, 2, false },
		{ sizeof(struct tracefile_end) - 1, { .blocks = 1, .records = 5 }, 1, false },
	};
	const struct sevtrace_rec rec = { .type = 999, .size = sizeof(rec) };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hostile *f;
		void *own;

		assert_int_equal(setup(&own), 0);
		f = own;
		put_records(f, &rec, 5, NULL, 0);
		put_block(f, TRACEFILE_BLOCK_END, cases[i].nr, &cases[i].end, cases[i].size);
		read_it(f);
		assert_int_equal(f->state.damaged, !cases[i].good);
		teardown(&own);
	}
}

/* The index has to list the blocks since the index before it, as they are. */
static void indices(void **state)
{
	struct {
		struct tracefile_index head;
		struct tracefile_index_entry of[2];
	} index = { 0 };
	const struct sevtrace_rec rec = { .type = 999, .size = sizeof(rec) };

	(void)state;
	for (size_t flip = 0; flip <= sizeof(index); flip++) {
		struct hostile *f;
		uint64_t at;
		void *own;

		assert_int_equal(setup(&own), 0);
		f = own;
		memset(&index, 0, sizeof(index));
		index.of[0] = put_records(f, &rec, 5, NULL, 0);
		index.of[1] = put_records(f, &rec, 7, NULL, 0);
		if (flip < sizeof(index))
			((unsigned char *)&index)[flip] ^= 1;
		at = (uint64_t)ftell(f->file);
		put_block(f, TRACEFILE_BLOCK_INDEX, 2, &index, sizeof(index));
		/* The next one begins anew. */
		index.head.previous = at;
		index.of[0] = put_records(f, &rec, 5, NULL, 0);
		put_block(f, TRACEFILE_BLOCK_INDEX, 1, &index, sizeof(index) - sizeof(index.of[1]));
		read_it(f);
		assert_int_equal(f->state.damaged, flip < sizeof(index));
		assert_int_equal(f->state.blocks, flip < sizeof(index) ? 2 : 5);
		teardown(&own);
	}
}

/* What is returned can be taken again, and nothing is taken twice. */
static void budget(void **state)
{
	struct model_budget b = { .limit = 100 };
	size_t charged = 0, nr = 0;
	uint64_t *array = NULL;
	void *p;

	(void)state;
	p = model_budget_alloc(&b, &charged, 60);
	assert_non_null(p);
	assert_null(model_budget_alloc(&b, &charged, 41));
	assert_true(b.exceeded);
	assert_int_equal(charged, 60);
	model_budget_return(&b, 60);
	assert_int_equal(b.used, 0);
	for (int i = 0; i < 8; i++)
		assert_non_null(model_budget_add(&b, &charged, (void **)&array, &nr, 8));
	assert_int_equal(b.used, 64);
	assert_null(model_budget_add(&b, &charged, (void **)&array, &nr, 8));
	assert_int_equal(nr, 8);
	assert_true(model_budget_take(&b, 36));
	assert_false(model_budget_take(&b, 1));
	free(array);
	free(p);
	assert_int_equal(model_budget_limit(0), MODEL_BUDGET_BASE);
	assert_int_equal(model_budget_limit(1000),
			 MODEL_BUDGET_BASE + 1000 * MODEL_BUDGET_PER_BYTE);
	assert_true(model_budget_limit(UINT64_MAX) == SIZE_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(columns_repeat_an_offset),
		cmocka_unit_test(columns_overlap),
		cmocka_unit_test(heads),
		TEST(too_many_rows),
		TEST(statuses),
		TEST(launches),
		TEST(threads),
		TEST(symbols),
		TEST(large_names),
		TEST(histograms),
		TEST(nothing_but_records),
		cmocka_unit_test(totals),
		cmocka_unit_test(indices),
		cmocka_unit_test(budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
