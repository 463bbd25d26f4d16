/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the flight recorder reports of a launch that failed or was slow: a line, the parts of a
 * file's name, and variables for a command.
 */
#ifndef FLIGHT_REPORT_H
#define FLIGHT_REPORT_H

#include <limits.h>
#include <stdio.h>

#include "flight/file.h"
#include "flight/flight.h"

#define FLIGHT_VARIABLES 14
#define FLIGHT_VALUE_LEN 512

/* Of a launch; or (pid 0) of commands outside of launches. All text is clean. */
struct flight_report {
	uint64_t ts; /* of the failure, or of the last record */
	enum flight_why why;
	uint64_t ns; /* what was slow: the launch, or the command */
	uint32_t pid;
	uint32_t asid;
	char comm[2 * SEVTRACE_COMM_LEN];
	char name[SEVTRACE_NAME_LEN]; /* what people call it; "": nothing is known */
	char vmm[LAUNCH_VMM_LEN]; /* as launch_vmm() */
	char slug[48]; /* the name, safe for a file's name */
	char what[80]; /* ioctl or command, "slow" before it, safe for a file's name */
	const char *vm_type; /* "snp" */
	char ioctl[64]; /* full name; "": in no launch */
	int32_t ret;
	char command[64]; /* of the PSP; "": the failure was not in one */
	char status[64]; /* name of the firmware's status; "": not asked, or no answer */
	const char *cause; /* "": not known */
	char file[PATH_MAX + 32]; /* flight_report_variables() writes to file and values */
	char values[FLIGHT_VARIABLES - 1][FLIGHT_VALUE_LEN];
};

void flight_report_fill(struct flight_report *r, const struct flight *f,
			const struct flight_launch *l);

/* Returns the parts of the file's name; they point into r. */
struct flight_name flight_report_name(const struct flight_report *r);

/* Prints one line. */
void flight_report_print(const struct flight_report *r, FILE *out);

/* Sets variables to "SEVTRACE_FILE=..." and so on, and a NULL at the end; they point into r. */
void flight_report_variables(struct flight_report *r, const char *path,
			     const char *variables[FLIGHT_VARIABLES + 1]);

struct flight_end {
	struct flight_counts counts;
	uint64_t written; /* files */
	uint64_t refused; /* because of the limit */
	uint64_t unwritten; /* because of an error */
	uint64_t kernel_bytes; /* size of its maps */
	const char *dir;
};

/* Prints what was recorded in all. emitted, dropped: number of records. */
void flight_report_end(const struct flight_end *end, uint64_t emitted, uint64_t dropped, FILE *out);

#endif /* FLIGHT_REPORT_H */
