/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a guest after its launch, if the recording follows it. Times are nanoseconds. */
#ifndef MODEL_GUEST_H
#define MODEL_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/record.h>

#define GUEST_PAGE_BYTES 4096 /* what records count pages in */
#define GUEST_MAX_MILESTONES 64 /* the model keeps so many of a launch, and counts the rest */

struct model_milestone {
	uint64_t ts;
	uint32_t value;
	uint16_t port;
};

#define GUEST_LATELY_NS 3000000000ULL /* a guest that accepts memory is told of each second */

/* What a guest did when it was last seen. */
enum guest_state {
	GUEST_STATE_UNKNOWN, /* or its VM is gone */
	GUEST_WAITS, /* its VMM has not run it */
	GUEST_ACCEPTS, /* it was given memory lately, and not all of it */
	GUEST_RUNS, /* it runs, or hangs, and is given no more */
};

struct model_guest {
	struct sevtrace_rec_guest now; /* the latest record; all 0: none */
	uint64_t exit_ts; /* of the first record with an exit, which that exit causes */
	uint64_t grew_ts; /* of the record that told last of more memory for the guest; 0: none */
	struct model_milestone *milestones; /* in order of appearance */
	size_t nr_milestones;
	uint64_t more_milestones;
};

#endif /* MODEL_GUEST_H */
