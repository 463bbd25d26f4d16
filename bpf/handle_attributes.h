/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Updates of memory attributes, which make guest memory private or shared.
 */
#ifndef BPF_HANDLE_ATTRIBUTES_H
#define BPF_HANDLE_ATTRIBUTES_H

#include "guest.h"
#include "handle_ioctl.h"
#include "hist.h"
#include "page.h"
#include "record.h"

/* At this event the VM is not known yet, only the thread. */
static __always_inline void handle_attributes_start(void)
{
	struct thread *t = thread_get();
	u64 ts;

	if (!t && is_tracked(bpf_get_current_pid_tgid() >> 32))
		t = thread_make();
	if (!t)
		return;
	ts = now();
	if (!t->in_ioctl)
		meanwhile_end(t, ts);
	thread_attr_mark(t, ts);
}

static __always_inline void handle_attributes_locked(void)
{
	struct thread *t = thread_get();

	if (t && t->in_attr)
		thread_attr_locked(t, now());
}

static __always_inline void attr_samples(const struct thread *t, u32 launch, u64 duration,
					 u64 pages)
{
	hist_add_step(launch, thread_attr_phase(t), SEVTRACE_STEP_ATTRIBUTES, duration, pages);
	hist_add(launch, SEVTRACE_HIST_ATTR_WAIT, 0, t->attr_wait, pages);
	if (!t->in_ioctl)
		hist_add(launch, SEVTRACE_HIST_IOCTL, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, duration,
			 pages);
}

static __always_inline void handle_attributes_done(struct kvm *kvm, u64 start, u64 end,
						   u64 attributes, s32 ret)
{
	struct sevtrace_launch *known = launch_get(kvm);
	struct thread *t = thread_get();
	struct sevtrace_rec_attr *rec;
	u64 ts = now(), duration;
	u32 launch = 0;

	if (!t || !t->in_attr)
		return;
	page_flush(t);
	duration = thread_attr_exit(t, ts);
	if (known) {
		launch = known->number;
		if (known->finished && !ret)
			guest_converts(known, end - start, attributes);
		__sync_fetch_and_add(&known->inside, 1);
	} else if (!is_tracked(bpf_get_current_pid_tgid() >> 32)) {
		return;
	}
	if (!t->in_ioctl)
		t->muted = !ioctl_wanted(SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
	barrier(); /* without it, the compiler spills registers to keep the address of t->muted */
	if (!t->in_ioctl)
		meanwhile_send(t, launch);
	if (!t->muted)
		attr_samples(t, launch, duration, end - start);
	if (filtered(t, ret, duration))
		goto out;
	rec = record_new(SEVTRACE_REC_ATTR, sizeof(*rec), ts, launch);
	if (rec) {
		rec->duration = duration;
		rec->wait = t->attr_wait;
		rec->start = start;
		rec->end = end;
		rec->attributes = attributes;
		rec->ret = ret;
		rec->phase = thread_attr_phase(t);
		record_submit(rec);
	}
out:
	if (launch)
		launch_leave(kvm, launch, ts);
	if (!t->in_ioctl) {
		t->muted = false;
		meanwhile_begin(t, kvm, known && !known->finished ? launch : 0, ts);
	}
	t->mark = now();
}

#endif /* BPF_HANDLE_ATTRIBUTES_H */
