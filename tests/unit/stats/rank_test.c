// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rank test, checked against published and hand-made figures, and how often it errs if nothing
 * changed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stats/hist.h"
#include "stats/rank_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%.9g is not %.9g", value, expected);
}

static void test_values(const uint64_t *a, size_t nr_a, const uint64_t *b, size_t nr_b, double p,
			double superiority)
{
	struct rank_test there;
	struct rank_test back;

	assert_int_equal(rank_values(a, nr_a, b, nr_b, &there), 0);
	assert_near(there.p, p, p * 1e-3);
	assert_near(there.superiority, superiority, 1e-9);
	assert_int_equal(rank_values(b, nr_b, a, nr_a, &back), 0);
	assert_near(back.p, there.p, 1e-12);
	assert_near(back.superiority, 1 - superiority, 1e-9);
}

/* Hollander & Wolfe (1973), p. 69 f., permeability of membranes: W = 35, one-sided p = 0.1272. */
static void published(void **state)
{
	const uint64_t a[] = { 80, 83, 189, 104, 145, 138, 191, 164, 73, 146 };
	const uint64_t b[] = { 115, 88, 90, 74, 121 };

	(void)state;
	test_values(a, COUNT(a), b, COUNT(b), 2 * 0.1272, 15.0 / 50);
}

/* Of the 12,870 ways to deal 16 ranks, only two are this far apart. */
static void apart(void **state)
{
	const uint64_t a[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const uint64_t b[] = { 11, 12, 13, 14, 15, 16, 17, 18 };

	(void)state;
	test_values(a, COUNT(a), b, COUNT(b), 2.0 / 12870, 1);
	test_values(a, 3, b, 3, 0.1, 1);
	test_values(a, 1, b, 1, 1, 1);
}

/* U = 13.5 of 16; variance 16/12 * (9 - 30/56); z = 5 / 3.3594 with continuity. */
static void ties(void **state)
{
	const uint64_t a[] = { 1, 2, 2, 3 };
	const uint64_t b[] = { 2, 3, 4, 5 };
	const uint64_t same[] = { 7, 7, 7 };

	(void)state;
	test_values(a, COUNT(a), b, COUNT(b), 0.13666, 13.5 / 16);
	test_values(same, COUNT(same), same, COUNT(same), 1, 0.5);
}

/* The normal approximation continues where the exact test ends. */
static void approximation(void **state)
{
	uint64_t a[RANK_EXACT + 1];
	uint64_t b[RANK_EXACT + 1];
	struct rank_test exact;
	struct rank_test normal;

	(void)state;
	for (uint64_t i = 0; i <= RANK_EXACT; i++) {
		a[i] = 10 * i;
		b[i] = 10 * i + 85;
	}
	assert_int_equal(rank_values(a, RANK_EXACT, b, RANK_EXACT, &exact), 0);
	assert_int_equal(rank_values(a, RANK_EXACT + 1, b, RANK_EXACT + 1, &normal), 0);
	assert_near(normal.p, exact.p, exact.p * 0.25);
}

static void histograms(void **state)
{
	struct sevtrace_hist a = { 0 };
	struct sevtrace_hist b = { 0 };
	const struct sevtrace_hist empty = { 0 };
	struct rank_test test;

	(void)state;
	rank_hists(&a, &b, &test);
	assert_near(test.p, 1, 0);
	/* Like ties(), with each value in its own bucket. */
	hist_add(&a, 1000, 1, 0);
	hist_add(&a, 2000, 2, 0);
	hist_add(&a, 3000, 1, 0);
	hist_add(&b, 2000, 1, 0);
	hist_add(&b, 3000, 1, 0);
	hist_add(&b, 4000, 1, 0);
	hist_add(&b, 5000, 1, 0);
	rank_hists(&a, &b, &test);
	assert_near(test.p, 0.13666, 1e-4);
	assert_near(test.superiority, 13.5 / 16, 1e-9);
	rank_hists(&a, &empty, &test);
	assert_near(test.p, 1, 0);
}

/* Counts that no launch has, but that a hostile file may claim. */
static void hostile(void **state)
{
	struct sevtrace_hist a;
	struct sevtrace_hist b = { 0 };
	struct rank_test test;

	(void)state;
	a = (struct sevtrace_hist){ .count = UINT64_MAX, .sum = UINT64_MAX };
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++)
		a.buckets[i] = UINT32_MAX;
	b.buckets[SEVTRACE_HIST_BUCKETS - 1] = UINT32_MAX;
	rank_hists(&a, &b, &test);
	assert_true(test.p >= 0 && test.p <= 1);
	assert_true(test.superiority > 0.5 && test.superiority <= 1);
	rank_hists(&a, &a, &test);
	assert_near(test.p, 1, 0);
}

/* Holm's rule: the least p times n, the next times n - 1, never less than the one before. */
static void holm(void **state)
{
	double p[] = { 0.04, 0.001, 0.03, 0.9 };

	(void)state;
	assert_int_equal(rank_holm(p, COUNT(p)), 0);
	assert_near(p[1], 0.004, 1e-12);
	assert_near(p[2], 0.09, 1e-12);
	assert_near(p[0], 0.09, 1e-12);
	assert_near(p[3], 0.9, 1e-12);
	assert_int_equal(rank_holm(p, 0), 0);
}

/* Of 5,000 tests of two equally distributed samples, p is below 5 % in about 250. */
static void level(void **state)
{
	uint64_t a[20];
	uint64_t b[20];
	struct rank_test test;
	unsigned int seed = 1;
	int found = 0;

	(void)state;
	for (int trial = 0; trial < 5000; trial++) {
		for (size_t i = 0; i < COUNT(a); i++) {
			a[i] = (uint64_t)rand_r(&seed);
			b[i] = (uint64_t)rand_r(&seed);
		}
		assert_int_equal(rank_values(a, COUNT(a), b, COUNT(b), &test), 0);
		found += test.p < 0.05;
	}
	assert_in_range(found, 190, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published),  cmocka_unit_test(apart),
		cmocka_unit_test(ties),	      cmocka_unit_test(approximation),
		cmocka_unit_test(histograms), cmocka_unit_test(hostile),
		cmocka_unit_test(holm),	      cmocka_unit_test(level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
