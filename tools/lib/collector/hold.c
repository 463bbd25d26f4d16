// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeps programs away from histograms that are taken while their launch goes on.
 *
 * The kernel gives the memory of a deleted element of a hash map to another element at once. A
 * program that had looked it up before would add its sample to the histogram of another launch. So
 * the launch is held first: programs that begin from now on leave its histograms alone. Those that
 * began before are in an ioctl, an update or a teardown of the launch, which the launch counts, and
 * only if there are some they have to be waited for.
 */
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"

int collector_wait_init(struct collector_wait *wait)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);
	int inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "wait_inner", sizeof(__u32), sizeof(__u32),
				   1, NULL);

	if (inner < 0)
		return -errno;
	options.inner_map_fd = (__u32)inner;
	wait->outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "wait", sizeof(__u32),
				     sizeof(__u32), 1, &options);
	if (wait->outer < 0) {
		wait->outer = 0;
		close(inner);
		return -errno;
	}
	wait->inner = inner;
	return 0;
}

void collector_wait_free(struct collector_wait *wait)
{
	if (wait->inner)
		close(wait->inner);
	if (wait->outer)
		close(wait->outer);
	*wait = (struct collector_wait){ 0 };
}

/*
 * Returns when all programs that run now have ended. An update of a map of maps does that: the
 * kernel promises that no program works with the old map afterwards.
 */
static int await_programs(const struct collector *c)
{
	const __u32 zero = 0, inner = (__u32)c->wait.inner;

	return bpf_map_update_elem(c->wait.outer, &zero, &inner, BPF_ANY) ? -errno : 0;
}

/* Tells whether a thread is at work in a launch. Nobody is in one that is over. */
static bool is_busy(const struct collector *c, uint32_t number)
{
	struct sevtrace_launch launch;
	__u64 key, *last = NULL;

	for (size_t i = 0; i < SEVTRACE_MAX_LAUNCHES; i++) {
		if (bpf_map__get_next_key(c->skel->maps.launches, last, &key, sizeof(key)))
			return false;
		last = &key;
		if (!bpf_map__lookup_elem(c->skel->maps.launches, &key, sizeof(key), &launch,
					  sizeof(launch), 0) &&
		    launch.number == number)
			return launch.inside != 0;
	}
	/* The search began anew whenever a launch ended: it may be any of them. */
	return true;
}

int collector_hold(struct collector *c, uint32_t launch)
{
	__u32 *held = &c->skel->bss->held_launch;

	/* A thread counts itself before it looks here, so one of both sees the other. */
	__atomic_store_n(held, launch, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (launch != SEVTRACE_HOLD_ALL && !is_busy(c, launch))
		return 0;
	return await_programs(c);
}

void collector_let_go(struct collector *c)
{
	__atomic_store_n(&c->skel->bss->held_launch, 0, __ATOMIC_SEQ_CST);
}
