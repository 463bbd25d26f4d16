/* SPDX-License-Identifier: GPL-2.0-only */
/* Events by time: a heap. Events of one time come in the order in which they were put. */
#ifndef PREDICT_HEAP_H
#define PREDICT_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_event {
	double at;
	uint64_t order;
	uint32_t what; /* the caller's */
	uint32_t who;
};

struct heap {
	struct heap_event *events;
	size_t nr;
	size_t room;
	uint64_t order;
};

/* Gives room for so many events at once. Returns 0 or -ENOMEM. heap_free() is needed after both. */
int heap_init(struct heap *h, size_t room);
void heap_free(struct heap *h);

/* The heap is not full. */
void heap_put(struct heap *h, double at, uint32_t what, uint32_t who);

/* Takes the earliest event. The heap is not empty. */
struct heap_event heap_take(struct heap *h);

#endif /* PREDICT_HEAP_H */
