// SPDX-License-Identifier: GPL-2.0-only
/* Which launch, thread and name an event is given, and what its record takes from it. */
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

#define UPDATE SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE
#define INIT SEVTRACE_KVM_SEV_INIT2

union record {
	struct sevtrace_rec h;
	struct sevtrace_rec_launch_begin begin;
	struct sevtrace_rec_launch_end end;
	struct sevtrace_rec_ioctl_enter enter;
	struct sevtrace_rec_ioctl_exit exit;
	struct sevtrace_rec_range_start start;
	struct sevtrace_rec_range_end range;
	struct sevtrace_rec_step step;
	struct sevtrace_rec_psp psp;
	struct sevtrace_rec_attr attr;
	struct sevtrace_rec_stack stack;
	struct sevtrace_rec_page page;
};

struct fixture {
	struct pairing *p;
	union record of[64];
	size_t nr;
	int refuse; /* of so many records the last is refused; 0: of none */
};

static int keep(void *ctx, const struct sevtrace_rec *rec)
{
	struct fixture *f = ctx;

	if (f->refuse && !--f->refuse)
		return -ENOSPC;
	assert_true(f->nr < ARRAY_SIZE(f->of));
	memcpy(&f->of[f->nr++], rec, rec->size);
	return 0;
}

static int start(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f)
		f->p = pairing_new(keep, f);
	return f && f->p ? 0 : -1;
}

static int stop(void **state)
{
	struct fixture *f = *state;

	pairing_free(f->p);
	free(f);
	return 0;
}

/* Threads below 200 are of process 100. */
#define FEED(f, tid_, ts_, type_, ...)                                   \
	do {                                                             \
		struct perf_event event = { .ts = (ts_),                 \
					    .tid = (tid_),               \
					    .pid = (tid_) / 100 * 100,   \
					    .cpu = 1,                    \
					    .type = (type_),             \
					    .values = { __VA_ARGS__ } }; \
		assert_int_equal(pairing_feed((f)->p, &event), 0);       \
	} while (0)

static const union record *last(const struct fixture *f)
{
	assert_true(f->nr > 0);
	return &f->of[f->nr - 1];
}

static void put_enter(struct fixture *f, uint32_t tid, uint64_t ts, uint32_t ioctl, uint64_t asid)
{
	FEED(f, tid, ts, PERF_CMD_ENTER, [CMD_CMD] = ioctl, [CMD_ASID] = asid);
}

static void put_exit(struct fixture *f, uint32_t tid, uint64_t ts, uint64_t asid, int ret)
{
	FEED(f, tid, ts, PERF_CMD_EXIT, [CMD_ASID] = asid, [CMD_RET] = (__u64)ret);
}

static void put_init(struct fixture *f, uint32_t tid, uint64_t ts, uint64_t asid)
{
	put_enter(f, tid, ts, INIT, 0);
	put_exit(f, tid, ts + 1, asid, 0);
}

static void fields_of_ioctls(void **state)
{
	struct fixture *f = *state;

	put_enter(f, 101, 1000, SEVTRACE_KVM_SEV_ES_INIT, 0);
	assert_int_equal(f->nr, 2);
	assert_int_equal(f->of[0].begin.pid, 100);
	assert_int_equal(f->of[0].begin.vm_type, SEVTRACE_VM_SEV_ES);
	assert_int_equal(f->of[0].begin.joined, 0);
	assert_int_equal(f->of[1].enter.h.tid, 101);
	assert_int_equal(f->of[1].enter.h.cpu, 1);
	assert_int_equal(f->of[1].enter.h.launch, 1);
	assert_int_equal(f->of[1].enter.ioctl, SEVTRACE_KVM_SEV_ES_INIT);
	FEED(f, 101, 1030, PERF_CMD_EXIT, [CMD_ASID] = 6, [CMD_FW_ERROR] = 9,
	     [CMD_RET] = (__u64)-EIO, [CMD_VM_TYPE] = SEVTRACE_VM_SNP);
	assert_int_equal(last(f)->exit.duration, 30);
	assert_int_equal(last(f)->exit.fw_error, 9);
	assert_int_equal(last(f)->exit.ret, -EIO);
	assert_int_equal(last(f)->exit.asid, 6);
	assert_int_equal(last(f)->exit.vm_type, SEVTRACE_VM_SNP);
	assert_int_equal(last(f)->exit.psp_asked, 0);
	/* What ended does not end again. */
	put_exit(f, 101, 1040, 6, 0);
	assert_int_equal(f->nr, 3);
	/* Regions: both kinds, with their addresses. */
	for (int registers = 0; registers < 2; registers++) {
		FEED(f, 101, 2000, PERF_REGION_ENTER, [REGION_REG] = registers, [REGION_ASID] = 6,
		     [REGION_ADDR] = 0x5000, [REGION_SIZE] = 0x2000);
		assert_int_equal(last(f)->enter.ioctl,
				 registers ? SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION :
					     SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION);
		assert_int_equal(last(f)->enter.addr, 0x5000);
		assert_int_equal(last(f)->enter.len, 0x2000);
		FEED(f, 101, 2010, PERF_REGION_EXIT, [REGION_ASID] = 6, [REGION_VM_TYPE] = 2,
		     [REGION_RET] = (__u64)-ENOMEM);
		assert_int_equal(last(f)->exit.ret, -ENOMEM);
		assert_int_equal(last(f)->exit.duration, 10);
		assert_int_equal(last(f)->exit.vm_type, 2);
	}
	assert_int_equal(pairing_launches(f->p), 1);
}

/* The VM of a process that has the ASID; without an ASID, a new one. */
static void launches_of_ioctls(void **state)
{
	static const struct {
		uint32_t tid;
		uint32_t asid;
		uint32_t launch;
	} cases[] = {
		{ 100, 5, 1 }, { 101, 6, 2 }, { 199, 5, 1 }, { 200, 5, 3 }, { 100, 9, 4 },
	};
	struct fixture *f = *state;

	put_init(f, 100, 1000, 5);
	put_init(f, 100, 1100, 6);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const bool is_new = pairing_launches(f->p) < cases[i].launch;

		put_enter(f, cases[i].tid, 2000 + i, UPDATE, cases[i].asid);
		assert_int_equal(last(f)->h.launch, cases[i].launch);
		if (is_new)
			assert_int_equal(f->of[f->nr - 2].begin.joined, 1);
	}
	assert_int_equal(pairing_launches(f->p), 4);
}

/* An ASID that a VM gets is no other's any more; one that was only seen again stays. */
static void asids_that_change_hands(void **state)
{
	struct fixture *f = *state;

	put_init(f, 100, 1000, 5);
	put_init(f, 200, 1100, 5);
	put_enter(f, 101, 1200, UPDATE, 5);
	assert_int_equal(last(f)->h.launch, 3);
	put_exit(f, 101, 1210, 5, 0);
	put_enter(f, 200, 1300, UPDATE, 5);
	assert_int_equal(last(f)->h.launch, 2);
	put_exit(f, 200, 1310, 5, 0);
	/* An init that failed takes nothing away. */
	put_enter(f, 300, 1400, INIT, 0);
	put_exit(f, 300, 1410, 5, -EBUSY);
	put_enter(f, 200, 1500, UPDATE, 5);
	assert_int_equal(last(f)->h.launch, 2);
}

/* A VM without an ASID after an ioctl is none: its launch ends if that failed. */
static void without_an_asid(void **state)
{
	struct fixture *f = *state;

	put_enter(f, 100, 1000, INIT, 0);
	put_exit(f, 100, 1010, 0, -EBUSY);
	assert_int_equal(last(f)->h.type, SEVTRACE_REC_LAUNCH_END);
	assert_int_equal(last(f)->end.h.launch, 1);
	assert_int_equal(last(f)->end.destroyed, 0);
	assert_int_equal(last(f)->end.duration, 0);
	put_enter(f, 100, 1100, INIT, 0);
	put_exit(f, 100, 1110, 0, 0);
	assert_int_equal(last(f)->h.type, SEVTRACE_REC_IOCTL_EXIT);
	put_init(f, 100, 1200, 7);
	assert_int_equal(last(f)->h.launch, 3);
	/* So this process has one launch. */
	FEED(f, 150, 1300, PERF_ATTR, 0);
	FEED(f, 150, 1310, PERF_ATTR_DONE, 0);
	assert_int_equal(last(f)->h.launch, 3);
}

static void fields_of_ranges(void **state)
{
	struct fixture *f = *state;

	put_init(f, 100, 1000, 5);
	f->nr = 0;
	/* neither before an ioctl of the thread, nor an end without a start */
	FEED(f, 150, 1500, PERF_RANGE_START, [RANGE_GFN] = 1);
	put_enter(f, 100, 2000, UPDATE, 5);
	FEED(f, 100, 2010, PERF_RANGE_END, [RANGE_GFN] = 1);
	assert_int_equal(f->nr, 1);
	for (int private_pages = 0; private_pages < 2; private_pages++) {
		FEED(f, 100, 2100, PERF_RANGE_START, [RANGE_GFN] = 0x10, [RANGE_UADDR] = 0x5000,
		     [RANGE_NPAGES] = 8, [RANGE_SLOT] = (__u64)-1, [RANGE_PAGE_TYPE] = 3,
		     [RANGE_PRIVATE] = private_pages ? 256 : 0);
		assert_int_equal(last(f)->start.gfn, 0x10);
		assert_int_equal(last(f)->start.uaddr, 0x5000);
		assert_int_equal(last(f)->start.npages, 8);
		assert_int_equal(last(f)->start.slot, -1);
		assert_int_equal(last(f)->start.page_type, 3);
		assert_int_equal(last(f)->start.private_pages, private_pages);
		FEED(f, 100, 2140, PERF_RANGE_END, [RANGE_GFN] = 0x10, [RANGE_UADDR] = 0x5000,
		     [RANGE_NPAGES] = 8, [RANGE_RET] = (__u64)-EINTR, [RANGE_DONE] = 5);
		assert_int_equal(last(f)->range.duration, 40);
		assert_int_equal(last(f)->range.done, 5);
		assert_int_equal(last(f)->range.ret, -EINTR);
		assert_int_equal(last(f)->range.npages, 8);
		assert_int_equal(last(f)->range.page_type, 3);
		assert_int_equal(last(f)->range.private_pages, private_pages);
	}
	/* The time of a step behind a range counts from its end. */
	FEED(f, 100, 2150, PERF_STEP, [STEP_STEP] = 6);
	assert_int_equal(last(f)->step.duration, 10);
	/* An ioctl that is over has no ranges. */
	put_exit(f, 100, 2200, 5, 0);
	f->nr = 0;
	FEED(f, 100, 2300, PERF_RANGE_END, [RANGE_GFN] = 0x10);
	assert_int_equal(f->nr, 0);
}

/* The kernel's numbers of steps, and the first ones that nobody knows. */
static void numbers_of_steps(void **state)
{
	static const struct {
		uint64_t type;
		uint64_t number;
		uint64_t step;
	} cases[] = {
		{ PERF_STEP, 0, SEVTRACE_STEP_PIN },
		{ PERF_STEP, 7, SEVTRACE_STEP_VMSA_SYNC },
		{ PERF_STEP, 8, SEVTRACE_STEP_NONE },
		{ PERF_STEP, 1ULL << 32, SEVTRACE_STEP_NONE },
		{ PERF_POPULATE_STEP, 0, SEVTRACE_STEP_GET_PAGE },
		{ PERF_POPULATE_STEP, 2, SEVTRACE_STEP_RELEASE },
		{ PERF_POPULATE_STEP, 3, SEVTRACE_STEP_NONE },
		{ PERF_CLFLUSH, 0, SEVTRACE_STEP_CLFLUSH },
		{ PERF_CLFLUSH, 1, SEVTRACE_STEP_CLFLUSH },
	};
	struct fixture *f = *state;
	uint64_t unknown = 0;

	put_init(f, 100, 1000, 5);
	put_enter(f, 100, 2000, UPDATE, 5);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const bool flush = cases[i].type == PERF_CLFLUSH;

		f->nr = 0;
		FEED(f, 100, 2010 + 10 * i, cases[i].type, [STEP_STEP] = cases[i].number,
		     [STEP_GFN] = 1, [STEP_NPAGES] = 2, [STEP_PFN] = 3);
		unknown += cases[i].step == SEVTRACE_STEP_NONE;
		assert_int_equal(pairing_unknown_steps(f->p), unknown);
		assert_int_equal(f->nr, cases[i].step != SEVTRACE_STEP_NONE);
		if (!f->nr)
			continue;
		assert_int_equal(last(f)->step.step, cases[i].step);
		assert_int_equal(last(f)->step.duration, 10);
		assert_int_equal(last(f)->step.gfn, 1);
		assert_int_equal(last(f)->step.npages, 2);
		assert_true(last(f)->step.pfn == (flush ? SEVTRACE_NO_FRAME : 3));
		assert_int_equal(last(f)->step.marks,
				 flush && cases[i].number ? SEVTRACE_MARK_SKIPPED : 0);
		assert_int_equal(last(f)->step.ret, 0);
	}
}

/* One stack of a failure in an ioctl, of its first step that failed. */
static void stacks(void **state)
{
	static struct perf_stack stack = { .kernel = { 1, 2 }, .user = { 3 } };
	struct fixture *f = *state;
	struct perf_event event = {
		.tid = 100,
		.pid = 100,
		.type = PERF_STEP,
		.stack = &stack,
		.values = { [STEP_RET] = (__u64)-EFAULT },
	};

	put_init(f, 100, 1000, 5);
	for (int i = 0; i < 2; i++) {
		put_enter(f, 100, 2000, UPDATE, 5);
		f->nr = 0;
		event.ts = 2010;
		assert_int_equal(pairing_feed(f->p, &event), 0);
		assert_int_equal(f->nr, 2);
		assert_int_equal(last(f)->h.type, SEVTRACE_REC_STACK);
		assert_int_equal(last(f)->stack.kernel[1], 2);
		assert_int_equal(last(f)->stack.user[0], 3);
		assert_int_equal(last(f)->stack.pid, 100);
		assert_int_equal(pairing_feed(f->p, &event), 0);
		assert_int_equal(f->nr, 3);
		put_exit(f, 100, 2100, 5, -EIO);
		assert_int_equal(f->nr, 4);
	}
	/* An ioctl that succeeded, and one that failed without a stack, have none. */
	event = (struct perf_event){ .ts = 3010,
				     .tid = 100,
				     .pid = 100,
				     .type = PERF_CMD_EXIT,
				     .stack = &stack,
				     .values = { [CMD_ASID] = 5 } };
	put_enter(f, 100, 3000, UPDATE, 5);
	f->nr = 0;
	assert_int_equal(pairing_feed(f->p, &event), 0);
	assert_int_equal(f->nr, 1);
	put_enter(f, 100, 3000, UPDATE, 5);
	event.values[CMD_RET] = (__u64)-EIO;
	event.stack = NULL;
	f->nr = 0;
	assert_int_equal(pairing_feed(f->p, &event), 0);
	assert_int_equal(f->nr, 1);
}

/* A teardown: of the process's launch with the ASID, else of any; what its thread did goes on. */
static void teardowns(void **state)
{
	struct fixture *f = *state;

	put_init(f, 100, 1000, 5);
	put_init(f, 200, 1100, 6);
	f->nr = 0;
	FEED(f, 900, 2000, PERF_DESTROY_START, [DESTROY_ASID] = 7);
	FEED(f, 900, 2010, PERF_DESTROY_END, [DESTROY_ASID] = 7);
	assert_int_equal(f->nr, 0);
	/* in the middle of an ioctl of another VM */
	put_enter(f, 200, 2100, UPDATE, 6);
	FEED(f, 200, 2110, PERF_DESTROY_START, [DESTROY_ASID] = 5);
	FEED(f, 200, 2125, PERF_STEP, [STEP_STEP] = 5);
	assert_int_equal(last(f)->h.launch, 1);
	assert_int_equal(last(f)->step.ioctl, SEVTRACE_NO_IOCTL);
	assert_int_equal(last(f)->step.duration, 15);
	FEED(f, 200, 2150, PERF_DESTROY_END, [DESTROY_ASID] = 5);
	assert_int_equal(last(f)->h.type, SEVTRACE_REC_LAUNCH_END);
	assert_int_equal(last(f)->h.launch, 1);
	assert_int_equal(last(f)->end.duration, 40);
	assert_int_equal(last(f)->end.asid, 5);
	assert_int_equal(last(f)->end.destroyed, 1);
	FEED(f, 200, 2160, PERF_DESTROY_END, [DESTROY_ASID] = 5);
	assert_int_equal(f->nr, 3);
	put_exit(f, 200, 2200, 6, 0);
	assert_int_equal(last(f)->h.launch, 2);
	/* it is gone */
	put_enter(f, 100, 2300, UPDATE, 5);
	assert_int_equal(last(f)->h.launch, 3);
}

/* Updates of attributes: of the ioctl under way, else of the launch that the thread was at. */
static void attributes(void **state)
{
	struct fixture *f = *state;

	put_init(f, 100, 1000, 5);
	put_init(f, 101, 1100, 6);
	FEED(f, 100, 2000, PERF_ATTR, 0);
	FEED(f, 100, 2007, PERF_ATTR_LOCKED, 0);
	FEED(f, 100, 2020, PERF_ATTR_DONE, [ATTR_START] = 1, [ATTR_END] = 9, [ATTR_ATTR] = 8,
	     [ATTR_RET] = (__u64)-EINVAL);
	assert_int_equal(last(f)->h.launch, 1);
	assert_int_equal(last(f)->attr.duration, 20);
	assert_int_equal(last(f)->attr.wait, 7);
	assert_int_equal(last(f)->attr.start, 1);
	assert_int_equal(last(f)->attr.end, 9);
	assert_int_equal(last(f)->attr.attributes, 8);
	assert_int_equal(last(f)->attr.ret, -EINVAL);
	assert_int_equal(last(f)->attr.phase, SEVTRACE_PHASE_OTHER);
	/* without a start there is no end, and nothing was waited for */
	f->nr = 0;
	FEED(f, 100, 2030, PERF_ATTR_LOCKED, 0);
	FEED(f, 100, 2040, PERF_ATTR_DONE, 0);
	assert_int_equal(f->nr, 0);
	/* another launch's ioctl */
	put_enter(f, 100, 2100, UPDATE, 6);
	FEED(f, 100, 2110, PERF_ATTR, 0);
	FEED(f, 100, 2120, PERF_ATTR_DONE, 0);
	assert_int_equal(last(f)->h.launch, 2);
	/* the time of the next step counts from its end */
	FEED(f, 100, 2125, PERF_STEP, [STEP_STEP] = 5);
	assert_int_equal(last(f)->step.duration, 5);
	/* a launch that is gone is nobody's: then the process's only one is meant */
	put_exit(f, 100, 2200, 6, 0);
	FEED(f, 900, 2300, PERF_DESTROY_START, [DESTROY_ASID] = 6);
	FEED(f, 900, 2310, PERF_DESTROY_END, [DESTROY_ASID] = 6);
	FEED(f, 101, 2400, PERF_ATTR, 0);
	FEED(f, 101, 2410, PERF_ATTR_DONE, 0);
	assert_int_equal(last(f)->h.launch, 1);
	/* and no other process's */
	FEED(f, 300, 2400, PERF_ATTR, 0);
	FEED(f, 300, 2410, PERF_ATTR_DONE, 0);
	assert_int_equal(last(f)->h.launch, 0);
}

/* A command from its start on, at each depth that there is, with all that its events tell. */
static void commands(void **state)
{
	struct fixture *f = *state;

	FEED(f, 100, 1000, PERF_PSP_ISSUE, [PSP_CMD] = 1);
	FEED(f, 100, 1000, PERF_PSP_START, [PSP_CMD] = 1, [PSP_DEPTH] = 2);
	FEED(f, 100, 1010, PERF_PSP_END, [PSP_CMD] = 1, [PSP_DEPTH] = 2);
	FEED(f, 100, 1010, PERF_PSP_END, [PSP_CMD] = 1);
	assert_int_equal(f->nr, 0);
	FEED(f, 100, 2000, PERF_PSP_WAIT, [PSP_CMD] = 1);
	FEED(f, 100, 2003, PERF_PSP_START, [PSP_CMD] = 1);
	FEED(f, 100, 2008, PERF_PSP_START, [PSP_CMD] = 2, [PSP_DEPTH] = 1);
	FEED(f, 100, 2010, PERF_PSP_ISSUE, [PSP_CMD] = 2, [PSP_DEPTH] = 1);
	FEED(f, 100, 2030, PERF_PSP_COMPLETE, [PSP_CMD] = 2, [PSP_DEPTH] = 1);
	FEED(f, 100, 2031, PERF_PSP_END, [PSP_CMD] = 2, [PSP_DEPTH] = 1, [PSP_ASKED] = 1);
	assert_int_equal(last(f)->psp.cmd, 2);
	assert_int_equal(last(f)->psp.depth, 1);
	assert_int_equal(last(f)->psp.wait, 0);
	assert_int_equal(last(f)->psp.prep, 2);
	assert_int_equal(last(f)->psp.exec, 20);
	assert_int_equal(last(f)->psp.asked, 1);
	assert_int_equal(last(f)->psp.answered, 0);
	assert_int_equal(last(f)->psp.extra, 0);
	FEED(f, 100, 2040, PERF_PSP_ISSUE, [PSP_CMD] = 1);
	FEED(f, 100, 2100,
	     PERF_PSP_COMPLETE, [PSP_CMD] = 1, [PSP_EXTRA] = 256, [PSP_ERR_LO] = 5, [PSP_ERR_HI] = 6);
	FEED(f, 100, 2110, PERF_PSP_END, [PSP_CMD] = 1, [PSP_ASKED] = 256, [PSP_ANSWERED] = 256,
	     [PSP_STATUS] = 9, [PSP_RET] = (__u64)-EIO);
	assert_int_equal(last(f)->psp.cmd, 1);
	assert_int_equal(last(f)->psp.depth, 0);
	assert_int_equal(last(f)->psp.wait, 3);
	assert_int_equal(last(f)->psp.prep, 37);
	assert_int_equal(last(f)->psp.exec, 60);
	assert_int_equal(last(f)->psp.reclaim, 10);
	assert_int_equal(last(f)->psp.status, 9);
	assert_int_equal(last(f)->psp.ret, -EIO);
	assert_int_equal(last(f)->psp.asked, 1);
	assert_int_equal(last(f)->psp.answered, 1);
	assert_int_equal(last(f)->psp.extra, 1);
	assert_int_equal(last(f)->psp.err_lo, 5);
	assert_int_equal(last(f)->psp.err_hi, 6);
	assert_int_equal(last(f)->h.launch, 0);
	/* It is over. */
	FEED(f, 100, 2120, PERF_PSP_END, [PSP_CMD] = 1);
	assert_int_equal(f->nr, 2);
}

static void put_comm(struct fixture *f, uint32_t pid, const char *comm)
{
	struct perf_event event = { .tid = pid, .pid = pid, .type = PERF_TASK_COMM };

	snprintf(event.comm, sizeof(event.comm), "%s", comm);
	assert_int_equal(pairing_feed(f->p, &event), 0);
}

/* The name of a process is that of its first thread, or of the one that it was forked from. */
static void names(void **state)
{
	struct fixture *f = *state;

	put_comm(f, 100, "vmm");
	FEED(f, 200, 10, PERF_TASK_FORK, [FORK_PARENT] = 100);
	FEED(f, 301, 10, PERF_TASK_FORK, [FORK_PARENT] = 100); /* a thread, of 300 */
	FEED(f, 400, 10, PERF_TASK_FORK, [FORK_PARENT] = 999);
	put_init(f, 101, 1000, 1);
	put_init(f, 200, 1000, 2);
	put_init(f, 301, 1000, 3);
	put_init(f, 400, 1000, 4);
	put_init(f, 500, 1000, 5);
	assert_string_equal(f->of[0].begin.comm, "vmm");
	assert_string_equal(f->of[3].begin.comm, "vmm");
	assert_string_equal(f->of[6].begin.comm, "");
	assert_string_equal(f->of[9].begin.comm, "");
	assert_string_equal(f->of[12].begin.comm, "");
	f->nr = 0;
	put_comm(f, 200, "other");
	put_init(f, 200, 2000, 6);
	assert_string_equal(f->of[0].begin.comm, "other");
}

/* A thread that ends or begins anew is in no ioctl, and has no command under way. */
static void threads_that_end(void **state)
{
	static const uint32_t types[] = { PERF_TASK_EXIT, PERF_TASK_FORK };
	struct fixture *f = *state;

	FEED(f, 700, 5, PERF_TASK_EXIT, 0); /* of whom nothing is known */
	put_init(f, 100, 1000, 5);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		put_enter(f, 101, 2000, UPDATE, 5);
		FEED(f, 101, 2010, PERF_PSP_START, [PSP_CMD] = 1);
		f->nr = 0;
		FEED(f, 101, 2020, types[i], 0);
		put_exit(f, 101, 2030, 5, 0);
		FEED(f, 101, 2040, PERF_PSP_END, [PSP_CMD] = 1);
		assert_int_equal(f->nr, 0);
	}
	/* A name changes nothing of that. */
	put_enter(f, 101, 3000, UPDATE, 5);
	put_comm(f, 101, "renamed");
	put_exit(f, 101, 3010, 5, 0);
	assert_int_equal(last(f)->h.type, SEVTRACE_REC_IOCTL_EXIT);
}

/* Whatever record is refused: the error comes out. */
static void refused_records(void **state)
{
	struct fixture *f = *state;
	static const uint32_t before[] = { PERF_RANGE_START, PERF_RANGE_END, PERF_CMD_EXIT,
					   PERF_ATTR_DONE,   PERF_CMD_ENTER, PERF_TASK_EXIT,
					   PERF_DESTROY_END, PERF_PSP_END,   PERF_POPULATE_STEP };

	put_init(f, 100, 1000, 5);
	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		struct perf_event refused = { .ts = 3000,
					      .tid = 101,
					      .pid = 100,
					      .cpu = 1,
					      .type = before[i],
					      .values = { [STEP_GFN] = 99, [1] = 5 } };

		/* a page is under way that has to be sent before */
		put_enter(f, 101, 2000, UPDATE, 5);
		if (before[i] == PERF_DESTROY_END) {
			put_init(f, 102, 2000, 9);
			FEED(f, 101, 2001, PERF_DESTROY_START, [DESTROY_ASID] = 9);
		}
		if (before[i] == PERF_ATTR_DONE)
			FEED(f, 101, 2005, PERF_ATTR, 0);
		if (before[i] == PERF_PSP_END) {
			refused.values[PSP_DEPTH] = 1;
			refused.values[PSP_CMD] = 3;
			FEED(f, 101, 2006, PERF_PSP_START, [PSP_CMD] = 3, [PSP_DEPTH] = 1);
		}
		FEED(f, 101, 2010, PERF_RANGE_START, [RANGE_GFN] = 16, [RANGE_NPAGES] = 8,
		     [RANGE_PAGE_TYPE] = SEVTRACE_PAGE_NORMAL, [RANGE_PRIVATE] = 1);
		FEED(f, 101, 2020, PERF_POPULATE_STEP, [STEP_GFN] = 16, [STEP_NPAGES] = 1);
		f->nr = 0;
		f->refuse = 1;
		if (pairing_feed(f->p, &refused) != -ENOSPC)
			fail_msg("event %u", before[i]);
		assert_int_equal(f->nr, 0);
		FEED(f, 101, 3010, PERF_TASK_EXIT, 0);
		f->nr = 0;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fields_of_ioctls),
		TEST(launches_of_ioctls),
		TEST(asids_that_change_hands),
		TEST(without_an_asid),
		TEST(fields_of_ranges),
		TEST(numbers_of_steps),
		TEST(stacks),
		TEST(teardowns),
		TEST(attributes),
		TEST(commands),
		TEST(names),
		TEST(threads_that_end),
		TEST(refused_records),
	};

	return cmocka_run_group_tests_name("attribution", tests, NULL, NULL);
}
