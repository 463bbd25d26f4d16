// SPDX-License-Identifier: GPL-2.0-only
/* The commands that the flight recorder runs for each file. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "process/hook.h"
#include "util/array.h"

static int setup(void **state)
{
	static char dir[32];

	snprintf(dir, sizeof(dir), "/tmp/hook-test.XXXXXX");
	*state = mkdtemp(dir);
	return *state ? 0 : -1;
}

/* Removes the files and returns their number. */
static int files(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int nr = 0;

	while ((entry = readdir(d))) {
		if (*entry->d_name == '.')
			continue;
		nr++;
		unlinkat(dirfd(d), entry->d_name, 0);
	}
	closedir(d);
	return nr;
}

static int teardown(void **state)
{
	files(*state);
	return rmdir(*state);
}

struct runs {
	size_t failed;
	int status;
	char name[64];
};

static void on_hook_failed(void *ctx, const char *name, int status)
{
	struct runs *runs = ctx;

	runs->failed++;
	runs->status = status;
	snprintf(runs->name, sizeof(runs->name), "%s", name);
}

static void await(struct hook *h)
{
	for (; hook_pending(h); usleep(1000))
		hook_poll(h);
}

static void commands_are_run(void **state)
{
	const char *dir = *state;
	struct runs runs = { 0 };
	char file[64], command[128], line[64] = "";
	const char *variables[] = { file, "SEVTRACE_PID=12", NULL };
	struct hook *h;
	FILE *in;

	snprintf(file, sizeof(file), "SEVTRACE_FILE=%s/x y", dir);
	snprintf(command, sizeof(command), "echo \"$SEVTRACE_PID $HOME\" >\"$SEVTRACE_FILE\"");
	setenv("SEVTRACE_FILE", "/nonexistent/another", 1);
	setenv("HOME", "/home", 1);
	h = hook_new(command, on_hook_failed, &runs);
	assert_int_equal(hook_run(h, "name", variables), 0);
	await(h);
	assert_int_equal(runs.failed, 0);
	hook_free(h);
	in = fopen(strchr(file, '=') + 1, "r");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	fclose(in);
	assert_string_equal(line, "12 /home\n");
}

static void commands_that_fail(void **state)
{
	static const struct {
		const char *command;
		int status;
	} rows[] = { { "exit 3", 3 },
		     { "kill -KILL $$", 128 + 9 },
		     { "/nonexistent/x 2>&-", 127 } };
	const char *variables[] = { NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct runs runs = { 0 };
		struct hook *h = hook_new(rows[i].command, on_hook_failed, &runs);

		assert_int_equal(hook_run(h, "the file", variables), 0);
		await(h);
		assert_int_equal(runs.failed, 1);
		assert_int_equal(runs.status, rows[i].status);
		assert_string_equal(runs.name, "the file");
		hook_free(h);
	}
}

/* A few commands run at once, some wait, and the rest is refused. Each accepted command runs. */
static void a_few_commands_at_once(void **state)
{
	const char *dir = *state;
	struct runs runs = { 0 };
	char command[256], number[32], go[64];
	const char *variables[] = { number, NULL };
	int taken = 0, err = 0;
	struct hook *h;

	snprintf(command, sizeof(command),
		 "until [ -e %s/go ]; do sleep 0.01; done; echo >%s/ran-$N; exit 1", dir, dir);
	h = hook_new(command, on_hook_failed, &runs);
	while (!err && taken < 1000) {
		snprintf(number, sizeof(number), "N=%d", taken);
		err = hook_run(h, "name", variables);
		taken += !err;
	}
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(taken, HOOK_AT_ONCE + HOOK_WAITING);
	assert_int_equal(hook_pending(h), taken);
	snprintf(go, sizeof(go), "%s/go", dir);
	fclose(fopen(go, "w"));
	await(h);
	assert_int_equal(runs.failed, taken);
	assert_int_equal(files(dir), taken + 1);
	hook_free(h);
}

/*
 * The recorder blocks the signals that end it and ignores SIGPIPE; a command that inherits this
 * cannot be stopped, and a pipe in it does not end.
 */
static void signals_are_as_usual(void **state)
{
	const char *dir = *state;
	struct runs runs = { 0 };
	char command[128], path[64], line[128];
	const char *variables[] = { NULL };
	unsigned long long blocked = 1, ignored = 1;
	sigset_t all, before;
	struct hook *h;
	FILE *in;

	snprintf(path, sizeof(path), "%s/signals", dir);
	snprintf(command, sizeof(command), "grep Sig /proc/self/status >%s", path);
	h = hook_new(command, on_hook_failed, &runs);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(hook_run(h, "name", variables), 0);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	await(h);
	assert_int_equal(runs.failed, 0);
	hook_free(h);
	in = fopen(path, "r");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		sscanf(line, "SigBlk: %llx", &blocked);
		sscanf(line, "SigIgn: %llx", &ignored);
	}
	fclose(in);
	assert_int_equal(blocked, 0);
	assert_int_equal(ignored & 1ULL << (SIGPIPE - 1), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(commands_are_run),
		TEST(commands_that_fail),
		TEST(a_few_commands_at_once),
		TEST(signals_are_as_usual),
	};

	return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
