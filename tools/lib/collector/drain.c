// SPDX-License-Identifier: GPL-2.0-only
/* Hands out the records in the ring buffer, and each launch's histograms after its end. */
#include <errno.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "process/proc.h"

#define SETTLE_ROUNDS 100 /* of 1 ms each: programs on other CPUs may still be running */

static int handle_record(void *ctx, void *data, size_t size)
{
	const struct sevtrace_rec *rec = data;
	struct collector *c = ctx;

	if (size < sizeof(*rec) || rec->size > size)
		return 0;
	if (rec->type == SEVTRACE_MODULE_LOADING) {
		collector_module_loading(c);
		return 0;
	}
	if (rec->type == SEVTRACE_USER_STACK) {
		if (c->sink.user_stack)
			c->sink.user_stack(c->sink.ctx, data);
		return 0;
	}
	c->consumed++;
	c->err = c->sink.record(c->sink.ctx, rec);
	if (!c->err && rec->type == SEVTRACE_REC_LAUNCH_END)
		c->err = collector_take_launch(c, rec->launch, true);
	return c->err;
}

int collector_map_ring(struct collector *c)
{
	c->ring = ring_buffer__new(bpf_map__fd(c->skel->maps.records), handle_record, c, NULL);
	return c->ring ? 0 : -errno;
}

int collector_fd(const struct collector *c)
{
	return ring_buffer__epoll_fd(c->ring);
}

int collector_drain(struct collector *c)
{
	int n = ring_buffer__consume(c->ring);

	if (n < 0)
		return c->err ? c->err : n;
	n = collector_modules_poll(c);
	return n ? n : collector_take_dead(c);
}

bool collector_teardown_pending(const struct collector *c)
{
	struct sevtrace_launch launch;
	__u64 key, *last = NULL;

	for (size_t i = 0; i < SEVTRACE_MAX_LAUNCHES; i++) {
		if (bpf_map__get_next_key(c->skel->maps.launches, last, &key, sizeof(key)))
			return false;
		last = &key;
		if (bpf_map__lookup_elem(c->skel->maps.launches, &key, sizeof(key), &launch,
					 sizeof(launch), 0))
			continue;
		if (!proc_alive((pid_t)launch.pid))
			return true;
	}
	return false;
}

/* Waits until all emitted records have arrived: programs on other CPUs may still be sending. */
static int settle(struct collector *c)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	struct sevtrace_counters sum;
	int err = 0;

	for (int i = 0; i < SETTLE_ROUNDS && !err; i++) {
		int n = ring_buffer__consume(c->ring);

		err = n < 0 ? (c->err ? c->err : n) : collector_update_counters(c, &sum);
		if (!err && c->consumed == sum.recorded &&
		    sum.emitted == sum.recorded + sum.dropped)
			break;
		nanosleep(&ms, NULL);
	}
	return err;
}

int collector_harvest(struct collector *c)
{
	int err = settle(c);

	return err ? err : collector_take_all(c);
}

int collector_stop(struct collector *c)
{
	collector_detach(c);
	return settle(c);
}

int collector_finish(struct collector *c)
{
	collector_detach(c);
	return collector_harvest(c);
}
