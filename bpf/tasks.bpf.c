// SPDX-License-Identifier: GPL-2.0-only
/*
 * Follows the traced processes: their forks are traced too. A system-wide recording does not load
 * these programs.
 */
#include "maps.h"

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

/*
 * The kernel closes the files of the last thread after this event, so a launch outlives its entry
 * in `tracked` by design.
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct *task)
{
	u32 tgid;

	if (!task)
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	if (BPF_CORE_READ(task, signal, live.counter) <= 0)
		bpf_map_delete_elem(&tracked, &tgid);
	return 0;
}
