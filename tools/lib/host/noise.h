/* SPDX-License-Identifier: GPL-2.0-only */
/* What on a host makes times differ from run to run, and is not for a benchmark to set. */
#ifndef HOST_NOISE_H
#define HOST_NOISE_H

#include <jansson.h>

#include "host/machine.h"
#include "util/text.h"

enum condition_state {
	CONDITION_STEADY,
	CONDITION_NOISY, /* times will vary, or not be those of another host */
	CONDITION_UNKNOWN, /* the host does not tell */
};

#define CONDITION_VALUE_LEN 64
#define NR_CONDITIONS 7

struct condition {
	const char *name; /* "CPU frequency governor" */
	enum condition_state state;
	char value[CONDITION_VALUE_LEN];
	const char *advice; /* what to do where it is noisy */
};

/* Looks at the host as it is now. */
void conditions_read(const struct system *sys, struct condition list[NR_CONDITIONS]);

/* How many are noisy. */
size_t conditions_noisy(const struct condition list[NR_CONDITIONS]);

void conditions_print(const struct condition list[NR_CONDITIONS], const struct text_style *style);

/* The caller's reference; NULL: no memory. */
json_t *conditions_json(const struct condition list[NR_CONDITIONS]);

#endif /* HOST_NOISE_H */
