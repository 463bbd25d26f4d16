// SPDX-License-Identifier: GPL-2.0-only
/* Counters by CPU, dropped records by launch, and the memory that the maps take. */
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "util/array.h"

void counters_sum(const struct sevtrace_counters *counters, size_t nr,
		  struct sevtrace_counters *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < nr; i++) {
		const struct sevtrace_counters *c = &counters[i];

		sum->emitted += c->emitted;
		sum->recorded += c->recorded;
		sum->dropped += c->dropped;
		for (size_t loss = 0; loss < SEVTRACE_LOSS_COUNT; loss++)
			sum->losses[loss] += c->losses[loss];
		sum->skipped_flushes += c->skipped_flushes;
		sum->skipped_pages += c->skipped_pages;
		sum->spared += c->spared;
	}
}

/* How often the kernel left out programs without spares, programs with some, and spares. */
struct left_out {
	uint64_t alone;
	uint64_t firsts;
	uint64_t spares;
};

/* Tells whether nothing is lost with a call of this program alone. */
static bool is_dispensable(const struct bpf_program *program)
{
	static const char *const prefixes[] = { WAKE_PREFIX, SPARE_PREFIX, EXTRA_PREFIX };

	/* These stand beside others, see functions_kvm.bpf.c. */
	if (strstr(bpf_program__name(program), "_kvm_vm_ioctl") &&
	    strstr(bpf_program__section_name(program), "probe"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(bpf_program__name(program), prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static uint64_t left_out(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

static bool is_loaded(const struct bpf_program *program)
{
	return program && bpf_program__fd(program) >= 0;
}

static void add_left_out(const struct sevtrace_bpf *skel, struct left_out *sum)
{
	struct bpf_program *program, *spare;
	char name[128];

	bpf_object__for_each_program(program, skel->obj)
	{
		if (!is_loaded(program) || is_dispensable(program))
			continue;
		snprintf(name, sizeof(name), SPARE_PREFIX "%s", bpf_program__name(program));
		spare = bpf_object__find_program_by_name(skel->obj, name);
		if (is_loaded(spare)) {
			sum->firsts += left_out(program);
			sum->spares += left_out(spare);
		} else {
			sum->alone += left_out(program);
		}
	}
}

/*
 * Returns how many events and calls of functions were seen by no program, at most. What the kernel
 * counts is of all threads, not only of traced ones, whose calls the spares have counted.
 */
static uint64_t missed_calls(const struct collector *c, uint64_t spared)
{
	const struct sevtrace_bpf *const skels[] = { c->skel, c->late, c->late_ccp };
	struct left_out sum = { 0 };
	uint64_t missed;

	for (size_t i = 0; i < ARRAY_SIZE(skels); i++)
		if (skels[i])
			add_left_out(skels[i], &sum);
	missed = sum.firsts > spared ? sum.firsts - spared : 0;
	return sum.alone + (missed < sum.spares ? missed : sum.spares);
}

int collector_update_counters(struct collector *c, struct sevtrace_counters *sum)
{
	__u32 zero = 0;
	int err = bpf_map__lookup_elem(c->skel->maps.counters, &zero, sizeof(zero), c->counters,
				       c->nr_cpus * sizeof(*c->counters), 0);

	if (err)
		return err;
	counters_sum(c->counters, c->nr_cpus, sum);
	return 0;
}

int collector_counters(struct collector *c, const struct sevtrace_counters **counters, size_t *nr)
{
	struct sevtrace_counters sum = { 0 };
	int err = collector_update_counters(c, &sum);

	/* The kernel counts them for all CPUs together. */
	c->counters[0].losses[SEVTRACE_LOSS_MISSED] += missed_calls(c, sum.spared);
	*counters = c->counters;
	*nr = c->nr_cpus;
	return err;
}

uint64_t collector_dropped_of(const struct collector *c, uint32_t launch)
{
	__u64 dropped = 0;

	bpf_map__lookup_elem(c->skel->maps.launch_drops, &launch, sizeof(launch), &dropped,
			     sizeof(dropped), 0);
	return dropped;
}

void collector_forget_drops(struct collector *c, uint32_t launch)
{
	bpf_map__delete_elem(c->skel->maps.launch_drops, &launch, sizeof(launch), 0);
}

int collector_launch_drops(struct collector *c, int (*fn)(void *ctx, __u32 launch, __u64 dropped),
			   void *ctx)
{
	__u32 launch, *last = NULL;
	__u64 dropped;
	int err = 0;

	/* Who calls this deletes nothing from the map, so get_next_key() visits each key once. */
	for (size_t i = 0; i < SEVTRACE_MAX_LAUNCHES && !err; i++) {
		if (bpf_map__get_next_key(c->skel->maps.launch_drops, last, &launch,
					  sizeof(launch)))
			break;
		last = &launch;
		if (!bpf_map__lookup_elem(c->skel->maps.launch_drops, &launch, sizeof(launch),
					  &dropped, sizeof(dropped), 0))
			err = fn(ctx, launch, dropped);
	}
	return err;
}

struct sevtrace_psp_now collector_psp_now(const struct collector *c)
{
	const volatile struct sevtrace_psp_now *now = &c->skel->bss->psp_now;

	return *now;
}

/* Returns the kernel memory allocated for a map: "memlock:" in the fdinfo of its file. */
static uint64_t map_bytes(const struct bpf_map *map)
{
	char path[64], line[128];
	unsigned long long bytes = 0;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	if (info)
		fclose(info);
	return bytes;
}

uint64_t collector_map_bytes(const struct collector *c)
{
	const struct bpf_map *map;
	uint64_t bytes = 0;

	bpf_object__for_each_map(map, c->skel->obj) bytes += map_bytes(map);
	return bytes;
}
