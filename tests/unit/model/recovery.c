// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a failure: its stack, what makes it good, what it says of the PSP, and which are
 * kept when there are too many.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "scenario.h"
#include "util/array.h"

#define US 1000ULL
#define UPDATE SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE
#define START SEVTRACE_KVM_SEV_SNP_LAUNCH_START
#define FINISH SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH
#define MEASURE SEVTRACE_KVM_SEV_LAUNCH_MEASURE

struct fixture {
	struct model m;
	struct scenario s;
	const struct model_launch *l;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static int setup(void **state)
{
	static struct fixture f;

	*state = &f;
	model_init(&f.m);
	scenario_begin(&f.s, feed, &f.m);
	put_launch(&f.s, 1, 1001, "vmm", SEVTRACE_VM_SNP);
	f.l = f.m.launches[0];
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	model_free(&f->m);
	return f->s.error;
}

static void put_result(struct fixture *f, uint32_t ioctl, int32_t ret)
{
	put_enter(&f->s, ioctl);
	put_exit(&f->s, ret, 0, 1, SEVTRACE_VM_SNP);
}

static void put_stack_at(struct fixture *f, uint32_t tid, uint64_t ts, uint64_t frame)
{
	const union sevtrace_record rec = {
		.stack = { .h = { .ts = ts,
				  .launch = 1,
				  .tid = tid,
				  .type = SEVTRACE_REC_STACK,
				  .size = sizeof(rec.stack) },
			   .kernel = { frame } },
	};

	assert_int_equal(model_feed(&f->m, &rec), 0);
}

/* The frame of a failure's stack; 0: it has none. */
static uint64_t stack_of(const struct fixture *f, size_t failure)
{
	return f->l->failures[failure].has_stack ? f->l->failures[failure].stack.kernel[0] : 0;
}

/* A late stack belongs to the failure of its thread and time, and only the first is kept. */
static void late_stacks(void **state)
{
	struct fixture *f = *state;
	uint64_t start, end;

	put_result(f, START, -EIO);
	put_result(f, START, -EIO);
	start = f->l->failures[0].start;
	end = f->l->failures[0].ts;
	assert_true(end < f->l->failures[1].start);
	put_stack_at(f, 1002, start, 1);
	put_stack_at(f, 1001, start - 1, 2);
	put_stack_at(f, 1001, end + 1, 3);
	assert_int_equal(stack_of(f, 0), 0);
	assert_int_equal(stack_of(f, 1), 0);
	put_stack_at(f, 1001, end, 4);
	put_stack_at(f, 1001, start, 5);
	assert_int_equal(stack_of(f, 0), 4);
	assert_int_equal(stack_of(f, 1), 0);
	put_stack_at(f, 1001, f->l->failures[1].start, 6);
	put_stack_at(f, 1001, f->l->failures[1].ts, 7);
	assert_int_equal(stack_of(f, 0), 4);
	assert_int_equal(stack_of(f, 1), 6);
}

/* In an ioctl that has not ended: the latest one since its start. */
static void stacks_meanwhile(void **state)
{
	static const struct tracefile_symbol symbol = { 1, 0, "one" };
	struct fixture *f = *state;
	uint64_t start;

	put_enter(&f->s, START);
	start = f->s.now;
	put_stack_at(f, 1001, start - 1, 1);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(stack_of(f, 0), 0);
	put_enter(&f->s, START);
	start = f->s.now;
	put_stack_at(f, 1001, start, 2);
	assert_int_equal(model_symbol(&f->m, &symbol), 0);
	put_stack_at(f, 1001, start, 3);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(stack_of(f, 1), 2);
	assert_int_equal(f->l->failures[1].stack_symbols, 0);
	put_enter(&f->s, START);
	start = f->s.now;
	put_stack_at(f, 1001, start, 4);
	put_stack_at(f, 1001, start + 1, 5);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(stack_of(f, 2), 5);
	assert_int_equal(f->l->failures[2].stack_symbols, 1);
	/* The start of an ioctl is lost: a stack from before it is an earlier one's. */
	start = f->s.now;
	put_stack_at(f, 1001, start, 6);
	f->s.ioctl_start = f->s.now += US;
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(stack_of(f, 3), 0);
	put_stack_at(f, 1001, f->s.now, 7);
	f->s.ioctl_start = f->s.now;
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(stack_of(f, 4), 7);
}

/* A failed update of attributes outside of an ioctl, with its stack or another one's. */
static void stacks_of_attributes(void **state)
{
	struct fixture *f = *state;

	put_stack_at(f, 1001, f->s.now + 5, 1);
	put_attributes(&f->s, 0x100, 0x110, -EINVAL, 0, 10);
	assert_int_equal(stack_of(f, 0), 1);
	assert_int_equal(f->l->nr_ops, 0);
	put_stack_at(f, 1001, f->s.now - 1, 2);
	put_attributes(&f->s, 0x100, 0x110, -EINVAL, 0, 10);
	assert_int_equal(stack_of(f, 1), 0);
	/* One that succeeded takes no stack away. */
	put_stack_at(f, 1001, f->s.now + 1, 3);
	put_attributes(&f->s, 0x500, 0x510, 0, 0, 1);
	put_attributes(&f->s, 0x100, 0x110, -EINVAL, 0, 10);
	assert_int_equal(stack_of(f, 2), 3);
}

/* An update of the frame at which one failed makes that good. */
static void attributes_repair(void **state)
{
	static const struct {
		uint64_t start, end;
		bool repairs;
	} cases[] = {
		{ 0x101, 0x110, false }, { 0x80, 0x100, false }, { 0x100, 0x100, false },
		{ 0x100, 0x101, true },	 { 0x80, 0x101, true },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const size_t n = f->l->nr_failures;

		put_attributes(&f->s, 0x100, 0x110, -EINVAL, 0, US);
		assert_int_equal(f->l->failures[n].start, f->s.now - US);
		put_attributes(&f->s, cases[i].start, cases[i].end, 0, 0, US);
		assert_int_equal(f->l->failures[n].recovered, cases[i].repairs);
		if (cases[i].repairs)
			assert_int_equal(f->l->failures[n].recovered_ts, f->s.now);
	}
	/* Once is enough, and a failure of another ioctl at the frame is another one. */
	put_attributes(&f->s, 0x100, 0x110, 0, 0, US);
	assert_true(f->l->failures[4].recovered_ts < f->s.now);
	put_enter(&f->s, UPDATE);
	put_step(&f->s, SEVTRACE_STEP_COPY, 0x100, 1, -EFAULT, US);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	put_attributes(&f->s, 0x100, 0x110, 0, 0, US);
	assert_false(f->l->failures[5].recovered);
}

/* KVM's own update in an ioctl: it is the ioctl's failure, unless a step failed before. */
static void attributes_inside(void **state)
{
	struct fixture *f = *state;

	put_enter(&f->s, UPDATE);
	put_attributes(&f->s, 0x100, 0x110, 0, 0, US);
	put_attributes(&f->s, 0x200, 0x210, -EINVAL, 0, US);
	put_attributes(&f->s, 0x300, 0x310, -ENOMEM, 0, US);
	assert_int_equal(f->l->nr_failures, 0);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(f->l->nr_failures, 1);
	assert_true(f->l->failures[0].has_step);
	assert_int_equal(f->l->failures[0].step, SEVTRACE_STEP_ATTRIBUTES);
	assert_int_equal(f->l->failures[0].inner_ret, -EINVAL);
	assert_int_equal(f->l->failures[0].gfn, 0x200);
	put_enter(&f->s, UPDATE);
	put_step(&f->s, SEVTRACE_STEP_COPY, 0x100, 1, -EFAULT, US);
	put_attributes(&f->s, 0x200, 0x210, -EINVAL, 0, US);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(f->l->failures[1].step, SEVTRACE_STEP_COPY);
	/* One that succeeded makes none. */
	put_enter(&f->s, UPDATE);
	put_attributes(&f->s, 0x200, 0x210, 0, 0, US);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_false(f->l->failures[2].has_step);
}

static void put_length_query(struct fixture *f, uint32_t tid)
{
	f->s.tid = tid;
	put_enter(&f->s, MEASURE);
	put_exit(&f->s, -EIO, SEVTRACE_PSP_INVALID_LEN, 1, SEVTRACE_VM_SNP);
}

/* A length query is a failure only if it is the last thing of its kind, of a launch that ended. */
static void length_queries(void **state)
{
	struct fixture *f = *state;
	union sevtrace_record rec = { .launch_end = { .destroyed = 0 } };

	put_length_query(f, 1001);
	put_length_query(f, 1002);
	assert_int_equal(f->l->length_query->tid, 1002);
	put_result(f, START, 0);
	assert_non_null(f->l->length_query);
	rec.h.launch = 1;
	rec.h.type = SEVTRACE_REC_LAUNCH_END;
	assert_int_equal(model_feed(&f->m, &rec), 0);
	assert_int_equal(f->l->nr_failures, 0);
	assert_non_null(f->l->length_query);
	put_result(f, MEASURE, 0);
	assert_null(f->l->length_query);
	put_length_query(f, 1001);
	put_end(&f->s, US);
	assert_int_equal(f->l->nr_failures, 1);
	assert_int_equal(f->l->failures[0].ioctl, MEASURE);
	assert_null(f->l->length_query);
	put_end(&f->s, US);
	assert_int_equal(f->l->nr_failures, 1);
}

static void length_query_of_a_finished_launch(void **state)
{
	struct fixture *f = *state;

	put_result(f, FINISH, 0);
	put_length_query(f, 1001);
	put_end(&f->s, US);
	assert_int_equal(f->l->nr_failures, 0);
	assert_null(f->l->length_query);
}

/* What is given back for a length query can be taken again. */
static void length_queries_cost_nothing(void **state)
{
	struct fixture *f = *state;
	size_t used = 0, charged = 0;

	for (int i = 0; i < 100; i++) {
		put_length_query(f, 1001);
		put_result(f, MEASURE, 0);
		if (!i)
			used = f->m.budget.used, charged = f->l->charged;
		assert_int_equal(f->m.budget.used, used);
		assert_int_equal(f->l->charged, charged);
	}
}

/* The success of an ioctl makes good its own failures, if pages had no part in them. */
static void success_repairs(void **state)
{
	struct fixture *f = *state;

	put_result(f, START, -EIO);
	put_result(f, SEVTRACE_KVM_SEV_INIT2, -EIO);
	put_enter(&f->s, UPDATE);
	put_range(&f->s, 0x10, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&f->s, 0, -EIO);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	put_result(f, START, 0);
	assert_true(f->l->failures[0].recovered);
	assert_int_equal(f->l->failures[0].recovered_ts, f->s.now - US);
	assert_false(f->l->failures[1].recovered);
	put_result(f, UPDATE, 0);
	assert_false(f->l->failures[2].recovered);
	/* The end makes good what is left. */
	put_result(f, FINISH, 0);
	assert_true(f->l->failures[0].recovered_ts < f->s.now - US);
	for (size_t i = 1; i < 3; i++) {
		assert_true(f->l->failures[i].recovered);
		assert_int_equal(f->l->failures[i].recovered_ts, f->s.now - US);
	}
	assert_int_equal(f->l->nr_failures, 3);
}

/* What is missing in the guest is still missing when the launch is finished. */
static void the_end_does_not_repair(void **state)
{
	struct fixture *f = *state;

	put_enter(&f->s, UPDATE);
	put_range(&f->s, 0x10, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f->s, SEVTRACE_STEP_GET_PAGE, 0x12, 1, -EINTR, US);
	put_exit(&f->s, 0, 0, 1, SEVTRACE_VM_SNP);
	assert_true(f->l->failures[0].swallowed);
	put_enter(&f->s, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA);
	put_range(&f->s, 0x20, 0x9000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f->s, SEVTRACE_STEP_GET_PAGE, 0x22, 1, -EEXIST, US);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_false(f->l->failures[1].swallowed);
	put_result(f, FINISH, 0);
	assert_false(f->l->failures[0].recovered);
	assert_false(f->l->failures[1].recovered);
}

/* An ioctl that stopped at a page, but says that it succeeded. */
static void swallowed(void **state)
{
	static const struct {
		uint32_t ioctl;
		bool range;
		bool step;
		bool swallowed;
	} cases[] = {
		{ UPDATE, true, true, true },
		{ UPDATE, true, false, false },
		{ UPDATE, false, true, false },
		{ FINISH, true, true, false },
	};
	struct fixture *f = *state;
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put_enter(&f->s, cases[i].ioctl);
		if (cases[i].range)
			put_range(&f->s, 0x100 * (i + 1), 0x100000 * i, 8, SEVTRACE_PAGE_NORMAL,
				  true);
		if (cases[i].step)
			put_step(&f->s, SEVTRACE_STEP_COPY, 0x100 * (i + 1), 1, -EFAULT, US);
		put_exit(&f->s, 0, 0, 1, SEVTRACE_VM_SNP);
		nr += cases[i].swallowed;
		assert_int_equal(f->l->nr_failures, nr);
	}
}

static void put_swallowed(struct fixture *f, uint32_t ioctl, uint64_t gfn)
{
	put_enter(&f->s, ioctl);
	put_range(&f->s, gfn, gfn << 12, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f->s, SEVTRACE_STEP_COPY, gfn, 1, -EFAULT, US);
	put_exit(&f->s, 0, 0, 1, SEVTRACE_VM_SNP);
}

/* The error that user space got when it tried again at the page takes the place of the first. */
static void superseded(void **state)
{
	static const struct {
		uint32_t ioctl;
		uint64_t gfn;
		bool superseded;
	} cases[] = {
		{ UPDATE, 0x101, false },
		{ SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, 0x100, false },
		{ UPDATE, 0x100, true },
	};
	struct fixture *f = *state;

	put_swallowed(f, UPDATE, 0x100);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put_enter(&f->s, cases[i].ioctl);
		put_step(&f->s, SEVTRACE_STEP_COPY, cases[i].gfn, 1, -EFAULT, US);
		put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
		assert_int_equal(f->l->failures[0].swallowed, !cases[i].superseded);
	}
	assert_int_equal(f->l->nr_failures, 3);
	/* One that was made good stays, and so does one that user space was told of. */
	put_swallowed(f, UPDATE, 0x200);
	put_enter(&f->s, UPDATE);
	put_range(&f->s, 0x200, 0, 1, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&f->s, 1, 0);
	put_exit(&f->s, 0, 0, 1, SEVTRACE_VM_SNP);
	assert_true(f->l->failures[3].recovered);
	for (size_t i = 0; i < 2; i++) {
		put_enter(&f->s, UPDATE);
		put_step(&f->s, SEVTRACE_STEP_COPY, 0x200, 1, -EFAULT, US);
		put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
		assert_int_equal(f->l->nr_failures, 5 + i);
	}
	assert_true(f->l->failures[3].swallowed);
}

/* The first of those that were made good gives way to a new one, and is counted. */
static void gives_way(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < MODEL_MAX_FAILURES; i++)
		put_result(f, i == 5 ? START : 1000 + i, -EIO);
	put_result(f, START, 0);
	assert_int_equal(f->l->nr_failures, MODEL_MAX_FAILURES);
	assert_true(f->l->failures[5].recovered);
	put_result(f, 2000, -EIO);
	assert_int_equal(f->l->nr_failures, MODEL_MAX_FAILURES);
	assert_int_equal(f->l->more_recovered, 1);
	assert_int_equal(f->l->more_failures, 0);
	for (uint32_t i = 0; i < MODEL_MAX_FAILURES; i++)
		assert_int_equal(f->l->failures[i].ioctl, i < 5	 ? 1000 + i :
							  i < 63 ? 1001 + i :
								   2000);
	put_result(f, 2001, -EIO);
	assert_int_equal(f->l->more_failures, 1);
	assert_int_equal(f->l->failures[MODEL_MAX_FAILURES - 1].ioctl, 2000);
}

/* Puts the exit of an ioctl that says of its last command what it was. */
static void put_psp_exit(struct fixture *f, bool asked, bool answered)
{
	const union sevtrace_record rec = {
		.ioctl_exit = { .h = { .ts = f->s.now += US,
				       .launch = 1,
				       .tid = 1001,
				       .type = SEVTRACE_REC_IOCTL_EXIT,
				       .size = sizeof(rec.ioctl_exit) },
				.ioctl = START,
				.ret = -EIO,
				.psp_asked = asked,
				.psp_answered = answered },
	};

	assert_int_equal(model_feed(&f->m, &rec), 0);
}

/* What a failure says of the PSP: the command that failed tells, else the last one, if any did. */
static void what_the_psp_did(void **state)
{
	enum { NONE = 0xff };
	static const struct {
		uint8_t step; /* that failed */
		bool cleaned_up, succeeded, silent;
		bool asked, answered; /* by the exit */
		bool has_psp, is_asked, is_answered;
	} cases[] = {
		{ NONE, false, false, false, true, true, false, true, true },
		{ NONE, false, false, false, true, false, false, true, false },
		{ NONE, false, false, false, false, false, false, false, false },
		/* a step before the command failed, so the last one was something else */
		{ SEVTRACE_STEP_COPY, false, true, false, true, true, false, false, false },
		{ SEVTRACE_STEP_PSP, false, true, false, true, true, false, true, true },
		/* only cleanup */
		{ NONE, true, false, false, true, true, false, false, false },
		{ NONE, true, true, false, true, true, false, true, true },
		/* it did not answer, whatever the ioctl says of the last one */
		{ NONE, false, false, true, true, true, true, true, false },
		{ SEVTRACE_STEP_COPY, true, false, true, false, true, true, true, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct model_failure *got;

		put_enter(&f->s, START);
		if (cases[i].succeeded)
			put_psp(&f->s, SEVTRACE_CMD_SNP_LAUNCH_START, 0, US, 0);
		if (cases[i].silent)
			put_psp_silent(&f->s, SEVTRACE_CMD_SNP_LAUNCH_START, US, true);
		if (cases[i].step != NONE)
			put_step(&f->s, cases[i].step, 0x10, 1, -EIO, US);
		if (cases[i].cleaned_up)
			put_psp(&f->s, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 0, US, 0);
		put_psp_exit(f, cases[i].asked, cases[i].answered);
		got = &f->l->failures[i];
		if (got->has_psp != cases[i].has_psp || got->psp_asked != cases[i].is_asked ||
		    got->psp_answered != cases[i].is_answered)
			fail_msg("case %zu", i);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(late_stacks),
		TEST(stacks_meanwhile),
		TEST(stacks_of_attributes),
		TEST(attributes_repair),
		TEST(attributes_inside),
		TEST(length_queries),
		TEST(length_query_of_a_finished_launch),
		TEST(length_queries_cost_nothing),
		TEST(success_repairs),
		TEST(the_end_does_not_repair),
		TEST(swallowed),
		TEST(superseded),
		TEST(gives_way),
		TEST(what_the_psp_did),
	};

	return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
