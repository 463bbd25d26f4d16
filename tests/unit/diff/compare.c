// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparisons of simulated recordings. As on a real machine, launches differ from each other and
 * pages of one launch are alike. The comparison must find a change, and must not report one where
 * nothing changed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/compare.h"
#include "scenario.h"
#include "stats/hist.h"
#include "util/array.h"

#define PAGES 60
#define NR_STEPS 5

static unsigned int seed;

static double uniform(void)
{
	return (rand_r(&seed) + 1.0) / (RAND_MAX + 2.0);
}

static double gauss(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Simulates a step in one launch: its pages drift together, and one in twenty is an outlier. */
static void simulate_step(struct sevtrace_hist *h, double median)
{
	double launch = exp(0.03 * gauss());
	double drift = 0;

	memset(h, 0, sizeof(*h));
	for (int page = 0; page < PAGES; page++) {
		double ns;

		drift = 0.9 * drift + 0.02 * gauss();
		ns = median * launch * exp(drift + 0.03 * gauss());
		if (uniform() < 0.05)
			ns *= 10;
		hist_add(h, (uint64_t)ns, 1, 1);
	}
}

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/* Simulates a recording whose first step takes `slower` times as long as normal. */
static void simulate(struct model *m, uint32_t launches, double slower)
{
	struct scenario s;
	struct sevtrace_hist h;

	model_init(m);
	scenario_begin(&s, feed, m);
	for (uint32_t n = 1; n <= launches; n++) {
		put_launch(&s, n, 100 + n, "vmm", SEVTRACE_VM_SNP);
		put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
		s.now += (uint64_t)(1e6 * exp(0.05 * gauss()));
		put_exit(&s, 0, 0, 1, SEVTRACE_VM_SNP);
		for (uint32_t step = 0; step < NR_STEPS; step++) {
			const struct sevtrace_hist_key key = { .launch = n,
							       .kind = SEVTRACE_HIST_STEP,
							       .id = step,
							       .phase = SEVTRACE_PHASE_PRIVATE };

			simulate_step(&h, 50000 * (step + 1) * (step ? 1 : slower));
			assert_int_equal(model_hist(m, &key, &h), 0);
		}
	}
	assert_int_equal(s.error, 0);
}

static void compare(struct comparison *c, uint32_t launches, double slower)
{
	struct model m;

	memset(c, 0, sizeof(*c));
	simulate(&m, launches, 1);
	assert_int_equal(compare_add(c, COMPARE_A, &m), 0);
	model_free(&m);
	simulate(&m, launches, slower);
	assert_int_equal(compare_add(c, COMPARE_B, &m), 0);
	model_free(&m);
	assert_int_equal(compare_judge(c, COMPARE_MIN_CHANGE), 0);
}

static const struct compare_row *step_row(const struct comparison *c, uint32_t step)
{
	for (size_t i = 0; i < c->nr_rows; i++)
		if (c->rows[i].section == COMPARE_STEP && c->rows[i].id == step)
			return &c->rows[i];
	fail_msg("there is no row of step %u", step);
	return NULL;
}

static size_t changes(const struct comparison *c)
{
	size_t found = 0;

	for (size_t i = 0; i < c->nr_rows; i++)
		found += c->rows[i].verdict == COMPARE_SLOWER ||
			 c->rows[i].verdict == COMPARE_FASTER;
	return found;
}

/* 1 % of the comparisons may report a change; of 500 that would be 5. */
static void no_false_alarms(void **state)
{
	struct comparison c;
	size_t alarms = 0;

	(void)state;
	seed = 1;
	for (int trial = 0; trial < 500; trial++) {
		compare(&c, 12, 1);
		assert_int_equal(c.nr_rows, NR_STEPS + 2);
		alarms += changes(&c) != 0;
		compare_free(&c);
	}
	assert_in_range(alarms, 0, 10);
}

/*
 * If there are few launches, their pages are compared. A variation of a whole launch must not then
 * count as a change.
 */
static void few_launches(void **state)
{
	struct comparison c;
	size_t alarms = 0;

	(void)state;
	seed = 2;
	for (int trial = 0; trial < 200; trial++) {
		compare(&c, 3, 1);
		assert_int_equal(step_row(&c, 1)->over, COMPARE_OVER_SAMPLES);
		alarms += changes(&c) != 0;
		compare_free(&c);
	}
	assert_in_range(alarms, 0, 20);
	compare(&c, 3, 2);
	assert_int_equal(step_row(&c, 0)->verdict, COMPARE_SLOWER);
	compare_free(&c);
}

/*
 * A change of 8 % in one step, with 20 launches a side, is nearly always found, and in no other
 * step.
 */
static void found(void **state)
{
	struct comparison c;
	int slower = 0, elsewhere = 0;

	(void)state;
	seed = 3;
	for (int trial = 0; trial < 50; trial++) {
		compare(&c, 20, 1.08);
		slower += step_row(&c, 0)->verdict == COMPARE_SLOWER;
		elsewhere += changes(&c) != (step_row(&c, 0)->verdict == COMPARE_SLOWER);
		compare_free(&c);
	}
	assert_in_range(slower, 45, 50);
	assert_in_range(elsewhere, 0, 1);
}

static void faster(void **state)
{
	struct comparison c;

	(void)state;
	seed = 4;
	compare(&c, 20, 0.5);
	assert_int_equal(step_row(&c, 0)->verdict, COMPARE_FASTER);
	assert_true(step_row(&c, 0)->change < -0.4 && step_row(&c, 0)->change > -0.6);
	assert_true(step_row(&c, 0)->superiority < 0.1);
	compare_free(&c);
}

/* A step that only one recording has, a failed launch, and a single launch. */
static void odd(void **state)
{
	struct comparison c = { 0 };
	struct scenario s;
	struct model m;

	(void)state;
	seed = 5;
	simulate(&m, 1, 1);
	assert_int_equal(compare_add(&c, COMPARE_A, &m), 0);
	model_free(&m);
	model_init(&m);
	scenario_begin(&s, feed, &m);
	put_launch(&s, 1, 7, "vmm", SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	put_exit(&s, 0, 0, 1, SEVTRACE_VM_SNP);
	put_launch(&s, 2, 8, "vmm", SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	put_exit(&s, -5, 22, 1, SEVTRACE_VM_SNP);
	assert_int_equal(compare_add(&c, COMPARE_B, &m), 0);
	model_free(&m);
	assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);

	assert_int_equal(step_row(&c, 0)->verdict, COMPARE_ONLY_A);
	assert_int_equal(c.nr_types, 1);
	assert_int_equal(c.types[0].results[COMPARE_A][MODEL_OK], 1);
	assert_int_equal(c.types[0].results[COMPARE_B][MODEL_OK], 1);
	assert_int_equal(c.types[0].results[COMPARE_B][MODEL_FAILED], 1);
	assert_int_equal(changes(&c), 0);
	compare_free(&c);
}

/* Merged recordings give the same result as one recording with all launches. */
static void merged(void **state)
{
	struct comparison one = { 0 }, merged = { 0 };

	(void)state;
	seed = 6;
	for (int run = 0; run < 20; run++) {
		enum compare_which which = run < 10 ? COMPARE_A : COMPARE_B;
		struct comparison alone = { 0 };
		struct model m;

		simulate(&m, 1 + (uint32_t)run % 2, which == COMPARE_A ? 1 : 1.5);
		assert_int_equal(compare_add(&one, which, &m), 0);
		assert_int_equal(compare_add(&alone, COMPARE_A, &m), 0);
		assert_int_equal(compare_merge(&merged, which, &alone), 0);
		compare_free(&alone);
		model_free(&m);
	}
	assert_int_equal(compare_judge(&one, COMPARE_MIN_CHANGE), 0);
	assert_int_equal(compare_judge(&merged, COMPARE_MIN_CHANGE), 0);
	assert_int_equal(step_row(&merged, 0)->verdict, COMPARE_SLOWER);
	assert_int_equal(merged.nr_rows, one.nr_rows);
	for (size_t i = 0; i < one.nr_rows; i++) {
		const struct compare_row *a = &one.rows[i];
		const struct compare_row *b = &merged.rows[i];

		assert_int_equal(a->verdict, b->verdict);
		assert_true(a->p == b->p && a->change == b->change);
		for (int which = COMPARE_A; which <= COMPARE_B; which++) {
			assert_int_equal(b->side[which].nr, 15);
			assert_memory_equal(a->side[which].values, b->side[which].values,
					    15 * sizeof(uint64_t));
			assert_memory_equal(a->side[which].samples, b->side[which].samples,
					    sizeof(struct sevtrace_hist));
			assert_int_equal(a->side[which].calls, b->side[which].calls);
		}
	}
	assert_memory_equal(one.types, merged.types, sizeof(*one.types));
	compare_free(&one);
	compare_free(&merged);
}

/* A property that differs between merged recordings is named, once. */
static void merged_hosts(void **state)
{
	static const char *const kernels[] = { "6.12.1", "6.12", "6.12.1", "6.12.11", "6.12" };
	struct comparison c = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct comparison alone = { .dropped = { 2, 0 } };

		assert_string_equal(compare_host_key(1), "kernel");
		alone.host[COMPARE_A][1] = strdup(kernels[i]);
		assert_int_equal(compare_merge(&c, COMPARE_B, &alone), 0);
		compare_free(&alone);
	}
	assert_string_equal(c.host[COMPARE_B][1], "6.12.1, 6.12, 6.12.11");
	assert_null(c.host[COMPARE_B][0]);
	assert_int_equal(c.dropped[COMPARE_B], 10);
	assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
	assert_int_equal(c.nr_differences, 2);
	compare_free(&c);
}

static void nothing(void **state)
{
	struct comparison c = { 0 };
	struct model m;

	(void)state;
	model_init(&m);
	assert_int_equal(compare_add(&c, COMPARE_A, &m), 0);
	assert_int_equal(compare_add(&c, COMPARE_B, &m), 0);
	assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
	assert_int_equal(c.nr_rows, 0);
	model_free(&m);
	compare_free(&c);
}

/* Shared pages and private ones both count. */
static void pages(void **state)
{
	static const struct {
		const char *scenario;
		bool private_pages;
	} cases[] = { { "sev", false }, { "snp", true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct comparison c = { 0 };
		uint64_t expected;
		struct model m;

		model_init(&m);
		assert_int_equal(scenario_run(cases[i].scenario, feed, &m), 0);
		expected = launch_pages(m.launches[0], cases[i].private_pages);
		assert_true(expected > 1);
		assert_int_equal(compare_add(&c, COMPARE_B, &m), 0);
		assert_int_equal(c.types[0].pages[COMPARE_B], expected);
		assert_int_equal(c.types[0].pages[COMPARE_A], 0);
		compare_free(&c);
		model_free(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_false_alarms),
		cmocka_unit_test(few_launches),
		cmocka_unit_test(found),
		cmocka_unit_test(faster),
		cmocka_unit_test(odd),
		cmocka_unit_test(merged),
		cmocka_unit_test(merged_hosts),
		cmocka_unit_test(nothing),
		cmocka_unit_test(pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
