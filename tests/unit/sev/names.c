// SPDX-License-Identifier: GPL-2.0-only
/* The numbers of steps and their order, which differ, and unassigned numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explain/explain.h"
#include "sev/names.h"
#include "util/array.h"

/* Recordings contain these numbers: rows may be added at the end, but none may change. */
static const uint32_t recorded_numbers[] = {
	SEVTRACE_STEP_ATTRIBUTES,  SEVTRACE_STEP_PIN,	     SEVTRACE_STEP_GET_PAGE,
	SEVTRACE_STEP_CHECK_ATTRS, SEVTRACE_STEP_RMP_LOOKUP, SEVTRACE_STEP_COPY,
	SEVTRACE_STEP_CLFLUSH,	   SEVTRACE_STEP_VMSA_SYNC,  SEVTRACE_STEP_RMP_UPDATE,
	SEVTRACE_STEP_PSP,	   SEVTRACE_STEP_RECLAIM,    SEVTRACE_STEP_RELEASE,
	SEVTRACE_STEP_UNPIN,	   SEVTRACE_STEP_WRITEBACK,
};

static void test_numbers_stay(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(recorded_numbers), SEVTRACE_STEP_COUNT);
	for (uint32_t i = 0; i < ARRAY_SIZE(recorded_numbers); i++)
		assert_int_equal(recorded_numbers[i], i);
}

static void test_each_number_has_a_name(void **state)
{
	(void)state;
	for (uint32_t step = 0; step < SEVTRACE_STEP_COUNT; step++) {
		assert_non_null(step_name(step));
		assert_non_null(step_text(step));
	}
	assert_null(step_name(SEVTRACE_STEP_COUNT));
	assert_true(SEVTRACE_STEP_COUNT < SEVTRACE_STEP_NONE);
}

static void test_order_has_each_step_once(void **state)
{
	bool seen[SEVTRACE_STEP_COUNT] = { 0 };

	(void)state;
	assert_int_equal(step_numbers.nr, SEVTRACE_STEP_COUNT);
	for (size_t place = 0; place < SEVTRACE_STEP_COUNT; place++) {
		uint32_t step = step_at(place);

		assert_true(step < SEVTRACE_STEP_COUNT);
		assert_false(seen[step]);
		seen[step] = true;
		assert_int_equal(step_place(step), place);
		assert_int_equal(number_at(&step_numbers, place), step);
	}
	assert_int_equal(step_place(SEVTRACE_STEP_NONE), SEVTRACE_STEP_COUNT);
}

/*
 * A list like that of kvm_sev.h with a step inserted in the middle: the count comes from the
 * numbers.
 */
#define LIST_WITH_A_STEP_IN_THE_MIDDLE(X) \
	X(0, FIRST, "first", "")          \
	X(2, BETWEEN, "between", "")      \
	X(1, LAST, "last", "")

static void test_count_does_not_depend_on_order(void **state)
{
	union extent {
		LIST_WITH_A_STEP_IN_THE_MIDDLE(SEVTRACE_STEP_EXTENT)
	};

	(void)state;
	assert_int_equal(sizeof(union extent), 3);
}

static void check_names(const struct number_list *list, const char *(*name)(uint32_t))
{
	for (size_t i = 0; i < list->nr; i++) {
		assert_non_null(name(number_at(list, i)));
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(number_at(list, i), number_at(list, j));
	}
}

static void test_lists_have_names(void **state)
{
	(void)state;
	check_names(&ioctl_numbers, ioctl_name);
	check_names(&psp_command_numbers, psp_command_name);
	check_names(&psp_status_numbers, psp_status_name);
}

static void test_no_ioctl_is_not_any(void **state)
{
	(void)state;
	assert_int_not_equal(EXPLAIN_ANY_IOCTL, SEVTRACE_NO_IOCTL);
	assert_null(ioctl_name(EXPLAIN_ANY_IOCTL));
	assert_null(ioctl_name(SEVTRACE_NO_IOCTL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_stay),
		cmocka_unit_test(test_each_number_has_a_name),
		cmocka_unit_test(test_order_has_each_step_once),
		cmocka_unit_test(test_count_does_not_depend_on_order),
		cmocka_unit_test(test_lists_have_names),
		cmocka_unit_test(test_no_ioctl_is_not_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
