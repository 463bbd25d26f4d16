/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXPLAIN_EXPLAIN_H
#define EXPLAIN_EXPLAIN_H

#include "model/model.h"

enum certainty {
	SURE, /* nothing else is known to cause it */
	LIKELY, /* the most frequent of several causes */
	POSSIBLE, /* one of several */
};

static inline const char *certainty_name(enum certainty sure)
{
	static const char *const names[] = { "sure", "likely", "possible" };

	return names[sure];
}

/*
 * Why a failure happened and what to do, one sentence each. NULL: not known. cause may be known
 * without a hint.
 */
struct explanation {
	const char *cause;
	const char *hint;
	enum certainty sure;
};

struct explanation explain_failure(const struct model_failure *f);

/* The same of a PSP command that failed outside any ioctl of a launch. */
struct explanation explain_command(const struct sevtrace_rec_psp *psp);

/*
 * Calls each() for every way in which commands outside of launches failed, and how often, until it
 * returns other than 0, which is returned. What the driver did not pass on is not among them, as
 * nothing tells why.
 */
typedef int (*explain_each)(void *ctx, const struct model_failure *f, uint64_t count);
int explain_host_failures(const struct model_launch *outside, explain_each each, void *ctx);

/* The same of a launch that ended without being finished. */
struct explanation explain_ending(enum launch_ending ending);

/*
 * Of a recording without a launch, of a command with this exit status ("0", "1"; NULL: not known).
 */
struct explanation explain_no_launch(const char *command_status);

/* What to find causes for: an ioctl, or any when it is not known; what it returned. */
struct cause_query {
	uint32_t ioctl; /* enum sevtrace_ioctl, EXPLAIN_ANY_IOCTL or EXPLAIN_NO_IOCTL */
	int error; /* positive, 0: none */
	uint32_t status; /* the firmware's, 0: none */
};

#define EXPLAIN_NO_IOCTL SEVTRACE_NO_IOCTL /* as an ioctl to ask about: what is not in one */
#define EXPLAIN_ANY_IOCTL 0xfffffffeU
#define EXPLAIN_ANY (-1)

/* A cause and where it applies; EXPLAIN_ANY_IOCTL and EXPLAIN_ANY: it does not matter. */
struct cause {
	const struct explanation *why;
	uint32_t ioctl;
	int page_type; /* enum sevtrace_page_type */
	int step; /* enum sevtrace_step, SEVTRACE_STEP_NONE: outside any step */
	int error; /* what the step met, where the ioctl returns another; else 0 */
};

/*
 * The causes that fit, the most specific ones first; at most max are written. A status decides
 * alone. Returns their number.
 */
size_t explain_causes(const struct cause_query *query, struct cause *causes, size_t max);

#endif /* EXPLAIN_EXPLAIN_H */
