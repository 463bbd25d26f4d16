/* SPDX-License-Identifier: GPL-2.0-only */
/* Unsigned numbers in as few bytes as they need: LEB128, as in DWARF 5, section 7.6. */
#ifndef UTIL_LEB128_H
#define UTIL_LEB128_H

#include <stdint.h>

#define LEB128_MAX 10 /* bytes of 64 bits */

/* Writes at most LEB128_MAX bytes; returns the place behind them. */
unsigned char *leb128_put(unsigned char *p, uint64_t value);

/*
 * Reads a number; returns the place behind it. NULL: there is none before `end`, it has more than
 * 64 bits, or it is not in its shortest form.
 */
const unsigned char *leb128_take(const unsigned char *p, const unsigned char *end, uint64_t *value);

#endif /* UTIL_LEB128_H */
