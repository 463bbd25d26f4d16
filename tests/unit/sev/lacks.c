// SPDX-License-Identifier: GPL-2.0-only
/* Sets of what a recording lacks, as text and back; and the figures that they leave unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sev/lacks.h"

#define ALL ((uint32_t)((1ULL << LACK_COUNT) - 1))

/* Some texts begin with another, and some have the separator within. */
static void every_set_is_read_back(void **state)
{
	char text[LACKS_LEN];

	(void)state;
	for (uint32_t i = 0; i < LACK_COUNT; i++) {
		for (uint32_t j = 0; j < LACK_COUNT; j++) {
			uint32_t set = LACK_BIT(i) | LACK_BIT(j);

			assert_int_equal(lacks_read(lacks_write(set, text, sizeof(text))), set);
			set = ALL & ~set;
			assert_int_equal(lacks_read(lacks_write(set, text, sizeof(text))), set);
		}
	}
	assert_int_equal(lacks_read(lacks_write(ALL, text, sizeof(text))), ALL);
	assert_true(strlen(text) + 1 < sizeof(text));
	assert_string_equal(lacks_write(0, text, sizeof(text)), "");
}

/* A file may be of another version, or hold anything. */
static void unknown_texts_are_skipped(void **state)
{
	char text[3 * LACKS_LEN];

	(void)state;
	assert_int_equal(lacks_read(NULL), 0);
	assert_int_equal(lacks_read(""), 0);
	assert_int_equal(lacks_read(", , "), 0);
	assert_int_equal(lacks_read("VMSA"), 0);
	assert_int_equal(lacks_read("VMSAs of nobody"), 0);
	snprintf(text, sizeof(text), "what is to come, %s, more of it", lack_text(LACK_VMSAS));
	assert_int_equal(lacks_read(text), LACK_BIT(LACK_VMSAS));
	snprintf(text, sizeof(text), "%s and more, %s", lack_text(LACK_FLUSHES),
		 lack_text(LACK_GETTING));
	assert_int_equal(lacks_read(text), LACK_BIT(LACK_GETTING));
}

static void short_buffers_cut(void **state)
{
	char text[8] = "1234567";

	(void)state;
	lacks_write(ALL, text, 4);
	assert_string_equal(text, "eve");
	assert_string_equal(text + 4, "567");
}

/* A lack that leaves nothing unknown would be one that no reader is told of at a table. */
static void each_leaves_something_unknown(void **state)
{
	const uint32_t told_in_the_head_alone = LACK_BIT(LACK_PFNS) | LACK_BIT(LACK_FOLLOWING) |
						LACK_BIT(LACK_LAST_PAGE) | LACK_BIT(LACK_REFUSALS) |
						LACK_BIT(LACK_FIRST_RUN) | LACK_BIT(LACK_VMM_START);

	(void)state;
	for (uint32_t i = 0; i < LACK_COUNT; i++) {
		uint32_t set = LACK_BIT(i);
		bool touches = lacks_touching(set, ~0U, ~0U) == set;

		assert_int_equal(touches, !(set & told_in_the_head_alone));
		assert_int_equal(touches, lacks_figures(set) || lacks_steps(set));
	}
	assert_int_equal(lacks_steps(ALL), (1U << SEVTRACE_STEP_COUNT) - 1);
}

static void only_what_touches(void **state)
{
	const uint32_t set = LACK_BIT(LACK_VMSAS) | LACK_BIT(LACK_UNPIN) | LACK_BIT(LACK_MAILBOX);

	(void)state;
	assert_int_equal(lacks_touching(set, FIGURE_VMSAS, 0), LACK_BIT(LACK_VMSAS));
	assert_int_equal(lacks_touching(set, 0, LACK_STEP(UNPIN)), LACK_BIT(LACK_UNPIN));
	assert_int_equal(lacks_touching(set, FIGURE_PSP_WAIT, LACK_STEP(UNPIN)),
			 LACK_BIT(LACK_UNPIN) | LACK_BIT(LACK_MAILBOX));
	assert_int_equal(lacks_touching(set, FIGURE_ERROR_WORDS, LACK_STEP(PIN)), 0);
	assert_int_equal(lacks_touching(0, ~0U, ~0U), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_set_is_read_back),
		cmocka_unit_test(unknown_texts_are_skipped),
		cmocka_unit_test(short_buffers_cut),
		cmocka_unit_test(each_leaves_something_unknown),
		cmocka_unit_test(only_what_touches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
