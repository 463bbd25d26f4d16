/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in ns. */
uint64_t monotonic(void);

#endif /* UTIL_CLOCK_H */
