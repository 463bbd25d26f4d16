// SPDX-License-Identifier: GPL-2.0-only
/* Histograms: buckets checked against their definition, percentiles against sorted samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/hist.h"
#include "util/array.h"

static void buckets_tile_the_axis(void **state)
{
	(void)state;
	assert_int_equal(sevtrace_hist_lower(0), 0);
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		uint64_t lower = sevtrace_hist_lower(i);
		uint64_t upper = hist_upper(i);

		assert_true(upper > lower);
		assert_int_equal(sevtrace_hist_bucket(lower), i);
		assert_int_equal(sevtrace_hist_bucket(upper - 1), i);
		/* above the first linear part no bucket is wider than 1/16 of its start */
		if (lower >= SEVTRACE_HIST_SUB << SEVTRACE_HIST_UNIT_BITS)
			assert_true((upper - lower) * 16 <= lower);
	}
	assert_int_equal(hist_upper(SEVTRACE_HIST_BUCKETS - 1), 1ULL << SEVTRACE_HIST_MAX_BITS);
	assert_int_equal(sevtrace_hist_bucket(UINT64_MAX), SEVTRACE_HIST_BUCKETS - 1);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a;
	const uint64_t *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void assert_close(uint64_t got, uint64_t exact)
{
	uint64_t off = got > exact ? got - exact : exact - got;

	assert_true(off * 16 <= exact + 128);
}

static void percentiles_are_close(void **state)
{
	static uint64_t samples[10000];
	const size_t n = ARRAY_SIZE(samples);
	struct sevtrace_hist hist = { 0 };
	uint64_t sum = 0;
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		/* over seven decades, like the steps of a launch */
		seed = seed * 1664525 + 1013904223;
		samples[i] = (uint64_t)(seed >> 8) << (seed >> 29);
		hist_add(&hist, samples[i], 1, 2);
		sum += samples[i];
	}
	qsort(samples, n, sizeof(samples[0]), compare);
	assert_int_equal(hist.count, n);
	assert_int_equal(hist.pages, 2 * n);
	assert_int_equal(hist.sum, sum);
	assert_int_equal(hist_min(&hist), samples[0]);
	assert_int_equal(hist.max, samples[n - 1]);
	for (int percent = 1; percent < 100; percent++)
		assert_close(hist_percentile(&hist, percent), samples[percent * n / 100 - 1]);
	assert_int_equal(hist_percentile(&hist, 100), samples[n - 1]);
}

static void one_sample_is_exact(void **state)
{
	struct sevtrace_hist hist = { 0 };

	(void)state;
	hist_add(&hist, 1234567, 1, 1);
	assert_int_equal(hist_percentile(&hist, 1), 1234567);
	assert_int_equal(hist_percentile(&hist, 50), 1234567);
	assert_int_equal(hist_percentile(&hist, 99), 1234567);
}

static void empty_is_zero(void **state)
{
	struct sevtrace_hist hist = { 0 };

	(void)state;
	assert_int_equal(hist_min(&hist), 0);
	assert_int_equal(hist_percentile(&hist, 50), 0);
}

/* A timeout of 100 s exceeds the buckets and must not be cut to their end. */
static void beyond_the_last_bucket(void **state)
{
	struct sevtrace_hist hist = { 0 };

	(void)state;
	hist_add(&hist, 100000000000, 1, 0);
	assert_int_equal(hist_percentile(&hist, 50), 100000000000);
	hist_add(&hist, 1000, 1, 0);
	assert_int_equal(hist_percentile(&hist, 100), 100000000000);
	assert_close(hist_percentile(&hist, 50), 1000);
}

/*
 * Timeouts of the PSP, 100 s each, and something longer: all share the bucket that has no end. Each
 * was told as far above itself as the longest one was.
 */
static void timeouts_in_the_last_bucket(void **state)
{
	const uint64_t timeout = 100000000000, longest = 300000000000;
	struct sevtrace_hist hist = { 0 };

	(void)state;
	hist_add(&hist, timeout, 9, 0);
	hist_add(&hist, longest, 1, 0);
	for (int percent = 1; percent <= 90; percent++)
		assert_int_equal(hist_percentile(&hist, percent), timeout);
	assert_int_equal(hist_percentile(&hist, 99), longest);
	/* With thousands of shorter ones, whose sum is known about. */
	for (uint64_t ns = 1000; ns < 1000000; ns += 100)
		hist_add(&hist, ns, 1, 0);
	assert_close(hist_percentile(&hist, 99.95), timeout);
	assert_int_equal(hist_percentile(&hist, 100), longest);
	assert_close(hist_percentile(&hist, 50), 500000);
	/* All in there and alike. */
	hist = (struct sevtrace_hist){ 0 };
	hist_add(&hist, timeout, 1000, 0);
	assert_int_equal(hist_percentile(&hist, 50), timeout);
	assert_int_equal(hist_percentile(&hist, 100), timeout);
	/* A sum that cannot be: the bucket's begin and the longest are the bounds. */
	hist.sum = 5;
	hist.inv_min = ~0ULL;
	assert_int_equal(hist_percentile(&hist, 50),
			 sevtrace_hist_lower(SEVTRACE_HIST_BUCKETS - 1));
	hist.sum = UINT64_MAX;
	assert_int_equal(hist_percentile(&hist, 50), timeout);
}

static void merge_is_the_sum(void **state)
{
	struct sevtrace_hist a = { 0 };
	struct sevtrace_hist b = { 0 };
	struct sevtrace_hist both = { 0 };

	(void)state;
	for (uint64_t ns = 1; ns < 1000000; ns *= 3) {
		hist_add(&a, ns, 1, 1);
		hist_add(&b, ns * 7, 2, 1);
		hist_add(&both, ns, 1, 1);
		hist_add(&both, ns * 7, 2, 1);
	}
	hist_merge(&a, &b);
	assert_memory_equal(&a, &both, sizeof(a));
}

/* Counts from a file may have any value. */
static void nonsense_is_survived(void **state)
{
	struct sevtrace_hist hist = { .count = UINT64_MAX, .inv_min = 0, .max = 5 };

	(void)state;
	hist.buckets[3] = UINT32_MAX;
	hist.buckets[SEVTRACE_HIST_BUCKETS - 1] = UINT32_MAX;
	assert_int_equal(hist_percentile(&hist, 50), 5);
	hist_add(&hist, 24, UINT32_MAX, 0);
	assert_int_equal(hist.buckets[3], UINT32_MAX);
}

/* The log2 that BPF programs use, which lack an instruction for it. */
static void log2_without_branches(void **state)
{
	(void)state;
	for (__u32 bit = 0; bit < 64; bit++) {
		assert_int_equal(sevtrace_log2_plain(1ULL << bit), bit);
		assert_int_equal(sevtrace_log2_plain((1ULL << bit) | 1), bit);
		assert_int_equal(sevtrace_log2_plain(~0ULL >> (63 - bit)), bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log2_without_branches),
		cmocka_unit_test(buckets_tile_the_axis),
		cmocka_unit_test(percentiles_are_close),
		cmocka_unit_test(one_sample_is_exact),
		cmocka_unit_test(empty_is_zero),
		cmocka_unit_test(beyond_the_last_bucket),
		cmocka_unit_test(timeouts_in_the_last_bucket),
		cmocka_unit_test(merge_is_the_sum),
		cmocka_unit_test(nonsense_is_survived),
	};

	return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
