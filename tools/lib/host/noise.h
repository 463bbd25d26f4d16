/* SPDX-License-Identifier: GPL-2.0-only */
/* Conditions of a host that make times differ from run to run and that a benchmark does not set. */
#ifndef HOST_NOISE_H
#define HOST_NOISE_H

#include <jansson.h>

#include "host/machine.h"
#include "util/text.h"

enum condition_state {
	CONDITION_STEADY,
	CONDITION_NOISY, /* times will vary, or cannot be compared with those of another host */
	CONDITION_UNKNOWN, /* the host does not tell the state */
};

#define CONDITION_VALUE_LEN 64
#define NR_CONDITIONS 7

struct condition {
	const char *name; /* "CPU frequency governor" */
	enum condition_state state;
	char value[CONDITION_VALUE_LEN];
	const char *advice; /* what to do if it is noisy */
};

/* Reads the conditions of the host as they are now. */
void conditions_read(const struct system *sys, struct condition list[NR_CONDITIONS]);

/* Returns the number of noisy conditions. */
size_t conditions_noisy(const struct condition list[NR_CONDITIONS]);

void conditions_print(const struct condition list[NR_CONDITIONS], const struct text_style *style);

/* The caller owns the returned reference; NULL: out of memory. */
json_t *conditions_json(const struct condition list[NR_CONDITIONS]);

#endif /* HOST_NOISE_H */
