/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times with few significant bits, as a short code: those of pages, of which there are many. A
 * histogram's bucket is a quarter as fine. The low byte of a code holds the bits that no compressor
 * can shorten and two of the exponent; the other one hardly ever changes within a column.
 */
#ifndef TRACEFILE_SHORT_TIME_H
#define TRACEFILE_SHORT_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* A time keeps its highest bit that is set and this many bits below it. */
#define SHORT_TIME_BITS 6
#define SHORT_TIME_ONE (1U << SHORT_TIME_BITS)
#define SHORT_TIME_MAX_SHIFT (63 - SHORT_TIME_BITS)

/* Returns the position of the lowest bit that a time keeps. */
static inline unsigned int short_time_shift(uint64_t ns)
{
	return ns < 2ULL * SHORT_TIME_ONE ?
		       0 :
		       SHORT_TIME_MAX_SHIFT - (unsigned int)__builtin_clzll(ns);
}

/*
 * Returns the time below it that has a code, or the one above it if that is at most *saved more.
 * *saved: what was cut off other times; never less than 0 in all, so that no part of a page begins
 * before the page did.
 */
static inline uint64_t short_time_round(uint64_t ns, uint64_t *saved)
{
	uint64_t one = 1ULL << short_time_shift(ns), below = ns & ~(one - 1);

	if (below != ns && below + one - ns <= *saved && below + one) {
		*saved -= below + one - ns;
		return below + one;
	}
	*saved += ns - below;
	return below;
}

static inline bool short_time_has_code(uint64_t ns)
{
	return !(ns & ((1ULL << short_time_shift(ns)) - 1));
}

/* Returns the code of a time that has one. */
static inline uint64_t short_time_code(uint64_t ns)
{
	unsigned int shift = short_time_shift(ns);

	return ((uint64_t)shift << SHORT_TIME_BITS) + (ns >> shift);
}

/* Returns the time of a code; some number, if there is no such code. */
static inline uint64_t short_time_of(uint64_t code)
{
	uint64_t row = code >> SHORT_TIME_BITS;
	unsigned int shift = (unsigned int)(row - (row != 0)) & 63;

	return (code - ((uint64_t)shift << SHORT_TIME_BITS)) << shift;
}

#endif /* TRACEFILE_SHORT_TIME_H */
