/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading perf.data: what `perf record` writes to a file, or to a pipe (-o -), compressed (-z) or
 * not. The format is that of Linux tools/perf/Documentation/perf.data-file-format.txt. All of a
 * file is untrusted; memory is bounded whatever it says.
 */
#ifndef PERFDATA_FILE_H
#define PERFDATA_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "perfdata/events.h"

#define PERF_MAX_CPUS 8192 /* as Linux has it on x86 */

/* What the file says about its host; NULL or 0: it does not say. */
struct perf_file_info {
	char *hostname;
	char *kernel;
	char *machine;
	char *version; /* of perf */
	char **command; /* of perf, NULL at the end */
	uint32_t cpus;
	bool clock_known; /* events have the time of CLOCK_MONOTONIC, offset is known */
	int64_t realtime_offset; /* ns to add to the time of events for the time of day */
};

/* Events that perf lost. */
struct perf_file_lost {
	uint64_t all;
	uint64_t by_cpu[PERF_MAX_CPUS]; /* the last one also has those of higher numbers */
};

/* What became of a read. lost and lost_samples tell of the same events: the larger one is true. */
struct perf_file_state {
	uint64_t samples; /* of sevtrace's events */
	uint64_t others; /* samples of other events */
	uint64_t damaged; /* samples that are not what their event says */
	struct perf_file_lost lost; /* as the kernel said while it recorded */
	struct perf_file_lost lost_samples; /* as perf counted in the end, where it does */
	bool complete; /* all of it was read */
	char text[200]; /* why it is not complete, as a clause; empty if it is */
};

/* Receives the events in order of time; a result other than 0 ends the reading. */
typedef int (*perf_file_sink)(void *ctx, const struct perf_event *event);

struct perf_file;

/*
 * path: "-" for standard input. formats: a folder such as /sys/kernel/tracing/events, whose formats
 * of events serve when the file has none; may be NULL. why receives a sentence part on an
 * error ("is not a perf.data file"), for the caller to put the file's name before.
 */
int perf_file_open(const char *path, const char *formats, struct perf_file **out, char *why,
		   size_t why_size);

/*
 * Can it be read? -ENODATA: the file does not describe its events, or has none of ours; why tells.
 * What comes by a pipe tells only when it was read.
 */
int perf_file_check(struct perf_file *file, char *why, size_t why_size);

/*
 * Returns 0 also for a file that is cut off or damaged: state tells. -ENODATA: as above, by a pipe.
 */
int perf_file_read(struct perf_file *file, perf_file_sink sink, void *ctx,
		   struct perf_file_state *state, char *why, size_t why_size);

/* Complete after reading. Lives as long as the file. */
const struct perf_file_info *perf_file_info(const struct perf_file *file);

/* Was an event of this type being recorded? For use after reading. */
bool perf_file_recorded(const struct perf_file *file, int type);
void perf_file_free(struct perf_file *file);

#endif /* PERFDATA_FILE_H */
