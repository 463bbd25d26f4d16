/* SPDX-License-Identifier: GPL-2.0-only */
/* LEB128: unsigned numbers in as few bytes as they need, as in DWARF 5, section 7.6. */
#ifndef UTIL_LEB128_H
#define UTIL_LEB128_H

#include <stdint.h>

#define LEB128_MAX 10 /* bytes for 64 bits */

/* Writes a number, at most LEB128_MAX bytes. Returns the place behind it. */
unsigned char *leb128_put(unsigned char *p, uint64_t value);

/*
 * Reads a number. Returns the place behind it. NULL: the number does not end before `end`, has more
 * than 64 bits, or is not in its shortest form.
 */
const unsigned char *leb128_take(const unsigned char *p, const unsigned char *end, uint64_t *value);

#endif /* UTIL_LEB128_H */
