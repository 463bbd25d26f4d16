// SPDX-License-Identifier: GPL-2.0-only
/*
 * The BPF programs' clock steps back: the kernel may adjust it while a thread changes the CPU. No
 * time becomes the largest there is. This is include/sevtrace/pairing.h as the programs see it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/types.h>

#include <sevtrace/record.h>

#define __bpf__ 1
#ifndef __always_inline
#define __always_inline inline
#endif
#include <sevtrace/pairing.h>

#define EARLY 1000
#define LATE 5000

static void ioctls_and_updates(void **state)
{
	struct thread t = { 0 };

	(void)state;
	assert_int_equal(elapsed(EARLY, LATE), LATE - EARLY);
	assert_int_equal(elapsed(LATE, EARLY), 0);
	assert_int_equal(elapsed(LATE, LATE), 0);
	thread_attr_mark(&t, LATE);
	thread_attr_locked(&t, EARLY);
	assert_int_equal(t.attr_wait, 0);
	assert_int_equal(thread_attr_exit(&t, EARLY), 0);
}

static void commands(void **state)
{
	const struct psp_result result = command_result(0, true, true, 0, 0);
	struct sevtrace_rec_psp rec = { 0 };
	struct psp_command c = { 0 };

	(void)state;
	command_wait(&c, LATE);
	assert_int_equal(command_waited(&c, EARLY), 0);
	command_start(&c, 1, 0);
	c.mark = LATE;
	command_issue(&c, EARLY);
	c.mark = LATE;
	command_complete(&c, EARLY, false, 0, 0);
	c.mark = LATE;
	command_record(&c, &result, EARLY, &rec);
	assert_int_equal(rec.wait, 0);
	assert_int_equal(rec.prep, 0);
	assert_int_equal(rec.exec, 0);
	assert_int_equal(rec.reclaim, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ioctls_and_updates),
		cmocka_unit_test(commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
