// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is joined to a failure and what is not: records beside the ones that belong to it, by a
 * frame, a nanosecond, a thread or a number.
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
#define MAX_OPS 128

/* A launch in the making. */
struct fixture {
	struct model m;
	struct scenario s;
	const struct model_launch *l;
};

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static void begin(struct fixture *f)
{
	model_init(&f->m);
	scenario_begin(&f->s, feed, &f->m);
	put_launch(&f->s, 1, 1001, "vmm", SEVTRACE_VM_SNP);
	f->l = f->m.launches[0];
}

static void end(struct fixture *f)
{
	assert_int_equal(f->s.error, 0);
	model_free(&f->m);
}

static void put_failure(struct fixture *f, uint32_t ioctl)
{
	put_enter(&f->s, ioctl);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
}

static void put_success(struct fixture *f, uint32_t ioctl)
{
	put_enter(&f->s, ioctl);
	put_exit(&f->s, 0, 0, 1, SEVTRACE_VM_SNP);
}

/* Puts an ioctl that failed at a page of a range of private pages. */
static void put_failed_page(struct fixture *f, uint64_t range, uint64_t uaddr, uint64_t gfn)
{
	put_enter(&f->s, UPDATE);
	put_range(&f->s, range, uaddr, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f->s, SEVTRACE_STEP_COPY, gfn, 1, -EFAULT, US);
	put_range_end(&f->s, 0, -EFAULT);
	put_exit(&f->s, -EIO, 0, 1, SEVTRACE_VM_SNP);
}

/* Puts a range that was populated. */
static void put_populated(struct fixture *f, uint64_t gfn, uint64_t uaddr, uint64_t npages,
			  uint64_t done, uint8_t type)
{
	put_enter(&f->s, UPDATE);
	put_range(&f->s, gfn, uaddr, npages, type, true);
	put_range_end(&f->s, done, 0);
	put_exit(&f->s, 0, 0, 1, SEVTRACE_VM_SNP);
}

/* A range makes a failure good if it populated the page at which that stopped. */
static void ranges_that_repair(void **state)
{
	static const struct {
		uint64_t failed, failed_uaddr, page;
		uint64_t gfn, uaddr, npages, done;
		uint8_t type;
		bool repairs;
	} cases[] = {
		{ 0x10, 0x1000, 0x12, 0x12, 0, 1, 1, SEVTRACE_PAGE_NORMAL, true },
		{ 0x10, 0x1000, 0x12, 0x10, 0, 3, 3, SEVTRACE_PAGE_NORMAL, true },
		{ 0x10, 0x1000, 0x12, 0x10, 0, 3, 2, SEVTRACE_PAGE_NORMAL, false },
		{ 0x10, 0x1000, 0x12, 0x13, 0, 3, 3, SEVTRACE_PAGE_NORMAL, false },
		{ 0x10, 0x1000, 0x12, 0x12, 0, 1, 1, SEVTRACE_PAGE_ZERO, false },
		/* the page is not known: the range's first one */
		{ 0x10, 0x1000, SEVTRACE_NO_FRAME, 0x10, 0, 1, 1, SEVTRACE_PAGE_NORMAL, true },
		{ 0x10, 0x1000, SEVTRACE_NO_FRAME, 0x11, 0, 1, 1, SEVTRACE_PAGE_NORMAL, false },
		/* no frames: user addresses tell */
		{ SEVTRACE_NO_FRAME, 0x3000, SEVTRACE_NO_FRAME, SEVTRACE_NO_FRAME, 0x1000, 3, 3,
		  SEVTRACE_PAGE_NORMAL, true },
		{ SEVTRACE_NO_FRAME, 0x3000, SEVTRACE_NO_FRAME, SEVTRACE_NO_FRAME, 0x3000, 1, 1,
		  SEVTRACE_PAGE_NORMAL, true },
		{ SEVTRACE_NO_FRAME, 0x3000, SEVTRACE_NO_FRAME, SEVTRACE_NO_FRAME, 0x1000, 3, 2,
		  SEVTRACE_PAGE_NORMAL, false },
		{ SEVTRACE_NO_FRAME, 0x3000, SEVTRACE_NO_FRAME, SEVTRACE_NO_FRAME, 0x4000, 9, 9,
		  SEVTRACE_PAGE_NORMAL, false },
		{ 0x10, 0x3000, 0x10, SEVTRACE_NO_FRAME, 0x3000, 1, 1, SEVTRACE_PAGE_NORMAL, true },
		{ SEVTRACE_NO_FRAME, 0x3000, SEVTRACE_NO_FRAME, 0x10, 0x3000, 1, 1,
		  SEVTRACE_PAGE_NORMAL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;

		begin(&f);
		put_failed_page(&f, cases[i].failed, cases[i].failed_uaddr, cases[i].page);
		assert_int_equal(f.l->nr_failures, 1);
		put_populated(&f, cases[i].gfn, cases[i].uaddr, cases[i].npages, cases[i].done,
			      cases[i].type);
		if (f.l->failures[0].recovered != cases[i].repairs)
			fail_msg("case %zu", i);
		if (cases[i].repairs)
			assert_true(f.l->failures[0].recovered_ts > f.l->failures[0].ts);
		end(&f);
	}
}

/* A failure without a range is made good by no range, one that is good already stays as it was. */
static void repairs_once(void **state)
{
	struct fixture f;
	uint64_t when;

	(void)state;
	begin(&f);
	put_enter(&f.s, UPDATE);
	put_step(&f.s, SEVTRACE_STEP_COPY, 0x12, 1, -EFAULT, US);
	put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	put_enter(&f.s, UPDATE);
	put_range(&f.s, 0x12, 0, 1, 0, true);
	put_range_end(&f.s, 1, 0);
	assert_false(f.l->failures[0].recovered);
	end(&f);
	begin(&f);
	put_failed_page(&f, 0x10, 0x1000, 0x12);
	put_populated(&f, 0x10, 0x1000, 8, 8, SEVTRACE_PAGE_NORMAL);
	when = f.l->failures[0].recovered_ts;
	put_populated(&f, 0x10, 0x1000, 8, 8, SEVTRACE_PAGE_NORMAL);
	put_success(&f, UPDATE);
	put_success(&f, FINISH);
	assert_int_equal(f.l->failures[0].recovered_ts, when);
	end(&f);
}

/* What the end of a range tells its failure. */
static void ends_of_ranges(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	/* no step failed: the range says what did, the first one of two */
	put_enter(&f.s, UPDATE);
	put_range(&f.s, 0x10, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&f.s, 3, -ENOMEM);
	put_range(&f.s, 0x20, 0x9000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&f.s, 2, -EINTR);
	put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(f.l->failures[0].inner_ret, -ENOMEM);
	assert_false(f.l->failures[0].has_step);
	assert_int_equal(f.l->failures[0].done, 2);
	assert_int_equal(f.l->failures[0].range.gfn, 0x20);
	/* a step failed: it does, and a range that came later is not the one */
	put_enter(&f.s, UPDATE);
	put_range(&f.s, 0x30, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f.s, SEVTRACE_STEP_COPY, 0x31, 1, -EFAULT, US);
	put_step(&f.s, SEVTRACE_STEP_RELEASE, 0x32, 1, -ENOSPC, US);
	put_range_end(&f.s, 1, -ENOMEM);
	put_range(&f.s, 0x40, 0x9000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&f.s, 8, 0);
	put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(f.l->failures[1].inner_ret, -EFAULT);
	assert_int_equal(f.l->failures[1].step, SEVTRACE_STEP_COPY);
	assert_int_equal(f.l->failures[1].gfn, 0x31);
	assert_int_equal(f.l->failures[1].pfn, 0x10031);
	assert_int_equal(f.l->failures[1].range.gfn, 0x30);
	assert_int_equal(f.l->failures[1].done, 1);
	/* a range that ended well tells of no failure */
	put_enter(&f.s, UPDATE);
	put_range(&f.s, 0x50, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&f.s, 8, 0);
	put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(f.l->failures[2].inner_ret, 0);
	/* the end of another one is not this one's */
	for (int other = 0; other < 2; other++) {
		put_enter(&f.s, UPDATE);
		put_range(&f.s, 0x60, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
		if (other)
			f.s.range.gfn++;
		else
			f.s.range.uaddr++;
		put_range_end(&f.s, 8, 0);
		put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
		assert_int_equal(f.l->failures[3 + other].done, 0);
	}
	end(&f);
}

/* Pages of a range whose end is lost count as far as their commands are known. */
static void pages_of_lost_ends(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	put_enter(&f.s, UPDATE);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x10, 100, 0, US); /* in no range */
	put_range(&f.s, 0x10, 0x1000, 80, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x10, 2, 0, US);
	put_step(&f.s, SEVTRACE_STEP_COPY, 0x12, 40, 0, US);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x12, 1, 0, US);
	assert_int_equal(launch_pages(f.l, true), 3);
	/* the next range of the ioctl, the next ioctl, and its end */
	put_range(&f.s, 0x20, 0x9000, 8, SEVTRACE_PAGE_ZERO, false);
	assert_int_equal(launch_pages(f.l, true), 3);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x20, 5, 0, US);
	assert_int_equal(launch_pages_of(f.l, false, SEVTRACE_PAGE_ZERO), 5);
	put_enter(&f.s, UPDATE);
	assert_int_equal(launch_pages_of(f.l, false, SEVTRACE_PAGE_ZERO), 5);
	put_range(&f.s, 0x30, 0x9000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x30, 7, 0, US);
	put_exit(&f.s, 0, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(launch_pages(f.l, true), 10);
	/* a step after the end of its range, and a type that there is not */
	put_enter(&f.s, UPDATE);
	put_range(&f.s, 0x40, 0x9000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&f.s, 4, 0);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x40, 50, 0, US);
	put_range(&f.s, 0x40, 0x9000, 8, SEVTRACE_PAGE_TYPE_COUNT, true);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x40, 50, 0, US);
	put_exit(&f.s, 0, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(launch_pages(f.l, true), 14);
	assert_int_equal(launch_pages(f.l, false), 5);
	end(&f);
}

/* An ioctl whose end is lost leaves nothing to the next one of its thread. */
static void begins_anew(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	put_enter(&f.s, UPDATE);
	put_range(&f.s, 0x10, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_psp(&f.s, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 0, US, 0);
	put_psp(&f.s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, US, SEVTRACE_PSP_INVALID_PARAM);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x10, 1, -EIO, US);
	put_enter(&f.s, START);
	put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(f.l->nr_failures, 1);
	assert_false(f.l->failures[0].has_step);
	assert_false(f.l->failures[0].has_range);
	assert_false(f.l->failures[0].has_psp);
	assert_true(f.l->failures[0].gfn == SEVTRACE_NO_FRAME);
	assert_true(f.l->failures[0].pfn == SEVTRACE_NO_FRAME);
	/* nothing was cleaned up in this one, so what the ioctl says of the PSP stands */
	assert_true(f.l->failures[0].psp_asked);
	/* nor does a step that follows have one before it */
	put_enter(&f.s, UPDATE);
	put_step(&f.s, SEVTRACE_STEP_GET_PAGE, 0x10, 1, 0, US);
	put_enter(&f.s, UPDATE);
	put_step(&f.s, SEVTRACE_STEP_COPY, 0x10, 1, 0, US);
	assert_int_equal(f.l->after[SEVTRACE_STEP_GET_PAGE], 0);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x10, 1, 0, US);
	assert_int_equal(f.l->after[SEVTRACE_STEP_COPY], SEVTRACE_STEP_PSP + 1);
	/* one that there is not is no step before or after another */
	put_step(&f.s, SEVTRACE_STEP_COUNT, 0x10, 1, 0, US);
	assert_int_equal(f.l->after[SEVTRACE_STEP_PSP], 0);
	put_step(&f.s, SEVTRACE_STEP_RELEASE, 0x10, 1, 0, US);
	assert_int_equal(f.l->after[SEVTRACE_STEP_PSP], SEVTRACE_STEP_RELEASE + 1);
	end(&f);
}

/* More threads in ioctls than have room: the oldest gives way, and its pages stay. */
static void many_threads(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	f.s.tid = 1;
	put_enter(&f.s, UPDATE);
	put_range(&f.s, 0x10, 0x1000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(&f.s, SEVTRACE_STEP_PSP, 0x10, 2, 0, US);
	for (f.s.tid = 2; f.s.tid <= MAX_OPS; f.s.tid++)
		put_enter(&f.s, START);
	assert_int_equal(f.l->nr_ops, MAX_OPS);
	assert_int_equal(f.l->ops[0].tid, 1);
	put_enter(&f.s, START);
	assert_int_equal(f.l->nr_ops, MAX_OPS);
	for (size_t i = 0; i < MAX_OPS; i++)
		assert_int_not_equal(f.l->ops[i].tid, 1);
	assert_int_equal(launch_pages(f.l, true), 2);
	end(&f);
}

/* Puts a command that goes as it is told. */
static void put_command(struct fixture *f, uint32_t cmd, uint8_t depth, int32_t ret,
			uint32_t status, bool answered)
{
	const union sevtrace_record rec = {
		.psp = { .h = { .ts = f->s.now += US,
				.launch = 1,
				.tid = f->s.tid,
				.type = SEVTRACE_REC_PSP,
				.size = sizeof(rec.psp) },
			 .cmd = cmd,
			 .depth = depth,
			 .ret = ret,
			 .status = status,
			 .asked = 1,
			 .answered = answered },
	};

	assert_int_equal(model_feed(&f->m, &rec), 0);
}

struct command {
	uint32_t cmd;
	uint8_t depth;
	int32_t ret;
	uint32_t status;
	bool answered;
};

/* Which command of an ioctl is the one that failed. */
static void commands(void **state)
{
	enum {
		FIRST = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
		SECOND = SEVTRACE_CMD_SNP_LAUNCH_START,
		CLEANUP = SEVTRACE_CMD_SNP_PAGE_RECLAIM,
	};
	static const struct {
		struct command of[2];
		uint32_t cmd; /* 0: none failed */
	} cases[] = {
		{ { { FIRST, 0, 0, 0, true }, { SECOND, 0, 0, 0, true } }, 0 },
		{ { { FIRST, 0, -EIO, 0, true }, { SECOND, 0, 0, 0, true } }, FIRST },
		{ { { FIRST, 0, 0, 5, true }, { SECOND, 0, 0, 0, true } }, FIRST },
		{ { { FIRST, 0, 0, 0, false }, { SECOND, 0, 0, 0, true } }, FIRST },
		{ { { FIRST, 0, 0, 0, true }, { SECOND, 0, -EIO, 0, true } }, SECOND },
		{ { { FIRST, 0, 0, 5, true }, { SECOND, 0, 0, 5, true } }, FIRST },
		/* an outer one rather than a nested one, for which user space did not ask */
		{ { { FIRST, 1, 0, 5, true }, { SECOND, 0, 0, 5, true } }, SECOND },
		{ { { FIRST, 0, 0, 5, true }, { SECOND, 1, 0, 5, true } }, FIRST },
		{ { { FIRST, 1, 0, 5, true }, { SECOND, 1, 0, 5, true } }, FIRST },
		/* cleanup counts only if it failed */
		{ { { FIRST, 0, 0, 5, true }, { CLEANUP, 0, 0, 0, true } }, FIRST },
		{ { { FIRST, 0, 0, 0, true }, { CLEANUP, 0, 0, 5, true } }, CLEANUP },
		{ { { FIRST, 0, 0, 0, true }, { CLEANUP, 0, 0, 0, true } }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct model_failure *failure;
		struct fixture f;

		begin(&f);
		put_enter(&f.s, START);
		for (size_t n = 0; n < 2; n++)
			put_command(&f, cases[i].of[n].cmd, cases[i].of[n].depth,
				    cases[i].of[n].ret, cases[i].of[n].status,
				    cases[i].of[n].answered);
		put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
		failure = &f.l->failures[0];
		if (failure->has_psp != (cases[i].cmd != 0) ||
		    (cases[i].cmd && failure->psp.cmd != cases[i].cmd))
			fail_msg("case %zu", i);
		end(&f);
	}
}

/* A page's command that succeeded is one that user space asked for, and no cleanup. */
static void commands_of_pages(void **state)
{
	struct fixture f;

	(void)state;
	for (int has_page = 0; has_page < 2; has_page++) {
		const union sevtrace_record page = {
			.page = { .h = { .launch = 1,
					 .tid = 1001,
					 .type = SEVTRACE_REC_PAGE,
					 .size = sizeof(page.page) },
				  .ioctl = UPDATE,
				  .cmd = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
				  .steps = { SEVTRACE_STEP_PSP },
				  .nr_steps = 1,
				  .psp_step = 1,
				  .asked = 1,
				  .answered = 1 },
		};

		begin(&f);
		put_enter(&f.s, UPDATE);
		if (has_page)
			assert_int_equal(model_feed(&f.m, &page), 0);
		put_psp(&f.s, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 0, US, 0);
		put_exit(&f.s, -EIO, 0, 1, SEVTRACE_VM_SNP);
		assert_int_equal(f.l->failures[0].psp_asked, has_page);
		assert_int_equal(f.l->failures[0].psp_answered, has_page);
		assert_false(f.l->failures[0].has_psp);
		end(&f);
	}
}

/* One outside of any ioctl is no failure's. */
static void commands_beside(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	put_command(&f, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, -EIO, 5, true);
	put_failure(&f, START);
	assert_false(f.l->failures[0].has_psp);
	end(&f);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ranges_that_repair), TEST(repairs_once),	 TEST(ends_of_ranges),
		TEST(pages_of_lost_ends), TEST(begins_anew),	 TEST(many_threads),
		TEST(commands),		  TEST(commands_beside), TEST(commands_of_pages),
	};

	return cmocka_run_group_tests_name("joining", tests, NULL, NULL);
}
