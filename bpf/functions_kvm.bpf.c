// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hands the boundaries of KVM's functions to the handlers, on kernels without kernel-patches/:
 * ioctls, regions, teardown and updates of attributes. docs/functions.md says what these tell less
 * than the tracepoints do.
 */
#include "ioctl_range.h"

#include "handle_refused.h"

/* The parameters of KVM_MEMORY_ENCRYPT_OP, struct kvm_sev_cmd of arch/x86/include/uapi/asm/kvm.h */
struct user_sev_cmd {
	u32 id;
	u32 pad;
	u64 data;
	u32 error;
	u32 sev_fd;
};

/* struct kvm_memory_attributes of include/uapi/linux/kvm.h */
struct user_attributes {
	u64 address;
	u64 size;
	u64 attributes;
	u64 flags;
};

/* Numbers of ioctls, include/uapi/linux/kvm.h */
#define IOCTL_CREATE_VM 0xae01
#define IOCTL_SET_USER_MEMORY_REGION 0x4020ae46
#define IOCTL_SET_USER_MEMORY_REGION2 0x40a0ae49
#define IOCTL_SET_MEMORY_ATTRIBUTES 0x4020aed2

/*
 * Where another tracer comes to a function or goes, the kernel calls no program at the end of calls
 * that are under way. The thread's next ioctl shows it.
 */
static __always_inline void end_unseen(struct call *c)
{
	if (c->in_ioctl || c->attr_kvm)
		count_loss(SEVTRACE_LOSS_MISSED);
	c->in_ioctl = false;
	c->attr_kvm = 0;
}

/*
 * Prepares what is remembered of the thread for an ioctl. Nothing is left of an ioctl before it, so
 * the struct is made anew but for the thread's PSP commands and attributes.
 */
static __always_inline void call_begin(struct kvm *kvm, u64 argp, u64 data)
{
	struct thread *t = thread_in_launch();
	struct call *c;

	if (!t || !t->in_ioctl)
		return;
	c = call_of(t);
	end_unseen(c);
	c->argp = argp;
	c->data = data;
	c->kvm = kvm;
	c->in_ioctl = true;
	c->was_range = false;
	c->in_range = false;
	c->failed = false;
	c->populating = false;
	c->in_post = false;
	c->release = false;
	c->in_pin = false;
	c->run_open = false;
	c->in_vmsa = false;
	c->unflushed = false;
	c->first_pfn = SEVTRACE_NO_FRAME;
	c->pins[0].pages = 0;
	c->pins[1].pages = 0;
	/* The ioctl begins here, behind what this program itself took. */
	thread_ioctl_mark(t, now());
}

IOCTL_ENTRY(sev_mem_enc_ioctl)
{
	struct kvm *kvm = (struct kvm *)func_arg(ctx, 0);
	u64 argp = func_arg(ctx, 1);
	struct user_sev_cmd cmd;

	if (!argp)
		return;
	if (bpf_probe_read_user(&cmd, sizeof(cmd), (void *)argp)) {
		if (launch_get(kvm))
			count_loss(SEVTRACE_LOSS_PARAMETERS);
		return;
	}
	handle_ioctl_enter(kvm, cmd.id, 0, 0);
	call_begin(kvm, argp, cmd.data);
}

static __noinline int ioctl_exit(void *ctx, struct kvm *kvm, s32 ret, u32 error)
{
	handle_ioctl_exit(ctx, kvm, ret, error);
	return 0;
}

IOCTL_EXIT(sev_mem_enc_ioctl)
{
	struct kvm *kvm = (struct kvm *)func_arg(ctx, 0);
	u64 argp = func_arg(ctx, 1);
	s32 ret = (s32)func_ret(ctx);
	struct call *c = call_in_ioctl();
	u32 error = 0;

	if (!c)
		return;
	ioctl_range_exit(ctx, c, ret);
	c->in_ioctl = false;
	bpf_probe_read_user(&error, sizeof(error),
			    (void *)(argp + offsetof(struct user_sev_cmd, error)));
	ioctl_exit(ctx, kvm, ret, error);
}

static __always_inline void region_enter(void *ctx, u32 ioctl)
{
	struct kvm *kvm = (struct kvm *)func_arg(ctx, 0);
	struct kvm_enc_region *range = (struct kvm_enc_region *)func_arg(ctx, 1);

	handle_ioctl_enter(kvm, ioctl, BPF_CORE_READ(range, addr), BPF_CORE_READ(range, size));
	call_begin(kvm, 0, 0);
}

static __always_inline void region_exit(void *ctx)
{
	struct call *c = call_in_ioctl();

	if (!c)
		return;
	c->in_ioctl = false;
	ioctl_exit(ctx, (struct kvm *)func_arg(ctx, 0), (s32)func_ret(ctx), 0);
}

IOCTL_ENTRY(sev_mem_enc_register_region)
{
	region_enter(ctx, SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION);
}

IOCTL_EXIT(sev_mem_enc_register_region)
{
	region_exit(ctx);
}

IOCTL_ENTRY(sev_mem_enc_unregister_region)
{
	region_enter(ctx, SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION);
}

IOCTL_EXIT(sev_mem_enc_unregister_region)
{
	region_exit(ctx);
}

/* On a preemptible kernel. They are called last. */
static __always_inline int wake(void)
{
	void *nothing = wake_wanted ? bpf_ringbuf_reserve(&records, sizeof(u64), 0) : NULL;

	if (!nothing)
		return 0;
	wake_wanted = false;
	bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
	return 0;
}

#define WAKES(function)                      \
	SEC("fentry/" #function)             \
	int wake_enter_##function(void *ctx) \
	{                                    \
		return wake();               \
	}                                    \
	SEC("fexit/" #function)              \
	int wake_exit_##function(void *ctx)  \
	{                                    \
		return wake();               \
	}

WAKES(sev_mem_enc_ioctl)
WAKES(sev_mem_enc_register_region)
WAKES(sev_mem_enc_unregister_region)

/* KVM calls this for every VM, also for those that are not encrypted. */
ENTRY(sev_vm_destroy)
{
	struct kvm *kvm = (struct kvm *)func_arg(ctx, 0);

	if (launch_get(kvm) && sev_active(kvm))
		handle_destroy_start(kvm);
}

EXIT(sev_vm_destroy)
{
	struct kvm *kvm = (struct kvm *)func_arg(ctx, 0);
	struct sevtrace_launch *launch = launch_get(kvm);

	if (launch && launch->destroy_start)
		handle_destroy_end(kvm);
}

/*
 * Two ways to see a call of kvm_vm_ioctl(). A weak function that was replaced lies behind it in
 * many builds: in some boots, the kernel attaches fentry to that one, and it never fires. A kprobe
 * is left out while its CPU is in another kprobe's program, or in a system call on a map.
 */
enum {
	BY_FENTRY = 1,
	BY_KPROBE = 2,
};

/* Returns the number of an ioctl that sets a memory slot, or SEVTRACE_NO_IOCTL. */
static __always_inline u32 slot_ioctl(u32 ioctl)
{
	if (ioctl == IOCTL_SET_USER_MEMORY_REGION)
		return SEVTRACE_KVM_SET_USER_MEMORY_REGION;
	if (ioctl == IOCTL_SET_USER_MEMORY_REGION2)
		return SEVTRACE_KVM_SET_USER_MEMORY_REGION2;
	return SEVTRACE_NO_IOCTL;
}

/*
 * A VM of KVM's default type is no guest of SEV before its INIT, so its slots do not count. The
 * thread's state tells of no slot whose end was not seen.
 */
static __always_inline void slot_enter(struct kvm *kvm, u32 ioctl)
{
	bool counts = ioctl != SEVTRACE_NO_IOCTL && is_sev_type(vm_type_of(kvm, ioctl)) &&
		      is_tracked(bpf_get_current_pid_tgid() >> 32);
	struct thread *t = counts ? thread_make() : thread_get();

	if (!t)
		return;
	call_of(t)->made_by = counts ? ioctl : 0;
	call_of(t)->made_in = (u64)kvm;
	call_of(t)->made_start = now();
}

static __always_inline void attributes_enter(struct kvm *kvm, u64 argp, u8 by)
{
	struct user_attributes user = {};
	struct thread *t = thread_get();
	struct call *c;

	if (t && call_of(t)->attr_kvm && !(call_of(t)->attr_seen & by)) {
		call_of(t)->attr_seen |= by;
		return;
	}
	if (kvm_by_functions)
		handle_attributes_start();
	else if (!t && is_tracked(bpf_get_current_pid_tgid() >> 32))
		thread_make();
	t = thread_get();
	if (!t || (kvm_by_functions && !t->in_attr))
		return;
	c = call_of(t);
	end_unseen(c);
	c->attr_seen = by;
	c->attr_start = SEVTRACE_NO_FRAME;
	c->attr_end = SEVTRACE_NO_FRAME;
	c->attributes = 0;
	if (!bpf_probe_read_user(&user, sizeof(user), (void *)argp)) {
		c->attr_start = user.address >> PAGE_SHIFT;
		c->attr_end = (user.address + user.size) >> PAGE_SHIFT;
		c->attributes = user.attributes;
	}
	c->attr_kvm = (u64)kvm;
	c->attr_entered = now();
	if (kvm_by_functions)
		thread_attr_mark(t, c->attr_entered);
}

static __always_inline void vm_ioctl_enter(struct file *filp, u32 ioctl, u64 argp, u8 by)
{
	struct kvm *kvm = BPF_CORE_READ(filp, private_data);

	slot_enter(kvm, slot_ioctl(ioctl));
	if (ioctl == IOCTL_SET_MEMORY_ATTRIBUTES)
		attributes_enter(kvm, argp, by);
}

static __always_inline void attributes_exit(struct thread *t, s32 ret)
{
	struct call *c = call_of(t);

	/* Tracepoints tell of an update as soon as KVM has taken it. */
	if (!kvm_by_functions) {
		if (!ret || t->attr_start >= c->attr_entered)
			goto out;
		thread_attr_mark(t, c->attr_entered);
	}
	handle_attributes_done((struct kvm *)c->attr_kvm, c->attr_start, c->attr_end, c->attributes,
			       ret);
out:
	c->attr_kvm = 0;
}

static __noinline int slot_refused(void *ctx, struct kvm *kvm, u32 ioctl, s32 ret)
{
	handle_slot_refused(ctx, kvm, ioctl, ret);
	return 0;
}

static __always_inline void vm_ioctl_exit(void *ctx, s32 ret)
{
	struct thread *t = thread_get();
	u32 ioctl;

	if (!t)
		return;
	ioctl = call_of(t)->made_by;
	call_of(t)->made_by = 0;
	if (ioctl && ret < 0)
		slot_refused(ctx, (struct kvm *)call_of(t)->made_in, ioctl, ret);
	else if (call_of(t)->attr_kvm)
		attributes_exit(t, ret);
}

ENTRY(kvm_vm_ioctl)
{
	vm_ioctl_enter((struct file *)func_arg(ctx, 0), (u32)func_arg(ctx, 1), func_arg(ctx, 2),
		       BY_FENTRY);
}

EXIT(kvm_vm_ioctl)
{
	vm_ioctl_exit(ctx, (s32)func_ret(ctx));
}

SEC("kprobe")
int probe_kvm_vm_ioctl(struct pt_regs *ctx)
{
	vm_ioctl_enter((struct file *)ctx->di, (u32)ctx->si, ctx->dx, BY_KPROBE);
	return 0;
}

SEC("kretprobe")
int return_kvm_vm_ioctl(struct pt_regs *ctx)
{
	vm_ioctl_exit(ctx, (s32)ctx->ax);
	return 0;
}

static __noinline int creation_refused(void *ctx, u64 type, s32 ret)
{
	struct thread *t = thread_get();

	if (t)
		handle_creation_refused(ctx, t, type, ret);
	return 0;
}

static __always_inline bool makes_sev_vm(u32 ioctl, u64 type)
{
	return ioctl == IOCTL_CREATE_VM && is_sev_type(type) &&
	       is_tracked(bpf_get_current_pid_tgid() >> 32);
}

/* The call is an event only if it is refused, so a state that cannot be made yet is no loss. */
ENTRY(kvm_dev_ioctl)
{
	struct thread *t;

	if (!makes_sev_vm(func_arg(ctx, 1), func_arg(ctx, 2)))
		return;
	t = thread_try();
	if (!t)
		return;
	call_of(t)->made_by = SEVTRACE_KVM_CREATE_VM;
	call_of(t)->made_start = now();
}

EXIT(kvm_dev_ioctl)
{
	s32 ret = (s32)func_ret(ctx);
	struct thread *t;

	if (!makes_sev_vm(func_arg(ctx, 1), func_arg(ctx, 2)))
		return;
	t = ret < 0 ? thread_make() : thread_get();
	if (!t)
		return;
	if (call_of(t)->made_by != SEVTRACE_KVM_CREATE_VM)
		call_of(t)->made_start = now();
	call_of(t)->made_by = 0;
	if (ret < 0)
		creation_refused(ctx, func_arg(ctx, 2), ret);
}
