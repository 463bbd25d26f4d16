// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one event costs the thread it happens in: processor time of a system call with nothing
 * attached, with a program that does nothing, and with what the collector does for a step. Prints
 * JSON: nanoseconds a call by case, medians over interleaved rounds.
 *
 * With -l only makes the calls, for another tracer to look at, and prints what one took.
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

#include <sevtrace/maps.h>

#include "event_cost.skel.h"
#include "util/array.h"

#define ROUNDS 101
#define CALLS 10000 /* a round; its records fit the ring buffer */

/* As in event_cost.bpf.c. */
enum bench { BENCH_NOTHING, BENCH_SET_UP, BENCH_HIST, BENCH_STEP };

static const struct {
	const char *name;
	enum bench bench;
	unsigned int launch; /* of the thread */
} cases[] = {
	{ "empty", BENCH_NOTHING, 0 },
	{ "untraced", BENCH_STEP, 0 },
	{ "hist", BENCH_HIST, 1 },
	{ "step", BENCH_STEP, 1 },
};

#define NR_CASES (ARRAY_SIZE(cases))

static int ignore(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

/* Processor time of one call in ns. */
static double measure(void)
{
	struct timespec start, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getpgid, 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
	       CALLS;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static double median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return values[nr / 2];
}

static int load(struct event_cost *skel)
{
	struct bpf_program *prog = NULL;

	while ((prog = bpf_object__next_program(skel->obj, prog)))
		bpf_program__set_autoload(prog, prog == skel->progs.bench_event);
	skel->rodata->syscall_number = SYS_getpgid;
	skel->rodata->wakeup_bytes = 1 << 20;
	skel->rodata->bulk_bytes = 4 << 20;
	return event_cost__load(skel);
}

static int measure_all(struct event_cost *skel, struct ring_buffer *ring)
{
	static double off[ROUNDS], values[NR_CASES][ROUNDS];
	int err;

	for (int i = 0; i < ROUNDS; i++) {
		off[i] = measure();
		err = event_cost__attach(skel);
		if (err)
			return err;
		for (size_t n = 0; n < NR_CASES; n++) {
			skel->bss->bench = BENCH_SET_UP;
			skel->bss->launch = cases[n].launch;
			syscall(SYS_getpgid, 0);
			skel->bss->bench = cases[n].bench;
			values[n][i] = measure();
			ring_buffer__consume(ring);
		}
		event_cost__detach(skel);
	}
	printf("{\"off\": %.1f", median(off, ROUNDS));
	for (size_t n = 0; n < NR_CASES; n++)
		printf(", \"%s\": %.1f", cases[n].name, median(values[n], ROUNDS));
	puts("}");
	return 0;
}

static void only_loop(void)
{
	double values[ROUNDS];
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < ROUNDS; i++)
		values[i] = measure();
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("{\"call\": %.1f, \"calls\": %d, \"seconds\": %.6f}\n", median(values, ROUNDS),
	       ROUNDS * CALLS,
	       (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9);
}

int main(int argc, char **argv)
{
	struct ring_buffer *ring = NULL;
	struct event_cost *skel;
	int err;

	if (argc > 1 && !strcmp(argv[1], "-l")) {
		only_loop();
		return EXIT_SUCCESS;
	}
	skel = event_cost__open();
	err = skel ? load(skel) : -errno;
	if (err)
		goto out;
	ring = ring_buffer__new(bpf_map__fd(skel->maps.records), ignore, NULL, NULL);
	err = ring ? measure_all(skel, ring) : -errno;
out:
	if (err)
		fprintf(stderr, "event_cost: %s; it needs root and a kernel with BTF\n",
			strerror(-err));
	ring_buffer__free(ring);
	event_cost__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
