// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>
#include <stdio.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>

#include "scenario.h"

#define US 1000ULL
#define MS 1000000ULL

void scenario_begin(struct scenario *s, scenario_sink sink, void *ctx)
{
	*s = (struct scenario){ .sink = sink, .ctx = ctx, .now = 1000 * MS };
}

static void put(struct scenario *s, union sevtrace_record *rec, uint16_t type, size_t size)
{
	int err;

	rec->h.ts = s->now;
	rec->h.launch = s->launch;
	rec->h.tid = s->tid;
	rec->h.type = type;
	rec->h.size = (uint16_t)size;
	rec->h.cpu = s->tid & 1;
	s->records++;
	err = s->sink(s->ctx, rec);
	if (err && !s->error)
		s->error = err;
}

void put_launch(struct scenario *s, uint32_t number, uint32_t tid, const char *comm,
		uint8_t vm_type)
{
	union sevtrace_record rec = { .launch_begin = { .pid = tid, .vm_type = vm_type } };

	s->launch = number;
	s->tid = tid;
	snprintf(rec.launch_begin.comm, sizeof(rec.launch_begin.comm), "%s", comm);
	put(s, &rec, SEVTRACE_REC_LAUNCH_BEGIN, sizeof(rec.launch_begin));
}

void put_name(struct scenario *s, enum sevtrace_name kind, const char *name)
{
	union sevtrace_record rec = { .name = { .kind = (uint8_t)kind } };

	snprintf(rec.name.text, sizeof(rec.name.text), "%s", name);
	put(s, &rec, SEVTRACE_REC_NAME, sizeof(rec.name));
}

void put_enter(struct scenario *s, uint32_t ioctl)
{
	union sevtrace_record rec = { .ioctl_enter = { .ioctl = ioctl } };

	s->ioctl = ioctl;
	s->ioctl_start = s->now;
	put(s, &rec, SEVTRACE_REC_IOCTL_ENTER, sizeof(rec.ioctl_enter));
}

void put_exit(struct scenario *s, int32_t ret, uint32_t fw_error, uint32_t asid, uint8_t vm_type)
{
	union sevtrace_record rec = { .ioctl_exit = { .ioctl = s->ioctl,
						      .ret = ret,
						      .fw_error = fw_error,
						      .asid = asid,
						      .vm_type = vm_type,
						      .psp_asked = 1,
						      .psp_answered = 1 } };

	s->now += US;
	rec.ioctl_exit.duration = s->now - s->ioctl_start;
	put(s, &rec, SEVTRACE_REC_IOCTL_EXIT, sizeof(rec.ioctl_exit));
	s->now += US;
}

void put_range(struct scenario *s, uint64_t gfn, uint64_t uaddr, uint64_t npages, uint8_t type,
	       bool private_pages)
{
	union sevtrace_record rec = { .range_start = { .gfn = gfn,
						       .uaddr = uaddr,
						       .npages = npages,
						       .slot = gfn == SEVTRACE_NO_FRAME ? -1 : 0,
						       .page_type = type,
						       .private_pages = private_pages } };

	s->range_start = s->now;
	put(s, &rec, SEVTRACE_REC_RANGE_START, sizeof(rec.range_start));
	s->range = rec.range_start;
}

void put_range_end(struct scenario *s, uint64_t done, int32_t ret)
{
	union sevtrace_record rec = { .range_end = { .duration = s->now - s->range_start,
						     .gfn = s->range.gfn,
						     .uaddr = s->range.uaddr,
						     .npages = s->range.npages,
						     .done = done,
						     .ret = ret,
						     .page_type = s->range.page_type,
						     .private_pages = s->range.private_pages } };

	put(s, &rec, SEVTRACE_REC_RANGE_END, sizeof(rec.range_end));
}

void put_step(struct scenario *s, uint8_t step, uint64_t gfn, uint32_t npages, int32_t ret,
	      uint64_t duration)
{
	union sevtrace_record rec = { .step = { .duration = duration,
						.gfn = gfn,
						.pfn = gfn == SEVTRACE_NO_FRAME ? gfn :
										  gfn + 0x10000,
						.npages = npages,
						.ret = ret,
						.step = step,
						.page_type = s->range.page_type,
						.private_pages = s->range.private_pages,
						.ioctl = s->ioctl } };

	/* The command's own record has already moved the clock. */
	if (step != SEVTRACE_STEP_PSP)
		s->now += duration;
	put(s, &rec, SEVTRACE_REC_STEP, sizeof(rec.step));
}

void put_skipped_flush(struct scenario *s, uint64_t gfn, uint32_t npages)
{
	union sevtrace_record rec = { .step = { .gfn = gfn,
						.pfn = SEVTRACE_NO_FRAME,
						.npages = npages,
						.step = SEVTRACE_STEP_CLFLUSH,
						.marks = SEVTRACE_MARK_SKIPPED,
						.ioctl = s->ioctl } };

	put(s, &rec, SEVTRACE_REC_STEP, sizeof(rec.step));
}

static void put_psp_record(struct scenario *s, struct sevtrace_rec_psp *psp)
{
	union sevtrace_record rec = { .psp = *psp };

	put(s, &rec, SEVTRACE_REC_PSP, sizeof(rec.psp));
}

void put_psp(struct scenario *s, uint32_t cmd, uint64_t wait, uint64_t exec, uint32_t status)
{
	struct sevtrace_rec_psp psp = { .wait = wait,
					.prep = US,
					.exec = exec,
					.reclaim = US,
					.cmd = cmd,
					.status = status,
					.ret = status ? -EIO : 0,
					.asked = 1,
					.answered = 1 };

	s->now += wait + exec + 2 * US;
	put_psp_record(s, &psp);
}

void put_psp_nested(struct scenario *s, uint32_t cmd, uint64_t exec)
{
	struct sevtrace_rec_psp psp = {
		.exec = exec, .cmd = cmd, .depth = 1, .asked = 1, .answered = 1
	};

	s->now += exec;
	put_psp_record(s, &psp);
}

/* Puts a command without an answer, or one that the PSP was not asked. */
void put_psp_silent(struct scenario *s, uint32_t cmd, uint64_t exec, bool asked)
{
	struct sevtrace_rec_psp psp = {
		.exec = exec, .cmd = cmd, .ret = asked ? -ETIMEDOUT : -EBUSY, .asked = asked
	};

	s->now += exec;
	put_psp_record(s, &psp);
}

void put_stack(struct scenario *s, uint32_t pid)
{
	union sevtrace_record rec = {
		.stack = { .kernel = { 0xffffffffc0001000, 0xffffffffc0002000 },
			   .user = { 0x7f0000001000, 0x555500002000, 0x555500003000 },
			   .pid = pid }
	};

	put(s, &rec, SEVTRACE_REC_STACK, sizeof(rec.stack));
}

void put_attributes(struct scenario *s, uint64_t start, uint64_t end, int32_t ret, uint64_t wait,
		    uint64_t duration)
{
	union sevtrace_record rec = { .attr = { .duration = duration,
						.wait = wait,
						.start = start,
						.end = end,
						.attributes = 8,
						.ret = ret } };

	s->now += duration;
	put(s, &rec, SEVTRACE_REC_ATTR, sizeof(rec.attr));
}

void put_end(struct scenario *s, uint64_t duration)
{
	union sevtrace_record rec = { .launch_end = { .duration = duration, .destroyed = 1 } };

	s->now += duration;
	put(s, &rec, SEVTRACE_REC_LAUNCH_END, sizeof(rec.launch_end));
}

/* Puts an ioctl that only issues one PSP command. */
void put_simple(struct scenario *s, uint32_t ioctl, uint32_t cmd, uint64_t exec, uint32_t asid,
		uint8_t vm_type)
{
	put_enter(s, ioctl);
	if (cmd)
		put_psp(s, cmd, US, exec, 0);
	put_exit(s, 0, 0, asid, vm_type);
}
