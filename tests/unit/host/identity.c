// SPDX-License-Identifier: GPL-2.0-only
/* The collector's data about the host, its processes and COMMAND. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "host/identity.h"
#include "process/proc.h"
#include "process/traced_command.h"
#include "util/array.h"

static void reads_the_firmware_version(void **state)
{
	char api[16] = "unknown";

	(void)state;
	assert_int_equal(host_fw_api_from_log("ccp 0000:00:03.0: SEV API:1.55 build:21\n", api,
					      sizeof(api)),
			 0);
	assert_string_equal(api, "1.55");
	assert_int_equal(host_fw_api_from_log("SEV API:1.49 build:3\nSEV-SNP API:1.58 build:1\n",
					      api, sizeof(api)),
			 0);
	assert_string_equal(api, "1.58");
}

static void finds_no_version_in_other_text(void **state)
{
	static const char *const logs[] = {
		"",	     " API:1.2",      "TEE API:1.2 build:3", "SEV API:x.y", "SEV API:",
		"SEV API:1", "SEV-SNP API:.", "SEV API:-1.-2",	     "EV API:1.2"
	};
	char api[16] = "kept";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++)
		assert_int_equal(host_fw_api_from_log(logs[i], api, sizeof(api)), -ENOENT);
	assert_string_equal(api, "kept");
}

static void assert_quoted(char *const *argv, const char *expected)
{
	char *text = host_quote_command(argv);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void quotes_for_a_shell(void **state)
{
	(void)state;
	assert_quoted((char *[]){ "qemu", "-m", "2G", NULL }, "qemu -m 2G");
	assert_quoted((char *[]){ "sh", "-c", "a b; c", NULL }, "sh -c 'a b; c'");
	assert_quoted((char *[]){ "it's", "", "'", NULL }, "'it'\\''s' '' ''\\'''");
	assert_quoted((char *[]){ NULL }, "");
}

static void parses_process_states(void **state)
{
	pid_t parent = -1;
	char status = 0;

	(void)state;
	assert_int_equal(proc_parse_stat("12 (qemu) S 7 12 12 0", &status, &parent), 0);
	assert_int_equal(status, 'S');
	assert_int_equal(parent, 7);
	assert_int_equal(proc_parse_stat("12 (a) Z 1 (b) R 99 1", &status, &parent), 0);
	assert_int_equal(parent, 99);
	assert_int_equal(proc_parse_stat("", &status, &parent), -ESRCH);
	assert_int_equal(proc_parse_stat("12 (x)", &status, &parent), -ESRCH);
	assert_int_equal(proc_parse_stat("12 (x) S", &status, &parent), -ESRCH);
	assert_int_equal(proc_parse_stat("12 (x) S ", &status, &parent), -ESRCH);
}

static void knows_the_living(void **state)
{
	pid_t child = fork();
	siginfo_t info;

	(void)state;
	if (!child)
		_exit(0);
	assert_true(child > 0);
	assert_true(proc_alive(getpid()));
	assert_int_equal(proc_parent(child), getpid());
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_false(proc_alive(child));
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_false(proc_alive(child));
	assert_int_equal(proc_parent(child), 0);
}

/* Runs a command to its end; start_err: the expected result of its start. */
static int run(char *const *argv, int start_err)
{
	struct workload w;
	int status;

	assert_int_equal(workload_prepare(&w, argv, STDOUT_FILENO), 0);
	assert_int_equal(workload_start(&w), start_err);
	status = workload_wait(&w);
	workload_close(&w);
	return status;
}

static void passes_the_status_on(void **state)
{
	(void)state;
	assert_int_equal(run((char *[]){ "true", NULL }, 0), 0);
	assert_int_equal(run((char *[]){ "sh", "-c", "exit 42", NULL }, 0), 42);
	assert_int_equal(run((char *[]){ "sh", "-c", "kill -TERM $$", NULL }, 0), 128 + SIGTERM);
}

static void says_why_it_cannot_run(void **state)
{
	(void)state;
	run((char *[]){ "/nonexistent/command", NULL }, -ENOENT);
	run((char *[]){ "/dev/null", NULL }, -EACCES);
}

/* COMMAND runs only when started, and never if it is not started. */
static void waits_for_the_start(void **state)
{
	char dir[] = "/tmp/sevtrace-unit.XXXXXX", file[64];
	struct workload w;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/ran", dir);
	assert_int_equal(workload_prepare(&w, (char *[]){ "touch", file, NULL }, STDOUT_FILENO), 0);
	workload_close(&w);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(run((char *[]){ "touch", file, NULL }, 0), 0);
	assert_int_equal(access(file, F_OK), 0);
	unlink(file);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_firmware_version),
		cmocka_unit_test(finds_no_version_in_other_text),
		cmocka_unit_test(quotes_for_a_shell),
		cmocka_unit_test(parses_process_states),
		cmocka_unit_test(knows_the_living),
		cmocka_unit_test(passes_the_status_on),
		cmocka_unit_test(says_why_it_cannot_run),
		cmocka_unit_test(waits_for_the_start),
	};

	return cmocka_run_group_tests_name("collector_host", tests, NULL, NULL);
}
