// SPDX-License-Identifier: GPL-2.0-only
/* Failures: how records are joined, what counts as one failure, and how it is described. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "explain/explain.h"
#include "model/model.h"
#include "scenario.h"

#define US 1000ULL
#define MS 1000000ULL

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static const struct model_launch *run(struct model *m, const char *name)
{
	model_init(m);
	assert_int_equal(scenario_run(name, feed, m), 0);
	return m->launches[0];
}

static void failed_page(void **state)
{
	struct model m;
	const struct model_launch *l = run(&m, "snp-failed-page");
	const struct model_failure *f = l->failures;

	(void)state;
	assert_int_equal(launch_result(l), MODEL_FAILED);
	assert_true(model_failed(&m));
	assert_int_equal(l->nr_failures, 1);
	assert_int_equal(f->ioctl, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	assert_int_equal(f->ret, -EIO);
	assert_int_equal(f->inner_ret, -EIO);
	assert_int_equal(f->fw_error, SEVTRACE_PSP_INVALID_PAGE_STATE);
	/* the failed step, not the release step that passes its result on */
	assert_true(f->has_step);
	assert_int_equal(f->step, SEVTRACE_STEP_PSP);
	assert_int_equal(f->gfn, 0x104);
	assert_int_equal(f->pfn, 0x10104);
	assert_int_equal(failure_page(f), 5);
	assert_int_equal(f->range.npages, 8);
	assert_int_equal(f->done, 4);
	assert_int_equal(f->range.page_type, SEVTRACE_PAGE_NORMAL);
	/* the failed command, not the reclaim command that cleans up after it */
	assert_true(f->has_psp);
	assert_int_equal(f->psp.cmd, SEVTRACE_CMD_SNP_LAUNCH_UPDATE);
	assert_true(f->psp_asked && f->psp_answered);
	assert_true(f->has_stack);
	assert_int_equal(launch_pages(l, true), 4);
	assert_non_null(explain_failure(f, 0).cause);
	model_free(&m);
}

static void swallowed(void **state)
{
	struct model m;
	const struct model_launch *l = run(&m, "snp-swallowed");

	(void)state;
	assert_int_equal(l->nr_failures, 1);
	assert_true(l->failures[0].swallowed);
	assert_int_equal(l->failures[0].ret, 0);
	assert_int_equal(l->failures[0].inner_ret, -EINTR);
	assert_int_equal(l->failures[0].gfn, 0x102);
	assert_false(l->failures[0].psp_asked);
	model_free(&m);
}

static void swallowed_and_made_good(void **state)
{
	struct model m;
	const struct model_launch *l = run(&m, "snp-swallowed-retried");

	(void)state;
	assert_int_equal(launch_result(l), MODEL_OK);
	/* What it met stays, as recovered. */
	assert_int_equal(l->nr_failures, 1);
	assert_true(l->failures[0].swallowed);
	assert_true(l->failures[0].recovered);
	assert_int_equal(l->failures[0].inner_ret, -EINTR);
	assert_int_equal(l->failures[0].gfn, 0x102);
	assert_true(failure_cost(&l->failures[0]) > 0);
	assert_true(l->failures[0].recovered_ts <= l->last_ts);
	assert_int_equal(launch_pages(l, true), 4);
	model_free(&m);
}

static void recovered(void **state)
{
	struct model m;
	const struct model_launch *l = run(&m, "snp-cpuid-retried");

	(void)state;
	assert_int_equal(launch_result(l), MODEL_OK);
	assert_int_equal(l->nr_failures, 1);
	assert_true(l->failures[0].recovered);
	assert_true(failure_cost(&l->failures[0]) > 0);
	assert_non_null(strstr(explain_failure(&l->failures[0], 0).cause, "CPUID"));
	model_free(&m);
}

static void refused_policy(void **state)
{
	struct model m;
	const struct model_launch *l = run(&m, "sev-policy");

	(void)state;
	assert_int_equal(launch_result(l), MODEL_FAILED);
	assert_false(l->failures[0].has_step);
	assert_int_equal(l->failures[0].gfn, SEVTRACE_NO_FRAME);
	assert_non_null(strstr(explain_failure(&l->failures[0], 0).cause, "policy"));
	model_free(&m);
}

static void no_answer_is_no_status(void **state)
{
	struct model m;
	const struct model_failure *f = run(&m, "dead-psp")->failures;

	(void)state;
	assert_true(f->psp_asked);
	assert_false(f->psp_answered);
	assert_non_null(strstr(explain_failure(f, 0).cause, "did not answer"));
	f = m.launches[1]->failures;
	assert_false(f->psp_asked);
	assert_int_equal(f->ret, -EBUSY);
	assert_non_null(strstr(explain_failure(f, 0).cause, "did not ask"));
	assert_int_equal(psp_count(&m.launches[1]->psp[0]), 1);
	assert_int_equal(m.launches[1]->psp[0].not_asked, 1);
	model_free(&m);
}

static void start(struct scenario *s, struct model *m)
{
	model_init(m);
	scenario_begin(s, feed, m);
	put_launch(s, 1, 1001, "vmm", SEVTRACE_VM_SNP);
}

/* Success of the same ioctl for another page does not mend the failed page. */
static void another_page_does_not_recover(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(&s, 0x10, 0x1000, 4, SEVTRACE_PAGE_NORMAL, true);
	put_step(&s, SEVTRACE_STEP_COPY, 0x10, 1, -EFAULT, US);
	put_range_end(&s, 0, -EFAULT);
	put_exit(&s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(&s, 0x20, 0x9000, 4, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&s, 4, 0);
	put_exit(&s, 0, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(launch_result(m.launches[0]), MODEL_FAILED);
	/* the firmware was not asked for the failed page, whatever the last command did */
	assert_false(m.launches[0]->failures[0].psp_asked);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(&s, 0x10, 0x1000, 4, SEVTRACE_PAGE_NORMAL, true);
	put_range_end(&s, 4, 0);
	put_exit(&s, 0, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(launch_result(m.launches[0]), MODEL_INCOMPLETE);
	model_free(&m);
}

static void retried_ioctl_recovers(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_START, US, MS, SEVTRACE_PSP_INVALID_CONFIG);
	put_exit(&s, -EIO, SEVTRACE_PSP_INVALID_CONFIG, 1, SEVTRACE_VM_SNP);
	assert_int_equal(launch_result(m.launches[0]), MODEL_FAILED);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START, MS, 1,
		   SEVTRACE_VM_SNP);
	assert_int_equal(launch_result(m.launches[0]), MODEL_INCOMPLETE);
	assert_true(m.launches[0]->failures[0].recovered);
	model_free(&m);
}

static void failed_attributes(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	put_attributes(&s, 0x100, 0x200, -EINVAL, 0, 5 * US);
	assert_int_equal(m.launches[0]->nr_failures, 1);
	assert_int_equal(m.launches[0]->failures[0].ioctl, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	assert_int_equal(m.launches[0]->failures[0].gfn, 0x100);
	assert_int_equal(m.launches[0]->attributes.failed, 1);
	put_attributes(&s, 0x100, 0x200, 0, 0, 5 * US);
	assert_true(m.launches[0]->failures[0].recovered);
	model_free(&m);
}

/* An ioctl that is no part of launching: its failure is shown, but the launch has not failed. */
static void beside_the_launch(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	put_enter(&s, SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION);
	put_exit(&s, -EINVAL, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(m.launches[0]->nr_failures, 1);
	assert_int_equal(launch_result(m.launches[0]), MODEL_INCOMPLETE);
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, MS, 1,
		   SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_FINISH, US, MS, SEVTRACE_PSP_INVALID_GUEST_STATE);
	put_exit(&s, -EIO, SEVTRACE_PSP_INVALID_GUEST_STATE, 1, SEVTRACE_VM_SNP);
	assert_int_equal(launch_result(m.launches[0]), MODEL_OK);
	assert_int_equal(m.launches[0]->nr_failures, 2);
	assert_false(m.launches[0]->failures[1].recovered);
	model_free(&m);
}

/* A recording that ends inside an ioctl: pages and duration are those seen so far. */
static void range_under_way(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(&s, 0x10, 0x1000, 4, SEVTRACE_PAGE_NORMAL, true);
	for (uint64_t gfn = 0x10; gfn < 0x13; gfn++) {
		put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, MS, 0);
		put_step(&s, SEVTRACE_STEP_PSP, gfn, 1, 0, MS);
	}
	assert_int_equal(launch_pages(m.launches[0], true), 3);
	assert_int_equal(launch_duration(m.launches[0]), 3 * MS + 6 * US);
	put_range_end(&s, 3, 0);
	assert_int_equal(launch_pages(m.launches[0], true), 3);
	/* the end of the next range is lost */
	put_range(&s, 0x13, 0x4000, 1, SEVTRACE_PAGE_NORMAL, true);
	put_step(&s, SEVTRACE_STEP_PSP, 0x13, 1, 0, MS);
	put_exit(&s, 0, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(launch_pages(m.launches[0], true), 4);
	assert_int_equal(m.launches[0]->nr_ops, 0);
	model_free(&m);
}

/* Steps of a teardown belong to no ioctl, so they make no ioctl fail. */
static void teardown_is_no_ioctl(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	s.ioctl = SEVTRACE_NO_IOCTL;
	put_step(&s, SEVTRACE_STEP_RECLAIM, 0x10, 1, -EIO, US);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	put_exit(&s, -EINVAL, 0, 1, SEVTRACE_VM_SNP);
	assert_false(m.launches[0]->failures[0].has_step);
	model_free(&m);
}

/* Endless failures, from a VMM that retries forever, are counted but not kept. */
static void many_failures(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	for (int i = 0; i < MODEL_MAX_FAILURES + 5; i++) {
		put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
		put_exit(&s, -EINVAL, 0, 1, SEVTRACE_VM_SNP);
	}
	assert_int_equal(m.launches[0]->nr_failures, MODEL_MAX_FAILURES);
	assert_int_equal(m.launches[0]->more_failures, 5);
	assert_int_equal(m.launches[0]->nr_ops, 0);
	model_free(&m);
}

/* Two threads of a VMM are in ioctls at once: each failure gets the step of its own thread. */
static void threads_are_apart(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	put_enter(&s, SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION);
	s.tid = 1002;
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_step(&s, SEVTRACE_STEP_COPY, 0x10, 1, -EFAULT, US);
	s.tid = 1001;
	s.ioctl = SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION;
	put_step(&s, SEVTRACE_STEP_PIN, 0x20, 1, -ENOMEM, US);
	put_exit(&s, -ENOMEM, 0, 1, SEVTRACE_VM_SNP);
	s.tid = 1002;
	s.ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE;
	put_exit(&s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_int_equal(m.launches[0]->nr_failures, 2);
	assert_int_equal(m.launches[0]->failures[0].step, SEVTRACE_STEP_PIN);
	assert_int_equal(m.launches[0]->failures[1].step, SEVTRACE_STEP_COPY);
	assert_non_null(strstr(explain_failure(&m.launches[0]->failures[0], 0).hint, "MEMLOCK"));
	model_free(&m);
}

/* If a VMM asks for a length and then gives up, that is a failure; if it goes on, it is none. */
static void length_asked_for(void **state)
{
	for (int gives_up = 0; gives_up < 2; gives_up++) {
		const struct model_launch *l;
		struct scenario s;
		struct model m;

		start(&s, &m);
		put_enter(&s, SEVTRACE_KVM_SEV_LAUNCH_MEASURE);
		put_psp(&s, SEVTRACE_CMD_LAUNCH_MEASURE, 0, MS, SEVTRACE_PSP_INVALID_LEN);
		put_exit(&s, -EIO, SEVTRACE_PSP_INVALID_LEN, 1, SEVTRACE_VM_SEV);
		l = m.launches[0];
		assert_int_equal(launch_result(l), MODEL_INCOMPLETE);
		if (!gives_up)
			put_simple(&s, SEVTRACE_KVM_SEV_LAUNCH_MEASURE, SEVTRACE_CMD_LAUNCH_MEASURE,
				   MS, 1, SEVTRACE_VM_SEV);
		put_end(&s, MS);
		assert_int_equal(launch_result(l), gives_up ? MODEL_FAILED : MODEL_INCOMPLETE);
		assert_int_equal(l->nr_failures, gives_up);
		if (gives_up)
			assert_int_equal(l->failures[0].psp.status, SEVTRACE_PSP_INVALID_LEN);
		model_free(&m);
	}
	(void)state;
}

/* The kernel silently leaves out pages, and the guest is launched without them. */
static void finished_short(void **state)
{
	struct scenario s;
	struct model m;
	const struct model_launch *l = run(&m, "snp-swallowed");

	(void)state;
	scenario_begin(&s, feed, &m);
	s.launch = l->number;
	s.tid = l->pid;
	put_simple(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, MS, 7,
		   SEVTRACE_VM_SNP);
	assert_int_equal(launch_result(l), MODEL_OK);
	assert_int_equal(l->nr_failures, 1);
	assert_true(l->failures[0].swallowed);
	assert_false(l->failures[0].recovered);
	model_free(&m);
}

/* The PSP was only asked to give something back, not to do what user space wanted. */
static void only_cleaned_up(void **state)
{
	struct scenario s;
	struct model m;

	(void)state;
	start(&s, &m);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	put_psp(&s, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 0, US, 0);
	put_exit(&s, -ENOTTY, 0, 1, SEVTRACE_VM_SNP);
	assert_false(m.launches[0]->failures[0].psp_asked);
	/* the command's file was wrong, then the page was reclaimed */
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_step(&s, SEVTRACE_STEP_PSP, 0x10, 1, -EBADF, US);
	put_psp(&s, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 0, US, 0);
	put_exit(&s, -EIO, 0, 1, SEVTRACE_VM_SNP);
	assert_false(m.launches[0]->failures[1].psp_asked);
	/* the command succeeded, was undone, and then the handle could not be returned */
	put_enter(&s, SEVTRACE_KVM_SEV_LAUNCH_START);
	put_psp(&s, SEVTRACE_CMD_LAUNCH_START, 0, US, 0);
	put_psp(&s, SEVTRACE_CMD_DECOMMISSION, 0, US, 0);
	put_exit(&s, -EFAULT, 0, 1, SEVTRACE_VM_SEV);
	assert_true(m.launches[0]->failures[2].psp_asked);
	assert_true(m.launches[0]->failures[2].psp_answered);
	model_free(&m);
}

/* Unknown values are left out of the explanation. */
static void unknown_stays_unknown(void **state)
{
	const struct model_failure odd = { .ioctl = 555, .ret = -ENOANO };
	const struct model_failure raw = {
		.ioctl = SEVTRACE_KVM_SEV_LAUNCH_START,
		.ret = -EIO,
		.fw_error = 0x8777,
		.psp_asked = true,
		.psp_answered = true,
	};

	(void)state;
	assert_null(explain_failure(&odd, 0).cause);
	assert_null(explain_failure(&odd, 0).hint);
	assert_non_null(strstr(explain_failure(&raw, 0).cause, "no specification"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failed_page),
		cmocka_unit_test(swallowed),
		cmocka_unit_test(length_asked_for),
		cmocka_unit_test(finished_short),
		cmocka_unit_test(only_cleaned_up),
		cmocka_unit_test(swallowed_and_made_good),
		cmocka_unit_test(recovered),
		cmocka_unit_test(refused_policy),
		cmocka_unit_test(no_answer_is_no_status),
		cmocka_unit_test(another_page_does_not_recover),
		cmocka_unit_test(retried_ioctl_recovers),
		cmocka_unit_test(failed_attributes),
		cmocka_unit_test(beside_the_launch),
		cmocka_unit_test(teardown_is_no_ioctl),
		cmocka_unit_test(range_under_way),
		cmocka_unit_test(many_failures),
		cmocka_unit_test(threads_are_apart),
		cmocka_unit_test(unknown_stays_unknown),
	};

	return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
