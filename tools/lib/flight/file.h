/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace files that the flight recorder leaves: one for each launch that failed. */
#ifndef FLIGHT_FILE_H
#define FLIGHT_FILE_H

#include <limits.h>
#include <stdint.h>

#include "flight/flight.h"
#include "host/identity.h"
#include "tracefile/tracefile.h"

#define FLIGHT_MAX_FILES 1000 /* in all, if nothing else is asked for */
#define FLIGHT_BURST 20 /* files at once; then one every FLIGHT_INTERVAL_NS */
#define FLIGHT_INTERVAL_NS 10000000000ULL

/*
 * How many files may be written: in all, and in a time. Where every launch fails, the first ones
 * tell why.
 */
struct flight_limit {
	uint64_t left;
	uint64_t credit; /* ns, FLIGHT_INTERVAL_NS a file */
	uint64_t since; /* when credit was counted */
	uint64_t refused;
};

void flight_limit_init(struct flight_limit *limit, uint64_t max_files, uint64_t now);

/* May one more be written now? Counts that it is, or that it is not. */
bool flight_limit_take(struct flight_limit *limit, uint64_t now);

/* What a file's name tells. */
struct flight_name {
	uint64_t ts; /* of the failure */
	uint32_t pid; /* 0: of no launch */
	uint32_t asid;
	const char *what; /* ioctl, or PSP command of no launch */
};

struct flight_file {
	struct tracefile_writer *writer; /* NULL: none is open */
	uint32_t launch;
	char path[PATH_MAX];
};

/*
 * Makes DIR/sevtrace-TIME-pidPID-asidASID-WHAT.data, with -2, -3 and so on behind it where there is
 * one of that name. 0 or a negative errno.
 */
int flight_file_create(struct flight_file *file, const char *dir, const struct flight_name *name);

/*
 * Writes what is kept of the launch but histograms, which may follow until the end. A negative
 * errno: flight_file_abandon().
 */
int flight_file_write(struct flight_file *file, const struct host_info *host,
		      const struct flight_launch *l, uint64_t kernel_drops);

/* Completes the file. On an error it is gone. */
int flight_file_end(struct flight_file *file);
void flight_file_abandon(struct flight_file *file);

#endif /* FLIGHT_FILE_H */
