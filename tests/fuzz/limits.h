/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one input may take: memory in use at once, as asked for, and time of the processor. Both are
 * of this process alone, however busy the machine is.
 */
#ifndef FUZZ_LIMITS_H
#define FUZZ_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

#define LIMITS_BYTES (64U << 20)
/* 1 s; sanitizers make this code five times as slow, or more. */
#define LIMITS_SECONDS 5.0

void limits_begin(void);
void limits_end(size_t size); /* ends the program if the input of this size took more */

#endif /* FUZZ_LIMITS_H */
