/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles ioctls that KVM refuses and that no event of SEV tells of: the creation of a VM, and its
 * memory slots. Each is recorded as an ioctl with its beginning and its end.
 */
#ifndef BPF_HANDLE_REFUSED_H
#define BPF_HANDLE_REFUSED_H

#include "call.h"

static __always_inline bool is_sev_type(u64 type)
{
	return type == SEVTRACE_VM_SEV || type == SEVTRACE_VM_SEV_ES || type == SEVTRACE_VM_SNP;
}

static __always_inline void refused_records(void *ctx, struct thread *t, u32 launch, u32 ioctl,
					    s32 ret, u8 vm_type, u32 asid)
{
	struct sevtrace_rec_ioctl_enter *enter;
	struct sevtrace_rec_ioctl_exit *exit;
	u64 start = call_of(t)->made_start, ts = now();

	page_flush(t);
	thread_ioctl_enter(t, launch, ioctl);
	enter = record_new(SEVTRACE_REC_IOCTL_ENTER, sizeof(*enter), start, launch);
	if (enter) {
		enter->ioctl = ioctl;
		record_submit(enter);
	}
	stack_send(ctx, t, ts, ret, SEVTRACE_STEP_NONE);
	exit = record_new(SEVTRACE_REC_IOCTL_EXIT, sizeof(*exit), ts, launch);
	if (exit) {
		exit->duration = elapsed(start, ts);
		exit->ioctl = ioctl;
		exit->ret = ret;
		exit->vm_type = vm_type;
		exit->asid = asid;
		record_submit(exit);
	}
	thread_ioctl_exit(t);
}

/* There is no VM, so this is a launch of its own that ends at once. */
static __always_inline void handle_creation_refused(void *ctx, struct thread *t, u64 type, s32 ret)
{
	struct sevtrace_rec_launch_end *rec;
	u32 number;

	if (filter.vm_types && !(filter.vm_types >> (type & 31) & 1))
		return;
	number = __sync_fetch_and_add(&last_launch, 1) + 1;
	launch_begin(number, call_of(t)->made_start, type, false);
	refused_records(ctx, t, number, SEVTRACE_KVM_CREATE_VM, ret, type, 0);
	rec = record_new(SEVTRACE_REC_LAUNCH_END, sizeof(*rec), now(), number);
	if (rec)
		record_submit(rec);
}

/*
 * Where nothing else was launched in the VM, the launch ends with the refusal: nothing would tell
 * its end.
 */
static __always_inline void handle_slot_refused(void *ctx, struct kvm *kvm, u32 ioctl, s32 ret)
{
	u8 type = vm_type_of(kvm, ioctl);
	struct sevtrace_launch *launch = launch_enter(kvm, ioctl, now());
	struct thread *t = launch ? thread_make() : NULL;

	if (!t)
		return;
	__sync_fetch_and_add(&launch->inside, 1);
	refused_records(ctx, t, launch->number, ioctl, ret, type, sev_asid(kvm));
	launch_update(kvm, launch->number, ioctl, ret);
	launch_leave(kvm, launch->number, now());
}

#endif /* BPF_HANDLE_REFUSED_H */
