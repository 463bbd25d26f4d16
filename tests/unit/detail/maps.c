// SPDX-License-Identifier: GPL-2.0-only
/* Heat maps, lanes and the slowest pages: what goes in has to be there, however much it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detail/internal.h"

/* xorshift64: the same values in each run. */
static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Returns how many values the map has in a row; UINT32_MAX: in all of them. */
static uint64_t counted(const struct detail_heat *h, uint32_t row)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < h->nr_columns; i++)
		for (uint32_t r = 0; r < DETAIL_ROWS; r++)
			if (row == UINT32_MAX || r == row)
				sum += h->counts[i][r];
	return sum;
}

static uint32_t row_of(uint64_t ns)
{
	return sevtrace_hist_bucket(ns) / DETAIL_ROW_BUCKETS;
}

static void columns_ascend(const struct detail_heat *h)
{
	assert_in_range(h->nr_columns, 1, DETAIL_COLUMNS);
	for (size_t i = 1; i < h->nr_columns; i++)
		assert_true(h->columns[i - 1] < h->columns[i]);
}

/* Returns the count of a value's cell. */
static uint32_t cell(const struct detail_heat *h, uint64_t value, uint64_t ns)
{
	for (size_t i = 0; i < h->nr_columns; i++)
		if (h->columns[i] == value >> h->shift)
			return h->counts[i][row_of(ns)];
	return 0;
}

static void heat_keeps_all(void **state)
{
	struct detail_heat *h = calloc(1, sizeof(*h));
	uint64_t seed = 88172645463325252ULL, rows[DETAIL_ROWS] = { 0 };

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		/* Low memory, and a few pages right below 4 GiB. */
		uint64_t gfn = next(&seed) % 50 ? next(&seed) % 3000 : 0xfff00 + i % 16;
		uint64_t ns = next(&seed) % 5000000;

		heat_add(h, gfn, 1, ns);
		rows[row_of(ns)]++;
		assert_true(cell(h, gfn, ns) > 0);
	}
	columns_ascend(h);
	assert_int_equal(counted(h, UINT32_MAX), 20000);
	for (uint32_t row = 0; row < DETAIL_ROWS; row++)
		assert_int_equal(counted(h, row), rows[row]);
	/* 3,000 GFNs take 94 columns of 32, those at the top one: no reason for wider ones. */
	assert_int_equal(h->shift, 5);
	free(h);
}

/* What has few values has a column for each of them, wherever they are. */
static void heat_is_exact(void **state)
{
	struct detail_heat *h = calloc(1, sizeof(*h));

	(void)state;
	for (uint64_t i = 0; i < DETAIL_COLUMNS; i++)
		heat_add(h, (DETAIL_COLUMNS - i) * 1000003, 1, i);
	columns_ascend(h);
	assert_int_equal(h->shift, 0);
	assert_int_equal(h->nr_columns, DETAIL_COLUMNS);
	assert_int_equal(h->columns[0], 1000003);
	heat_add(h, UINT64_MAX, 1, 7);
	columns_ascend(h);
	assert_int_equal(counted(h, UINT32_MAX), DETAIL_COLUMNS + 1);
	assert_int_equal(cell(h, UINT64_MAX, 7), 1);
	free(h);
}

/* A run of pages is in all columns that it covers, once in each. */
static void heat_of_runs(void **state)
{
	static const struct {
		uint64_t first, pages;
	} runs[] = {
		{ 0x100, 8 },
		{ 0x104, 1 },
		{ 0, 0xffffffff },
		{ UINT64_MAX, 512 },
		{ UINT64_MAX - 511, 512 },
		{ 5, 0 },
		{ 1ULL << 52, 160 },
		{ (1ULL << 52) + 1, 160 },
	};
	struct detail_heat *h = calloc(1, sizeof(*h));

	(void)state;
	heat_add(h, runs[0].first, runs[0].pages, 100);
	assert_int_equal(h->nr_columns, 8);
	assert_int_equal(counted(h, UINT32_MAX), 8);
	heat_add(h, runs[1].first, runs[1].pages, 100);
	assert_int_equal(cell(h, 0x104, 100), 2);
	for (size_t i = 2; i < sizeof(runs) / sizeof(runs[0]); i++) {
		uint64_t before = counted(h, UINT32_MAX), after;

		heat_add(h, runs[i].first, runs[i].pages, 100);
		columns_ascend(h);
		after = counted(h, UINT32_MAX);
		assert_in_range(after - before, 1, DETAIL_COLUMNS + 1);
		assert_true(cell(h, runs[i].first, 100) > 0);
	}
	free(h);
}

static void lane_keeps_all(void **state)
{
	struct detail_lane lane = { calloc(DETAIL_SPANS, sizeof(struct detail_span)), 0, 0 };
	uint64_t seed = 42, now = 0, busy = 0, kept = 0;
	uint32_t count = 0, failed = 0;

	(void)state;
	for (uint32_t i = 0; i < 50000; i++) {
		uint64_t ns = next(&seed) % 3000;
		struct detail_span span = { 0, 0, ns, ns, i % 5, 1, i % 100 == 0 };

		now += next(&seed) % (i % 1000 ? 500 : 1000000);
		span.start = now;
		now += ns;
		span.end = now;
		lane_add(&lane, &span);
		busy += ns;
		if (i < DETAIL_SPANS) {
			assert_int_equal(lane.gap, 0);
			assert_int_equal(lane.nr_spans, i + 1);
		}
	}
	assert_true(lane.gap > 0);
	assert_in_range(lane.nr_spans, 2, DETAIL_SPANS);
	for (size_t i = 0; i < lane.nr_spans; i++) {
		const struct detail_span *s = &lane.spans[i];

		assert_true(s->start <= s->end && s->busy <= s->end - s->start);
		assert_true(!i || lane.spans[i - 1].end + lane.gap <= s->start);
		assert_true(s->longest <= 3000 && s->id < 5);
		kept += s->busy;
		count += s->count;
		failed += s->failed;
	}
	assert_int_equal(kept, busy);
	assert_int_equal(count, 50000);
	assert_int_equal(failed, 500);
	assert_int_equal(lane.spans[lane.nr_spans - 1].end, now);
	free(lane.spans);
}

/* Times that no clock gives: as far apart as can be, and all at once. */
static void lane_of_hostile_times(void **state)
{
	struct detail_lane lane = { calloc(DETAIL_SPANS, sizeof(struct detail_span)), 0, 0 };
	uint32_t count = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		uint64_t at = i % 2 ? UINT64_MAX - i : i;
		struct detail_span span = { at, i % 3 ? at : UINT64_MAX, 0, 0, i, 1, 1 };

		lane_add(&lane, &span);
	}
	assert_in_range(lane.nr_spans, 1, DETAIL_SPANS);
	for (size_t i = 0; i < lane.nr_spans; i++)
		count += lane.spans[i].count;
	assert_int_equal(count, 10000);
	free(lane.spans);
}

static int longest_first(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? 1 : -(left > right);
}

static void slowest_are_the_slowest(void **state)
{
	static const size_t most[] = { 1, 2, 3, 10, 100, 1000 };
	static uint64_t all[1000];

	(void)state;
	for (size_t m = 0; m < sizeof(most) / sizeof(most[0]); m++) {
		struct detail_page *pages = calloc(most[m], sizeof(*pages));
		uint64_t seed = 7 + m;
		size_t nr = 0;

		for (size_t i = 0; i < 1000; i++) {
			struct sevtrace_rec_page rec = { .h = { .ts = 1000 - i }, .gfn = i };

			all[i] = next(&seed) % 300;
			slowest_add(pages, &nr, most[m], &rec, all[i]);
			assert_int_equal(nr, i + 1 < most[m] ? i + 1 : most[m]);
		}
		slowest_sort(pages, nr);
		qsort(all, 1000, sizeof(all[0]), longest_first);
		for (size_t i = 0; i < nr; i++) {
			assert_int_equal(pages[i].ns, all[i]);
			if (i && pages[i].ns == pages[i - 1].ns)
				assert_true(pages[i - 1].rec.h.ts < pages[i].rec.h.ts);
		}
		free(pages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heat_keeps_all),	 cmocka_unit_test(heat_is_exact),
		cmocka_unit_test(heat_of_runs),		 cmocka_unit_test(lane_keeps_all),
		cmocka_unit_test(lane_of_hostile_times), cmocka_unit_test(slowest_are_the_slowest),
	};

	return cmocka_run_group_tests_name("maps", tests, NULL, NULL);
}
