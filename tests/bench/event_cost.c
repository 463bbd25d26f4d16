// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one event costs the thread it happens in: processor time of a system call with nothing
 * attached, with a program that does nothing, and with what the collector does for a step.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "event_cost.skel.h"

#define ROUNDS 200
#define CALLS 10000 /* a round; its records fit the ring buffer */

static int ignore(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

/*
 * Processor time of one call in ns: of the fastest round, as what else runs can only add. ring:
 * emptied between rounds; may be NULL.
 */
static double measure(struct ring_buffer *ring)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec start, end;
		double ns;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
		for (int j = 0; j < CALLS; j++)
			syscall(SYS_getpgid, 0);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
		ns = ((double)(end.tv_sec - start.tv_sec) * 1e9 +
		      (double)(end.tv_nsec - start.tv_nsec)) /
		     CALLS;
		if (!i || ns < best)
			best = ns;
		if (ring)
			ring_buffer__consume(ring);
	}
	return best;
}

static int load(struct event_cost *skel)
{
	struct bpf_program *prog = NULL;
	int err;

	while ((prog = bpf_object__next_program(skel->obj, prog)))
		bpf_program__set_autoload(prog, prog == skel->progs.bench_event);
	skel->rodata->syscall_number = SYS_getpgid;
	skel->rodata->wakeup_bytes = 1 << 20;
	skel->rodata->bulk_bytes = 4 << 20;
	err = event_cost__load(skel);
	return err ? err : event_cost__attach(skel);
}

int main(void)
{
	static const char *const names[] = { "a program that returns at once",
					     "an event of a thread that is not traced",
					     "a step: histogram and record" };
	double off = measure(NULL), nothing = 0, ns;
	struct ring_buffer *ring = NULL;
	struct event_cost *skel = event_cost__open();
	int err = skel ? load(skel) : -errno;

	if (err)
		goto out;
	ring = ring_buffer__new(bpf_map__fd(skel->maps.records), ignore, NULL, NULL);
	if (!ring) {
		err = -errno;
		goto out;
	}
	printf("%-42s %8.1f ns\n", "the system call alone", off);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		skel->bss->bench = i;
		ns = measure(ring);
		if (!i)
			nothing = ns;
		printf("%-42s %8.1f ns, %+.1f ns\n", names[i], ns, ns - (i ? nothing : off));
	}
out:
	if (err)
		fprintf(stderr, "event_cost: %s; it needs root and a kernel with BTF\n",
			strerror(-err));
	ring_buffer__free(ring);
	event_cost__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
