/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

#include "model/model.h"

enum certainty {
	SURE, /* there is no other known cause */
	LIKELY, /* the most frequent one of several causes */
	POSSIBLE, /* one of several causes */
};

static inline const char *certainty_name(enum certainty sure)
{
	static const char *const names[] = { "sure", "likely", "possible" };

	return names[sure];
}

/*
 * Why a failure happened and what to do, a sentence each. NULL: not known. The cause may be known
 * without a hint.
 */
struct explanation {
	const char *cause;
	const char *hint;
	enum certainty sure;
};

/*
 * lacks: what the recording lacks, see sev/lacks.h. A cause that rests on
 * some of it, or on what was inferred, is less sure.
 */
struct explanation explain_failure(const struct model_failure *f, uint32_t lacks);

/* Returns those of the lacks that could have shown another cause. */
uint32_t explain_unseen(const struct model_failure *f, uint32_t lacks);

/* Explains a PSP command that failed outside of a launch's ioctls. */
struct explanation explain_command(const struct sevtrace_rec_psp *psp);

/*
 * Calls each() for every way in which commands outside of launches failed, with the number of
 * times. Stops when each() returns other than 0, and returns that. Leaves out commands that the
 * driver did not pass on, as nothing tells why.
 */
typedef int (*explain_each)(void *ctx, const struct model_failure *f, uint64_t count);
int explain_host_failures(const struct model_launch *outside, explain_each each, void *ctx);

/* Explains a launch that ended without being finished. */
struct explanation explain_ending(enum launch_ending ending);

/*
 * Explains a recording without a launch. command_status: exit status of the recorded command ("0",
 * "1"; NULL: not known).
 */
struct explanation explain_no_launch(const char *command_status);

/* What to find causes for: an ioctl (or any, if it is not known) and what it returned. */
struct cause_query {
	uint32_t ioctl; /* enum sevtrace_ioctl, EXPLAIN_ANY_IOCTL or EXPLAIN_NO_IOCTL */
	int error; /* positive; 0: none */
	uint32_t status; /* of the firmware; 0: none */
};

#define EXPLAIN_NO_IOCTL SEVTRACE_NO_IOCTL /* outside of ioctls */
#define EXPLAIN_ANY_IOCTL 0xfffffffeU
#define EXPLAIN_ANY (-1)

/* A cause and where it applies; EXPLAIN_ANY_IOCTL and EXPLAIN_ANY: everywhere. */
struct cause {
	const struct explanation *why;
	uint32_t ioctl;
	int page_type; /* enum sevtrace_page_type */
	int step; /* enum sevtrace_step; SEVTRACE_STEP_NONE: outside any step */
	int error; /* errno of the step if the ioctl returns another one; else 0 */
};

/*
 * Writes the causes that fit, the most specific ones first, but at most max. If there is a status,
 * only the status counts. Returns the number of causes.
 */
size_t explain_causes(const struct cause_query *query, struct cause *causes, size_t max);

#endif /* EXPLAIN_EXPLAIN_H */
