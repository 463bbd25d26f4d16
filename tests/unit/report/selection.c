// SPDX-License-Identifier: GPL-2.0-only
/* Which launches of twelve a report shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/selection.h"
#include "scenario.h"
#include "util/array.h"

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

/* Writes the numbers of the chosen launches, "5 7 10". */
static void chosen(const struct model *m, const struct report_selection *s, char *text, size_t size)
{
	bool *shown = selection_choose(s, m);
	size_t used = 0;

	assert_non_null(shown);
	*text = '\0';
	for (size_t i = 0; i < m->nr_launches; i++)
		if (shown[i])
			used += (size_t)snprintf(text + used, size - used, "%s%u", used ? " " : "",
						 m->launches[i]->number);
	free(shown);
}

static void selections(void **state)
{
	static struct report_range some[] = { { 3, 3 }, { 5, 7 }, { 12, UINT32_MAX } };
	static const struct {
		struct report_selection selection;
		const char *chosen;
	} cases[] = {
		{ { .nr_numbers = 0 }, "1 2 3 4 5 6 7 8 9 10 11 12" },
		{ { .failed = true }, "5 7 10" },
		{ { .slowest = 2 }, "9 11" },
		{ { .slowest = 100 }, "1 2 3 4 5 6 7 8 9 10 11 12" },
		/* of those that took as long, the earlier ones */
		{ { .failed = true, .slowest = 2 }, "5 7" },
		{ { .numbers = some, .nr_numbers = ARRAY_SIZE(some) }, "3 5 6 7 12" },
		{ { .numbers = some, .nr_numbers = 2, .failed = true }, "5 7" },
		{ { .pid = 1004 }, "4" },
		{ { .pid = 1004, .failed = true }, "" },
		{ { .comm = "qemu-system-x86", .slowest = 1 }, "11" },
		{ { .comm = "qemu" }, "" },
		{ { .min_ns = 14000000 }, "9 11 12" },
		{ { .min_ns = 14000000, .slowest = 1 }, "11" },
		{ { .failed = true, .by_ioctl = true, .ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE },
		  "5 7 10" },
		{ { .failed = true, .by_ioctl = true, .ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_START },
		  "" },
		{ { .by_ioctl = true, .ioctl = SEVTRACE_KVM_SEV_LAUNCH_START }, "4 8 12" },
		{ { .by_step = true, .step = SEVTRACE_STEP_RECLAIM }, "5 7 10" },
		{ { .failed = true, .by_step = true, .step = SEVTRACE_STEP_PSP }, "5 7 10" },
		{ { .failed = true, .by_step = true, .step = SEVTRACE_STEP_PIN }, "" },
		/* the recording does not tell when */
		{ { .since = 1 }, "" },
	};
	struct model m;
	char text[64];

	(void)state;
	model_init(&m);
	assert_int_equal(scenario_run("crowd", feed, &m), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		chosen(&m, &cases[i].selection, text, sizeof(text));
		assert_string_equal(text, cases[i].chosen);
		assert_int_equal(selection_is_some(&cases[i].selection), i > 0);
	}
	model_free(&m);
}

/* Launch 7 begins at a whole second. */
static void by_time_of_day(void **state)
{
	const struct report_selection since = { .since = 1000 }, until = { .until = 1000 },
				      both = { .since = 1000, .until = 1001 },
				      later = { .since = 1001 };
	char offset[32], text[64];
	struct model m;

	(void)state;
	model_init(&m);
	assert_int_equal(scenario_run("crowd", feed, &m), 0);
	snprintf(offset, sizeof(offset), "%lld",
		 1000000000000LL - (long long)m.launches[6]->first_ts);
	assert_int_equal(model_host(&m, "realtime_offset_ns", offset), 0);
	assert_true(selection_is_timed(&since) && selection_is_some(&until));
	chosen(&m, &since, text, sizeof(text));
	assert_string_equal(text, "7 8 9 10 11 12");
	chosen(&m, &until, text, sizeof(text));
	assert_string_equal(text, "1 2 3 4 5 6");
	chosen(&m, &both, text, sizeof(text));
	assert_string_equal(text, "7 8 9 10 11 12");
	chosen(&m, &later, text, sizeof(text));
	assert_string_equal(text, "");
	model_free(&m);
}

/* By any of its names, as a shell's pattern. */
static void by_name(void **state)
{
	static const struct {
		const char *pattern, *chosen;
	} cases[] = {
		{ "web1", "1" },       { "web", "" },	      { "web*", "1" },
		{ "db-[a-p]*", "5" },  { "8f2c1a34-*", "2" }, { "3f5eb4a7*", "2" },
		{ "*.service", "3" },  { "*", "1 2 3 4 5" },  { "qemu*", "" },
		{ "*kind that*", "" },
	};
	struct model m;
	char text[64];

	(void)state;
	model_init(&m);
	assert_int_equal(scenario_run("named", feed, &m), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct report_selection s = { .name = cases[i].pattern };

		assert_true(selection_is_some(&s));
		chosen(&m, &s, text, sizeof(text));
		assert_string_equal(text, cases[i].chosen);
	}
	model_free(&m);
}

static void of_nothing(void **state)
{
	const struct report_selection failed = { .failed = true };
	struct model m;
	char text[64];

	(void)state;
	model_init(&m);
	chosen(&m, &failed, text, sizeof(text));
	assert_string_equal(text, "");
	model_free(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(selections),
		cmocka_unit_test(by_time_of_day),
		cmocka_unit_test(by_name),
		cmocka_unit_test(of_nothing),
	};

	return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
