// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files as a whole: which headers, encodings and ends the reader takes, what it says of others, and
 * that a visitor can end the reading.
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
#include <zstd.h>

#include "tracefile/columns_format.h"
#include "tracefile/image.h"
#include "util/array.h"

struct fixture {
	char path[64];
	struct image image;
	struct tracefile_state state;
	uint64_t items;
	int stop; /* what a visitor returns */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	*state = f;
	if (!f)
		return -1;
	strcpy(f->path, "/tmp/sevtrace-whole.XXXXXX");
	fd = mkstemp(f->path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	free(f->image.bytes);
	free(f);
	return 0;
}

static int count(void *ctx)
{
	struct fixture *f = ctx;

	f->items++;
	return f->stop;
}

static int see_host(void *ctx, const char *key, const char *value)
{
	(void)key;
	(void)value;
	return count(ctx);
}

static int see_record(void *ctx, const union sevtrace_record *rec)
{
	(void)rec;
	return count(ctx);
}

static int see_hist(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist)
{
	(void)key;
	(void)hist;
	return count(ctx);
}

static int see_drops(void *ctx, const struct tracefile_cpu_drops *drops)
{
	(void)drops;
	return count(ctx);
}

static int see_launch_drops(void *ctx, const struct tracefile_launch_drops *drops)
{
	(void)drops;
	return count(ctx);
}

static int see_loss(void *ctx, const struct tracefile_loss *loss)
{
	(void)loss;
	return count(ctx);
}

static int see_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	(void)symbol;
	return count(ctx);
}

static const struct tracefile_visitor visitor = {
	.host = see_host,
	.record = see_record,
	.hist = see_hist,
	.cpu_drops = see_drops,
	.launch_drops = see_launch_drops,
	.loss = see_loss,
	.symbol = see_symbol,
};

static int open_it(const struct fixture *f, struct tracefile_reader **r, char *why, size_t size)
{
	image_store(&f->image, f->path);
	*why = '\0';
	return tracefile_open(f->path, r, why, size);
}

static int read_it(struct fixture *f, unsigned int threads)
{
	struct tracefile_reader *r;
	char why[256];
	int ret;

	f->items = 0;
	assert_int_equal(open_it(f, &r, why, sizeof(why)), 0);
	tracefile_set_threads(r, threads);
	ret = tracefile_read(r, &visitor, f, &f->state);
	tracefile_reader_free(r);
	return ret;
}

static void put_pair(struct fixture *f)
{
	image_block(&f->image, TRACEFILE_BLOCK_HOST, 1, "k\0v\0", 4);
}

static void put_end(struct fixture *f, uint64_t blocks)
{
	const struct tracefile_end end = { .blocks = blocks };

	image_block(&f->image, TRACEFILE_BLOCK_END, 1, &end, sizeof(end));
}

/* Sets the header; behind it come as many bytes as it says that it has, and a block. */
static void put_header(struct fixture *f, uint16_t major, uint32_t size)
{
	const char zeros[TRACEFILE_MAX_HEADER + 1] = { 0 };
	struct tracefile_header header;

	image_start(&f->image);
	memcpy(&header, f->image.bytes, sizeof(header));
	header.major = major;
	header.header_size = size;
	memcpy(f->image.bytes, &header, sizeof(header));
	if (size > sizeof(header))
		image_put(&f->image, zeros, size - sizeof(header));
	put_pair(f);
}

static void headers(void **state)
{
	static const struct {
		uint16_t major;
		uint32_t size;
		int ret;
		const char *why;
	} cases[] = {
		{ TRACEFILE_MAJOR, sizeof(struct tracefile_header), 0, "" },
		{ TRACEFILE_MAJOR, sizeof(struct tracefile_header) + 1, 0, "" },
		{ TRACEFILE_MAJOR, sizeof(struct tracefile_header) - 1, -EINVAL, "makes no sense" },
		{ TRACEFILE_MAJOR, TRACEFILE_MAX_HEADER, 0, "" },
		{ TRACEFILE_MAJOR, TRACEFILE_MAX_HEADER + 1, -EINVAL, "makes no sense" },
		{ 1, sizeof(struct tracefile_header), 0, "" },
		{ 0, sizeof(struct tracefile_header), -EINVAL, "makes no sense" },
		{ TRACEFILE_MAJOR + 1, sizeof(struct tracefile_header), -EPROTONOSUPPORT,
		  "use a newer sevtrace" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tracefile_reader *r;
		char why[256];

		put_header(f, cases[i].major, cases[i].size);
		assert_int_equal(open_it(f, &r, why, sizeof(why)), cases[i].ret);
		if (!strstr(why, cases[i].why))
			fail_msg("case %zu: %s", i, why);
		if (cases[i].ret)
			continue;
		tracefile_reader_free(r);
		assert_int_equal(read_it(f, 1), 0);
		assert_int_equal(f->items, 1);
		assert_string_equal(f->state.text, "the recorder did not finish it");
	}
}

static void too_short(void **state)
{
	struct fixture *f = *state;
	struct tracefile_reader *r;
	char why[256];

	image_start(&f->image);
	assert_int_equal(open_it(f, &r, why, sizeof(why)), 0);
	tracefile_reader_free(r);
	f->image.used--;
	assert_int_equal(open_it(f, &r, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "is not a sevtrace recording: it is too short");
}

/* What stands behind the last block, in a file that has its END block and in one that has not. */
static void behind_the_end(void **state)
{
	static const struct tracefile_block block = { .type = TRACEFILE_BLOCK_HOST };
	static const struct tracefile_block long_stored = { .length = TRACEFILE_MAX_BLOCK + 1 };
	static const struct tracefile_block long_raw = { .raw_length = TRACEFILE_MAX_BLOCK + 1 };
	static const struct tracefile_block cut = { .length = 8, .raw_length = 8 };
	static const struct {
		const struct tracefile_block *block;
		size_t size;
		const char *text; /* without the END block; with it there is data after the end */
	} cases[] = {
		{ &block, 1, "it is cut off at byte 84" },
		{ &block, sizeof(block) - 1, "it is cut off at byte 84" },
		{ &block, sizeof(block), "it is damaged at byte 84 (wrong checksum)" },
		{ &long_stored, sizeof(block),
		  "it is damaged at byte 84 (impossible block length)" },
		{ &long_raw, sizeof(block), "it is damaged at byte 84 (impossible block length)" },
		{ &cut, sizeof(block), "it is cut off at byte 84" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (unsigned int threads = 1; threads <= 3; threads += 2) {
			image_start(&f->image);
			put_pair(f);
			image_put(&f->image, cases[i].block, cases[i].size);
			assert_int_equal(read_it(f, threads), 0);
			assert_string_equal(f->state.text, cases[i].text);
			assert_int_equal(f->state.damaged, cases[i].text[6] == 'd');
			image_start(&f->image);
			put_pair(f);
			put_end(f, 1);
			image_put(&f->image, cases[i].block, cases[i].size);
			assert_int_equal(read_it(f, threads), 0);
			assert_true(f->state.damaged);
			assert_non_null(strstr(f->state.text, "(data after the end)"));
			assert_int_equal(f->items, 1);
			assert_int_equal(f->state.blocks, 2);
		}
	}
}

/* A whole file is one that has its END block, and whose header says so and where the index is. */
static void completeness(void **state)
{
	static const struct {
		uint32_t flags;
		uint32_t index;
		bool end;
		const char *text;
	} cases[] = {
		{ TRACEFILE_COMPLETE, 0, true, "" },
		{ TRACEFILE_COMPLETE, 40, true, "the index is not where the header says" },
		{ 0, 0, true, "the recorder did not finish it" },
		{ 0, 40, true, "the recorder did not finish it" },
		{ TRACEFILE_COMPLETE, 0, false, "the recorder did not finish it" },
		{ TRACEFILE_COMPLETE, 40, false, "the recorder did not finish it" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tracefile_header header;

		image_start(&f->image);
		memcpy(&header, f->image.bytes, sizeof(header));
		header.flags = cases[i].flags;
		header.index = cases[i].index;
		memcpy(f->image.bytes, &header, sizeof(header));
		put_pair(f);
		if (cases[i].end)
			put_end(f, 1);
		assert_int_equal(read_it(f, 1), 0);
		assert_int_equal(f->state.complete, !*cases[i].text);
		assert_non_null(strstr(f->state.text, cases[i].text));
		assert_int_equal(f->state.damaged, strstr(f->state.text, "damaged") != NULL);
		assert_int_equal(f->state.end, f->image.used);
	}
}

/* Puts a pair, compressed, whose head says another length, type or flags. */
static void put_odd(struct fixture *f, uint32_t raw_length, uint32_t type, uint32_t flags,
		    bool wrong_crc)
{
	char packed[128];
	const size_t n = ZSTD_compress(packed, sizeof(packed), "k\0v\0", 4, 1);
	struct tracefile_block block = { .type = type,
					 .flags = flags,
					 .length = (uint32_t)n,
					 .raw_length = raw_length,
					 .nr = 1 };

	assert_false(ZSTD_isError(n));
	image_start(&f->image);
	image_stored(&f->image, block, packed);
	if (wrong_crc)
		f->image.bytes[f->image.used - 1] ^= 1;
}

static void encodings(void **state)
{
	static const struct {
		uint32_t raw_length;
		uint32_t type;
		uint32_t flags;
		bool wrong_crc;
		uint64_t items;
		uint64_t unknown;
		const char *damage;
	} cases[] = {
		{ 4, TRACEFILE_BLOCK_HOST, TRACEFILE_ZSTD, false, 1, 0, NULL },
		{ 4, TRACEFILE_BLOCK_HOST, TRACEFILE_ZSTD, true, 0, 0, "wrong checksum" },
		{ 3, TRACEFILE_BLOCK_HOST, TRACEFILE_ZSTD, false, 0, 0, "compressed data" },
		{ 5, TRACEFILE_BLOCK_HOST, TRACEFILE_ZSTD, false, 0, 0, "compressed data" },
		/* Not compressed, as it says: a payload of as many bytes as are stored. */
		{ 4, TRACEFILE_BLOCK_HOST, 0, false, 0, 0, "malformed block" },
		{ 4, TRACEFILE_BLOCK_RECORDS, 0, false, 0, 0, "malformed block" },
		{ 4, TRACEFILE_BLOCK_RECORDS, TRACEFILE_ZSTD, false, 0, 0, "malformed records" },
		/* Of a newer version. */
		{ 4, 1000, TRACEFILE_ZSTD, false, 0, 1, NULL },
		{ 4, 0, TRACEFILE_ZSTD, false, 0, 1, NULL },
		{ 9, TRACEFILE_BLOCK_HOST, 2, false, 0, 1, NULL },
		{ 4, TRACEFILE_BLOCK_HOST, TRACEFILE_ZSTD | 2, false, 0, 1, NULL },
		{ 4, TRACEFILE_BLOCK_RECORDS, 2, false, 0, 1, NULL },
		{ 4, TRACEFILE_BLOCK_RECORDS, 2, true, 0, 0, "wrong checksum" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put_odd(f, cases[i].raw_length, cases[i].type, cases[i].flags, cases[i].wrong_crc);
		for (unsigned int threads = 1; threads <= 3; threads++) {
			assert_int_equal(read_it(f, threads), 0);
			assert_int_equal(f->items, cases[i].items);
			assert_int_equal(f->state.unknown_blocks, cases[i].unknown);
			if (f->state.damaged != (cases[i].damage != NULL) ||
			    !strstr(f->state.text, cases[i].damage ? cases[i].damage : ""))
				fail_msg("case %zu: %s", i, f->state.text);
		}
	}
}

/* Blocks of the greatest length, as stored and as unpacked. */
static void longest_blocks(void **state)
{
	struct fixture *f = *state;
	char *zeros = calloc(1, TRACEFILE_MAX_BLOCK + 1);

	assert_non_null(zeros);
	image_start(&f->image);
	image_block(&f->image, TRACEFILE_BLOCK_HOST, 1, zeros, TRACEFILE_MAX_BLOCK);
	image_packed(&f->image, TRACEFILE_BLOCK_HOST, 1, zeros, TRACEFILE_MAX_BLOCK);
	image_packed(&f->image, TRACEFILE_BLOCK_HOST, 1, zeros, TRACEFILE_MAX_BLOCK + 1);
	assert_int_equal(read_it(f, 1), 0);
	assert_int_equal(f->state.blocks, 2);
	assert_int_equal(f->items, 2);
	assert_non_null(strstr(f->state.text, "impossible block length"));
	free(zeros);
}

/* Two records that are the same. */
struct records {
	struct columns_head head;
	struct columns_group_head group;
	struct sevtrace_rec rec;
};

/* Puts a block with two items of a type. */
static void put_two(struct fixture *f, uint32_t type)
{
	static const char items[4096];
	static const struct {
		struct tracefile_symbol_item item;
		char name[8];
	} symbols[] = { { .item.name_size = 8 }, { .item.name_size = 8 } };
	static const struct records records = {
		{ .nr_groups = 1 },
		{ .nr = 2, .size = sizeof(struct sevtrace_rec) },
		{ .type = SEVTRACE_REC_STEP, .size = sizeof(struct sevtrace_rec) },
	};

	if (type == TRACEFILE_BLOCK_RECORDS)
		image_block(&f->image, type, 2, &records, sizeof(records));
	else if (type == TRACEFILE_BLOCK_SYMBOLS)
		image_block(&f->image, type, 2, symbols, sizeof(symbols));
	else
		image_block(&f->image, type, 2, items, sizeof(items));
}

/* What a visitor returns ends the reading at the item, and comes out. */
static void visitors_end_it(void **state)
{
	static const uint32_t types[] = { TRACEFILE_BLOCK_HOST,	  TRACEFILE_BLOCK_RECORDS,
					  TRACEFILE_BLOCK_HIST,	  TRACEFILE_BLOCK_DROPS,
					  TRACEFILE_BLOCK_LOSSES, TRACEFILE_BLOCK_LAUNCH_DROPS,
					  TRACEFILE_BLOCK_SYMBOLS };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		image_start(&f->image);
		put_two(f, types[i]);
		put_pair(f);
		f->stop = 0;
		assert_int_equal(read_it(f, 1), 0);
		assert_int_equal(f->items, 3);
		assert_int_equal(f->state.records, types[i] == TRACEFILE_BLOCK_RECORDS ? 2 : 0);
		f->stop = -ENOSPC;
		assert_int_equal(read_it(f, 1), -ENOSPC);
		assert_int_equal(f->items, 1);
		assert_int_equal(f->state.blocks, 0);
		assert_false(f->state.damaged);
		f->stop = 77;
		assert_int_equal(read_it(f, 3), 77);
		assert_int_equal(f->items, 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(headers),	 TEST(too_short),      TEST(behind_the_end),  TEST(completeness),
		TEST(encodings), TEST(longest_blocks), TEST(visitors_end_it),
	};

	return cmocka_run_group_tests_name("whole", tests, NULL, NULL);
}
