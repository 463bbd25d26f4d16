// SPDX-License-Identifier: GPL-2.0-only
#include "util/clock.h"

#include <time.h>

uint64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}
