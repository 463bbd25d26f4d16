/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the trace files of the flight recorder: one for each launch that failed. */
#ifndef FLIGHT_FILE_H
#define FLIGHT_FILE_H

#include <limits.h>
#include <stdint.h>

#include "flight/flight.h"
#include "host/identity.h"
#include "tracefile/tracefile.h"

#define FLIGHT_MAX_FILES 1000 /* default limit of files in total */
#define FLIGHT_BURST 20 /* files without a pause; then one per FLIGHT_INTERVAL_NS */
#define FLIGHT_INTERVAL_NS 10000000000ULL

/*
 * Limits how many files are written, in total and per time. If every launch fails, the first files
 * tell why.
 */
struct flight_limit {
	uint64_t left;
	uint64_t credit; /* ns; each file costs FLIGHT_INTERVAL_NS */
	uint64_t since; /* when credit was last updated */
	uint64_t refused;
};

void flight_limit_init(struct flight_limit *limit, uint64_t max_files, uint64_t now);

/* May one more file be written now? Counts the file either as written or as refused. */
bool flight_limit_take(struct flight_limit *limit, uint64_t now);

/* The parts of a file's name. */
struct flight_name {
	uint64_t ts; /* of the failure */
	const char *guest; /* what people call it, without unusual characters; "": nothing known */
	uint32_t pid; /* 0: no launch */
	uint32_t asid;
	const char *what; /* ioctl; or PSP command, if it was in no launch */
};

struct flight_file {
	struct tracefile_writer *writer; /* NULL: no file is open */
	uint32_t launch;
	char path[PATH_MAX];
};

/*
 * Creates DIR/sevtrace-TIME-GUEST-pidPID-asidASID-WHAT.data; adds -2, -3 and so on if the name
 * exists. Returns 0 or a negative errno.
 */
int flight_file_create(struct flight_file *file, const char *dir, const struct flight_name *name);

/*
 * Writes all that is kept of the launch except histograms, which may be written until the end.
 * After a negative errno, call flight_file_abandon().
 */
int flight_file_write(struct flight_file *file, const struct host_info *host,
		      const struct flight_launch *l, uint64_t kernel_drops);

/* Completes the file. On an error, the file is removed. */
int flight_file_end(struct flight_file *file);
void flight_file_abandon(struct flight_file *file);

#endif /* FLIGHT_FILE_H */
