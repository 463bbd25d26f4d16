/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collector loads the BPF programs, hands out their records and histograms, and counts losses.
 *
 * Functions return 0 or a negative errno. Not thread safe.
 */
#ifndef COLLECTOR_COLLECTOR_H
#define COLLECTOR_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/types.h>

#include <sevtrace/maps.h>
#include <sevtrace/hist.h>
#include <sevtrace/record.h>

#include "host/events.h"

#define COLLECTOR_DEFAULT_BUFFER (4UL << 20)
#define COLLECTOR_MAX_BUFFER (1UL << 30)
#define COLLECTOR_DRAIN 16384

/*
 * Returned by a sink's record() for a LAUNCH_END: the sink will call collector_take_launch() itself
 * for the launch's histograms.
 */
#define COLLECTOR_LATER 1

/*
 * Receives what the collector hands out. If record or hist returns a negative errno, the current
 * drain ends and returns it.
 */
struct collector_sink {
	int (*record)(void *ctx, const struct sevtrace_rec *rec);
	int (*hist)(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist);
	/*
	 * Receives the copy of a user stack; the STACK record of the same launch, thread and time
	 * comes after it. NULL: not wanted.
	 */
	void (*user_stack)(void *ctx, const struct sevtrace_user_stack *copy);
	void (*warn)(void *ctx, const char *text); /* one sentence without a full stop */
	void *ctx;
	void *warn_ctx; /* of warn */
};

struct collector_options {
	bool system_wide; /* false: only processes given to collector_track() and their children */
	uint64_t buffer_size; /* bytes, rounded up to a power of two; 0: the default */
	/* which records of launches are kept; collector_start() sets .cgroup */
	struct sevtrace_filter filter;
	enum event_wish source; /* where events come from */
	bool first_run; /* tell when a launched guest first runs */
	bool guests; /* follow launched guests, see collector_tell_guests() */
	struct sevtrace_milestone_ports milestones; /* with guests */
	/* samples a second of what VMMs run while they launch, on each CPU; 0: none */
	unsigned int samples;
	bool calls; /* time the VMMs' system calls and page faults between ioctls, too */
	bool count_cost; /* have the kernel count what the programs take, see collector_cost() */
	bool wait_modules; /* ccp and kvm_amd may be loaded later; see collector_waiting() */
	const char *cgroup; /* folder of a control group: trace only its processes; NULL: all */
};

struct collector;

/*
 * Checks that the kernel and the caller's capabilities allow a recording; warns of events that will
 * be missing. On an error of this function or of collector_start(), `why` receives the problem and
 * its cure, as one sentence without a full stop.
 */
int collector_open(const struct collector_options *options, const struct collector_sink *sink,
		   struct collector **out, char *why, size_t why_size);

/* Loads and attaches the programs. The kernel records from its return on. */
int collector_start(struct collector *c, char *why, size_t why_size);

/* Returns where the events come from. With wait_modules, known when the modules are loaded. */
const struct event_choice *collector_choice(const struct collector *c);

/*
 * Returns what this recording lacks because of its source or of missing events, as parts of a
 * sentence with commas between them; "" if nothing. Valid as long as the collector, and final when
 * the modules are loaded.
 */
const char *collector_lacks(const struct collector *c);

/*
 * With wait_modules: tells whether kvm_amd is not loaded yet. The recording has ccp's commands from
 * ccp's first moment on, and KVM's events from soon after kvm_amd was loaded. collector_drain()
 * attaches to KVM's events; it warns and returns -ENOTSUP if they cannot be recorded.
 */
bool collector_waiting(const struct collector *c);

/* Traces the process, and what it forks from now on. */
int collector_track(struct collector *c, pid_t pid);

/* Traces the process and its present descendants, and what they fork from now on. */
int collector_track_tree(struct collector *c, pid_t pid);

/*
 * Returns a file descriptor that becomes readable when a quarter of the buffer is filled, or at an
 * urgent record. Drain now and then nevertheless.
 */
int collector_fd(const struct collector *c);

/* Tells whether the last drain left records: there were too many for one. Drain again at once. */
bool collector_behind(const struct collector *c);

/*
 * Hands out waiting records, but no more than COLLECTOR_DRAIN of them: the kernel may write them as
 * fast as they are handed out, and the caller has other things to do. After a LAUNCH_END, hands out
 * the launch's histograms and frees them.
 */
int collector_drain(struct collector *c);

/* Hands out all records that wait at this moment; as many as the buffer holds, at most. */
int collector_drain_all(struct collector *c);

/* Tells whether a launch is being torn down whose process has ended. */
bool collector_teardown_pending(const struct collector *c);

/*
 * Hands out all records and histograms so far. Histograms of launches under way restart empty. A
 * sample that comes while they are taken is counted as a loss.
 */
int collector_harvest(struct collector *c);

/*
 * Calls fn with a copy of each histogram; the histograms stay in the kernel. If fn returns a value
 * other than 0, collector_look() stops and returns it. fn may call collector_take().
 */
typedef int (*collector_looker)(void *ctx, const struct sevtrace_hist_key *key,
				const struct sevtrace_hist *hist);
int collector_look(struct collector *c, collector_looker fn, void *ctx);

/* Hands out one histogram and frees it. Returns 0 if there is none for the key. */
int collector_take(struct collector *c, const struct sevtrace_hist_key *key);

/*
 * Hands out the histograms of a launch and frees them. over: the launch's VM is gone. If it is not,
 * the guest may run for months and update attributes at any time, so histograms of attribute
 * updates stay. A sample that comes during the call is counted as a loss.
 */
int collector_take_launch(struct collector *c, uint32_t launch, bool over);

/* The numbers of the launches that are not over. */
struct collector_live {
	uint32_t *numbers; /* the caller frees them */
	size_t nr;
	uint32_t last; /* launches with higher numbers began later */
};

int collector_live(const struct collector *c, struct collector_live *live);

/* How often the programs ran, and their processor time on all CPUs. */
struct collector_cost {
	uint64_t runs;
	uint64_t ns;
};

/*
 * Gets what the programs have taken since they were loaded. Returns false if the kernel does not
 * count that: neither this collector nor the sysctl kernel.bpf_stats_enabled asks it to.
 */
bool collector_cost(const struct collector *c, struct collector_cost *cost);

/*
 * Has the kernel write a GUEST record of each guest that has done something since its last one. The
 * kernel does so by itself at a guest's first exit and at its end. Call it now and then, and
 * before collector_finish(), then with `all`: of each guest whose launch is done.
 */
int collector_tell_guests(const struct collector *c, bool all);

/*
 * Writes what is at an address of the kernel, as "FUNCTION+OFFSET" or "FUNCTION+OFFSET [MODULE]";
 * nothing if the kernel does not know. collector: a struct collector, until it is closed.
 */
void collector_name_address(void *collector, uint64_t addr, char name[SEVTRACE_ADDRESS_NAME]);

/* Returns the kernel memory of the maps in bytes; 0 if the kernel does not tell. */
uint64_t collector_map_bytes(const struct collector *c);

/* Returns what the PSP does now. The fields may be read a little apart in time. */
struct sevtrace_psp_now collector_psp_now(const struct collector *c);

/* Returns the number of records of a launch that were dropped so far. */
uint64_t collector_dropped_of(const struct collector *c, uint32_t launch);

/*
 * Makes room for other launches in the kernel's map of dropped records. Of a launch without an
 * entry nobody would know that records of it were dropped. For programs that forget launches; not
 * together with collector_launch_drops().
 */
void collector_forget_drops(struct collector *c, uint32_t launch);

/* Stops recording and hands out the waiting records; histograms stay. */
int collector_stop(struct collector *c);

/* Stops recording and hands out the rest, including all histograms. */
int collector_finish(struct collector *c);

/* Gets the counters of each CPU: *nr entries, owned by the collector, valid until the next call. */
int collector_counters(struct collector *c, const struct sevtrace_counters **counters, size_t *nr);

/* Adds the counters up over all CPUs. */
void counters_sum(const struct sevtrace_counters *counters, size_t nr,
		  struct sevtrace_counters *sum);

/*
 * Calls fn for each launch that has dropped records; launch 0: records outside of any launch. If fn
 * returns a value other than 0, the function stops and returns it.
 */
int collector_launch_drops(struct collector *c, int (*fn)(void *ctx, __u32 launch, __u64 dropped),
			   void *ctx);

void collector_close(struct collector *c);

#endif /* COLLECTOR_COLLECTOR_H */
