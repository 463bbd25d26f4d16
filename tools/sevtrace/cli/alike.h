/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be the same for a comparison of times, unless --allow lets it differ. */
#ifndef CLI_ALIKE_H
#define CLI_ALIKE_H

#include <stdbool.h>

#include "diff/compare.h"

/* X(id, name in --allow, key of the host's properties in a recording) */
#define ALIKE_PROPERTIES(X)           \
	X(HOST, "host", "hostname")   \
	X(KERNEL, "kernel", "kernel") \
	X(FIRMWARE, "firmware", "fw_api")

#define ALIKE_ENUM(id, name, key) ALIKE_##id,
enum alike_property { ALIKE_PROPERTIES(ALIKE_ENUM) ALIKE_COUNT };
#undef ALIKE_ENUM

/*
 * Parses a list such as "host,kernel" into a set of bits; NULL: none. Returns 0, or -EINVAL after
 * it has printed what is wrong.
 */
int alike_parse(const char *command, const char *list, unsigned int *allowed);

/* Returns a property of a side of a comparison; NULL: not known. */
const char *alike_value(const struct comparison *c, enum compare_which which,
			enum alike_property property);

/*
 * Tells whether all properties are as wanted, not known, or allowed to differ. Prints the first one
 * that is not; path: the recording that has `values`.
 */
bool alike(const char *command, const char *path, const char *const values[ALIKE_COUNT],
	   const char *const wanted[ALIKE_COUNT], unsigned int allowed);

#endif /* CLI_ALIKE_H */
