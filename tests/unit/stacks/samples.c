// SPDX-License-Identifier: GPL-2.0-only
/* Has the stacks of samples unwound by the helper. This program is its own helper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ask_helper.h"
#include "process/helper.h"
#include "stacks/helper.h"

static struct vmm_stack sample_of(const struct sevtrace_user_stack *of)
{
	const struct sevtrace_rec_sample rec = { .h = { .ts = of->h.ts,
							.launch = of->h.launch,
							.tid = of->h.tid,
							.type = SEVTRACE_REC_SAMPLE,
							.size = sizeof(rec) },
						 .pid = of->pid,
						 .period = 7,
						 .in_kernel = 1,
						 .copied = 1,
						 .sp = of->regs[7],
						 .user = { of->regs[16] } };
	struct vmm_stack stack;

	assert_true(vmm_stack_read(&rec.h, &stack));
	return stack;
}

/* A sample's frames become functions, so that all samples of them are equal. */
static void samples(void **state)
{
	struct vmm_stacks *s = new_stacks();
	union sevtrace_record rec;
	struct vmm_stack sample;
	struct got got = { 0 };
	int outer;

	(void)state;
	unwind_outer(1);
	own_copy.sample = 1;
	begin(s, 1);
	for (size_t i = 0; i < 5; i++) {
		own_copy.h.ts++;
		sample = sample_of(&own_copy);
		vmm_stacks_copy(s, &own_copy, 1);
		assert_true(vmm_stacks_record(s, &sample, 1));
	}
	await(s, &got, 5);
	own_copy.sample = 0;
	outer = find_frame(got.last.frames, (int)got.last.nr, "unwind_outer (");
	assert_true(outer > 0);
	assert_int_equal(got.last.rec.user[outer], (uintptr_t)unwind_outer);
	vmm_stack_write(&got.last, &rec);
	assert_int_equal(rec.sample.h.type, SEVTRACE_REC_SAMPLE);
	assert_int_equal(rec.sample.h.size, sizeof(rec.sample));
	assert_int_equal(rec.sample.user[outer], (uintptr_t)unwind_outer);
	assert_int_equal(rec.sample.period, 7);
	assert_int_equal(rec.sample.in_kernel, 1);
	assert_int_equal(rec.sample.in_ioctl, 0);
	assert_int_equal(vmm_stacks_lost(s), 0);

	/* What was too fast for a copy is known by where it was. */
	own_copy.h.ts++;
	sample = sample_of(&own_copy);
	assert_false(vmm_stacks_record(s, &sample, 1));
	assert_int_equal(sample.rec.user[outer], (uintptr_t)unwind_outer);
	assert_int_equal(vmm_stacks_lost(s), 0);
	sample = sample_of(&own_copy);
	sample.sp++;
	assert_false(vmm_stacks_record(s, &sample, 1));
	assert_int_equal(sample.rec.user[1], 0);
	assert_int_equal(vmm_stacks_lost(s), 1);
	begin(s, 2);
	sample = sample_of(&own_copy);
	assert_false(vmm_stacks_record(s, &sample, 1));
	assert_int_equal(vmm_stacks_lost(s), 2);
	vmm_stacks_free(s);
}

/* A sample without a copy waits while one of its process is unwound, and no longer. */
static void samples_wait(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct vmm_stack sample, same, other;
	struct got got = { 0 };

	(void)state;
	unwind_outer(1);
	own_copy.sample = 1;
	begin(s, 1);
	sample = sample_of(&own_copy);
	vmm_stacks_copy(s, &own_copy, 1);
	own_copy.sample = 0;
	assert_true(vmm_stacks_record(s, &sample, 1));
	same = other = sample;
	same.rec.h.ts++;
	other.rec.h.ts += 2;
	other.rec.user[0]++;
	assert_true(vmm_stacks_record(s, &same, 1));
	assert_true(vmm_stacks_record(s, &other, 1));
	assert_int_equal(vmm_stacks_pending(s, sample.rec.h.launch), 3);
	await(s, &got, 3);
	assert_int_equal(vmm_stacks_pending(s, 0), 0);
	assert_int_equal(got.all[1].rec.h.ts, same.rec.h.ts);
	assert_memory_equal(got.all[1].rec.user, got.all[0].rec.user, sizeof(same.rec.user));
	assert_int_equal(got.all[2].rec.user[0], other.rec.user[0]);
	assert_int_equal(got.all[2].rec.user[1], 0);
	assert_int_equal(vmm_stacks_lost(s), 1);
	vmm_stacks_free(s);
}

/* However many samples wait, a failure finds room. */
static void samples_leave_room(void **state)
{
	struct vmm_stacks *s = new_stacks();
	struct sevtrace_rec_stack rec;
	struct vmm_stack sample;

	(void)state;
	unwind_outer(1);
	own_copy.sample = 1;
	for (size_t i = 0; i < 1000; i++) {
		own_copy.h.ts++;
		sample = sample_of(&own_copy);
		vmm_stacks_copy(s, &own_copy, 1);
		vmm_stacks_record(s, &sample, 1);
	}
	own_copy.sample = 0;
	own_copy.h.ts++;
	rec = record_of(&own_copy);
	assert_true(vmm_stacks_lost(s) > 0);
	vmm_stacks_copy(s, &own_copy, 1);
	assert_true(vmm_stacks_record(s, &(struct vmm_stack){ .rec = rec }, 1));
	vmm_stacks_free(s);
}

/* Neither a record of another kind nor one that is cut off is a stack. */
static void not_a_stack(void **state)
{
	struct sevtrace_rec_sample sample = { .h = { .type = SEVTRACE_REC_SAMPLE,
						     .size = sizeof(sample) - 8 } };
	const struct sevtrace_rec_run run = { .h = { .type = SEVTRACE_REC_RUN,
						     .size = sizeof(run) } };
	struct vmm_stack stack;

	(void)state;
	assert_false(vmm_stack_read(&sample.h, &stack));
	assert_false(vmm_stack_read(&run.h, &stack));
	sample.h.size = sizeof(sample);
	assert_true(vmm_stack_read(&sample.h, &stack));
}

/* Names of what the kernel saw, if there was no own_copy. */

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(samples_wait),
		cmocka_unit_test(samples_leave_room),
		cmocka_unit_test(not_a_stack),
	};

	if (argc == 3 && !strcmp(argv[1], HELPER_OPTION)) {
		helper_begin("unwind-helper");
		return stacks_helper(HELPER_FD);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
