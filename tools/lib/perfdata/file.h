/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads perf.data, as `perf record` writes it to a file or to a pipe (-o -), compressed (-z) or
 * not. Linux tools/perf/Documentation/perf.data-file-format.txt describes the format. All of a file
 * is untrusted; memory is bounded whatever the file says.
 */
#ifndef PERFDATA_FILE_H
#define PERFDATA_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "perfdata/events.h"

#define PERF_MAX_CPUS 8192 /* the limit of Linux on x86 */

/* Facts of the file about its host; NULL or 0: the file does not tell. */
struct perf_file_info {
	char *hostname;
	char *kernel;
	char *machine;
	char *version; /* version of perf */
	char **command; /* perf's command line, NULL at the end */
	uint32_t cpus;
	bool clock_known; /* the clock of events is CLOCK_MONOTONIC, and realtime_offset is known */
	int64_t realtime_offset; /* ns to add to the time of an event to get the time of day */
};

/* Events that perf lost. */
struct perf_file_lost {
	uint64_t all;
	uint64_t by_cpu[PERF_MAX_CPUS]; /* the last entry also counts CPUs with higher numbers */
};

/* The result of a read. lost and lost_samples count the same events; the larger one is right. */
struct perf_file_state {
	uint64_t samples; /* samples of sevtrace's events */
	uint64_t others; /* samples of other events */
	uint64_t damaged; /* samples that do not match their event's format */
	struct perf_file_lost lost; /* as the kernel reported while it recorded */
	struct perf_file_lost lost_samples; /* as perf counted at the end, if it did */
	bool complete; /* the whole file was read */
	char text[200]; /* why the file is not complete, as a clause; empty if it is */
};

/* Receives the events in order of time. A result other than 0 ends the reading. */
typedef int (*perf_file_sink)(void *ctx, const struct perf_event *event);

struct perf_file;

/*
 * path: "-" for standard input. formats: a folder such as /sys/kernel/tracing/events, from which
 * event formats are taken if the file has none; may be NULL. On an error, `why` receives a part of
 * a sentence ("is not a perf.data file"); the caller puts the file's name before it.
 */
int perf_file_open(const char *path, const char *formats, struct perf_file **out, char *why,
		   size_t why_size);

/*
 * Checks whether the file can be imported. -ENODATA: it does not describe its events, or has none
 * of sevtrace's; `why` tells. A pipe cannot be checked before it was read, so this returns 0.
 */
int perf_file_check(struct perf_file *file, char *why, size_t why_size);

/*
 * Reads all events. Returns 0 even if the file is cut off or damaged: *state tells. -ENODATA, from
 * a pipe only: as for perf_file_check().
 */
int perf_file_read(struct perf_file *file, perf_file_sink sink, void *ctx,
		   struct perf_file_state *state, char *why, size_t why_size);

/*
 * Returns the facts about the host, which are complete after reading. They live as long as the
 * file.
 */
const struct perf_file_info *perf_file_info(const struct perf_file *file);

/* Tells whether events of this type were recorded. For use after reading. */
bool perf_file_recorded(const struct perf_file *file, int type);
void perf_file_free(struct perf_file *file);

#endif /* PERFDATA_FILE_H */
