// SPDX-License-Identifier: GPL-2.0-only
/*
 * The steps of a race.
 */
#include "hex.h"

#include "race_plan.h"

#define STEPS 20000

static void take(uint64_t seed, unsigned int worker, struct race_step *steps, size_t count)
{
	uint64_t state = race_seed(seed, worker);

	memset(steps, 0, count * sizeof(*steps));
	for (size_t i = 0; i < count; i++)
		race_next(&state, &steps[i]);
}

static void replays(void **state)
{
	struct race_step first[100];
	struct race_step again[100];
	struct race_step other[100];

	(void)state;
	take(7, 2, first, 100);
	take(7, 2, again, 100);
	assert_memory_equal(first, again, sizeof(first));
	take(7, 3, other, 100);
	assert_memory_not_equal(first, other, sizeof(first));
	take(8, 2, other, 100);
	assert_memory_not_equal(first, other, sizeof(first));
}

static void stays_in_memslots(void **state)
{
	static struct race_step steps[STEPS];
	bool last_page = false;
	bool whole = false;

	(void)state;
	take(1, 0, steps, STEPS);
	for (size_t i = 0; i < STEPS; i++) {
		assert_in_range(steps[i].op, 0, RACE_OP_COUNT - 1);
		assert_in_range(steps[i].guest, 0, RACE_GUESTS - 1);
		assert_in_range(steps[i].pages, 1, RACE_SLOT_PAGES);
		assert_in_range(steps[i].page + steps[i].pages, 1, RACE_SLOT_PAGES);
		last_page |= steps[i].page == RACE_SLOT_PAGES - 1;
		whole |= steps[i].pages == RACE_SLOT_PAGES;
	}
	assert_true(last_page);
	assert_true(whole);
}

/* Each kind of step occurs on each guest; steps with more weight occur more often. */
static void has_every_kind(void **state)
{
	static struct race_step steps[STEPS];
	unsigned int counts[RACE_OP_COUNT][RACE_GUESTS] = { { 0 } };

	(void)state;
	take(3, 1, steps, STEPS);
	for (size_t i = 0; i < STEPS; i++)
		counts[steps[i].op][steps[i].guest]++;
	for (unsigned int op = 0; op < RACE_OP_COUNT; op++) {
		for (unsigned int guest = 0; guest < RACE_GUESTS; guest++)
			assert_in_range(counts[op][guest], 1, STEPS);
	}
	assert_true(counts[RACE_FAULT_STILL][0] > 4 * counts[RACE_MIGRATE_BARE][0]);
}

static void first_pass(void **state)
{
	(void)state;
	for (int type = 0; type < GUEST_TYPES; type++) {
		unsigned int seen[RACE_OP_COUNT] = { 0 };
		struct race_step step;

		for (unsigned int i = 0; race_first((enum guest_type)type, i, &step); i++) {
			seen[step.op]++;
			assert_int_equal(step.guest, 0);
			assert_in_range(step.page + step.pages, 1, RACE_SLOT_PAGES);
		}
		for (unsigned int op = 0; op < RACE_OP_COUNT; op++)
			assert_int_equal(seen[op],
					 race_op_fits((enum race_op)op, (enum guest_type)type));
	}
}

static void knows_its_steps(void **state)
{
	(void)state;
	assert_string_equal(race_op_name(RACE_PUNCH), "punch a hole");
	assert_true(race_op_fits(RACE_MIRROR, GUEST_SEV_ES));
	assert_false(race_op_fits(RACE_MIRROR, GUEST_SNP));
	assert_int_equal(race_op_must(RACE_PUNCH), RACE_MUST_SUCCESS);
	assert_int_equal(race_op_must(RACE_MIGRATE), RACE_MUST_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replays),	   cmocka_unit_test(stays_in_memslots),
		cmocka_unit_test(has_every_kind),  cmocka_unit_test(first_pass),
		cmocka_unit_test(knows_its_steps),
	};

	return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
