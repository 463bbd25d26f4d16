// SPDX-License-Identifier: GPL-2.0-only
/* What processes cost, against what the kernel says of them in other places. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "exporter/cost.h"

#define BYTES (64UL << 20)
#define TICK_NS 10000000ULL /* of the CPU time in /proc */
#define START_ERROR 0.05 /* s: some ticks, and what the clock is adjusted by meanwhile */

static uint64_t own_cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* Both user and system time, between what was there before and what is there after. */
static void processor_time(void **state)
{
	uint64_t before, after;
	volatile unsigned int work = 0;
	struct cost cost;

	(void)state;
	while (own_cpu_ns() < 20 * TICK_NS)
		work++;
	before = own_cpu_ns();
	cost = cost_of(getpid());
	after = own_cpu_ns();
	assert_in_range(cost.cpu_ns, before - 4 * TICK_NS, after + 4 * TICK_NS);
}

static void memory(void **state)
{
	struct cost before = cost_of(getpid()), after;
	char *bytes = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(bytes, MAP_FAILED);
	memset(bytes, 1, BYTES);
	after = cost_of(getpid());
	munmap(bytes, BYTES);
	assert_true(before.resident > 100000);
	assert_in_range(after.resident, before.resident + BYTES / 2, before.resident + 2 * BYTES);
}

/* A name may have blanks and brackets. */
static void names(void **state)
{
	char name[16];

	(void)state;
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_int_equal(prctl(PR_SET_NAME, "a) R 1 (b c"), 0);
	assert_true(cost_of(getpid()).resident > 100000);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
}

static void nobody(void **state)
{
	const pid_t gone[] = { 0, -1, 0x7ffffffe };
	struct cost cost;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		cost = cost_of(gone[i]);
		assert_int_equal(cost.cpu_ns, 0);
		assert_int_equal(cost.resident, 0);
	}
	/* One that may be asked for, as anybody: the first one. */
	assert_true(cost_of(1).cpu_ns > 0);
}

static double realtime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A process that starts now says so. */
static void start(void **state)
{
	double before = realtime();
	int ends[2], status;
	double started = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		started = cost_started();
		_exit(write(ends[1], &started, sizeof(started)) != sizeof(started));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(ends[0], &started, sizeof(started)), sizeof(started));
	close(ends[0]);
	close(ends[1]);
	assert_true(started > before - START_ERROR && started < realtime() + START_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processor_time), cmocka_unit_test(memory), cmocka_unit_test(names),
		cmocka_unit_test(nobody),	  cmocka_unit_test(start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
