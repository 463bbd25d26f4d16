/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Returns a clock's time in ns. */
uint64_t clock_ns(clockid_t clock);

uint64_t monotonic(void); /* CLOCK_MONOTONIC, the clock of the records */

#endif /* UTIL_CLOCK_H */
