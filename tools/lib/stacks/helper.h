/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The helper process that reads what VMMs have mapped. Files, stacks and file systems of a VMM may
 * be made to hang, to bloat or to break their reader, so the recorder does not touch them: it asks
 * the helper over a socket and goes on.
 *
 * The helper starts a worker for each question. The worker opens files with the helper's rights,
 * gives all rights away, and only then reads. The helper ends a worker that takes too long. The
 * helper itself reads nothing but the recorder's questions and the workers' answers, whose form is
 * fixed.
 */
#ifndef STACKS_HELPER_H
#define STACKS_HELPER_H

#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/maps.h>

#include "stacks/unwind.h"

#define STACKS_ROLE "stacks" /* of the helper, see process/helper.h */
/*
 * Longest time of a worker. Most take a fraction of a second, on an emulated processor that others
 * keep busy many seconds.
 */
#define STACKS_JOB_NS 90000000000ULL

enum stacks_kind {
	STACKS_BEGIN, /* a launch of the process begins: note what the process has mapped */
	STACKS_END, /* the launch is over */
	STACKS_UNWIND, /* unwind the copy */
	STACKS_NAME, /* name the addresses */
};

/*
 * A question. It is sent without the rest behind the member of its kind. UNWIND and NAME get one
 * answer.
 */
struct stacks_question {
	uint32_t kind;
	uint32_t pid;
	uint64_t id; /* of UNWIND and NAME: comes back in the answer; else the launch */
	uint64_t ts; /* time of the event: what started later is another process of this id */
	union {
		struct sevtrace_user_stack copy;
		uint64_t addresses[SEVTRACE_STACK_DEPTH]; /* ended by 0, if there are fewer */
	};
};

struct stacks_answer {
	uint64_t id;
	uint32_t nr; /* of frames; 0: nothing was found */
	uint32_t pad;
	struct unwind_frame frames[SEVTRACE_STACK_DEPTH];
};

/* Runs as the helper until the other end of the socket is closed. Returns the exit status. */
int stacks_helper(int socket);

#endif /* STACKS_HELPER_H */
