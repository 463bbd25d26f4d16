// SPDX-License-Identifier: GPL-2.0-only
/* Each condition of a verdict, by itself: rows for which every other one holds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff/sides.h"
#include "stats/hist.h"

#define US 1000ULL

/* One side of the only row: a value for each launch, and as many samples of each of two times. */
struct side {
	size_t nr;
	uint64_t values[101];
	struct {
		uint32_t nr;
		uint64_t ns;
	} samples[2];
};

static void fill(struct compare_side *to, const struct side *from)
{
	to->values = calloc(from->nr, sizeof(*to->values));
	to->samples = calloc(1, sizeof(*to->samples));
	assert_true(to->values && to->samples);
	memcpy(to->values, from->values, from->nr * sizeof(*to->values));
	to->nr = from->nr;
	for (size_t i = 0; i < 2; i++)
		if (from->samples[i].nr)
			hist_add(to->samples, from->samples[i].ns, from->samples[i].nr, 0);
	to->calls = to->samples->count;
}

static enum compare_verdict judge(const struct side *a, const struct side *b)
{
	const struct compare_row key = { .section = COMPARE_STEP };
	struct comparison c = { .gate = INFINITY };
	struct compare_row *row = compare_find_row(&c, &key);
	enum compare_verdict verdict;

	assert_non_null(row);
	fill(&row->side[COMPARE_A], a);
	fill(&row->side[COMPARE_B], b);
	assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
	verdict = c.rows[0].verdict;
	compare_free(&c);
	return verdict;
}

/* Both directions, which have to agree. */
static void check(const struct side *a, const struct side *b, bool changed)
{
	assert_int_equal(judge(a, b), changed ? COMPARE_SLOWER : COMPARE_UNCLEAR);
	assert_int_equal(judge(b, a), changed ? COMPARE_FASTER : COMPARE_UNCLEAR);
}

/* Three launches a side, apart by far, with samples that differ as much. */
static const struct side few_a = { 3,
				   { 100 * US, 105 * US, 110 * US },
				   { { 300, 105 * US }, { 0, 0 } } };
static const struct side few_b = { 3,
				   { 160 * US, 165 * US, 170 * US },
				   { { 300, 165 * US }, { 0, 0 } } };

static void samples_tell(void **state)
{
	(void)state;
	check(&few_a, &few_b, true);
}

/* One launch of B lies among those of A: what differs may be the moment. */
static void launches_have_to_be_apart(void **state)
{
	struct side b = few_b;

	(void)state;
	b.values[0] = 109 * US;
	check(&few_a, &b, false);
	/* Not even at the same value. */
	b.values[0] = 110 * US;
	check(&few_a, &b, false);
	b.values[0] = 111 * US;
	check(&few_a, &b, true);
}

/* So many samples that the test is sure of a difference that hardly any sample has. */
static void the_effect_has_to_be_large(void **state)
{
	struct side a = few_a, b = few_b;

	(void)state;
	a.samples[0].nr = a.samples[1].nr = 50000;
	b.samples[0].nr = 40000;
	b.samples[1].nr = 60000;
	a.samples[0].ns = b.samples[0].ns = 105 * US;
	a.samples[1].ns = b.samples[1].ns = 165 * US;
	check(&a, &b, false);
	/* 0.65 of pairs: half of those that are equal, and the rest. */
	b.samples[0].nr = 20000;
	b.samples[1].nr = 80000;
	check(&a, &b, true);
}

/* Medians that are 20 % apart are enough over launches, not over samples. */
static void the_change_has_to_be_larger_over_samples(void **state)
{
	struct side b = few_b;

	(void)state;
	for (size_t i = 0; i < b.nr; i++)
		b.values[i] = few_a.values[i] * 12 / 10;
	assert_int_equal(judge(&few_a, &b), COMPARE_SAME);
	for (size_t i = 0; i < b.nr; i++)
		b.values[i] = few_a.values[i] * 14 / 10;
	assert_int_equal(judge(&few_a, &b), COMPARE_SLOWER);
}

/* Fewer samples than are tested: nothing is said, however far apart they are. */
static void too_few_samples(void **state)
{
	struct side a = few_a, b = few_b;

	(void)state;
	a.samples[0].nr = b.samples[0].nr = COMPARE_MIN_SAMPLES - 1;
	check(&a, &b, false);
	b.samples[0].nr = COMPARE_MIN_SAMPLES;
	check(&a, &b, false);
	a.samples[0].nr = COMPARE_MIN_SAMPLES;
	check(&a, &b, true);
}

/*
 * Medians say slower, ranks say faster: half of A's launches took ten times as long, half of B's
 * nothing at all.
 */
static void ranks_have_to_agree(void **state)
{
	struct side a = { .nr = 101, .samples = { { 101, 100 * US } } };
	struct side b = a;

	(void)state;
	for (size_t i = 0; i < a.nr; i++) {
		a.values[i] = i < 51 ? 100 * US : 1000 * US;
		b.values[i] = i < 50 ? 1 * US : 106 * US;
	}
	check(&a, &b, false);
	for (size_t i = 0; i < a.nr; i++)
		b.values[i] = i < 50 ? 106 * US : 1060 * US;
	check(&a, &b, true);
}

/* Eight launches a side are tested as launches: one among the others does not matter much. */
static void launches_from_eight_on(void **state)
{
	struct side a = { .nr = 8, .samples = { { 800, 100 * US } } }, b = a;

	(void)state;
	b.samples[0].ns = 160 * US;
	for (size_t i = 0; i < a.nr; i++) {
		a.values[i] = (100 + i) * US;
		b.values[i] = (i ? 159 + i : 103) * US;
	}
	check(&a, &b, true);
	/* With seven, samples are tested, and launches have to be apart. */
	b.nr = COMPARE_MIN_LAUNCHES - 1;
	check(&a, &b, false);
	/* The clock's own step is no change, whatever part of the median it is. */
	b = a;
	for (size_t i = 0; i < a.nr; i++) {
		a.values[i] = 50 + i / 8;
		b.values[i] = 50 + COMPARE_MIN_NS - 1 + i / 8;
	}
	assert_int_equal(judge(&a, &b), COMPARE_SAME);
	for (size_t i = 0; i < a.nr; i++)
		b.values[i]++;
	check(&a, &b, true);
	/* Exactly the least change is one. */
	for (size_t i = 0; i < a.nr; i++) {
		a.values[i] = 100 * US;
		b.values[i] = 105 * US;
	}
	assert_int_equal(judge(&a, &b), COMPARE_SLOWER);
	for (size_t i = 0; i < a.nr; i++)
		b.values[i]--;
	assert_int_equal(judge(&a, &b), COMPARE_SAME);
}

struct place {
	uint32_t vm_type;
	enum compare_section section;
	uint32_t phase;
	uint32_t id;
	uint32_t waiting;
};

static struct compare_row row_at(const struct place *p)
{
	return (struct compare_row){ .vm_type = p->vm_type,
				     .section = p->section,
				     .phase = p->phase,
				     .id = p->id,
				     .waiting = p->waiting };
}

/* Rows come by guest type, section, phase, place in the launch, and waiting last. */
static void rows_are_sorted(void **state)
{
	static const struct place sorted[] = {
		{ 1, COMPARE_STEP, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_GET_PAGE, 0 },
		{ 1, COMPARE_STEP, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_PSP, 0 },
		{ 1, COMPARE_STEP, SEVTRACE_PHASE_TEARDOWN, SEVTRACE_STEP_GET_PAGE, 0 },
		{ 1, COMPARE_PSP, 0, 9, 0 },
		{ 2, COMPARE_LAUNCH, 0, 0, 0 },
		{ 2, COMPARE_PSP, 0, 8, 0 },
		{ 2, COMPARE_PSP, 0, 9, 0 },
		{ 2, COMPARE_PSP, 0, 9, 1 },
	};
	const size_t nr = sizeof(sorted) / sizeof(sorted[0]);

	(void)state;
	/* Whatever the order in which they came. */
	for (size_t first = 0; first < nr; first++) {
		struct comparison c = { .gate = INFINITY };

		for (size_t i = 0; i < nr; i++) {
			const struct compare_row key = row_at(&sorted[(first + 5 * i) % nr]);
			struct compare_row *row = compare_find_row(&c, &key);

			assert_non_null(row);
			fill(&row->side[COMPARE_A], &few_a);
		}
		assert_int_equal(compare_judge(&c, COMPARE_MIN_CHANGE), 0);
		assert_int_equal(c.nr_rows, nr);
		for (size_t i = 0; i < nr; i++) {
			const struct compare_row key = row_at(&sorted[i]);

			assert_true(compare_same_row(&c.rows[i], &key));
		}
		compare_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_tell),
		cmocka_unit_test(launches_have_to_be_apart),
		cmocka_unit_test(the_effect_has_to_be_large),
		cmocka_unit_test(the_change_has_to_be_larger_over_samples),
		cmocka_unit_test(too_few_samples),
		cmocka_unit_test(ranks_have_to_agree),
		cmocka_unit_test(launches_from_eight_on),
		cmocka_unit_test(rows_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
