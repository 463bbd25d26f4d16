// SPDX-License-Identifier: GPL-2.0-only
#include "limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* <sanitizer/allocator_interface.h>, which only clang has */
size_t __sanitizer_get_current_allocated_bytes(void);
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
					      void (*on_free)(const volatile void *));

static size_t live_before;
static size_t most;
static struct timespec began;

/* The allocator calls these: no memory may be allocated in them. */
static void on_malloc(const volatile void *ptr, size_t size)
{
	size_t live = __sanitizer_get_current_allocated_bytes();

	(void)ptr;
	(void)size;
	if (live > live_before && live - live_before > most)
		most = live - live_before;
}

static void on_free(const volatile void *ptr)
{
	(void)ptr;
}

void limits_begin(void)
{
	static bool installed;

	if (!installed)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	installed = true;
	live_before = __sanitizer_get_current_allocated_bytes();
	most = 0;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
}

void limits_end(size_t size)
{
	struct timespec now;
	double seconds;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	seconds = (double)(now.tv_sec - began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9;
	if (most <= LIMITS_BYTES && seconds <= LIMITS_SECONDS)
		return;
	fprintf(stderr, "%zu bytes of input took %zu MiB and %.1f s of the processor\n", size,
		most >> 20, seconds);
	abort();
}
