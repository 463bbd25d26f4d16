/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flight recorder's memory: the last records of each launch under way. The result of a launch
 * is known when it is over. Then a launch that failed or was slow is handed out, and any other one
 * is forgotten at once.
 *
 * A launch's course (begin, end, ioctls, ranges, failures, stacks) is kept apart from its pages and
 * commands, of which there are many. Both are bounded; records that had to be dropped are counted.
 * Times are CLOCK_MONOTONIC ns.
 */
#ifndef FLIGHT_FLIGHT_H
#define FLIGHT_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flight/slow.h"
#include "model/model.h"
#include "stacks/symbols.h"

#define FLIGHT_KEEP \
	1000 /* records of pages and commands to keep of a launch, if the user sets no limit */
#define FLIGHT_MAX_KEEP 1000000
#define FLIGHT_BUFFER (2UL << 20) /* in the kernel, which takes twice that; we empty it often */
#define FLIGHT_MAX_LAUNCHES 1024 /* launches under way at a time */
#define FLIGHT_COURSE_BYTES (128U << 10) /* limit for the course of a launch */
#define FLIGHT_BYTES \
	(8U << 20) /* limit for pages and commands of all launches; the same for courses */

/* How long a failed launch may be silent before it is handed out although its VM still exists. */
#define FLIGHT_STALL_NS 10000000000ULL
/* The same for commands that failed outside of launches: more failures may follow. */
#define FLIGHT_HOST_NS 1000000000ULL
/*
 * The same for a guest that began before us and does nothing that belongs to a launch: it is
 * dropped.
 */
#define FLIGHT_IDLE_NS 60000000000ULL

/* Records in the order they came; the oldest one can be dropped. */
struct flight_ring {
	char *data;
	size_t start;
	size_t end;
	size_t size;
	uint64_t nr;
	uint64_t cut; /* number of records that were dropped */
};

struct flight_cpu {
	uint32_t cpu;
	uint64_t seen; /* records, including those that were cut */
	uint64_t cut;
};

enum flight_why {
	FLIGHT_FAILED,
	FLIGHT_SLOW, /* the launch as a whole */
	FLIGHT_SLOW_COMMAND,
};

struct flight_launch {
	uint32_t number; /* 0: stands for what belongs to no launch */
	bool handed_out;
	enum flight_why why; /* it is handed out */
	uint64_t last; /* ts of the last record */
	uint64_t failed; /* launch 0: ts of the first command that failed; 0: none */
	/* launch 0: the first command that failed; else the first slow one */
	struct sevtrace_rec_psp command;
	bool command_slow;
	struct flight_ring course;
	struct flight_ring pages;
	bool has_begin;
	struct sevtrace_rec_launch_begin begin; /* never cut */
	struct flight_cpu *cpus;
	size_t nr_cpus;
	struct symbols *symbols; /* for its stacks; NULL: none yet */
};

struct flight_sink {
	/*
	 * Called when a launch failed or was slow, or (number 0) when commands outside of launches
	 * failed. ended: its LAUNCH_END has come, so no more records will. The launch is valid
	 * until the call returns. A negative errno is returned by flight_feed() etc.
	 */
	int (*found)(void *ctx, struct flight_launch *l, bool ended);
	/* Called when a launch succeeded after it had been handed out. */
	void (*recovered)(void *ctx, const struct flight_launch *l);
	/*
	 * Called when a launch is forgotten: its VM is gone (ended), it has succeeded, or room was
	 * needed.
	 */
	void (*dropped)(void *ctx, uint32_t launch, bool ended);
	void *ctx;
};

struct flight_counts {
	uint64_t ok;
	uint64_t failed;
	uint64_t slow; /* of the ok ones, and of those given up */
	uint64_t incomplete; /* killed or given up without any failure */
	uint64_t recovered; /* of the ok ones: they had been handed out before */
	uint64_t forgotten; /* dropped for newer ones because too many were under way */
	uint64_t host; /* times that failed commands outside of launches were handed out */
};

struct flight;

/* What to hand out, and how much to keep of it. */
struct flight_wants {
	size_t keep; /* records of pages and commands of a launch */
	bool failures;
	struct flight_limits slow;
};

/* NULL: out of memory. */
struct flight *flight_new(const struct flight_wants *wants, const struct flight_sink *sink);
void flight_free(struct flight *f);

/* Takes a record. Returns 0, -ENOMEM, or what the sink returned. */
int flight_feed(struct flight *f, const struct sevtrace_rec *rec);

/* Returns the symbols of a launch's stacks, to add to; NULL: no such launch, or no memory. */
struct symbols *flight_symbols(struct flight *f, uint32_t launch);

/*
 * Hands out or forgets launches that were silent for too long. Returns the same as flight_feed().
 */
int flight_tick(struct flight *f, uint64_t now);

/*
 * Hands out what has failed so far; no more records will come. Returns the same as flight_feed().
 */
int flight_finish(struct flight *f);

struct flight_counts flight_counts(const struct flight *f);

/* Returns how many bytes the records take now. */
size_t flight_bytes(const struct flight *f);

/* Returns the model of a launch, made from its course. NULL: it is launch 0. */
const struct model_launch *flight_model(const struct flight *f, const struct flight_launch *l);

/* Returns the first failure that was not made good; NULL: there is none, or it is launch 0. */
const struct model_failure *flight_failure(const struct flight *f, const struct flight_launch *l);

/* Calls fn for each kept record in order. Stops when fn returns other than 0, and returns that. */
int flight_each(const struct flight_launch *l, int (*fn)(void *ctx, const struct sevtrace_rec *rec),
		void *ctx);

#endif /* FLIGHT_FLIGHT_H */
