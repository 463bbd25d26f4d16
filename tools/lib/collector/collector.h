/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The collector: loads the BPF programs, hands out their records and histograms, counts what was
 * lost.
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

#define COLLECTOR_DEFAULT_BUFFER (4UL << 20)
#define COLLECTOR_MAX_BUFFER (1UL << 30)

/*
 * Receives what is collected. A negative errno from record or hist ends the drain under way,
 * which returns it.
 */
struct collector_sink {
	int (*record)(void *ctx, const struct sevtrace_rec *rec);
	int (*hist)(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist);
	/* The thread's next record is the STACK that belongs to it; NULL: nobody wants it. */
	void (*user_stack)(void *ctx, const struct sevtrace_user_stack *copy);
	void (*warn)(void *ctx, const char *text); /* a sentence without its end */
	void *ctx;
	void *warn_ctx; /* of warn */
};

struct collector_options {
	bool system_wide; /* else only processes given to collector_track() and their children */
	uint64_t buffer_size; /* bytes, rounded up to a power of two; 0: the default */
	struct sevtrace_filter filter; /* what of their launches is recorded; .cgroup is set here */
	bool wait_modules; /* ccp and kvm_amd need not be there; see collector_waiting() */
	const char *cgroup; /* only processes in this control group: a folder; NULL: all */
};

struct collector;

/*
 * Checks that the kernel and our capabilities allow a recording; warns of what will not be seen.
 * On an error of this and of collector_start() why receives what is wrong and what to do about
 * it, as one sentence without a full stop.
 */
int collector_open(const struct collector_options *options, const struct collector_sink *sink,
		   struct collector **out, char *why, size_t why_size);

/* Loads and attaches. From its return on, the kernel records. */
int collector_start(struct collector *c, char *why, size_t why_size);

/*
 * With wait_modules: is kvm_amd not there yet? ccp's commands are recorded from its first moment
 * on, KVM's events soon after kvm_amd is loaded. collector_drain() attaches to them; it warns and
 * returns -ENOTSUP if they cannot be recorded.
 */
bool collector_waiting(const struct collector *c);

/* Trace the process and what it forks from now on. */
int collector_track(struct collector *c, pid_t pid);

/* The same for its present descendants as well. */
int collector_track_tree(struct collector *c, pid_t pid);

/* Becomes readable when a good part of the buffer is filled; drain now and then nevertheless. */
int collector_fd(const struct collector *c);

/* Hands out what waits. Histograms of a launch follow its LAUNCH_END and are freed. */
int collector_drain(struct collector *c);

/* Is the teardown of a launch under way whose process has ended? */
bool collector_teardown_pending(const struct collector *c);

/*
 * Hands out everything by now, also the histograms of launches under way, which begin anew. A
 * sample that is added to one in this moment is lost.
 */
int collector_harvest(struct collector *c);

/*
 * Calls fn with a copy of each histogram, which stays with the kernel. A result other than 0 ends
 * that and is returned. fn may take one.
 */
typedef int (*collector_looker)(void *ctx, const struct sevtrace_hist_key *key,
				const struct sevtrace_hist *hist);
int collector_look(struct collector *c, collector_looker fn, void *ctx);

/* Hands a histogram out and frees it; one that is not there is none. */
int collector_take(struct collector *c, const struct sevtrace_hist_key *key);

/*
 * Hands out the histograms of a launch and frees them. over: the launch's VM is gone. Otherwise
 * the guest may run for months and cause attribute updates at any time, so their histograms stay;
 * nothing else may happen in the launch, as a sample that is added in this moment is lost.
 */
int collector_take_launch(struct collector *c, uint32_t launch, bool over);

/* The numbers of the launches that are not over. */
struct collector_live {
	uint32_t *numbers; /* the caller frees them */
	size_t nr;
	uint32_t last; /* higher ones began since */
};

int collector_live(const struct collector *c, struct collector_live *live);

/* What the maps take of the kernel's memory; 0 where it does not tell. */
uint64_t collector_map_bytes(const struct collector *c);

/* What the PSP does now. The parts may be of moments a little apart. */
struct sevtrace_psp_now collector_psp_now(const struct collector *c);

/* Records of a launch that were dropped by now. */
uint64_t collector_dropped_of(const struct collector *c, uint32_t launch);

/* Stops recording and hands out the records that wait; histograms stay. */
int collector_stop(struct collector *c);

/* Stops recording and hands out the rest, all histograms included. */
int collector_finish(struct collector *c);

/* Counters by CPU: *nr entries, owned by the collector and valid until the next call. */
int collector_counters(struct collector *c, const struct sevtrace_counters **counters, size_t *nr);

/* Adds them up over all CPUs. */
void counters_sum(const struct sevtrace_counters *counters, size_t nr,
		  struct sevtrace_counters *sum);

/*
 * Dropped records by launch, 0: outside of any. Calls fn for each launch that has some; its result
 * other than 0 ends that and is returned.
 */
int collector_launch_drops(struct collector *c, int (*fn)(void *ctx, __u32 launch, __u64 dropped),
			   void *ctx);

void collector_close(struct collector *c);

#endif /* COLLECTOR_COLLECTOR_H */
