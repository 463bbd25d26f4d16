// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collector's work for the events of a page, on a system call that any kernel has: what an
 * event costs on real hardware can be measured without a SEV host.
 */
#include "../call.h"

char LICENSE[] SEC("license") = "GPL";

enum bench {
	BENCH_NOTHING, /* the program returns at once */
	BENCH_SET_UP, /* the thread works on this launch from now on */
	BENCH_HIST, /* one sample */
	BENCH_STEP, /* a step, with sample and record of its own, if the thread works on a launch */
	BENCH_MANY, /* MANY records of pages, for the recorder to keep up with */
	BENCH_PAGE, /* the next event of a page */
	BENCH_FUNCTIONS, /* the next boundary of a function that a page passes */
};

#define MANY 64

__u32 bench = BENCH_NOTHING;
const volatile long syscall_number = 0;
__u64 made = 0;
__u32 launch = 0;
__u32 event = 0;

#define CMD SEVTRACE_CMD_SNP_LAUNCH_UPDATE

static __always_inline void one_step(void *ctx, u8 number)
{
	struct step s = { .gfn = made, .pfn = made, .npages = 1, .step = number };

	handle_step(ctx, thread_get(), &s);
}

/* The twelve events of a page of an SNP launch, one a call. */
static __always_inline void page_event(void *ctx)
{
	struct psp_result result = command_result(0, true, true, 0, 0);

	switch (event++) {
	case 0:
		one_step(ctx, SEVTRACE_STEP_GET_PAGE);
		break;
	case 1:
		one_step(ctx, SEVTRACE_STEP_CHECK_ATTRS);
		break;
	case 2:
		one_step(ctx, SEVTRACE_STEP_RMP_LOOKUP);
		break;
	case 3:
		one_step(ctx, SEVTRACE_STEP_COPY);
		break;
	case 4:
		one_step(ctx, SEVTRACE_STEP_RMP_UPDATE);
		break;
	case 5:
		handle_psp_wait(psp_thread());
		break;
	case 6:
		handle_psp_start(psp_thread(), CMD, 0);
		break;
	case 7:
		handle_psp_issue(thread_get(), 0);
		break;
	case 8:
		handle_psp_complete(thread_get(), 0, false, 0, 0);
		break;
	case 9:
		handle_psp_end(thread_get(), &result);
		break;
	case 10:
		one_step(ctx, SEVTRACE_STEP_PSP);
		break;
	default:
		one_step(ctx, SEVTRACE_STEP_RELEASE);
		made++;
		event = 0;
	}
}

static __always_inline void command_begins(void)
{
	struct thread *t = psp_thread();

	if (!t)
		return;
	*reply_of(t, 0) = (struct reply){ 0 };
	handle_psp_start(t, CMD, 0);
}

static __always_inline void command_ends(void)
{
	struct thread *t = thread_get();
	struct psp_result result;

	if (!t)
		return;
	result = command_result(0, true, true, reply_of(t, 0)->status, 0);
	handle_psp_end(t, &result);
}

static __always_inline void function_step(void *ctx, u8 number)
{
	struct call *c = call_in_ioctl();
	struct step s = { .gfn = made, .pfn = made, .npages = 1, .step = number };

	if (c)
		call_step(ctx, c, &s);
}

/*
 * The fifteen boundaries of functions that a page of an SNP launch passes on Linux 6.12, one a
 * call, with what the programs of functions_page.bpf.c and functions_psp.bpf.c do there; and a last
 * one, at which nothing happens.
 */
static __always_inline void function_event(void *ctx)
{
	struct thread *t;
	struct call *c;

	switch (event++) {
	case 0: /* __kvm_gmem_get_pfn begins, the page before is released */
		function_step(ctx, SEVTRACE_STEP_RELEASE);
		break;
	case 1: /* __kvm_gmem_get_pfn */
		function_step(ctx, SEVTRACE_STEP_GET_PAGE);
		break;
	case 2: /* kvm_range_has_memory_attributes begins */
		t = thread_get();
		if (t)
			call_of(t)->got = true;
		break;
	case 3: /* kvm_range_has_memory_attributes */
		function_step(ctx, SEVTRACE_STEP_CHECK_ATTRS);
		break;
	case 4: /* sev_gmem_post_populate begins */
	case 14: /* sev_gmem_post_populate */
		c = call_in_ioctl();
		if (c)
			c->page_gfn = made;
		break;
	case 5: /* snp_lookup_rmpentry */
		function_step(ctx, SEVTRACE_STEP_RMP_LOOKUP);
		break;
	case 6: /* rmp_make_private begins */
		function_step(ctx, SEVTRACE_STEP_COPY);
		break;
	case 7: /* rmp_make_private */
		function_step(ctx, SEVTRACE_STEP_RMP_UPDATE);
		break;
	case 8: /* sev_issue_cmd_external_user begins */
		handle_psp_wait(psp_thread());
		break;
	case 9: /* __sev_do_cmd_locked begins */
		command_begins();
		break;
	case 10: /* sev_wait_cmd_ioc begins */
		handle_psp_issue(thread_get(), 0);
		break;
	case 11: /* sev_wait_cmd_ioc */
		handle_psp_complete(thread_get(), 0, false, 0, 0);
		break;
	case 12: /* __sev_do_cmd_locked */
		command_ends();
		break;
	case 13: /* sev_issue_cmd_external_user */
		function_step(ctx, SEVTRACE_STEP_PSP);
		break;
	default:
		made++;
		event = 0;
	}
}

/* Sends pages whose times vary, which is what takes room in a file. */
static __always_inline void many_pages(struct thread *t)
{
	for (int i = 0; i < MANY; i++) {
		u64 ts = now();
		u32 random = bpf_get_prandom_u32();

		t->page.h.ts = ts;
		t->page.gfn = ++made;
		t->page.pfn = made;
		t->page.npages = 1;
		t->page.nr_steps = 7;
		t->page.psp_step = 6;
		t->page.cmd = CMD;
		t->page.asked = t->page.answered = true;
		for (int n = 0; n < 7; n++)
			t->page.ns[n] = 100 + (random >> (4 * n) & 1023);
		t->page.exec = ts - t->mark;
		t->page.wait = random & 255;
		page_flush(t);
		t->mark = ts;
	}
}

static __always_inline int work(void *ctx)
{
	struct step s = { .gfn = 1, .pfn = 2, .npages = 1, .step = SEVTRACE_STEP_COPY };
	struct thread *t;

	if (bench == BENCH_PAGE)
		page_event(ctx);
	if (bench == BENCH_FUNCTIONS)
		function_event(ctx);
	if (bench == BENCH_STEP)
		handle_step(ctx, thread_get(), &s);
	if (bench == BENCH_PAGE || bench == BENCH_FUNCTIONS || bench == BENCH_STEP)
		return 0;
	t = thread_make();
	if (!t)
		return 0;
	switch (bench) {
	case BENCH_SET_UP:
		t->launch = launch;
		t->ioctl = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE;
		t->page_type = SEVTRACE_PAGE_NORMAL;
		t->private_pages = true;
		t->in_range = launch > 1;
		call_of(t)->in_ioctl = true;
		event = 0;
		break;
	case BENCH_HIST:
		hist_add_step(1, 0, s.step, now() - t->mark, s.npages);
		break;
	default:
		many_pages(t);
	}
	t->mark = now();
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(bench_event, struct pt_regs *regs, long id)
{
	return id == syscall_number && bench != BENCH_NOTHING ? work(ctx) : 0;
}

/* A second event in the same system call, for a page only. */
SEC("tp_btf/sys_exit")
int BPF_PROG(bench_second, struct pt_regs *regs, long ret)
{
	if (!regs || (long)regs->orig_ax != syscall_number)
		return 0;
	if (bench == BENCH_PAGE)
		page_event(ctx);
	if (bench == BENCH_FUNCTIONS)
		function_event(ctx);
	return 0;
}
