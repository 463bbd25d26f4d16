// SPDX-License-Identifier: GPL-2.0-only
#include "util/clock.h"

uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t monotonic(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}
