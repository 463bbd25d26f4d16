// SPDX-License-Identifier: GPL-2.0-only
/* What a record adds to the figures of its launch, and what one beside it does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "stats/hist.h"
#include "util/array.h"

#define UPDATE_DATA SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA
#define START SEVTRACE_KVM_SEV_LAUNCH_START
#define FINISH SEVTRACE_KVM_SEV_LAUNCH_FINISH

static int setup(void **state)
{
	static struct model m;

	*state = &m;
	model_init(&m);
	return 0;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

/* Feeds a record. Returns its launch. */
static struct model_launch *feed(struct model *m, uint16_t type, uint64_t ts,
				 union sevtrace_record rec)
{
	rec.h.type = type;
	rec.h.ts = ts;
	rec.h.tid = 7;
	rec.h.launch = 1;
	assert_int_equal(model_feed(m, &rec), 0);
	return m->launches[0];
}

#define FEED(m, type, ts, member, ...) \
	feed(m, SEVTRACE_REC_##type, ts, (union sevtrace_record){ .member = { __VA_ARGS__ } })

/* The times of all records, in whatever order they come. */
static void span_of_a_recording(void **state)
{
	struct model *m = *state;

	FEED(m, RANGE_START, 500, range_start, .npages = 1);
	assert_int_equal(m->first_ts, 500);
	assert_int_equal(m->last_ts, 500);
	FEED(m, RANGE_START, 300, range_start, .npages = 1);
	FEED(m, RANGE_START, 900, range_start, .npages = 1);
	FEED(m, RANGE_START, 600, range_start, .npages = 1);
	assert_int_equal(m->first_ts, 300);
	assert_int_equal(m->last_ts, 900);
	assert_int_equal(m->records, 4);
}

/* What belongs to ioctls makes the time that a launch took, the rest does not. */
static void span_of_a_launch(void **state)
{
	struct model *m = *state;
	const struct model_launch *l;

	l = FEED(m, LAUNCH_BEGIN, 10, launch_begin, .pid = 1);
	FEED(m, STEP, 20, step, .ioctl = SEVTRACE_NO_IOCTL);
	FEED(m, PAGE, 20, page, .ioctl = SEVTRACE_NO_IOCTL);
	FEED(m, PSP, 20, psp, .cmd = 1);
	FEED(m, RANGE_START, 20, range_start, .npages = 1);
	assert_false(l->has_span);
	FEED(m, IOCTL_ENTER, 1000, ioctl_enter, .ioctl = START);
	assert_true(l->has_span);
	assert_int_equal(l->first_ts, 1000);
	assert_int_equal(l->last_ts, 1000);
	FEED(m, STEP, 1100, step, .ioctl = START);
	assert_int_equal(l->last_ts, 1100);
	FEED(m, PAGE, 1200, page, .ioctl = START);
	assert_int_equal(l->last_ts, 1200);
	FEED(m, PSP, 1300, psp, .cmd = 1);
	assert_int_equal(l->last_ts, 1300);
	FEED(m, IOCTL_EXIT, 1400, ioctl_exit, .ioctl = START, .duration = 400);
	assert_int_equal(l->last_ts, 1400);
	assert_int_equal(l->first_ts, 1000);
	/* no ioctl is under way any more */
	FEED(m, PSP, 1500, psp, .cmd = 1);
	assert_int_equal(l->last_ts, 1400);
	FEED(m, ATTR, 1600, attr, .duration = 100);
	assert_int_equal(l->last_ts, 1600);
	FEED(m, ATTR, 1000, attr, .duration = 100);
	assert_int_equal(l->first_ts, 900);
	FEED(m, IOCTL_EXIT, 1400, ioctl_exit, .ioctl = START, .duration = 1399);
	assert_int_equal(l->first_ts, 1);
	FEED(m, IOCTL_EXIT, 1400, ioctl_exit, .ioctl = START, .duration = 1400);
	assert_int_equal(l->first_ts, 0);
	FEED(m, LAUNCH_END, 9000, launch_end, .duration = 5);
	assert_int_equal(l->last_ts, 1600);
	assert_int_equal(m->last_ts, 9000);
}

static void begin_and_end(void **state)
{
	struct model *m = *state;
	struct model_launch *l = FEED(m, LAUNCH_BEGIN, 1, launch_begin,
				      .comm = { [0 ... SEVTRACE_COMM_LEN - 1] = 'x' }, .pid = 5,
				      .vm_type = SEVTRACE_VM_SEV, .joined = 1);

	assert_string_equal(l->comm, "xxxxxxxxxxxxxxx");
	assert_int_equal(l->pid, 5);
	assert_true(l->joined);
	assert_int_equal(l->vm_type, SEVTRACE_VM_SEV);
	FEED(m, LAUNCH_BEGIN, 1, launch_begin, .pid = 6);
	assert_int_equal(l->vm_type, SEVTRACE_VM_SEV);
	assert_false(l->joined);
	FEED(m, IOCTL_EXIT, 1, ioctl_exit, .vm_type = SEVTRACE_VM_SNP, .asid = 9);
	FEED(m, IOCTL_EXIT, 1, ioctl_exit, .ioctl = START);
	assert_int_equal(l->vm_type, SEVTRACE_VM_SNP);
	assert_int_equal(l->asid, 9);
	assert_int_equal(l->last_ioctl, START);
	FEED(m, LAUNCH_END, 1, launch_end, .duration = 44, .exiting = 1, .exit_signal = 9,
	     .exit_status = 3);
	assert_int_equal(l->asid, 9);
	assert_false(l->destroyed);
	assert_true(l->vmm_exited);
	assert_int_equal(l->vmm_signal, 9);
	assert_int_equal(l->vmm_status, 3);
	assert_int_equal(l->teardown_ns, 44);
	FEED(m, LAUNCH_END, 1, launch_end, .asid = 10, .destroyed = 1);
	assert_int_equal(l->asid, 10);
	assert_true(l->destroyed);
}

static void ioctls(void **state)
{
	struct model *m = *state;
	const struct model_launch *l;
	const struct model_command *c;

	l = FEED(m, IOCTL_EXIT, 1000, ioctl_exit, .ioctl = FINISH, .duration = 10, .ret = -EIO);
	assert_false(l->finished);
	FEED(m, IOCTL_EXIT, 2000, ioctl_exit, .ioctl = START, .duration = 20);
	assert_false(l->finished);
	FEED(m, IOCTL_EXIT, 3000, ioctl_exit, .ioctl = FINISH, .duration = 30);
	assert_true(l->finished);
	assert_int_equal(l->finish_ts, 3000);
	FEED(m, IOCTL_EXIT, 4000, ioctl_exit, .ioctl = FINISH, .duration = 40);
	assert_int_equal(l->finish_ts, 3000);
	assert_int_equal(l->nr_commands, 2);
	c = &l->commands[0];
	assert_int_equal(c->ioctl, FINISH);
	assert_int_equal(c->failed, 1);
	assert_int_equal(c->length_queries, 0);
	assert_int_equal(c->time.records->count, 3);
	assert_int_equal(c->time.records->sum, 80);
	assert_int_equal(l->commands[1].failed, 0);
	FEED(m, IOCTL_EXIT, 5000, ioctl_exit, .ioctl = SEVTRACE_KVM_SEV_LAUNCH_MEASURE, .ret = -EIO,
	     .fw_error = SEVTRACE_PSP_INVALID_LEN);
	FEED(m, IOCTL_EXIT, 5000, ioctl_exit, .ioctl = SEVTRACE_KVM_SEV_LAUNCH_MEASURE, .ret = -EIO,
	     .fw_error = SEVTRACE_PSP_INVALID_PARAM);
	assert_int_equal(l->commands[2].failed, 2);
	assert_int_equal(l->commands[2].length_queries, 1);
}

static void ranges(void **state)
{
	struct model *m = *state;
	const struct model_launch *l;

	l = FEED(m, RANGE_START, 1, range_start, .private_pages = 2);
	FEED(m, RANGE_START, 1, range_start, .private_pages = 0);
	FEED(m, RANGE_START, 1, range_start, .private_pages = 1);
	assert_int_equal(l->ranges[0], 1);
	assert_int_equal(l->ranges[1], 2);
	FEED(m, RANGE_END, 1, range_end, .private_pages = 1, .done = 3, .page_type = 1);
	FEED(m, RANGE_END, 1, range_end, .private_pages = 2, .done = 4, .page_type = 1);
	FEED(m, RANGE_END, 1, range_end, .private_pages = 0, .done = 5,
	     .page_type = SEVTRACE_PAGE_TYPE_COUNT - 1);
	FEED(m, RANGE_END, 1, range_end, .private_pages = 0, .done = 5,
	     .page_type = SEVTRACE_PAGE_TYPE_COUNT);
	assert_int_equal(launch_pages(l, true), 7);
	assert_int_equal(launch_pages(l, false), 5);
}

/* Time per page is that of commands for several shared pages of a legacy launch. */
static void time_per_page(void **state)
{
	static const struct {
		uint32_t step;
		uint32_t ioctl;
		uint32_t private_pages;
		uint32_t npages;
		bool counts;
	} cases[] = {
		{ SEVTRACE_STEP_PSP, UPDATE_DATA, false, 10, true },
		{ SEVTRACE_STEP_PSP, UPDATE_DATA, false, 1, true },
		{ SEVTRACE_STEP_PSP, UPDATE_DATA, false, 0, false },
		{ SEVTRACE_STEP_PSP, UPDATE_DATA, true, 10, false },
		{ SEVTRACE_STEP_PSP, START, false, 10, false },
		{ SEVTRACE_STEP_COPY, UPDATE_DATA, false, 10, false },
	};
	struct model *m = *state;
	uint64_t count = 0;

	for (int whole = 0; whole < 2; whole++) {
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			const struct model_launch *l;

			if (whole)
				l = FEED(m, PAGE, 1, page, .steps = { (uint8_t)cases[i].step },
					 .nr_steps = 1, .ns = { 10000 }, .page_type = 1,
					 .npages = cases[i].npages, .ioctl = cases[i].ioctl,
					 .private_pages = (uint8_t)cases[i].private_pages);
			else
				l = FEED(m, STEP, 1, step, .step = (uint8_t)cases[i].step,
					 .duration = 10000, .page_type = 1,
					 .npages = cases[i].npages, .ioctl = cases[i].ioctl,
					 .private_pages = (uint8_t)cases[i].private_pages);
			count += cases[i].counts ? cases[i].npages : 0;
			assert_int_equal(l->psp_per_page->count, count);
			assert_int_equal(hist_min(l->psp_per_page), 1000);
			assert_int_equal(l->psp_per_page->pages, count);
		}
	}
	assert_int_equal(m->launches[0]->psp_per_page->max, 10000);
	assert_int_equal(m->launches[0]->psp_per_page->sum, 4 * 10000);
}

static void flushes(void **state)
{
	struct model *m = *state;
	const struct model_launch *l;
	const struct model_flushes *shared, *private;

	l = FEED(m, STEP, 1, step, .step = SEVTRACE_STEP_CLFLUSH, .npages = 3, .page_type = 1);
	shared = &l->flushes[SEVTRACE_PHASE_SHARED];
	private = &l->flushes[SEVTRACE_PHASE_PRIVATE];
	FEED(m, STEP, 1, step, .step = SEVTRACE_STEP_CLFLUSH, .npages = 4, .page_type = 1,
	     .marks = SEVTRACE_MARK_SKIPPED);
	FEED(m, STEP, 1, step, .step = SEVTRACE_STEP_COPY, .npages = 100, .page_type = 1);
	assert_int_equal(shared->done, 1);
	assert_int_equal(shared->pages, 3);
	assert_int_equal(shared->skipped, 1);
	assert_int_equal(shared->skipped_pages, 4);
	FEED(m, PAGE, 1, page, .steps = { SEVTRACE_STEP_CLFLUSH, SEVTRACE_STEP_COPY },
	     .nr_steps = 2, .ns = { 5, 6 }, .npages = 7, .page_type = 1, .private_pages = 1);
	FEED(m, PAGE, 1, page, .steps = { SEVTRACE_STEP_CLFLUSH }, .nr_steps = 1, .npages = 8,
	     .page_type = 1, .private_pages = 1, .marks = SEVTRACE_MARK_SKIPPED);
	assert_int_equal(private->done, 1);
	assert_int_equal(private->pages, 7);
	assert_int_equal(private->skipped, 1);
	assert_int_equal(private->skipped_pages, 8);
	/* The times of these steps count as those of others do. */
	assert_int_equal(launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_CLFLUSH)->count,
			 2);
	assert_int_equal(launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_COPY)->sum, 6);
	assert_int_equal(launch_phase_step(l, SEVTRACE_PHASE_SHARED, SEVTRACE_STEP_CLFLUSH)->pages,
			 7);
}

/* Steps that this version does not know are no steps, and not beyond the end of an array. */
static void unknown_steps(void **state)
{
	struct model *m = *state;
	struct sevtrace_hist buffer;
	const struct model_launch *l;
	uint64_t sum = 0;

	FEED(m, STEP, 1, step, .step = SEVTRACE_STEP_COUNT, .duration = 5, .page_type = 1);
	FEED(m, STEP, 1, step, .step = 255, .duration = 5, .page_type = 1);
	l = FEED(m, PAGE, 1, page, .steps = { SEVTRACE_STEP_COUNT, SEVTRACE_STEP_COUNT - 1, 255 },
		 .nr_steps = 3, .ns = { 5, 6, 7 }, .page_type = 1, .private_pages = 1);
	for (uint32_t i = 0; i < SEVTRACE_STEP_COUNT; i++)
		sum += launch_step(l, i, &buffer)->sum;
	assert_int_equal(sum, 6);
}

/* Each fact of a command is counted by itself. */
static void commands(void **state)
{
	struct model *m = *state;
	struct model_launch *l;
	const struct model_psp *p;

	l = FEED(m, PSP, 1, psp, .cmd = 5, .wait = 10, .prep = 20, .exec = 30, .reclaim = 40,
		 .asked = 1, .answered = 1);
	p = &l->psp[0];
	assert_int_equal(p->recorded, 1);
	assert_int_equal(p->nested + p->not_asked + p->not_answered, 0);
	assert_int_equal(p->prep_ns, 20);
	assert_int_equal(p->reclaim_ns, 40);
	assert_int_equal(p->wait.records->sum, 10);
	assert_int_equal(p->exec.records->sum, 30);
	assert_int_equal(p->nr_errors, 0);
	/* not asked: it has no execution; no answer is one only to a question */
	FEED(m, PSP, 1, psp, .cmd = 5, .prep = 20, .exec = 30, .reclaim = 40, .status = 9);
	assert_int_equal(p->not_asked, 1);
	assert_int_equal(p->not_answered, 0);
	assert_int_equal(p->exec.records->count, 1);
	assert_int_equal(p->wait.records->count, 1);
	assert_int_equal(p->prep_ns, 40);
	assert_int_equal(p->reclaim_ns, 80);
	assert_int_equal(p->nr_errors, 0);
	FEED(m, PSP, 1, psp, .cmd = 5, .depth = 2, .wait = 1, .asked = 1, .status = 9);
	assert_int_equal(p->not_answered, 1);
	assert_int_equal(p->nested, 1);
	assert_int_equal(p->nr_errors, 0);
	assert_int_equal(p->wait.records->count, 2);
	for (int i = 0; i < 3; i++)
		FEED(m, PSP, 1, psp, .cmd = 5, .asked = 1, .answered = 1, .status = 9 + i / 2);
	assert_int_equal(p->nr_errors, 2);
	assert_int_equal(p->errors[0].status, 9);
	assert_int_equal(p->errors[0].count, 2);
	assert_int_equal(p->errors[1].status, 10);
	assert_int_equal(p->errors[1].count, 1);
	assert_int_equal(l->nr_psp, 1);
	assert_int_equal(p->recorded, 6);
}

/* A page's command counts as one of its own, and the time of it as that of its step. */
static void pages(void **state)
{
	struct model *m = *state;
	const struct model_launch *l;

	l = FEED(m, PAGE, 1, page, .steps = { SEVTRACE_STEP_COPY, SEVTRACE_STEP_PSP },
		 .nr_steps = 2, .ns = { 100, 7 }, .psp_step = 2, .cmd = 5, .wait = 10, .prep = 20,
		 .exec = 30, .reclaim = 40, .asked = 1, .answered = 1, .npages = 6,
		 .private_pages = 1, .page_type = 1);
	assert_int_equal(l->nr_psp, 1);
	assert_int_equal(l->psp[0].cmd, 5);
	assert_int_equal(l->psp[0].exec.records->sum, 30);
	assert_int_equal(l->psp[0].wait.records->sum, 10);
	assert_int_equal(launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_PSP)->sum, 107);
	assert_int_equal(launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_COPY)->sum,
			 100);
	assert_int_equal(launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_COPY)->pages,
			 6);
	FEED(m, PAGE, 1, page, .steps = { SEVTRACE_STEP_COPY }, .nr_steps = 1, .cmd = 5);
	assert_int_equal(l->psp[0].recorded, 1);
}

static void attributes(void **state)
{
	struct model *m = *state;
	const struct model_launch *l;
	const struct model_attributes *a;
	const struct model_command *c;

	l = FEED(m, ATTR, 1000, attr, .duration = 10, .wait = 3, .start = 5, .end = 9,
		 .phase = SEVTRACE_PHASE_PRIVATE);
	a = &l->attributes;
	assert_int_equal(a->updates, 1);
	assert_int_equal(a->failed, 0);
	assert_int_equal(a->pages, 4);
	assert_int_equal(a->wait.records->sum, 3);
	c = &l->commands[0];
	assert_int_equal(c->ioctl, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	assert_int_equal(c->time.records->sum, 10);
	assert_int_equal(c->time.records->pages, 4);
	assert_int_equal(c->failed, 0);
	assert_int_equal(
		launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_ATTRIBUTES)->sum, 10);
	assert_int_equal(
		launch_phase_step(l, SEVTRACE_PHASE_PRIVATE, SEVTRACE_STEP_ATTRIBUTES)->pages, 4);
	/* nothing, and less than that */
	FEED(m, ATTR, 1000, attr, .start = 9, .end = 9, .ret = -EINVAL);
	FEED(m, ATTR, 1000, attr, .start = 9, .end = 5, .phase = SEVTRACE_PHASE_COUNT);
	FEED(m, ATTR, 1000, attr, .start = 9, .end = 5, .phase = 255);
	assert_int_equal(a->updates, 4);
	assert_int_equal(a->failed, 1);
	assert_int_equal(a->pages, 4);
	assert_int_equal(c->failed, 1);
	assert_int_equal(c->time.records->count, 4);
	assert_int_equal(
		launch_phase_step(l, SEVTRACE_PHASE_OTHER, SEVTRACE_STEP_ATTRIBUTES)->count, 1);
	/* part of an ioctl: no ioctl of its own */
	FEED(m, IOCTL_ENTER, 2000, ioctl_enter, .ioctl = START);
	FEED(m, ATTR, 3000, attr, .start = 5, .end = 6, .ret = -EINVAL);
	assert_int_equal(a->updates, 5);
	assert_int_equal(a->failed, 2);
	assert_int_equal(c->time.records->count, 4);
	assert_int_equal(c->failed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(span_of_a_recording),
		TEST(span_of_a_launch),
		TEST(begin_and_end),
		TEST(ioctls),
		TEST(ranges),
		TEST(time_per_page),
		TEST(flushes),
		TEST(unknown_steps),
		TEST(commands),
		TEST(pages),
		TEST(attributes),
	};

	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
