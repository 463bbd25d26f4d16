// SPDX-License-Identifier: GPL-2.0-only
/* Whether a kernel preempts itself, by what it says in its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/preemption.h"
#include "util/array.h"

#define MODE "/sys/kernel/debug/sched/preempt"
#define VERSION "/proc/sys/kernel/version"

static char root[] = "/tmp/sevtrace-preemption.XXXXXX";
static const struct system made_up = { .root = root };

/* Writes a file below the root, or removes it: text NULL. */
static void put(const char *path, const char *text)
{
	char full[256];
	FILE *out;

	assert_true(snprintf(full, sizeof(full), "%s%s", root, path) < (int)sizeof(full));
	if (!text) {
		remove(full);
		return;
	}
	out = fopen(full, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void by_its_mode_or_else_by_its_version(void **state)
{
	static const struct {
		const char *mode, *version;
		bool preempts;
	} kernels[] = {
		{ "none (voluntary) full\n", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1\n", false },
		{ "(none) voluntary full lazy\n", "#1 SMP PREEMPT_DYNAMIC\n", false },
		{ "none voluntary (full)\n", "#1 SMP PREEMPT_DYNAMIC\n", true },
		{ "full (lazy)\n", "#1 SMP PREEMPT_DYNAMIC\n", true },
		{ NULL, "#1 SMP PREEMPT_DYNAMIC\n", true },
		{ NULL, "#1 SMP PREEMPT_RT\n", true },
		{ NULL, "#1 SMP Debian\n", false },
		{ NULL, NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		put(MODE, kernels[i].mode);
		put(VERSION, kernels[i].version);
		assert_int_equal(host_preempts(&made_up), kernels[i].preempts);
	}
}

static int make_root(void **state)
{
	char command[256];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(command, sizeof(command), "mkdir -p %s/sys/kernel/debug/sched %s/proc/sys/kernel",
		 root, root);
	return system(command);
}

static int remove_root(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_its_mode_or_else_by_its_version),
	};

	return cmocka_run_group_tests_name("preemption", tests, make_root, remove_root);
}
