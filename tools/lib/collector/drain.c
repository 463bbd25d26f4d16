// SPDX-License-Identifier: GPL-2.0-only
/* Hands out the records in the ring buffer, and each launch's histograms after its end. */
#include <errno.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "process/proc.h"

#define SETTLE_ROUNDS 100 /* of 1 ms each: programs on other CPUs may still be running */

/* The return value of handle_record() that ends a drain without an error. */
#define ENOUGH (-EXFULL)

/* The kernel counts no times of what the ioctls filter leaves out, not even of failures. */
static bool ioctl_wanted(const struct sevtrace_filter *filter, __u32 ioctl)
{
	for (__u32 i = 0; i < filter->nr_ioctls; i++)
		if (filter->ioctls[i] == ioctl)
			return true;
	return !filter->nr_ioctls;
}

static int count_page(struct collector *c, const struct sevtrace_rec_page *page)
{
	return ioctl_wanted(&c->options.filter, page->ioctl) ? samples_add(c->samples, page) : 0;
}

static int hand_out(struct collector *c, const struct sevtrace_rec *rec)
{
	int err;

	if (rec->type == SEVTRACE_MODULE_LOADING) {
		collector_module_loading(c);
		return 0;
	}
	/* Its copy was sent before it, but to another buffer. */
	if (c->copies && (rec->type == SEVTRACE_REC_STACK || rec->type == SEVTRACE_REC_SAMPLE))
		ring_buffer__consume(c->copies);
	c->consumed++;
	if (rec->type == SEVTRACE_REC_PAGE && rec->size == sizeof(struct sevtrace_rec_page)) {
		err = count_page(c, (const struct sevtrace_rec_page *)rec);
		if (err)
			return err;
	}
	err = c->sink.record(c->sink.ctx, rec);
	if (!err && rec->type == SEVTRACE_REC_LAUNCH_BEGIN &&
	    rec->size == sizeof(struct sevtrace_rec_launch_begin))
		err = collector_tell_names(c, (const struct sevtrace_rec_launch_begin *)rec);
	if (!err && rec->type == SEVTRACE_REC_LAUNCH_END)
		err = collector_take_launch(c, rec->launch, true);
	return err == COLLECTOR_LATER ? 0 : err;
}

static int handle_record(void *ctx, void *data, size_t size)
{
	const struct sevtrace_rec *rec = data;
	struct collector *c = ctx;

	if (size >= sizeof(*rec) && rec->size <= size)
		c->err = hand_out(c, rec);
	if (c->err)
		return c->err;
	return --c->budget ? 0 : ENOUGH;
}

static int handle_copy(void *ctx, void *data, size_t size)
{
	const struct sevtrace_user_stack *copy = data;
	const struct collector *c = ctx;

	if (size >= sizeof(*copy))
		c->sink.user_stack(c->sink.ctx, copy);
	return 0;
}

int collector_map_ring(struct collector *c)
{
	c->ring = ring_buffer__new(bpf_map__fd(c->skel->maps.records), handle_record, c, NULL);
	if (!c->ring)
		return -errno;
	c->budget = 1; /* nothing was left */
	if (!c->sink.user_stack)
		return 0;
	c->copies = ring_buffer__new(bpf_map__fd(c->skel->maps.stack_copies), handle_copy, c, NULL);
	return c->copies ? 0 : -errno;
}

/* Hands out some of the waiting records. */
static int consume(struct collector *c)
{
	int n;

	c->err = 0;
	c->budget = COLLECTOR_DRAIN;
	n = ring_buffer__consume(c->ring);
	if (c->err)
		return c->err;
	return n < 0 && n != ENOUGH ? n : 0;
}

/* Hands out all records that wait now, and those that come meanwhile until that many are out. */
static int consume_all(struct collector *c)
{
	const size_t most =
		bpf_map__max_entries(c->skel->maps.records) / sizeof(struct sevtrace_rec);
	size_t handed_out = 0;
	int err;

	do {
		err = consume(c);
		handed_out += COLLECTOR_DRAIN;
	} while (!err && collector_behind(c) && handed_out < most);
	return err;
}

bool collector_behind(const struct collector *c)
{
	return !c->budget;
}

int collector_fd(const struct collector *c)
{
	return ring_buffer__epoll_fd(c->ring);
}

int collector_drain(struct collector *c)
{
	int err = consume(c);

	if (!err)
		err = collector_modules_poll(c);
	return err ? err : collector_take_dead(c);
}

int collector_drain_all(struct collector *c)
{
	int err = consume_all(c);

	return err ? err : collector_drain(c);
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
		err = consume_all(c);
		if (!err)
			err = collector_update_counters(c, &sum);
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
