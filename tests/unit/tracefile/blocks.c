// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blocks as the format has them, made by hand, each beside one that is wrong by a single byte, item
 * or flag: the reader takes all of the one and says what the other is.
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

#include "tracefile/image.h"
#include "util/array.h"

/* A file, and what was read of it. */
struct fixture {
	char path[64];
	struct image image;
	/* what the visitor saw */
	uint64_t items;
	struct tracefile_state state;
	struct sevtrace_hist_key key;
	struct sevtrace_hist hist;
	char text[64];
};

static int see(struct fixture *f)
{
	f->items++;
	return 0;
}

static int see_host(void *ctx, const char *key, const char *value)
{
	struct fixture *f = ctx;

	snprintf(f->text, sizeof(f->text), "%.16s=%.16s", key, value);
	return see(f);
}

static int see_record(void *ctx, const union sevtrace_record *rec)
{
	(void)rec;
	return see(ctx);
}

static int see_hist(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist)
{
	struct fixture *f = ctx;

	f->key = *key;
	f->hist = *hist;
	return see(f);
}

static int see_drops(void *ctx, const struct tracefile_cpu_drops *drops)
{
	struct fixture *f = ctx;

	snprintf(f->text, sizeof(f->text), "cpu %u", drops->cpu);
	return see(f);
}

static int see_launch_drops(void *ctx, const struct tracefile_launch_drops *drops)
{
	struct fixture *f = ctx;

	snprintf(f->text, sizeof(f->text), "launch %u", drops->launch);
	return see(f);
}

static int see_loss(void *ctx, const struct tracefile_loss *loss)
{
	struct fixture *f = ctx;

	snprintf(f->text, sizeof(f->text), "%s", loss->name);
	return see(f);
}

static int see_symbol(void *ctx, const struct tracefile_symbol *symbol)
{
	struct fixture *f = ctx;

	snprintf(f->text, sizeof(f->text), "%.32s", symbol->name);
	return see(f);
}

static const struct tracefile_visitor everything = {
	.host = see_host,
	.record = see_record,
	.hist = see_hist,
	.cpu_drops = see_drops,
	.launch_drops = see_launch_drops,
	.loss = see_loss,
	.symbol = see_symbol,
};
static const struct tracefile_visitor nothing;

static void start(struct fixture *f)
{
	image_start(&f->image);
	f->text[0] = '\0';
}

static void put_block(struct fixture *f, uint32_t type, uint32_t nr, const void *payload,
		      size_t size)
{
	image_block(&f->image, type, nr, payload, size);
}

static int read_with(struct fixture *f, const struct tracefile_visitor *visitor,
		     unsigned int threads)
{
	struct tracefile_reader *r;
	char why[256];
	int ret;

	f->items = 0;
	image_store(&f->image, f->path);
	assert_int_equal(tracefile_open(f->path, &r, why, sizeof(why)), 0);
	tracefile_set_threads(r, threads);
	ret = tracefile_read(r, visitor, f, &f->state);
	tracefile_reader_free(r);
	return ret;
}

/* Reads it: by one thread and by three, and without a visitor, which makes no difference. */
static void read_it(struct fixture *f)
{
	struct tracefile_state states[3];

	memset(states, 0, sizeof(states));
	assert_int_equal(read_with(f, &nothing, 1), 0);
	states[0] = f->state;
	assert_int_equal(read_with(f, &everything, 3), 0);
	states[1] = f->state;
	assert_int_equal(read_with(f, &everything, 1), 0);
	states[2] = f->state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(states[i].end, states[2].end);
		assert_int_equal(states[i].blocks, states[2].blocks);
		assert_int_equal(states[i].records, states[2].records);
		assert_int_equal(states[i].unknown_blocks, states[2].unknown_blocks);
		assert_int_equal(states[i].damaged, states[2].damaged);
		assert_int_equal(states[i].complete, states[2].complete);
		assert_string_equal(states[i].text, states[2].text);
	}
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	*state = f;
	if (!f)
		return -1;
	strcpy(f->path, "/tmp/sevtrace-blocks.XXXXXX");
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

/* Reads a file of one block, of which `items` items are whole, and says whether it was good. */
static void expect(struct fixture *f, const char *name, uint64_t items, bool good)
{
	read_it(f);
	if (f->state.damaged == good || (!good && !strstr(f->state.text, "(malformed block)")))
		fail_msg("%s: %s", name, f->state.text);
	if (f->items != items)
		fail_msg("%s: %llu items", name, (unsigned long long)f->items);
	assert_int_equal(f->state.blocks, good);
}

#define TEXT(text) text, sizeof(text) - 1

static void pairs(void **state)
{
	static const struct {
		const char *payload;
		size_t size;
		uint64_t nr;
		uint64_t items;
		uint64_t good;
		const char *last;
	} cases[] = {
		{ TEXT("key\0value\0"), 1, 1, true, "key=value" },
		{ TEXT("key\0value"), 1, 0, false, "" },
		{ TEXT("key\0"), 1, 0, false, "" },
		{ TEXT("key"), 1, 0, false, "" },
		{ TEXT(""), 1, 0, false, "" },
		{ TEXT(""), 0, 0, true, "" },
		{ TEXT("\0\0"), 1, 1, true, "=" },
		{ TEXT("\0"), 1, 0, false, "" },
		{ TEXT("a\0b\0cd\0ef\0"), 2, 2, true, "cd=ef" },
		{ TEXT("a\0bcd\0e\0\0"), 2, 2, true, "e=" },
		{ TEXT("a\0b\0cd\0ef\0"), 3, 2, false, "cd=ef" },
		{ TEXT("a\0b\0cd\0ef"), 2, 1, false, "a=b" },
		{ TEXT("a\0b\0\0\0\0\0"), 1, 1, true, "a=b" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char name[32];

		snprintf(name, sizeof(name), "case %zu", i);
		start(f);
		put_block(f, TRACEFILE_BLOCK_HOST, (uint32_t)cases[i].nr, cases[i].payload,
			  cases[i].size);
		expect(f, name, cases[i].items, cases[i].good);
		assert_string_equal(f->text, cases[i].last);
	}
}

/* Items of one size: two of them, and one byte or item that is not there. */
static void items_of_one_size(void **state)
{
	static const struct tracefile_cpu_drops cpus[] = { { .cpu = 3 }, { .cpu = 8 } };
	static const struct tracefile_launch_drops launches[] = { { .launch = 3 },
								  { .launch = 8 } };
	static const struct tracefile_loss losses[] = { { .name = "three" }, { .name = "eight" } };
	static const struct {
		struct tracefile_symbol_item item;
		char name[8];
	} symbols[] = { { { .name_size = 8 }, "three" }, { { .name_size = 8 }, "eight" } };
	static const struct tracefile_hist hists[] = { { .launch = 3 }, { .launch = 8 } };
	static const struct {
		uint32_t type;
		const void *items;
		size_t size;
		const char *texts[2];
	} cases[] = {
		{ TRACEFILE_BLOCK_DROPS, cpus, sizeof(cpus), { "cpu 3", "cpu 8" } },
		{ TRACEFILE_BLOCK_LAUNCH_DROPS,
		  launches,
		  sizeof(launches),
		  { "launch 3", "launch 8" } },
		{ TRACEFILE_BLOCK_LOSSES, losses, sizeof(losses), { "three", "eight" } },
		{ TRACEFILE_BLOCK_SYMBOLS, symbols, sizeof(symbols), { "three", "eight" } },
		{ TRACEFILE_BLOCK_HIST, hists, sizeof(hists), { "", "" } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		start(f);
		put_block(f, cases[i].type, 2, cases[i].items, cases[i].size);
		expect(f, "two items", 2, true);
		assert_string_equal(f->text, cases[i].texts[1]);
		start(f);
		put_block(f, cases[i].type, 2, cases[i].items, cases[i].size - 1);
		expect(f, "a byte short", 1, false);
		assert_string_equal(f->text, cases[i].texts[0]);
		start(f);
		put_block(f, cases[i].type, 3, cases[i].items, cases[i].size);
		expect(f, "an item short", 2, false);
	}
}

static void names(void **state)
{
	static const struct {
		uint64_t name_size;
		size_t size; /* of the payload, behind the item */
		const char *name;
		uint64_t good;
	} cases[] = {
		{ 8, 8, "1234567", true },
		{ 8, 8, "12345678", false },
		{ 16, 16, "123456789012345", true },
		{ 16, 15, "12345678", false },
		{ 4, 8, "123", false },
		{ 9, 16, "12345678", false },
		{ 0, 8, "", false },
		{ UINT32_MAX - 7, 16, "1", false },
	};
	struct fixture *f = *state;
	struct tracefile_loss loss = { .name = "1234567890123456789012345678901" };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct {
			struct tracefile_symbol_item item;
			char name[16];
		} symbol = { .item = { .name_size = (uint32_t)cases[i].name_size } };

		memcpy(symbol.name, cases[i].name, strlen(cases[i].name));
		start(f);
		put_block(f, TRACEFILE_BLOCK_SYMBOLS, 1, &symbol,
			  sizeof(symbol.item) + cases[i].size);
		expect(f, cases[i].name, cases[i].good, cases[i].good);
		assert_string_equal(f->text, cases[i].good ? cases[i].name : "");
	}
	start(f);
	put_block(f, TRACEFILE_BLOCK_LOSSES, 1, &loss, sizeof(loss));
	expect(f, "the longest name", 1, true);
	assert_string_equal(f->text, loss.name);
	loss.name[TRACEFILE_LOSS_NAME_LEN - 1] = '2';
	start(f);
	put_block(f, TRACEFILE_BLOCK_LOSSES, 1, &loss, sizeof(loss));
	expect(f, "a name without an end", 0, false);
}

struct hist_item {
	struct tracefile_hist head;
	struct tracefile_bucket buckets[SEVTRACE_HIST_BUCKETS + 1];
};

static void expect_hist(struct fixture *f, const struct hist_item *item, size_t nr_buckets,
			bool good)
{
	start(f);
	put_block(f, TRACEFILE_BLOCK_HIST, 1, item,
		  sizeof(item->head) + nr_buckets * sizeof(item->buckets[0]));
	expect(f, "histogram", good, good);
}

static void histograms(void **state)
{
	const uint32_t all = SEVTRACE_HIST_BUCKETS;
	struct fixture *f = *state;
	struct hist_item item = { .head = { .launch = 1,
					    .id = 2,
					    .kind = 3,
					    .phase = 4,
					    .count = 5,
					    .sum = 6,
					    .min = 7,
					    .max = 8,
					    .pages = 9 } };

	for (uint32_t i = 0; i <= all; i++)
		item.buckets[i] = (struct tracefile_bucket){ i, i + 1 };
	item.head.nr_buckets = all;
	expect_hist(f, &item, all, true);
	assert_int_equal(f->key.launch, 1);
	assert_int_equal(f->key.id, 2);
	assert_int_equal(f->key.kind, 3);
	assert_int_equal(f->key.phase, 4);
	assert_int_equal(f->hist.count, 5);
	assert_int_equal(f->hist.sum, 6);
	assert_true(f->hist.inv_min == ~7ULL);
	assert_int_equal(f->hist.max, 8);
	assert_int_equal(f->hist.pages, 9);
	for (uint32_t i = 0; i < all; i++)
		assert_int_equal(f->hist.buckets[i], i + 1);
	expect_hist(f, &item, all - 1, false);
	/* One that names a bucket twice says more buckets than there are. */
	item.buckets[all].bucket = 0;
	item.head.nr_buckets = all + 1;
	expect_hist(f, &item, all + 1, false);
	item.head.nr_buckets = 1;
	item.buckets[0].bucket = all - 1;
	expect_hist(f, &item, 1, true);
	assert_int_equal(f->hist.buckets[all - 1], 1);
	item.buckets[0].bucket = all;
	expect_hist(f, &item, 1, false);
	item.head.nr_buckets = 0;
	item.head.count = 0;
	expect_hist(f, &item, 0, true);
	assert_true(f->hist.inv_min == 0);
}

/* Two histograms with buckets stand behind each other. */
static void histograms_in_a_row(void **state)
{
	struct {
		struct tracefile_hist head;
		struct tracefile_bucket bucket;
	} two[2] = { { .head = { .launch = 1, .nr_buckets = 1 }, .bucket = { 5, 50 } },
		     { .head = { .launch = 2, .nr_buckets = 1 }, .bucket = { 6, 60 } } };
	struct fixture *f = *state;

	start(f);
	put_block(f, TRACEFILE_BLOCK_HIST, 2, two, sizeof(two));
	expect(f, "two", 2, true);
	assert_int_equal(f->key.launch, 2);
	assert_int_equal(f->hist.buckets[6], 60);
	assert_int_equal(f->hist.buckets[5], 0);
	start(f);
	put_block(f, TRACEFILE_BLOCK_HIST, 2, two, sizeof(two) - 1);
	expect(f, "a byte short", 1, false);
}

/*
 * Puts one compressed block with so many items that its length allows no more, or with `more` too
 * many. Returns how many it allows: that depends on the length, which depends on the items.
 */
static uint32_t fill_up(struct fixture *f, uint32_t type, size_t size, const char *payload,
			uint32_t more)
{
	uint32_t nr = 0, most = TRACEFILE_FREE_ITEMS;

	for (int tries = 0; nr != most + more; tries++) {
		assert_true(tries < 20);
		nr = most + more;
		start(f);
		most = (uint32_t)image_packed(&f->image, type, nr, payload, nr * size);
		most += sizeof(struct tracefile_header);
		most = TRACEFILE_FREE_ITEMS + TRACEFILE_ITEMS_PER_BYTE * most;
	}
	return most;
}

/* Every type of item, so many times that its bytes cannot account for them. */
static void too_many_items(void **state)
{
	static const struct {
		uint32_t type;
		size_t size;
	} types[] = {
		{ TRACEFILE_BLOCK_HOST, 2 },
		{ TRACEFILE_BLOCK_HIST, sizeof(struct tracefile_hist) },
		{ TRACEFILE_BLOCK_DROPS, sizeof(struct tracefile_cpu_drops) },
		{ TRACEFILE_BLOCK_LOSSES, sizeof(struct tracefile_loss) },
		{ TRACEFILE_BLOCK_LAUNCH_DROPS, sizeof(struct tracefile_launch_drops) },
		{ TRACEFILE_BLOCK_SYMBOLS, sizeof(struct tracefile_symbol_item) + 8 },
	};
	const struct tracefile_symbol_item symbol = { .name_size = 8 };
	struct fixture *f = *state;
	char *payload = calloc(1, TRACEFILE_MAX_BLOCK);

	assert_non_null(payload);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const size_t size = types[i].size;
		uint32_t most;

		for (size_t at = 0;
		     types[i].type == TRACEFILE_BLOCK_SYMBOLS && at + size <= TRACEFILE_MAX_BLOCK;
		     at += size)
			memcpy(payload + at, &symbol, sizeof(symbol));
		most = fill_up(f, types[i].type, size, payload, 0);
		expect(f, "as many as there may be", most, true);
		most = fill_up(f, types[i].type, size, payload, 1);
		read_it(f);
		assert_true(f->state.damaged);
		assert_non_null(strstr(f->state.text, "more items than its size can hold"));
		assert_int_equal(f->items, most);
	}
	free(payload);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pairs),	  TEST(items_of_one_size),   TEST(names),
		TEST(histograms), TEST(histograms_in_a_row), TEST(too_many_items),
	};

	return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
