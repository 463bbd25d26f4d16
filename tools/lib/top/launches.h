/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `sevtrace top` shows: the launches of a live host. Records go into a launch model. A launch
 * is dropped from the model some seconds after it is over, so memory is bounded by the launches at
 * one time.
 *
 * Times are CLOCK_MONOTONIC ns, as those of records.
 */
#ifndef TOP_LAUNCHES_H
#define TOP_LAUNCHES_H

#include <sys/types.h>

#include "model/model.h"
#include "util/text.h"

#define LIVE_LINGER_NS 5000000000ULL /* how long a launch is shown after it is over */
/* Its guest, if guests are followed: until its memory has not grown for so long, ... */
#define LIVE_SETTLED_NS 60000000000ULL
#define LIVE_SILENT_NS 1800000000000ULL /* ... or, if it should have and never did, for so long. */

/* Counters of the kernel: sums since the start, and current values. */
struct live_kernel {
	uint64_t busy_ns; /* of the PSP, the command under way included */
	uint64_t commands;
	uint64_t emitted; /* records */
	uint64_t dropped;
	uint32_t waiting; /* threads that wait for the PSP */
	uint32_t cmd; /* command under way */
	uint32_t launch; /* whose it is; 0: the host's */
	uint64_t cmd_ns; /* how long it has taken so far; 0: no command is under way */
};

/* What we keep of a launch besides the model. The launches are in the model's order. */
struct live_launch {
	uint32_t number;
	uint64_t over; /* when it was over; 0: it is not */
	uint64_t pages; /* populated until the last refresh */
	double rate; /* pages per second between the last two refreshes */
	bool gone; /* the VM */
	uint64_t grew; /* when a guest was last seen with more memory; 0: never */
	uint64_t guest_ns; /* time that its vCPUs had run at the last refresh */
	double guest_cpus; /* how many ran between the last two refreshes, on average */
};

struct live {
	struct model model;
	struct live_launch *launches;
	size_t nr_launches;
	uint32_t highest; /* highest launch number so far */
	/* Returns how long a process's vCPUs have run, in ns. NULL: guests are not followed. */
	uint64_t (*guest_time)(pid_t pid);
	uint64_t started;
	uint64_t refreshed; /* time of the last refresh */
	uint64_t interval; /* ns between the last two refreshes */
	uint64_t results[3]; /* launches that are over, by enum model_result */
	struct model_status_count *errors; /* of PSP commands, by status */
	size_t nr_errors;
	uint64_t not_asked;
	uint64_t not_answered;
	struct live_kernel kernel; /* at the last refresh */
	struct live_kernel before; /* at the refresh before it */
};

void live_init(struct live *live, uint64_t now);
void live_free(struct live *live);

/* Takes a record. Returns 0 or -ENOMEM. */
int live_feed(struct live *live, const union sevtrace_record *rec);

/*
 * Updates rates, and drops launches that were over for some time. alive: does a process of this id
 * still exist? If it does not, the launch is over even if the record of its end was lost. A guest
 * that began before us and was silent for a minute is dropped without being counted.
 */
void live_refresh(struct live *live, uint64_t now, const struct live_kernel *kernel,
		  bool (*alive)(pid_t pid));

/* Tells whether the launch is over and ok, and its guest is followed. */
bool live_guest(const struct live *live, const struct model_launch *l,
		const struct live_launch *place);

/* Returns the pages that the launch populated, and its guest was given since. */
uint64_t live_pages(const struct model_launch *l);

/* How to sort the launches, and how many lines to print. */
struct live_view {
	size_t sort; /* index of a sort key, less than live_sort_columns() */
	int lines; /* maximum, including the head; 0: no maximum */
	bool paused;
};

size_t live_sort_columns(void);

/*
 * Writes one frame:
 *
 *   sevtrace top  25.3 s: 1 running, 1 ok, 0 failed, 0 incomplete
 *   PSP 3.6% busy, 120 commands/s, 1 waiting, in SNP_LAUNCH_UPDATE of launcher[73] for 1.1 ms
 *   4,201 events/s, 0 dropped
 *
 *   PID NAME              ELAPSED IOCTL              STEP              DONE        OF     LEFT
 *    73 launcher           1.09 s -                  -                   34        34       ok
 *    74 launcher           8.12 s the guest          accepts          8,234    16,384   3.41 s
 *
 * Lines are not wider than style->width. Of control characters, only those for colours are written.
 */
void render_live(const struct live *live, const struct live_view *view,
		 const struct text_style *style);

#endif /* TOP_LAUNCHES_H */
