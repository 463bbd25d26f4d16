// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collector's work for one step event, on a system call that any kernel has: what an event
 * costs on real hardware can be measured without a SEV host.
 */
#include "../steps.bpf.c"

char LICENSE[] SEC("license") = "GPL";

enum bench {
	BENCH_NOTHING, /* the program returns at once */
	BENCH_UNTRACED, /* the thread works on no launch */
	BENCH_STEP, /* one sample and one record */
};

__u32 bench = BENCH_NOTHING;
const volatile long syscall_number = 0;

SEC("tp_btf/sys_enter")
int BPF_PROG(bench_event, void *regs, long id)
{
	struct step s = { .gfn = 1, .pfn = 2, .npages = 1, .step = SEVTRACE_STEP_COPY };
	struct thread *t;

	if (id != syscall_number || bench == BENCH_NOTHING)
		return 0;
	if (bench == BENCH_STEP) {
		t = thread_make();
		if (t && !t->launch)
			t->launch = 1;
	}
	step_end(ctx, &s);
	return 0;
}
