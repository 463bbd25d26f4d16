/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles KVM's SEV ioctls and the teardown of a VM. They tell which launch a thread works on, so
 * all other events between their start and end belong to that launch.
 */
#ifndef BPF_HANDLE_IOCTL_H
#define BPF_HANDLE_IOCTL_H

#include "guest.h"
#include "hist.h"
#include "meanwhile.h"
#include "page.h"
#include "profile.h"
#include "record.h"
#include "stack.h"

#define DEFAULT_VM 0 /* KVM_X86_DEFAULT_VM */

/* Number of the latest launch. */
__u32 last_launch __weak = 0;

static __always_inline bool sev_active(struct kvm *kvm)
{
	struct kvm_svm *svm = (struct kvm_svm *)kvm;

	return BPF_CORE_READ(svm, sev_info.active);
}

static __always_inline u32 sev_asid(struct kvm *kvm)
{
	struct kvm_svm *svm = (struct kvm_svm *)kvm;

	return BPF_CORE_READ(svm, sev_info.asid);
}

/*
 * Returns enum sevtrace_vm_type, which has the numbers of KVM's types. A VM of KVM's default type
 * becomes SEV by its INIT ioctl.
 */
static __always_inline u8 vm_type_of(struct kvm *kvm, u32 ioctl)
{
	struct kvm_svm *svm = (struct kvm_svm *)kvm;
	u8 type = DEFAULT_VM;

	/* Linux before 6.10 has no types. */
	if (bpf_core_field_exists(kvm->arch.vm_type))
		type = BPF_CORE_READ(kvm, arch.vm_type);
	if (type != DEFAULT_VM)
		return type;
	if (sev_active(kvm))
		return BPF_CORE_READ(svm, sev_info.es_active) ? SEVTRACE_VM_SEV_ES :
								SEVTRACE_VM_SEV;
	return vm_type_by_init(ioctl);
}

static __always_inline bool vm_type_wanted(struct kvm *kvm, u32 ioctl)
{
	return !filter.vm_types || filter.vm_types >> (vm_type_of(kvm, ioctl) & 31) & 1;
}

/* Returns when the process began its program; before the recording: soon after its fork. */
static __always_inline u64 vmm_started(struct task_struct *task, u32 pid)
{
	const u64 *executed = bpf_map_lookup_elem(&execs, &pid);

	return executed ? *executed : BPF_CORE_READ(task, group_leader, start_time);
}

static __always_inline void launch_begin(u32 number, u64 ts, u8 vm_type, bool joined)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct sevtrace_rec_launch_begin *rec;

	rec = record_new(SEVTRACE_REC_LAUNCH_BEGIN, sizeof(*rec), ts, number);
	if (!rec)
		return;
	rec->pid = bpf_get_current_pid_tgid() >> 32;
	rec->vm_type = vm_type;
	rec->joined = joined;
	rec->started = vmm_started(task, rec->pid);
	BPF_CORE_READ_STR_INTO(&rec->comm, task, group_leader, comm);
	/* Urgent: the collector reads the process's maps, and the process must still be there. */
	record_send_urgent(rec);
}

#define PF_EXITING 0x00000004 /* include/linux/sched.h */

/*
 * Notes how the VMM ends if its end destroys the VM. exit_code is laid out as the status of
 * wait(2).
 */
static __always_inline void note_exit(struct sevtrace_rec_launch_end *rec)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!(task->flags & PF_EXITING))
		return;
	rec->exiting = true;
	rec->exit_signal = task->exit_code & 0x7f;
	rec->exit_status = task->exit_code >> 8 & 0xff;
}

/* Ends a launch. Its number is not used again. */
static __always_inline void launch_end(struct kvm *kvm, struct sevtrace_launch *launch, u64 ts,
				       u64 duration, bool destroyed)
{
	struct sevtrace_rec_launch_end *rec;
	u64 key = (u64)kvm;

	rec = record_new(SEVTRACE_REC_LAUNCH_END, sizeof(*rec), ts, launch->number);
	if (rec) {
		rec->duration = duration;
		rec->asid = launch->asid;
		rec->destroyed = destroyed;
		if (destroyed)
			note_exit(rec);
		record_submit(rec);
	}
	profile_end(launch->pid, key);
	bpf_map_delete_elem(&launches, &key);
}

/* Returns the launch of a VM at the start of an ioctl, or NULL if it is not traced. */
static __always_inline struct sevtrace_launch *launch_enter(struct kvm *kvm, u32 ioctl, u64 ts)
{
	struct sevtrace_launch *launch = launch_get(kvm);
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct sevtrace_launch fresh = { .pid = pid };
	u64 key = (u64)kvm;

	/*
	 * The VM was migrated away, which causes no event. Now another launch begins in its place.
	 */
	if (launch && launch->active && is_init(ioctl) && !sev_active(kvm)) {
		launch_end(kvm, launch, ts, 0, false);
		launch = NULL;
	}
	if (launch)
		return launch;
	if (!is_tracked(pid) || !vm_type_wanted(kvm, ioctl))
		return NULL;

	fresh.number = __sync_fetch_and_add(&last_launch, 1) + 1;
	fresh.active = sev_active(kvm);
	fresh.asid = sev_asid(kvm);
	fresh.ran = fresh.active;
	if (!bpf_map_update_elem(&launches, &key, &fresh, BPF_NOEXIST)) {
		launch_begin(fresh.number, ts, vm_type_of(kvm, ioctl), fresh.active);
		profile_begin(pid, key);
	}
	launch = launch_get(kvm);
	if (!launch)
		count_loss(SEVTRACE_LOSS_LAUNCH_FULL);
	return launch;
}

static __always_inline void handle_ioctl_enter(struct kvm *kvm, u32 ioctl, u64 addr, u64 len)
{
	u64 ts = now();
	struct sevtrace_launch *launch = launch_enter(kvm, ioctl, ts);
	struct sevtrace_rec_ioctl_enter *rec;
	struct thread *t;

	if (!launch)
		return;
	t = thread_make();
	if (!t)
		return;
	page_flush(t);
	meanwhile_end(t, ts);
	meanwhile_send(t, launch->number);
	/* The kernel may have left the program out at the end of the thread's ioctl before. */
	if (!t->in_ioctl || t->launch != launch->number)
		__sync_fetch_and_add(&launch->inside, 1);
	thread_ioctl_enter(t, launch->number, ioctl);
	t->muted = !ioctl_wanted(ioctl);
	rec = record_new(SEVTRACE_REC_IOCTL_ENTER, sizeof(*rec), ts, t->launch);
	if (rec) {
		rec->ioctl = ioctl;
		rec->addr = addr;
		rec->len = len;
		record_submit(rec);
	}
	thread_ioctl_mark(t, now());
}

/*
 * A thread has left an ioctl, or an update of attributes, of launch `number`. Ends the launch if
 * its VM has not become SEV and no other thread is inside: that one may be initialising SEV, and
 * its samples must not come after the end.
 */
static __always_inline void launch_leave(struct kvm *kvm, u32 number, u64 ts)
{
	struct sevtrace_launch *launch = launch_get(kvm);

	/* After a migration, another launch may have begun in the place of the thread's. */
	if (!launch || launch->number != number)
		return;
	if (__sync_fetch_and_add(&launch->inside, -1) == 1 && launch->failed && !launch->active)
		launch_end(kvm, launch, ts, 0, false);
}

/* Takes what an ioctl of launch `number` made of the VM. */
static __always_inline void launch_update(struct kvm *kvm, u32 number, u32 ioctl, s32 ret)
{
	struct sevtrace_launch *launch = launch_get(kvm);

	if (!launch || launch->number != number)
		return;
	if (!ret && sevtrace_is_finish(ioctl))
		launch->finished = true;
	launch->active = sev_active(kvm);
	if (launch->active)
		launch->asid = sev_asid(kvm);
	else if (ret)
		launch->failed = true;
}

static __always_inline void ioctl_record(struct kvm *kvm, struct thread *t, u64 ts, u64 duration,
					 s32 ret, u32 fw_error)
{
	struct sevtrace_rec_ioctl_exit *rec;

	rec = record_new(SEVTRACE_REC_IOCTL_EXIT, sizeof(*rec), ts, t->launch);
	if (!rec)
		return;
	rec->duration = duration;
	rec->ioctl = t->ioctl;
	rec->ret = ret;
	rec->fw_error = fw_error;
	rec->asid = sev_asid(kvm);
	rec->vm_type = vm_type_of(kvm, t->ioctl);
	rec->psp_asked = t->psp_asked;
	rec->psp_answered = t->psp_answered;
	record_submit(rec);
}

static __always_inline void handle_ioctl_exit(void *ctx, struct kvm *kvm, s32 ret, u32 fw_error)
{
	struct thread *t = thread_in_launch();
	u64 ts = now(), duration;
	u32 number, ioctl;

	if (!t || !t->in_ioctl)
		return;
	page_flush(t);
	number = t->launch;
	ioctl = t->ioctl;
	duration = elapsed(t->ioctl_start, ts);
	hist_add(t->launch, SEVTRACE_HIST_IOCTL, t->ioctl, duration, 0);
	if (ret && !sevtrace_is_length_query(t->ioctl, ret, fw_error))
		stack_send(ctx, t, ts, ret, SEVTRACE_STEP_NONE);
	ioctl_record(kvm, t, ts, duration, ret, fw_error);
	thread_ioctl_exit(t);
	t->muted = false;
	launch_update(kvm, number, ioctl, ret);
	launch_leave(kvm, number, ts);
	/* The launch is over: what the VMM does now is not part of it. */
	if (!ret && sevtrace_is_finish(ioctl))
		t->meanwhile.launch = 0;
	else
		meanwhile_begin(t, kvm, number, ts);
}

static __always_inline void handle_destroy_start(struct kvm *kvm)
{
	struct sevtrace_launch *launch = launch_get(kvm);
	struct thread *t;

	if (!launch)
		return;
	guest_tell(launch);
	t = thread_make();
	if (!t)
		return;
	page_flush(t);
	__sync_fetch_and_add(&launch->inside, 1);
	launch->outer = thread_teardown_enter(t, launch->number);
	t->muted = filter.nr_ioctls != 0;
	t->mark = now();
	launch->destroy_start = t->mark;
}

static __always_inline void handle_destroy_end(struct kvm *kvm)
{
	struct sevtrace_launch *launch = launch_get(kvm);
	struct thread *t = thread_get();
	u64 ts = now();

	if (!launch)
		return;
	if (t) {
		page_flush(t);
		thread_teardown_exit(t, launch->outer);
		t->muted = false;
	}
	launch_end(kvm, launch, ts, launch->destroy_start ? elapsed(launch->destroy_start, ts) : 0,
		   true);
}

#endif /* BPF_HANDLE_IOCTL_H */
