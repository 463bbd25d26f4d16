// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one event costs the thread it happens in: processor time of a system call with nothing
 * attached, with a program that does nothing, and with what the collector does for a step. Prints
 * JSON: nanoseconds a call by case, medians over interleaved rounds.
 *
 * The last cases have two events in a call, at its start and its end: programs that do nothing; a
 * page's events, of which six calls make a page; and what is done at the boundaries of functions
 * that a page passes, where eight calls make one.
 *
 * With -l only makes the calls, for another tracer to look at, and prints what one took.
 */
#include <errno.h>
#include <stdbool.h>
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
enum bench {
	BENCH_NOTHING,
	BENCH_SET_UP,
	BENCH_HIST,
	BENCH_STEP,
	BENCH_MANY,
	BENCH_PAGE,
	BENCH_FUNCTIONS
};

static const struct {
	const char *name;
	enum bench bench;
	unsigned int launch; /* of the thread; above 1: inside a range */
	bool both;
} cases[] = {
	{ "empty", BENCH_NOTHING, 0, false },	   { "untraced", BENCH_STEP, 0, false },
	{ "hist", BENCH_HIST, 1, false },	   { "step", BENCH_STEP, 1, false },
	{ "two_empty", BENCH_NOTHING, 0, true },   { "page", BENCH_PAGE, 2, true },
	{ "functions", BENCH_FUNCTIONS, 2, true },
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
		bpf_program__set_autoload(prog, prog == skel->progs.bench_event ||
							prog == skel->progs.bench_second);
	skel->rodata->syscall_number = SYS_getpgid;
	skel->rodata->wakeup_bytes = 1 << 20;
	skel->rodata->bulk_bytes = 4 << 20;
	return event_cost__load(skel);
}

/* Attaches the program of the second event, or detaches it. */
static int set_both(struct event_cost *skel, bool both)
{
	struct bpf_link **link = &skel->links.bench_second;

	if (both == !!*link)
		return 0;
	if (!both) {
		bpf_link__destroy(*link);
		*link = NULL;
		return 0;
	}
	*link = bpf_program__attach(skel->progs.bench_second);
	return *link ? 0 : -errno;
}

static int measure_all(struct event_cost *skel, struct ring_buffer *ring)
{
	static double off[ROUNDS], values[NR_CASES][ROUNDS];
	int err = 0;

	for (int i = 0; i < ROUNDS && !err; i++) {
		off[i] = measure();
		skel->links.bench_event = bpf_program__attach(skel->progs.bench_event);
		if (!skel->links.bench_event)
			return -errno;
		for (size_t n = 0; n < NR_CASES && !err; n++) {
			skel->bss->bench = BENCH_SET_UP;
			skel->bss->launch = cases[n].launch;
			syscall(SYS_getpgid, 0);
			err = set_both(skel, cases[n].both);
			skel->bss->bench = cases[n].bench;
			values[n][i] = measure();
			ring_buffer__consume(ring);
		}
		event_cost__detach(skel);
	}
	if (err)
		return err;
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
