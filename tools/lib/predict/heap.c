// SPDX-License-Identifier: GPL-2.0-only
/* Four children a node: less deep than two, and these lie side by side. */
#include "predict/heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define CHILDREN 4

int heap_init(struct heap *h, size_t room)
{
	*h = (struct heap){ .events = calloc(room, sizeof(*h->events)), .room = room };
	return h->events ? 0 : -ENOMEM;
}

void heap_free(struct heap *h)
{
	free(h->events);
	*h = (struct heap){ 0 };
}

static bool before(const struct heap_event *a, const struct heap_event *b)
{
	return a->at < b->at || (!(b->at < a->at) && a->order < b->order);
}

void heap_put(struct heap *h, double at, uint32_t what, uint32_t who)
{
	const struct heap_event e = { at, h->order++, what, who };
	size_t i = h->nr++;

	while (i) {
		size_t parent = (i - 1) / CHILDREN;

		if (!before(&e, &h->events[parent]))
			break;
		h->events[i] = h->events[parent];
		i = parent;
	}
	h->events[i] = e;
}

struct heap_event heap_take(struct heap *h)
{
	struct heap_event first = h->events[0], last = h->events[--h->nr];
	size_t i = 0;

	for (;;) {
		size_t child = i * CHILDREN + 1, end = child + CHILDREN, least = child;

		if (child >= h->nr)
			break;
		end = end < h->nr ? end : h->nr;
		while (++child < end)
			if (before(&h->events[child], &h->events[least]))
				least = child;
		if (!before(&h->events[least], &last))
			break;
		h->events[i] = h->events[least];
		i = least;
	}
	h->events[i] = last;
	return first;
}
