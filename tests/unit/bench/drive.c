// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of sevtrace bench: how it expands and runs a command, and the conditions it finds on
 * made-up hosts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/bench.h"
#include "util/array.h"

static void expect(const char *argument, const struct bench_values *v, const char *expected)
{
	char *text = bench_expand(argument, v);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void placeholders(void **state)
{
	const struct bench_values all = { "4M", 4 << 20, 8, 3, 5 };
	const struct bench_values early = { .concurrency = 8 };

	(void)state;
	expect("", &all, "");
	expect("plain", &all, "plain");
	expect("{size}", &all, "4M");
	expect("m={mib},p={pages}", &all, "m=4,p=1024");
	expect("{n}/{run}/{i}", &all, "8/3/5");
	expect("guest-{run}-{i}.log{i}", &all, "guest-3-5.log5");
	/* Other braces belong to the command, such as those of QEMU's JSON. */
	expect("{\"driver\":\"x\",\"size\":{mib}}", &all, "{\"driver\":\"x\",\"size\":4}");
	expect("{{size}} {sizes} {", &all, "{4M} {sizes} {");
	/* A placeholder whose value is not known yet stays for a later expansion. */
	expect("{size} {n} {run} {i}", &early, "{size} 8 {run} {i}");
}

static void commands(void **state)
{
	char run[] = "run", size[] = "-m{mib}", none[] = "{n}";
	char *const sized[] = { run, size, NULL };
	char *const unsized[] = { run, none, NULL };
	const struct bench_values v = { "2M", 2 << 20, 1, 1, 0 };
	char **expanded = bench_expand_command(sized, &v);

	(void)state;
	assert_non_null(expanded);
	assert_string_equal(expanded[0], "run");
	assert_string_equal(expanded[1], "-m2");
	assert_null(expanded[2]);
	bench_free_command(expanded);
	assert_true(bench_has_size(sized));
	assert_false(bench_has_size(unsized));
}

/*
 * --- runs ----------------------------------------------------------------------------------------
 */

static void drive_with(const char *before, const char *after, const char *script,
		       const char *repeat, const char *concurrency, int status,
		       struct bench_outcome *outcome)
{
	char path[] = "/tmp/sevtrace-bench.XXXXXX";
	char sh[] = "sh", c[] = "-c";
	char *command = strdup(script), *r = strdup(repeat), *n = strdup(concurrency);
	char *prepare = strdup(before), *conclude = strdup(after);
	char *argv[] = { path, r, n, prepare, conclude, sh, c, command, NULL };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(bench_drive(8, argv), status);
	assert_int_equal(bench_read_outcome(path, outcome), 0);
	unlink(path);
	free(command);
	free(r);
	free(n);
	free(prepare);
	free(conclude);
}

static void drive(const char *script, const char *repeat, const char *concurrency, int status,
		  struct bench_outcome *outcome)
{
	drive_with("", "", script, repeat, concurrency, status, outcome);
}

/* A log of what ran, in its order. */
static void around_each_run(void **state)
{
	char log[] = "/tmp/sevtrace-bench-log.XXXXXX", before[96], after[96], script[96];
	char text[128] = "";
	struct bench_outcome o;
	int fd = mkstemp(log);

	(void)state;
	assert_true(fd >= 0);
	snprintf(before, sizeof(before), "printf 'b{run}{i} ' >>%s", log);
	snprintf(after, sizeof(after), "printf 'a{run} ' >>%s; [ {run} -lt 2 ]", log);
	snprintf(script, sizeof(script), "printf 'r{run} ' >>%s", log);
	drive_with(before, after, script, "3", "1", 1, &o);
	assert_int_equal(o.runs, 2);
	assert_int_equal(o.failed, 0);
	assert_int_equal(o.status, 1);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "b10 r1 a1 b20 r2 a2 ");
	/* Nothing is measured of what was not prepared; what it takes is not the run's time. */
	drive_with("exit 7", "", "true", "3", "2", 7, &o);
	assert_int_equal(o.runs, 0);
	assert_int_equal(o.elapsed_ns, 0);
	close(fd);
	unlink(log);
}

static void outcomes(void **state)
{
	struct bench_outcome o;

	(void)state;
	drive("exit 0", "3", "2", 0, &o);
	assert_int_equal(o.runs, 6);
	assert_int_equal(o.failed, 0);
	assert_int_equal(o.status, 0);
	assert_true(o.elapsed_ns > 0);
	/* Reports the first status that is not 0, and the number of such runs. */
	drive("[ {run} -lt 3 ] || exit {run}", "4", "1", 3, &o);
	assert_int_equal(o.runs, 4);
	assert_int_equal(o.failed, 2);
	drive("[ {i} = 0 ] || kill -TERM $$", "2", "3", 128 + 15, &o);
	assert_int_equal(o.runs, 6);
	assert_int_equal(o.failed, 4);
}

static void no_outcome(void **state)
{
	struct bench_outcome o;
	char path[] = "/tmp/sevtrace-bench.XXXXXX", one[] = "1", none[] = "/nonexistent/command";
	char nothing[] = "";
	char *argv[] = { path, one, one, nothing, nothing, none, NULL };
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(bench_read_outcome(path, &o), -EBADMSG);
	assert_int_equal(bench_drive(6, argv), 127);
	assert_int_equal(bench_read_outcome(path, &o), 0);
	assert_int_equal(o.runs, 0);
	assert_int_equal(o.status, 127);
	close(fd);
	unlink(path);
	assert_int_equal(bench_read_outcome(path, &o), -ENOENT);
}

/*
 * --- conditions ----------------------------------------------------------------------------------
 */

struct file {
	const char *path;
	const char *text;
};

#define CPU "/sys/devices/system/cpu"

static const struct file steady[] = {
	{ CPU "/possible", "0-1\n" },
	{ CPU "/online", "0-1\n" },
	{ CPU "/cpu0/cpufreq/scaling_governor", "performance\n" },
	{ CPU "/cpu1/cpufreq/scaling_governor", "performance\n" },
	{ CPU "/cpufreq/boost", "0\n" },
	{ "/proc/loadavg", "0.15 0.10 0.05 1/200 1234\n" },
	{ "/sys/fs/cgroup/misc.current", "sev 0\nsev_es 0\n" },
	{ CPU "/smt/active", "0\n" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n" },
	{ "/sys/devices/system/node/online", "0\n" },
	{ NULL, NULL },
};

static void make_file(const char *root, const struct file *file)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s%s", root, file->path);
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		mkdir(path, 0777);
		*p = '/';
	}
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(file->text, out);
	assert_int_equal(fclose(out), 0);
}

/* Makes a host of the steady files and one changed file. Returns the condition called @name. */
static struct condition look(const struct file *other, const char *name)
{
	char root[] = "/tmp/sevtrace-conditions.XXXXXX";
	struct condition list[NR_CONDITIONS], found = { 0 };
	struct system sys = { .root = root };
	char command[64];

	assert_non_null(mkdtemp(root));
	for (const struct file *f = steady; f->path && name; f++)
		make_file(root, f);
	if (other)
		make_file(root, other);
	conditions_read(&sys, list);
	for (size_t i = 0; i < NR_CONDITIONS; i++)
		if (!name || !strcmp(list[i].name, name))
			found = list[i];
	if (!other)
		assert_int_equal(conditions_noisy(list), 0);
	else
		assert_int_equal(conditions_noisy(list), found.state == CONDITION_NOISY);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
	return found;
}

static void conditions(void **state)
{
	static const struct {
		const char *name;
		struct file file;
		enum condition_state state;
		const char *value;
	} rows[] = {
		{ "CPU frequency governor",
		  { CPU "/cpu1/cpufreq/scaling_governor", "powersave" },
		  CONDITION_NOISY,
		  "performance and powersave" },
		{ "CPU frequency governor",
		  { CPU "/possible", "nonsense" },
		  CONDITION_UNKNOWN,
		  "not known" },
		{ "CPU frequency boost", { CPU "/cpufreq/boost", "1" }, CONDITION_NOISY, "on" },
		{ "load", { "/proc/loadavg", "3.50 1 1 1/1 1" }, CONDITION_NOISY, "3.50 on 2 CPUs" },
		{ "load", { "/proc/loadavg", "x" }, CONDITION_UNKNOWN, "not known" },
		{ "guests of others",
		  { "/sys/fs/cgroup/misc.current", "sev 1\nsev_es 2\nother 9\n" },
		  CONDITION_NOISY,
		  "3" },
		{ "SMT", { CPU "/smt/active", "1" }, CONDITION_NOISY, "on" },
		{ "transparent huge pages",
		  { "/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never" },
		  CONDITION_NOISY,
		  "always" },
		{ "NUMA nodes",
		  { "/sys/devices/system/node/online", "0-3,8" },
		  CONDITION_NOISY,
		  "5" },
		{ "NUMA nodes",
		  { "/sys/devices/system/node/online", "3-0" },
		  CONDITION_UNKNOWN,
		  "not known" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct condition c = look(&rows[i].file, rows[i].name);

		assert_int_equal(c.state, rows[i].state);
		assert_string_equal(c.value, rows[i].value);
	}
	look(NULL, "load");
	assert_int_equal(look(NULL, NULL).state, CONDITION_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placeholders), cmocka_unit_test(commands),
		cmocka_unit_test(outcomes),	cmocka_unit_test(around_each_run),
		cmocka_unit_test(no_outcome),	cmocka_unit_test(conditions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
