// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfdata/internal.h"

/*
 * Limit of waiting events and of their stacks, in bytes. At the limit, the older half is handed out
 * although its round is not over.
 */
#define MAX_WAITING (128U << 20)

static int by_time(const void *a, const void *b, void *events)
{
	const struct perf_event *all = events;
	__u32 i = *(const __u32 *)a, j = *(const __u32 *)b;

	if (all[i].ts != all[j].ts)
		return all[i].ts < all[j].ts ? -1 : 1;
	return i < j ? -1 : i > j;
}

static int grow(struct perf_order *order)
{
	size_t size = order->size ? 2 * order->size : 1024;
	struct perf_event *events;
	__u32 *index;

	if (order->nr < order->size)
		return 0;
	events = reallocarray(order->events, size, sizeof(*events));
	if (!events)
		return -ENOMEM;
	order->events = events;
	index = reallocarray(order->index, size, sizeof(*index));
	if (!index)
		return -ENOMEM;
	order->index = index;
	order->size = size;
	return 0;
}

static void sort(struct perf_order *order)
{
	for (size_t i = 0; i < order->nr; i++)
		order->index[i] = (__u32)i;
	if (order->nr)
		qsort_r(order->index, order->nr, sizeof(*order->index), by_time, order->events);
}

/* Hands out the first n in order of time. Keeps the others in the order in which they came. */
static int give(struct perf_order *order, size_t n, perf_file_sink sink, void *ctx)
{
	size_t kept = 0;
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		struct perf_event *event = &order->events[order->index[i]];

		if (!err)
			err = sink(ctx, event);
		order->stacks -= event->stack != NULL;
		free(event->stack);
		event->stack = NULL;
		event->type = UINT32_MAX;
	}
	for (size_t i = 0; i < order->nr; i++)
		if (order->events[i].type != UINT32_MAX)
			order->events[kept++] = order->events[i];
	order->nr = kept;
	return err;
}

int perf_order_flush(struct perf_order *order, __u64 until, perf_file_sink sink, void *ctx)
{
	size_t n = 0;

	sort(order);
	while (n < order->nr && order->events[order->index[n]].ts <= until)
		n++;
	return give(order, n, sink, ctx);
}

int perf_order_add(struct perf_order *order, const struct perf_event *event, perf_file_sink sink,
		   void *ctx)
{
	int err = grow(order);

	if (err) {
		free(event->stack);
		return err;
	}
	order->events[order->nr++] = *event;
	order->stacks += event->stack != NULL;
	if (event->ts > order->max_ts)
		order->max_ts = event->ts;
	if (order->nr * sizeof(*event) + order->stacks * sizeof(*event->stack) < MAX_WAITING)
		return 0;
	sort(order);
	return give(order, order->nr / 2, sink, ctx);
}

int perf_order_round(struct perf_order *order, perf_file_sink sink, void *ctx)
{
	int err = perf_order_flush(order, order->limit, sink, ctx);

	order->limit = order->max_ts;
	return err;
}

void perf_order_free(struct perf_order *order)
{
	for (size_t i = 0; i < order->nr; i++)
		free(order->events[i].stack);
	free(order->events);
	free(order->index);
}
