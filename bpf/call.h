/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs on kernel functions do with struct call, which tells where a thread is within
 * an ioctl.
 */
#ifndef BPF_CALL_H
#define BPF_CALL_H

/* The program, its subprogram that calls a handler, and the trampoline: see stack.h. */
#define OWN_FRAMES 3

#include "handle_attributes.h"
#include "handle_ioctl.h"
#include "handle_page.h"
#include "handle_psp.h"
#include "memslot.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define MAX_ERRNO 4095

/* Frame of INITIAL_VMSA_GPA, arch/x86/kvm/svm/sev.c: where the firmware maps a vCPU's VMSA. */
#define VMSA_GFN 0xfffffffffULL

/*
 * Bits of a physical address in a command of the PSP. Above them is the C-bit, 47 or 51; no host
 * has memory there.
 */
#define ADDRESS_BITS 47

/* Programs of functions take the place of tracepoints of kvm and kvm_amd, or of ccp. */
const volatile bool kvm_by_functions __weak = false;
const volatile bool ccp_by_functions __weak = false;
/* The collector sets these when the hook is attached: inference rests on its silence. */
volatile bool hooked_get_pfn __weak;
volatile bool hooked_wait_cmd __weak;

/* What is remembered of a thread, and the other way round. */
static __always_inline struct call *call_of(struct thread *t)
{
	return &container_of(t, struct task_state, thread)->call;
}

static __always_inline struct thread *thread_of(struct call *c)
{
	return &container_of(c, struct task_state, call)->thread;
}

/* Returns what is remembered of the current thread if it is in an ioctl of a traced launch. */
static __always_inline struct call *call_in_ioctl(void)
{
	struct thread *t = thread_get();

	return t && call_of(t)->in_ioctl ? call_of(t) : NULL;
}

/* Returns what the thread's PSP command at this depth has got. */
static __always_inline struct reply *reply_of(struct thread *t, u32 depth)
{
	/* without it, the compiler drops the mask, and the verifier does not know the limit */
	barrier_var(depth);
	return &call_of(t)->replies[depth & (PSP_DEPTHS - 1)];
}

static __always_inline u64 func_arg(void *ctx, u32 n)
{
	u64 value = 0;

	bpf_get_func_arg(ctx, n, &value);
	return value;
}

static __always_inline u64 func_ret(void *ctx)
{
	u64 value = 0;

	bpf_get_func_ret(ctx, &value);
	return value;
}

/* Returns the negative errno that a pointer encodes, or 0. */
static __always_inline s32 pointer_errno(u64 pointer)
{
	return pointer >= (u64)-MAX_ERRNO ? (s32)pointer : 0;
}

/* Returns the number of pages that len bytes at uaddr touch. */
static __always_inline u64 pages_of(u64 uaddr, u64 len)
{
	return ((uaddr & (PAGE_SIZE - 1)) + len + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/*
 * Records a step of the thread's range. A subprogram: the verifier checks it at each call, but the
 * code is there once in each program.
 */
static __noinline int call_step(void *ctx, struct call *c, const struct step *step)
{
	if (step->ret)
		c->failed = true;
	handle_step(ctx, thread_of(c), step);
	return 0;
}

static __always_inline void step(void *ctx, struct call *c, u8 id, u64 gfn, u64 pfn, u64 npages,
				 s32 ret)
{
	struct step s = { .gfn = gfn, .pfn = pfn, .npages = npages, .ret = ret, .step = id };

	call_step(ctx, c, &s);
}

/* Records a step that no function told of. */
static __always_inline void inferred_step(void *ctx, struct call *c, u8 id, u64 gfn, u64 pfn,
					  u64 npages, s32 ret)
{
	struct step s = { .gfn = gfn,
			  .pfn = pfn,
			  .npages = npages,
			  .ret = ret,
			  .step = id,
			  .marks = SEVTRACE_MARK_INFERRED };

	call_step(ctx, c, &s);
}

static __noinline int flush_step(void *ctx, u64 gfn, u64 npages, bool skipped)
{
	handle_clflush(ctx, gfn, npages, skipped);
	return 0;
}

/* The VMSA of a SEV-ES vCPU is flushed always, coherent or not. Its command begins then. */
static __always_inline void vmsa_flushed(void *ctx, struct call *c)
{
	c->unflushed = false;
	flush_step(ctx, VMSA_GFN, 1, false);
}

/*
 * The kernel leaves a program out while the same one is under way on that CPU: on a preemptible
 * kernel, as long as the thread that runs it is preempted. So each hook has a spare program that
 * does the same, unless it finds that one before it has. Hooks of ioctls have one more, as many
 * launches begin at the same time, and their programs take long. The kernel calls the program first
 * that was attached last. A call is lost, and counted, where all of them are under way as its
 * thread gets there: by more threads than there are programs, or by one that goes from the first to
 * the spare while this thread does.
 *
 * This tells hooks apart. section: that of the hook's programs, fentry/... or fexit/...; functions
 * stand at even addresses.
 */
static __always_inline u64 hook_id(void *ctx, const char *section)
{
	return bpf_get_func_ip(ctx) + (section[2] == 'x');
}

static __always_inline void hook_end(void *ctx, const char *section)
{
	struct thread *t = preemptible ? thread_get() : NULL;

	if (t)
		t->hook_done = hook_id(ctx, section);
}

/*
 * Tells a spare whether the hook's work is done. Without a thread's state it is, or there was
 * nothing to do, which the spare finds again. Of another hook's work, the spare that was to clear
 * it was left out. last: this is the last program of the hook.
 */
static __always_inline bool hook_is_done(void *ctx, const char *section, bool last)
{
	struct thread *t = thread_get();

	if (!t || t->hook_done != hook_id(ctx, section))
		return false;
	if (last)
		t->hook_done = 0;
	return true;
}

static __always_inline void hook_end_spare(void *ctx, const char *section, bool last)
{
	struct sevtrace_counters *c = cpu_counters();
	struct thread *t = thread_get();

	if (!t || !c)
		return;
	t->hook_done = last ? 0 : hook_id(ctx, section);
	__sync_fetch_and_add(&c->spared, 1);
}

#define SPARE(section, prefix, program, last)         \
	SEC(section)                                  \
	int prefix##program(void *ctx)                \
	{                                             \
		if (hook_is_done(ctx, section, last)) \
			return 0;                     \
		do_##program(ctx);                    \
		hook_end_spare(ctx, section, last);   \
		return 0;                             \
	}

/* The spare stands first: libbpf attaches programs in their order, where hooks.c does not. */
#define HOOK(section, program)                               \
	static __always_inline void do_##program(void *ctx); \
	SPARE(section, spare_, program, true)                \
	SEC(section)                                         \
	int program(void *ctx)                               \
	{                                                    \
		do_##program(ctx);                           \
		hook_end(ctx, section);                      \
		return 0;                                    \
	}                                                    \
	static __always_inline void do_##program(void *ctx)

/* FUNCTION's programs: enter_FUNCTION and exit_FUNCTION, and their spares. */
#define ENTRY(function) HOOK("fentry/" #function, enter_##function)
#define EXIT(function) HOOK("fexit/" #function, exit_##function)

/* The same with one spare more. */
#define EXTRA(section, program)                              \
	static __always_inline void do_##program(void *ctx); \
	SPARE(section, extra_, program, false)
#define IOCTL_ENTRY(function)                        \
	EXTRA("fentry/" #function, enter_##function) \
	ENTRY(function)
#define IOCTL_EXIT(function)                       \
	EXTRA("fexit/" #function, exit_##function) \
	EXIT(function)

#endif /* BPF_CALL_H */
