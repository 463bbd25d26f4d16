// SPDX-License-Identifier: GPL-2.0-only
/* What the programs cost, as the kernel counts it if it is asked to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "host/machine.h"
#include "util/array.h"

void collector_count_cost(struct collector *c)
{
	char text[160];

	c->cost_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	c->counts_cost = c->cost_fd >= 0;
	if (c->counts_cost)
		return;
	snprintf(text, sizeof(text), "the kernel does not count what BPF programs take: %s",
		 strerror(errno));
	c->sink.warn(c->sink.warn_ctx, text);
}

static void add_cost(const struct sevtrace_bpf *skel, struct collector_cost *sum)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, skel->obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);

		if (bpf_program__fd(program) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		sum->runs += info.run_cnt;
		sum->ns += info.run_time_ns;
	}
}

bool collector_cost(const struct collector *c, struct collector_cost *cost)
{
	const struct sevtrace_bpf *const skels[] = { c->skel, c->late, c->late_ccp };
	char value[8];

	*cost = (struct collector_cost){ 0 };
	if (!c->counts_cost && (system_read(&system_host, "/proc/sys/kernel/bpf_stats_enabled",
					    value, sizeof(value)) <= 0 ||
				*value != '1'))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(skels); i++)
		if (skels[i])
			add_cost(skels[i], cost);
	return true;
}
