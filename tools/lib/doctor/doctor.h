/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks whether this host can launch guests of the SEV family, and whether they can be recorded.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "host/machine.h"

/* What a check is about, as bits. */
#define FOR_SEV 1U
#define FOR_ES 2U
#define FOR_SNP 4U
#define FOR_RECORD 8U /* recording, whatever the guest type */
#define FOR_PINNED (FOR_SEV | FOR_ES) /* guests whose memory is pinned */
#define FOR_GUESTS (FOR_SEV | FOR_ES | FOR_SNP)

enum check_result {
	CHECK_PASS,
	CHECK_WARN, /* works, with a limitation */
	CHECK_SKIP, /* does not apply here, or cannot be seen */
	CHECK_FAIL,
	CHECK_RESULTS
};

extern const char *const check_result_names[CHECK_RESULTS]; /* "pass", ... */

#define REASON_SIZE 512

struct check_outcome {
	enum check_result result;
	char reason[REASON_SIZE]; /* what was seen */
	const char *fix; /* what to do about it; NULL: nothing */
};

#define DOCTOR_CHECKS 25 /* at least the number of checks */

struct doctor_report {
	struct {
		const char *id; /* "rmp" */
		const char *title;
		struct check_outcome outcome;
	} checks[DOCTOR_CHECKS];
	size_t count;
	size_t by_result[CHECK_RESULTS];
	const char *event_source; /* NULL: recording is not possible */
};

/* Runs the checks that are about any of `wanted` (FOR_*). Returns 0 or -ENOMEM. */
int doctor_run(const struct system *sys, unsigned int wanted, struct doctor_report *report);

/* Returns JSON as in docs/schema/doctor.schema.json. NULL: out of memory. */
json_t *doctor_json(const struct doctor_report *report, const char *version);

#endif /* DOCTOR_DOCTOR_H */
