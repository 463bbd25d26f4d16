// SPDX-License-Identifier: GPL-2.0-only
/*
 * The collector's work for one step event, on a system call that any kernel has: what an event
 * costs on real hardware can be measured without a SEV host.
 */
#include "../handle_page.h"

char LICENSE[] SEC("license") = "GPL";

enum bench {
	BENCH_NOTHING, /* the program returns at once */
	BENCH_SET_UP, /* the thread works on this launch from now on */
	BENCH_HIST, /* one sample */
	BENCH_STEP, /* one sample and one record, if the thread works on a launch */
	BENCH_MANY, /* MANY records, for the recorder to keep up with */
};

#define MANY 64

__u32 bench = BENCH_NOTHING;
const volatile long syscall_number = 0;
__u64 made = 0;
__u32 launch = 0;

SEC("tp_btf/sys_enter")
int BPF_PROG(bench_event, void *regs, long id)
{
	struct step s = { .gfn = 1, .pfn = 2, .npages = 1, .step = SEVTRACE_STEP_COPY };
	struct thread *t;

	if (id != syscall_number || bench == BENCH_NOTHING)
		return 0;
	if (bench == BENCH_STEP) {
		handle_step(ctx, &s);
		return 0;
	}
	t = thread_make();
	if (!t)
		return 0;
	if (bench == BENCH_SET_UP) {
		t->launch = launch;
		return 0;
	}
	if (bench == BENCH_HIST)
		hist_add_step(1, 0, s.step, now() - t->mark, s.npages);
	else
		for (int i = 0; i < MANY; i++) {
			u64 ts = now();

			s.gfn = ++made;
			/* Times as they vary, which is what takes room in a file. */
			step_record(t, &s, ts, ts - t->mark + (bpf_get_prandom_u32() & 1023));
			t->mark = ts;
		}
	t->mark = now();
	return 0;
}
