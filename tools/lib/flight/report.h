/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the flight recorder says of a launch that failed: a line, a file's name, variables for a
 * command.
 */
#ifndef FLIGHT_REPORT_H
#define FLIGHT_REPORT_H

#include <limits.h>
#include <stdio.h>

#include "flight/file.h"
#include "flight/flight.h"

#define FLIGHT_VARIABLES 11
#define FLIGHT_VALUE_LEN 512

/* Of a launch, or (pid 0) of commands of none. All text is clean. */
struct flight_report {
	uint64_t ts; /* of the failure */
	uint32_t pid;
	uint32_t asid;
	char comm[2 * SEVTRACE_COMM_LEN];
	char what[64]; /* ioctl, or command; letters of a file's name */
	const char *vm_type; /* "snp" */
	char ioctl[64]; /* by its full name; empty: of no launch */
	int32_t ret;
	char command[64]; /* the PSP's; empty: it was none */
	char status[64]; /* the firmware's, by name; empty: it was not asked or did not answer */
	const char *cause; /* "": not known */
	char file[PATH_MAX + 32]; /* where flight_report_variables() keeps them */
	char values[FLIGHT_VARIABLES - 1][FLIGHT_VALUE_LEN];
};

void flight_report_fill(struct flight_report *r, const struct flight *f,
			const struct flight_launch *l);

/* The name points into r. */
struct flight_name flight_report_name(const struct flight_report *r);

/* One line. */
void flight_report_print(const struct flight_report *r, FILE *out);

/* "SEVTRACE_FILE=..." and so on, ended by NULL; they live in r. */
void flight_report_variables(struct flight_report *r, const char *path,
			     const char *variables[FLIGHT_VARIABLES + 1]);

struct flight_end {
	struct flight_counts counts;
	uint64_t written; /* files */
	uint64_t refused; /* for the limit */
	uint64_t unwritten; /* for an error */
	uint64_t kernel_bytes; /* of its maps */
	const char *dir;
};

/* What came of it all. emitted, dropped: records. */
void flight_report_end(const struct flight_end *end, uint64_t emitted, uint64_t dropped, FILE *out);

#endif /* FLIGHT_REPORT_H */
