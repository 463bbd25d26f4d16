// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows the traced processes: their forks are traced too, which a system-wide recording does not
 * load. A thread that ends tells what it has not told yet.
 */
#include "handle_psp.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 from, to;
	u8 one = 1;

	if (!parent || !child)
		return 0;
	from = BPF_CORE_READ(parent, tgid);
	to = BPF_CORE_READ(child, tgid);
	if (from == to || !bpf_map_lookup_elem(&tracked, &from))
		return 0;
	if (bpf_map_update_elem(&tracked, &to, &one, BPF_ANY))
		count_loss(SEVTRACE_LOSS_TRACKED_FULL);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sched_process_exec)
{
	u32 tgid = bpf_get_current_pid_tgid() >> 32;
	u64 ts = now();

	bpf_map_update_elem(&execs, &tgid, &ts, BPF_ANY);
	return 0;
}

/*
 * The kernel closes the files of the last thread after this event, so a launch outlives its entry
 * in `tracked` by design.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct *task)
{
	struct thread *t = thread_get();
	u32 tgid;

	/*
	 * Only a fault of the kernel ends a thread within a page, which tells how far it came, or
	 * while it waits for the PSP. A wait whose end was missed is over now, too.
	 */
	if (t) {
		page_flush(t);
		psp_wait_ends(&t->psp[0]);
	}
	if (!task)
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	if (BPF_CORE_READ(task, signal, live.counter) <= 0) {
		bpf_map_delete_elem(&tracked, &tgid);
		bpf_map_delete_elem(&execs, &tgid);
	}
	return 0;
}
