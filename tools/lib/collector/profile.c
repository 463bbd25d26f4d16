// SPDX-License-Identifier: GPL-2.0-only
/* Samples what VMMs run while they launch: a clock of each CPU runs a program. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>

#include <linux/perf_event.h>

#include <bpf/libbpf.h>

#include "collector/internal.h"

#define SECOND 1000000000ULL
#define SAMPLE_COPIES (8U << 20) /* size of the buffer of copied stacks in bytes, with samples */

int collector_choose_samples(struct collector *c)
{
	bool wanted = c->options.samples;
	int err = bpf_program__set_autoload(c->skel->progs.sample, wanted);

	if (err || !wanted)
		return err;
	c->skel->rodata->sample_period = SECOND / c->options.samples;
	c->skel->rodata->sample_copies_bytes = SAMPLE_COPIES / 2;
	return c->sink.user_stack ?
		       bpf_map__set_max_entries(c->skel->maps.stack_copies, SAMPLE_COPIES) :
		       0;
}

/* Opens the clock of a CPU that counts while it is busy. Returns a descriptor or -errno. */
static int open_clock(const struct collector *c, int cpu)
{
	const struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = SECOND / c->options.samples,
		.exclude_idle = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* A CPU that comes later is not sampled. */
int collector_start_sampling(struct collector *c)
{
	if (!c->options.samples)
		return 0;
	c->sampling = calloc(c->nr_cpus, sizeof(struct bpf_link *));
	if (!c->sampling)
		return -ENOMEM;
	for (int cpu = 0; cpu < (int)c->nr_cpus; cpu++) {
		int fd = open_clock(c, cpu);
		struct bpf_link *link;

		if (fd == -ENODEV)
			continue; /* it is off */
		if (fd < 0)
			return fd;
		link = bpf_program__attach_perf_event(c->skel->progs.sample, fd);
		if (!link) {
			int err = -errno;

			close(fd);
			return err;
		}
		c->sampling[c->nr_sampling++] = link;
	}
	return 0;
}

void collector_stop_sampling(struct collector *c)
{
	for (size_t i = 0; i < c->nr_sampling; i++)
		bpf_link__destroy(c->sampling[i]);
	free((void *)c->sampling);
	c->sampling = NULL;
	c->nr_sampling = 0;
}
