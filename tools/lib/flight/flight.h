/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flight recorder's memory: the last records of each launch under way. What became of a launch
 * is known when it is over: one that failed is handed out, all others are forgotten at once.
 *
 * A launch's course (begin, end, ioctls, ranges, failures, stacks) is kept apart from its pages and
 * commands, of which there are many. Both are bounded, and what had to go is counted. Times are
 * CLOCK_MONOTONIC ns.
 */
#ifndef FLIGHT_FLIGHT_H
#define FLIGHT_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "stacks/symbols.h"

#define FLIGHT_KEEP \
	1000 /* records of pages and commands of a launch, if nothing else is asked for */
#define FLIGHT_MAX_KEEP 1000000
#define FLIGHT_BUFFER (2UL << 20) /* from the kernel: it takes twice that, and is emptied fast */
#define FLIGHT_MAX_LAUNCHES 1024 /* under way at a time */
#define FLIGHT_COURSE_BYTES (128U << 10) /* of a launch */
#define FLIGHT_BYTES \
	(8U << 20) /* pages and commands of all launches; as much again for their courses */

/*
 * How long a launch that failed may stand still before it is handed out although its VM is still
 * there.
 */
#define FLIGHT_STALL_NS 10000000000ULL
/* The same for commands that failed in no launch: more may follow. */
#define FLIGHT_HOST_NS 1000000000ULL
/* A guest that was there before us and does nothing that belongs to a launch. */
#define FLIGHT_IDLE_NS 60000000000ULL

/* Records in the order they came, the oldest of which can be dropped. */
struct flight_ring {
	char *data;
	size_t start;
	size_t end;
	size_t size;
	uint64_t nr;
	uint64_t cut; /* records that had to go */
};

struct flight_cpu {
	uint32_t cpu;
	uint64_t seen; /* records, cut ones included */
	uint64_t cut;
};

struct flight_launch {
	uint32_t number; /* 0: what belongs to no launch */
	bool handed_out;
	uint64_t last; /* ts of the last record */
	uint64_t failed; /* launch 0: ts of the first command that failed; 0: none */
	struct sevtrace_rec_psp command; /* launch 0: that one */
	struct flight_ring course;
	struct flight_ring pages;
	bool has_begin;
	struct sevtrace_rec_launch_begin begin; /* never cut */
	struct flight_cpu *cpus;
	size_t nr_cpus;
	struct symbols *symbols; /* of its stacks; NULL: none yet */
};

struct flight_sink {
	/*
	 * A launch failed, or (number 0) commands did that belong to none. ended: it was its
	 * LAUNCH_END that told, so nothing more comes of it. It lives until the call returns. A
	 * negative errno ends flight_feed() and the like.
	 */
	int (*failed)(void *ctx, struct flight_launch *l, bool ended);
	/* One that had been handed out already succeeded after all. */
	void (*recovered)(void *ctx, const struct flight_launch *l);
	/*
	 * No more is kept of the launch: its VM is gone (ended), it has succeeded, or there is no
	 * room.
	 */
	void (*dropped)(void *ctx, uint32_t launch, bool ended);
	void *ctx;
};

struct flight_counts {
	uint64_t ok;
	uint64_t failed;
	uint64_t incomplete; /* killed or given up, and nothing had failed */
	uint64_t recovered; /* of the ok ones, handed out before */
	uint64_t forgotten; /* given up for newer ones, as too many were under way */
	uint64_t host; /* times that commands failed which belong to no launch */
};

struct flight;

/* keep: records of pages and commands of a launch. NULL: out of memory. */
struct flight *flight_new(size_t keep, const struct flight_sink *sink);
void flight_free(struct flight *f);

/* Takes a record. 0, -ENOMEM, or what the sink returned. */
int flight_feed(struct flight *f, const struct sevtrace_rec *rec);

/* The names of a launch's stacks, to add to; NULL: there is no such launch, or no memory. */
struct symbols *flight_symbols(struct flight *f, uint32_t launch);

/* Time has passed: what stands still is handed out or forgotten. As flight_feed(). */
int flight_tick(struct flight *f, uint64_t now);

/* There is no more to come: hands out what failed by now. As flight_feed(). */
int flight_finish(struct flight *f);

struct flight_counts flight_counts(const struct flight *f);

/* Bytes that records take now. */
size_t flight_bytes(const struct flight *f);

/* What the model knows of it, from its course. NULL: of launch 0. */
const struct model_launch *flight_model(const struct flight *f, const struct flight_launch *l);

/* Its failure that was not made good, the first one; NULL: there is none, or of launch 0. */
const struct model_failure *flight_failure(const struct flight *f, const struct flight_launch *l);

/* Calls fn for every record kept, in order, until one returns other than 0, which is returned. */
int flight_each(const struct flight_launch *l, int (*fn)(void *ctx, const struct sevtrace_rec *rec),
		void *ctx);

#endif /* FLIGHT_FLIGHT_H */
