// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which events become one record of a page. The BPF programs gather pages by the same functions, of
 * sevtrace/pairing.h.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>

#include "perfdata/pairing.h"
#include "util/array.h"

/* What is looked at of a record. */
struct seen {
	uint16_t type;
	uint32_t launch;
	uint32_t tid;
	uint64_t ts;
	uint8_t psp_step;
	int32_t ret;
	uint32_t cmd;
	uint64_t gfn;
	char steps[SEVTRACE_PAGE_STEPS + 1];
};

struct fixture {
	struct pairing *p;
	uint64_t now;
	struct seen seen[64];
	size_t nr;
};

/* A letter for each step. */
static const char letters[] = {
	[SEVTRACE_STEP_PIN] = 'n',	   [SEVTRACE_STEP_GET_PAGE] = 'g',
	[SEVTRACE_STEP_CHECK_ATTRS] = 'a', [SEVTRACE_STEP_RMP_LOOKUP] = 'l',
	[SEVTRACE_STEP_COPY] = 'c',	   [SEVTRACE_STEP_CLFLUSH] = 'f',
	[SEVTRACE_STEP_VMSA_SYNC] = 'v',   [SEVTRACE_STEP_RMP_UPDATE] = 'u',
	[SEVTRACE_STEP_PSP] = 'p',	   [SEVTRACE_STEP_RECLAIM] = 'r',
	[SEVTRACE_STEP_RELEASE] = 'x',	   [SEVTRACE_STEP_UNPIN] = 'i',
};

static int keep(void *ctx, const struct sevtrace_rec *rec)
{
	struct fixture *f = ctx;
	struct seen *s = &f->seen[f->nr++];

	assert_true(f->nr < ARRAY_SIZE(f->seen));
	*s = (struct seen){
		.type = rec->type, .launch = rec->launch, .tid = rec->tid, .ts = rec->ts
	};
	if (rec->type == SEVTRACE_REC_PAGE) {
		const struct sevtrace_rec_page *page = (const struct sevtrace_rec_page *)rec;

		for (int i = 0; i < page->nr_steps; i++)
			s->steps[i] = letters[page->steps[i]];
		s->psp_step = page->psp_step;
		s->ret = page->ret;
		s->cmd = page->cmd;
		s->gfn = page->gfn;
	}
	if (rec->type == SEVTRACE_REC_STEP)
		s->steps[0] = letters[((const struct sevtrace_rec_step *)rec)->step];
	if (rec->type == SEVTRACE_REC_PSP)
		s->cmd = ((const struct sevtrace_rec_psp *)rec)->cmd;
	return 0;
}

static int start(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f)
		return -1;
	f->now = 1000;
	f->p = pairing_new(keep, f);
	return f->p ? 0 : -1;
}

static int stop(void **state)
{
	struct fixture *f = *state;

	pairing_free(f->p);
	free(f);
	return 0;
}

#define FEED(f, tid_, type_, ...)                                        \
	do {                                                             \
		struct perf_event event = { .ts = (f)->now += 10,        \
					    .tid = (tid_),               \
					    .pid = (tid_) / 100 * 100,   \
					    .type = (type_),             \
					    .values = { __VA_ARGS__ } }; \
		assert_int_equal(pairing_feed((f)->p, &event), 0);       \
	} while (0)

/* A letter of an event: as above, with the numbers of the kernel. */
static void put_step(struct fixture *f, uint32_t tid, char letter, uint64_t gfn, int ret)
{
	static const char sev[] = "nlcuprvi", order[] = { 0, 1, 2, 3, 4, 5, 7, 6 };
	static const char populate[] = "gax";
	const char *at;

	if (letter == 'f') {
		FEED(f, tid, PERF_CLFLUSH, [STEP_GFN] = gfn, [STEP_NPAGES] = 1);
		return;
	}
	at = strchr(populate, letter);
	if (at) {
		FEED(f, tid,
		     PERF_POPULATE_STEP, [STEP_STEP] = (__u64)(at - populate), [STEP_GFN] = gfn,
		     [STEP_PFN] = gfn + 0x100, [STEP_NPAGES] = 1, [STEP_RET] = (__u64)ret);
		return;
	}
	at = strchr(sev, letter);
	assert_non_null(at);
	FEED(f, tid, PERF_STEP, [STEP_STEP] = (__u64)order[at - sev], [STEP_GFN] = gfn,
	     [STEP_PFN] = gfn + 0x100, [STEP_NPAGES] = 1, [STEP_RET] = (__u64)ret);
}

static void put_command(struct fixture *f, uint32_t tid, uint32_t cmd, uint8_t depth, int ret)
{
	if (!depth)
		FEED(f, tid, PERF_PSP_WAIT, [PSP_CMD] = cmd);
	FEED(f, tid, PERF_PSP_START, [PSP_CMD] = cmd, [PSP_DEPTH] = depth);
	FEED(f, tid, PERF_PSP_ISSUE, [PSP_CMD] = cmd, [PSP_DEPTH] = depth);
	FEED(f, tid, PERF_PSP_COMPLETE, [PSP_CMD] = cmd, [PSP_DEPTH] = depth, [PSP_ANSWERED] = 1);
	FEED(f, tid, PERF_PSP_END, [PSP_CMD] = cmd, [PSP_DEPTH] = depth, [PSP_ASKED] = 1,
	     [PSP_ANSWERED] = 1, [PSP_RET] = (__u64)ret);
}

/* Puts steps; 'P' is a command and its step. */
static void put_steps(struct fixture *f, uint32_t tid, const char *steps, uint64_t gfn)
{
	for (; *steps; steps++) {
		if (*steps == 'P')
			put_command(f, tid, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, 0);
		put_step(f, tid, *steps == 'P' ? 'p' : *steps, gfn, 0);
	}
}

static void enter(struct fixture *f, uint32_t tid, uint32_t ioctl, uint64_t asid)
{
	FEED(f, tid,
	     PERF_CMD_ENTER, [CMD_CMD] = ioctl, [CMD_ASID] = asid, [CMD_VM_TYPE] = SEVTRACE_VM_SNP);
}

static void leave(struct fixture *f, uint32_t tid, uint64_t asid, int ret)
{
	FEED(f, tid, PERF_CMD_EXIT, [CMD_ASID] = asid, [CMD_VM_TYPE] = SEVTRACE_VM_SNP,
	     [CMD_RET] = (__u64)ret);
}

static void begin_range(struct fixture *f, uint32_t tid, bool private_pages)
{
	enter(f, tid, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, 5);
	FEED(f, tid, PERF_RANGE_START, [RANGE_GFN] = 16, [RANGE_NPAGES] = 4,
	     [RANGE_PAGE_TYPE] = SEVTRACE_PAGE_NORMAL, [RANGE_PRIVATE] = private_pages);
}

static void end_range(struct fixture *f, uint32_t tid)
{
	FEED(f, tid, PERF_RANGE_END, [RANGE_GFN] = 16, [RANGE_NPAGES] = 4);
}

/* Checks the steps of the records of pages so far, a word each, "-" for other records of them. */
static void expect_pages(const struct fixture *f, const char *expected)
{
	char got[256] = "";

	for (size_t i = 0; i < f->nr; i++) {
		const struct seen *s = &f->seen[i];

		if (s->type == SEVTRACE_REC_PAGE || s->type == SEVTRACE_REC_STEP)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s",
				 *got ? " " : "", s->type == SEVTRACE_REC_STEP ? "step:" : "",
				 s->steps);
		if (s->type == SEVTRACE_REC_PSP)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%spsp",
				 *got ? " " : "");
	}
	assert_string_equal(got, expected);
}

static const struct seen *last_page(const struct fixture *f)
{
	size_t i = f->nr;

	while (i && f->seen[i - 1].type != SEVTRACE_REC_PAGE)
		i--;
	assert_true(i > 0);
	return &f->seen[i - 1];
}

static void gathers_pages(void **state)
{
	struct fixture *f = *state;

	begin_range(f, 100, true);
	put_steps(f, 100, "galcuPx", 16);
	expect_pages(f, "galcupx");
	assert_int_equal(last_page(f)->psp_step, 6);
	put_steps(f, 100, "galuPx", 17);
	expect_pages(f, "galcupx galupx");
	assert_int_equal(last_page(f)->psp_step, 5);
	assert_int_equal(last_page(f)->gfn, 17);
	put_steps(f, 100, "ngacfPx", 18); /* SEV pins the source */
	expect_pages(f, "galcupx galupx ngacfpx");
	put_steps(f, 100, "vuP", 19); /* a VMSA, which KVM does not release */
	end_range(f, 100);
	expect_pages(f, "galcupx galupx ngacfpx vup");
}

/* In place, a page is done when the PSP has encrypted it. A pinned range is no page of it. */
static void gathers_runs_in_place(void **state)
{
	struct fixture *f = *state;

	begin_range(f, 100, false);
	put_step(f, 100, 'n', 1, 0);
	put_steps(f, 100, "fP", 16);
	put_steps(f, 100, "fP", 17);
	expect_pages(f, "n fp fp");
	end_range(f, 100);
	put_step(f, 100, 'i', 1, 0);
	expect_pages(f, "n fp fp step:i");
}

/* A large page from guest_memfd: the steps of each 4 KiB page differ in their GFN. */
static void gathers_by_frame(void **state)
{
	struct fixture *f = *state;

	begin_range(f, 100, true);
	put_steps(f, 100, "ga", 16);
	put_steps(f, 100, "lcuP", 17);
	put_steps(f, 100, "lcuP", 18);
	put_steps(f, 100, "x", 16);
	expect_pages(f, "ga lcup lcup x");
}

/* A failure is sent at once; what cleans up after it, with its command, is a record of its own. */
static void sends_a_failure_at_once(void **state)
{
	struct fixture *f = *state;

	begin_range(f, 100, true);
	put_steps(f, 100, "galcu", 16);
	put_command(f, 100, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, -EIO);
	expect_pages(f, "");
	put_step(f, 100, 'p', 16, -EIO);
	expect_pages(f, "galcup");
	assert_int_equal(last_page(f)->ret, -EIO);
	assert_int_equal(last_page(f)->cmd, SEVTRACE_CMD_SNP_LAUNCH_UPDATE);
	put_command(f, 100, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 0, 0);
	put_steps(f, 100, "rx", 16);
	expect_pages(f, "galcup rx");
	assert_int_equal(last_page(f)->psp_step, 1);
	assert_int_equal(last_page(f)->cmd, SEVTRACE_CMD_SNP_PAGE_RECLAIM);
}

/* Nested commands and a second one in a step have their own records, and order is kept. */
static void keeps_the_order_of_commands(void **state)
{
	struct fixture *f = *state;

	begin_range(f, 100, false);
	put_steps(f, 100, "f", 16);
	FEED(f, 100, PERF_PSP_START, [PSP_CMD] = SEVTRACE_CMD_LAUNCH_UPDATE_DATA);
	put_command(f, 100, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 1, 0);
	expect_pages(f, "f psp");
	FEED(f, 100, PERF_PSP_END, [PSP_CMD] = SEVTRACE_CMD_LAUNCH_UPDATE_DATA, [PSP_ASKED] = 1);
	put_steps(f, 100, "p", 16);
	expect_pages(f, "f psp p");
	assert_int_equal(last_page(f)->psp_step, 1);
	put_command(f, 100, SEVTRACE_CMD_LAUNCH_UPDATE_DATA, 0, 0);
	put_command(f, 100, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 0, 0);
	expect_pages(f, "f psp p  psp");
	assert_int_equal(last_page(f)->psp_step, 1);
}

static void leaves_steps_outside_ranges_alone(void **state)
{
	struct fixture *f = *state;

	enter(f, 100, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA, 5);
	put_step(f, 100, 'v', 16, 0);
	put_command(f, 100, SEVTRACE_CMD_LAUNCH_UPDATE_VMSA, 0, 0);
	put_step(f, 100, 'p', 16, 0);
	expect_pages(f, "step:v psp step:p");
	leave(f, 100, 5, 0);
	FEED(f, 100, PERF_DESTROY_START, [DESTROY_ASID] = 5);
	put_command(f, 100, SEVTRACE_CMD_DECOMMISSION, 0, 0);
	put_step(f, 100, 'i', 16, 0);
	FEED(f, 100, PERF_DESTROY_END, [DESTROY_ASID] = 5);
	expect_pages(f, "step:v psp step:p psp step:i");
}

/* One thread, two VMs: what was not sent belongs to the VM of then. */
static void tells_two_machines_of_a_thread_apart(void **state)
{
	struct fixture *f = *state;

	begin_range(f, 100, true);
	put_steps(f, 100, "gal", 16);
	enter(f, 100, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, 6);
	expect_pages(f, "gal");
	assert_int_equal(last_page(f)->launch, 1);
	FEED(f, 100, PERF_RANGE_START, [RANGE_GFN] = 16, [RANGE_NPAGES] = 1,
	     [RANGE_PAGE_TYPE] = SEVTRACE_PAGE_NORMAL, [RANGE_PRIVATE] = 1);
	put_steps(f, 100, "gx", 16);
	expect_pages(f, "gal gx");
	assert_int_equal(last_page(f)->launch, 2);
}

/* A thread that dies within a page, and a recording that ends there, tell how far it came. */
static void sends_what_never_ends(void **state)
{
	struct fixture *f = *state;

	begin_range(f, 100, true);
	put_steps(f, 100, "galc", 16);
	FEED(f, 100, PERF_TASK_EXIT, 0);
	expect_pages(f, "galc");
	assert_int_equal(last_page(f)->ts, f->now - 10);
	begin_range(f, 101, true);
	put_steps(f, 101, "ga", 17);
	put_command(f, 101, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, 0);
	assert_int_equal(pairing_finish(f->p), 0);
	expect_pages(f, "galc ga");
	assert_int_equal(last_page(f)->psp_step, 3);
	assert_int_equal(last_page(f)->tid, 101);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(gathers_pages),
		TEST(gathers_runs_in_place),
		TEST(gathers_by_frame),
		TEST(sends_a_failure_at_once),
		TEST(keeps_the_order_of_commands),
		TEST(leaves_steps_outside_ranges_alone),
		TEST(tells_two_machines_of_a_thread_apart),
		TEST(sends_what_never_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
