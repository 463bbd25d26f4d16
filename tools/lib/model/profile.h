/* SPDX-License-Identifier: GPL-2.0-only */
/* What the VMM was seen running during its launch, if the recording has samples of it. */
#ifndef MODEL_PROFILE_H
#define MODEL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/record.h>

#include "util/hash_index.h"

#define PROFILE_MAX_STACKS 4096 /* distinct ones that the model keeps of a launch */

struct model_sampled {
	__u64 user[SEVTRACE_STACK_DEPTH];
	bool in_kernel;
	bool in_ioctl;
	uint64_t samples;
	uint64_t ns; /* that they stand for */
	size_t symbols; /* that came before the first of them */
};

struct model_profile {
	struct model_sampled *stacks; /* in order of appearance */
	size_t nr_stacks;
	struct hash_index index; /* of them, by all that makes them distinct */
	uint64_t samples; /* all */
	uint64_t ns; /* of all */
	uint64_t more; /* samples of stacks that are not kept */
	uint64_t period; /* of the latest one */
};

#endif /* MODEL_PROFILE_H */
