/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONOTONIC_H
#define MONOTONIC_H

#include <stdint.h>

/* CLOCK_MONOTONIC in ns. */
uint64_t monotonic(void);

#endif /* MONOTONIC_H */
