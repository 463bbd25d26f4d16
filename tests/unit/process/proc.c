// SPDX-License-Identifier: GPL-2.0-only
/* What /proc/PID/stat tells, whatever a process calls itself. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "process/proc.h"

#define REST                                                                           \
	"1 57 57 0 -1 4194560 917 0 0 0 12 34 0 0 20 0 1 0 22022 2707456 222 18446744" \
	"073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 4343 0 0 0 0 0 0 0 0 0\n"

static void fields(void **state)
{
	static const char *const names[] = { "(qemu)", "(a b)", "(a) S 1 (b)", "())" };
	char text[512], what;
	pid_t parent;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(text, sizeof(text), "57 %s S %s", names[i], REST);
		assert_int_equal(proc_parse_stat(text, &what, &parent), 0);
		assert_int_equal(what, 'S');
		assert_int_equal(parent, 1);
		assert_int_equal(proc_parse_start(text), 22022);
		assert_int_equal(proc_parse_guest_time(text), 4343);
	}
}

static void cut_off(void **state)
{
	static const char *const texts[] = { "", "57", "57 (a", "57 (a)", "57 (a) S", "57 (a) S x" };
	pid_t parent;
	char what;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(proc_parse_stat(texts[i], &what, &parent), -ESRCH);
		assert_int_equal(proc_parse_start(texts[i]), 0);
		assert_int_equal(proc_parse_guest_time(texts[i]), 0);
	}
}

static void ourselves(void **state)
{
	(void)state;
	assert_true(proc_alive(getpid()));
	assert_int_equal(proc_parent(getpid()), getppid());
	assert_true(proc_start(getpid()) > 0);
	/* We run no vCPU, and nobody has this id: it is above the kernel's limit. */
	assert_int_equal(proc_guest_time(getpid()), 0);
	assert_int_equal(proc_guest_time(0x7fffffff), 0);
	assert_false(proc_alive(0x7fffffff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(cut_off),
		cmocka_unit_test(ourselves),
	};

	return cmocka_run_group_tests_name("process_proc", tests, NULL, NULL);
}
