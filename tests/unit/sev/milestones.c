// SPDX-License-Identifier: GPL-2.0-only
/* Which texts name milestones, and what they name. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sev/milestones.h"
#include "util/array.h"

static void names_values(void **state)
{
	struct milestones m;

	(void)state;
	assert_int_equal(milestones_parse("0xf4:1=firmware,2=the kernel,0x80,244:0x3=init", &m), 0);
	assert_int_equal(m.ports.nr, 2);
	assert_int_equal(m.ports.ports[0], 0xf4);
	assert_int_equal(m.ports.ports[1], 0x80);
	assert_string_equal(milestone_name(&m, 0xf4, 1), "firmware");
	assert_string_equal(milestone_name(&m, 0xf4, 2), "the kernel");
	assert_string_equal(milestone_name(&m, 0xf4, 3), "init");
	assert_null(milestone_name(&m, 0xf4, 4));
	assert_null(milestone_name(&m, 0x80, 1));
	/* A value behind a port without names is of that port. */
	assert_int_equal(milestones_parse("1,2=a=b", &m), 0);
	assert_string_equal(milestone_name(&m, 1, 2), "a=b");
	assert_int_equal(milestones_parse("65535:4294967295=last", &m), 0);
	assert_string_equal(milestone_name(&m, 65535, UINT32_MAX), "last");
}

static void refuses(void **state)
{
	static const char *const wrong[] = {
		"",
		",",
		"1,",
		"1=a",
		"x",
		"1:",
		"1:2",
		"1:2=",
		"1:2=,",
		"1:=a",
		"65536",
		"-1",
		"1 ",
		" 1",
		"1:-2=a",
		"1;2",
		"1:2=\n",
		"0x",
		"1:2:3=a",
		"1:4294967296=a",
		"1:2=123456789012345678901234",
	};
	struct milestones m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (milestones_parse(wrong[i], &m) != -EINVAL)
			fail_msg("'%s' is taken", wrong[i]);
	assert_int_equal(milestones_parse("1:2=12345678901234567890123", &m), 0);
}

/* As many as there is room for, and one more. */
static void has_limits(void **state)
{
	char text[16 * (MILESTONES_MAX + 2)];
	struct milestones m;
	int used = 0;

	(void)state;
	for (int i = 0; i < SEVTRACE_MILESTONE_PORTS; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%d", i ? "," : "", i);
	assert_int_equal(milestones_parse(text, &m), 0);
	assert_int_equal(m.ports.nr, SEVTRACE_MILESTONE_PORTS);
	snprintf(text + used, sizeof(text) - (size_t)used, ",99");
	assert_int_equal(milestones_parse(text, &m), -EINVAL);
	used = snprintf(text, sizeof(text), "1");
	for (int i = 0; i < MILESTONES_MAX; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, ",%d=a", i);
	assert_int_equal(milestones_parse(text, &m), 0);
	assert_int_equal(m.nr, MILESTONES_MAX);
	snprintf(text + used, sizeof(text) - (size_t)used, ",99=a");
	assert_int_equal(milestones_parse(text, &m), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_values),
		cmocka_unit_test(refuses),
		cmocka_unit_test(has_limits),
	};

	return cmocka_run_group_tests_name("sev_milestones", tests, NULL, NULL);
}
