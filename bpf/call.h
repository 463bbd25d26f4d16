/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs on kernel functions remember of a thread, beside struct thread: where it is
 * within an ioctl. The tracepoints of kernel-patches/ carry all that an event needs; a function's
 * boundary does not, so earlier boundaries leave it here.
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

/* How far a page of guest_memfd has come within sev_gmem_post_populate(). */
enum page_progress {
	PAGE_BEGUN,
	PAGE_LOOKED_UP, /* its RMP entry is that of a shared page */
	PAGE_COPIED,
	PAGE_GIVEN, /* to the guest, in the RMP */
	PAGE_COMMANDED, /* the PSP has been asked, or refused */
};

/* Pages that are pinned: sev_dbg_crypt() pins two ranges at once. */
#define MAX_PINS 2
struct pin {
	u64 pages; /* kernel address of the array of pages; 0: none */
	u64 uaddr;
};

/* What a PSP command has got from the device. */
struct reply {
	u32 status;
	bool asked;
	bool answered;
};

struct call {
	u64 argp; /* user address of KVM_MEMORY_ENCRYPT_OP's struct kvm_sev_cmd */
	u64 data; /* user address of the command's own parameters */
	struct kvm *kvm;

	/* The range under way. */
	u64 gfn; /* its first frame */
	u64 uaddr;
	u64 npages;
	u64 done;
	u64 limit; /* pages that are within the memslot */

	/* The page under way, or the next one. */
	u64 page_gfn;
	u64 page_pfn;
	u64 src;

	/* Encryption in place: a run of contiguous pages. */
	u64 run_first; /* index within the range */
	u64 run_pages;
	u64 first_pfn; /* of the range */
	u64 pin_uaddr;
	u64 pin_len;
	struct pin pins[MAX_PINS];

	/* KVM_SET_MEMORY_ATTRIBUTES. */
	u64 attr_kvm; /* address of the VM; 0: the thread is not in it */
	u64 attr_start;
	u64 attr_end;
	u64 attributes;
	u8 attr_seen; /* by which programs its beginning was, see functions_kvm.bpf.c */

	s32 page_ret;
	s32 vmsa_ret;
	u8 progress; /* enum page_progress */
	bool in_ioctl;
	bool in_range;
	bool was_range; /* the ioctl had a range */
	bool failed; /* a step of the range has failed */
	bool populating; /* in kvm_gmem_populate() */
	bool source_failed; /* the page's source cannot be read */
	bool got; /* the page has been got, and the step recorded */
	bool returned; /* __kvm_gmem_get_pfn() has returned a page */
	bool in_post; /* in sev_gmem_post_populate() */
	bool release; /* the page is about to be released */
	bool in_pin; /* in sev_pin_memory() */
	bool run_open; /* a run whose command has not been seen */
	bool in_vmsa; /* between sev_es_sync_vmsa() and the end of the vCPU's VMSA */
	struct reply replies[PSP_DEPTHS]; /* by depth of the PSP command */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls __weak SEC(".maps");

/* Returns what is remembered of the current thread, or NULL. */
static __always_inline struct call *call_get(void)
{
	return bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL, 0);
}

static __always_inline struct call *call_make(void)
{
	struct call *c = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL,
					      BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!c)
		count_loss(SEVTRACE_LOSS_THREAD);
	return c;
}

/* Returns what is remembered of the current thread if it is in an ioctl of a traced launch. */
static __always_inline struct call *call_in_ioctl(void)
{
	struct call *c = call_get();

	return c && c->in_ioctl ? c : NULL;
}

static __always_inline struct reply *reply_of(struct call *c, u32 depth)
{
	/* without it, the compiler drops the mask, and the verifier does not know the limit */
	barrier_var(depth);
	return &c->replies[depth & (PSP_DEPTHS - 1)];
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
	handle_step(ctx, step);
	return 0;
}

static __always_inline void step(void *ctx, struct call *c, u8 id, u64 gfn, u64 pfn, u64 npages,
				 s32 ret)
{
	struct step s = { .gfn = gfn, .pfn = pfn, .npages = npages, .ret = ret, .step = id };

	call_step(ctx, c, &s);
}

/*
 * The kernel leaves a program out while the same one is under way on that CPU: on a preemptible
 * kernel, as long as the thread that runs it is preempted. So each hook has a spare program that
 * does the same, unless it finds that one before it has. Hooks of ioctls have one more, as many
 * launches begin at the same time, and their programs take long. The kernel calls the program first
 * that was attached last.
 */
static __always_inline void hook_end(void)
{
	struct thread *t = preemptible ? thread_get() : NULL;

	if (t)
		t->hook_done = true;
}

/*
 * Tells a spare whether the hook's work is done. Without a thread's state it is, or there was
 * nothing to do, which the spare finds again. last: this is the last program of the hook.
 */
static __always_inline bool hook_is_done(bool last)
{
	struct thread *t = thread_get();

	if (!t || !t->hook_done)
		return false;
	if (last)
		t->hook_done = false;
	return true;
}

static __always_inline void hook_end_spare(bool last)
{
	struct sevtrace_counters *c = cpu_counters();
	struct thread *t = thread_get();

	if (!t || !c)
		return;
	t->hook_done = !last;
	__sync_fetch_and_add(&c->spared, 1);
}

#define SPARE(section, prefix, program, last) \
	SEC(section)                          \
	int prefix##program(void *ctx)        \
	{                                     \
		if (hook_is_done(last))       \
			return 0;             \
		do_##program(ctx);            \
		hook_end_spare(last);         \
		return 0;                     \
	}

#define HOOK(section, program)                               \
	static __always_inline void do_##program(void *ctx); \
	SEC(section)                                         \
	int program(void *ctx)                               \
	{                                                    \
		do_##program(ctx);                           \
		hook_end();                                  \
		return 0;                                    \
	}                                                    \
	SPARE(section, spare_, program, true)                \
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
