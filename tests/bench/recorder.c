// SPDX-License-Identifier: GPL-2.0-only
/*
 * recorder FILE RATE SECONDS: how the recorder's way from the ring buffer to the disk keeps up with
 * RATE records a second, made by the collector's own program on another processor. Prints JSON.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <sevtrace/maps.h>

#include "event_cost.skel.h"
#include "tracefile/tracefile.h"

#define BUFFER (16U << 20)
#define MANY 64 /* as event_cost.bpf.c has it */
#define BENCH_MANY 4

struct source {
	double rate;
	double seconds;
	volatile bool done;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void *produce(void *arg)
{
	struct source *s = arg;
	double start = now(), passed = 0;
	uint64_t made = 0;

	while (passed < s->seconds) {
		while ((double)made < passed * s->rate) {
			syscall(SYS_getpgid, 0);
			made += MANY;
		}
		passed = now() - start;
	}
	s->done = true;
	return NULL;
}

static int on_record(void *ctx, void *data, size_t size)
{
	return tracefile_write_records(ctx, data, size, 1);
}

static int load(struct event_cost *skel)
{
	struct bpf_program *prog = NULL;
	int err;

	while ((prog = bpf_object__next_program(skel->obj, prog)))
		bpf_program__set_autoload(prog, prog == skel->progs.bench_event);
	skel->rodata->syscall_number = SYS_getpgid;
	skel->rodata->wakeup_bytes = BUFFER / 4;
	skel->rodata->bulk_bytes = BUFFER - BUFFER / 8;
	err = bpf_map__set_max_entries(skel->maps.records, BUFFER);
	if (!err)
		err = event_cost__load(skel);
	skel->bss->bench = BENCH_MANY;
	return err ? err : event_cost__attach(skel);
}

static int drain(struct event_cost *skel, struct tracefile_writer *w, struct source *s)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(skel->maps.records), on_record, w, NULL);
	pthread_t thread;
	int n = 0;

	if (!ring)
		return -errno;
	pthread_create(&thread, NULL, produce, s);
	while (n >= 0 && !s->done) {
		n = ring_buffer__poll(ring, 100);
		if (n >= 0)
			n = ring_buffer__consume(ring);
	}
	pthread_join(thread, NULL);
	event_cost__detach(skel);
	if (n >= 0)
		n = ring_buffer__consume(ring);
	ring_buffer__free(ring);
	return n < 0 ? n : tracefile_finish(w);
}

static int print(struct event_cost *skel, const struct tracefile_writer *w, double seconds)
{
	int cpus = libbpf_num_possible_cpus();
	struct sevtrace_counters *c = calloc((size_t)cpus, sizeof(*c));
	uint64_t recorded = 0, dropped = 0;
	struct rusage usage;
	__u32 zero = 0;
	int err = -ENOMEM;

	if (c)
		err = bpf_map__lookup_elem(skel->maps.counters, &zero, sizeof(zero), c,
					   (size_t)cpus * sizeof(*c), 0);
	for (int i = 0; !err && i < cpus; i++) {
		recorded += c[i].recorded;
		dropped += c[i].dropped;
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"recorded\": %" PRIu64 ", \"dropped\": %" PRIu64 ", \"seconds\": %.2f, "
	       "\"bytes\": %" PRIu64 ", \"rss_kb\": %ld}\n",
	       recorded, dropped, seconds, tracefile_written(w), usage.ru_maxrss);
	free(c);
	return err;
}

int main(int argc, char **argv)
{
	struct source source = { 0 };
	struct tracefile_writer *w = NULL;
	struct event_cost *skel;
	double start;
	int err;

	if (argc != 4) {
		fputs("usage: recorder FILE RATE SECONDS\n", stderr);
		return 2;
	}
	source.rate = strtod(argv[2], NULL);
	source.seconds = strtod(argv[3], NULL);
	skel = event_cost__open();
	err = skel ? load(skel) : -errno;
	if (!err)
		err = tracefile_create(argv[1], &w);
	start = now();
	if (!err)
		err = drain(skel, w, &source);
	if (!err)
		err = print(skel, w, now() - start);
	if (err)
		fprintf(stderr, "recorder: %s; it needs root and a kernel with BTF\n",
			strerror(-err));
	tracefile_close(w);
	event_cost__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
