// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the command that sevtrace bench measures: fills in placeholders, repeats, runs many at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "bench/bench.h"
#include "cli/say.h"
#include "cli/status.h"
#include "util/array.h"
#include "util/clock.h"

#define PAGE 4096
#define MiB (1 << 20)

/* --- placeholders ----------------------------------------------------------------------------- */

enum placeholder { SIZE, SIZE_MIB, SIZE_PAGES, AT_ONCE, RUN, INSTANCE };

static const char *const placeholders[] = {
	[SIZE] = "{size}", [SIZE_MIB] = "{mib}", [SIZE_PAGES] = "{pages}",
	[AT_ONCE] = "{n}", [RUN] = "{run}",	 [INSTANCE] = "{i}",
};

#define NR_PLACEHOLDERS (ARRAY_SIZE(placeholders))

/*
 * Prints the value of a placeholder. Returns false if the value is not known: the placeholder
 * stays.
 */
static bool print_value(FILE *out, enum placeholder what, const struct bench_values *v)
{
	if (what <= SIZE_PAGES && !v->size)
		return false;
	if (what >= RUN && !v->run)
		return false;
	switch (what) {
	case SIZE:
		fputs(v->size, out);
		break;
	case SIZE_MIB:
		fprintf(out, "%" PRIu64, v->bytes / MiB);
		break;
	case SIZE_PAGES:
		fprintf(out, "%" PRIu64, v->bytes / PAGE);
		break;
	case AT_ONCE:
		fprintf(out, "%ld", v->concurrency);
		break;
	case RUN:
		fprintf(out, "%ld", v->run);
		break;
	case INSTANCE:
		fprintf(out, "%ld", v->instance);
		break;
	}
	return true;
}

/* Returns the placeholder that begins here, or NR_PLACEHOLDERS if none does. */
static size_t placeholder_at(const char *p)
{
	size_t i = 0;

	while (i < NR_PLACEHOLDERS && strncmp(p, placeholders[i], strlen(placeholders[i])) != 0)
		i++;
	return i;
}

char *bench_expand(const char *argument, const struct bench_values *values)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (const char *p = argument; *p;) {
		size_t i = placeholder_at(p);

		if (i < NR_PLACEHOLDERS && print_value(out, (enum placeholder)i, values))
			p += strlen(placeholders[i]);
		else
			fputc(*p++, out);
	}
	return fclose(out) ? NULL : text;
}

void bench_free_command(char **command)
{
	for (size_t i = 0; command && command[i]; i++)
		free(command[i]);
	free(command);
}

char **bench_expand_command(char *const *command, const struct bench_values *values)
{
	size_t nr = 0;
	char **copy;

	while (command[nr])
		nr++;
	copy = calloc(nr + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < nr; i++) {
		copy[i] = bench_expand(command[i], values);
		if (copy[i])
			continue;
		bench_free_command(copy);
		return NULL;
	}
	return copy;
}

bool bench_has_size(char *const *command)
{
	for (size_t i = 0; command[i]; i++)
		for (size_t what = SIZE; what <= SIZE_PAGES; what++)
			if (strstr(command[i], placeholders[what]))
				return true;
	return false;
}

/* --- runs ------------------------------------------------------------------------------------- */

static volatile sig_atomic_t signalled; /* the last signal; handlers need a global for it */

static void on_signal(int number)
{
	signalled = number;
}

void bench_catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

int bench_signalled(void)
{
	return signalled;
}

/* Redirects the standard output. Returns 0 or a positive errno, as posix_spawn() does. */
static int redirect(posix_spawn_file_actions_t *files, enum bench_stdout to)
{
	switch (to) {
	case BENCH_STDOUT_NOWHERE:
		return posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY,
							0);
	case BENCH_STDOUT_STDERR:
		return posix_spawn_file_actions_adddup2(files, STDERR_FILENO, STDOUT_FILENO);
	default:
		return 0;
	}
}

int bench_spawn(char *const *argv, enum bench_stdout to, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	int err = posix_spawn_file_actions_init(&files);

	if (err)
		return -err;
	err = redirect(&files, to);
	/* exec() resets our handlers to the default. */
	if (!err)
		err = posix_spawnp(pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return -err;
}

int bench_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return EXIT_OWN_FAILURE;
		kill(pid, signalled);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int start(char *const *command, const struct bench_values *values, pid_t *pid)
{
	char **expanded = bench_expand_command(command, values);
	int err = expanded ? bench_spawn(expanded, BENCH_STDOUT_OURS, pid) : -ENOMEM;

	bench_free_command(expanded);
	if (!err)
		return 0;
	say_error("bench", "cannot run %s: %s", command[0], strerror(-err));
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static void note(struct bench_outcome *outcome, int status)
{
	outcome->runs++;
	outcome->failed += status != 0;
	if (!outcome->status)
		outcome->status = status;
}

struct driven {
	char *const *command;
	char *prepare, *conclude; /* for the shell; "": nothing */
};

/* Has the shell run what comes before or after a repetition. Returns false if that fails. */
static bool run_aside(const char *option, char *script, const struct bench_values *values,
		      struct bench_outcome *outcome)
{
	char sh[] = "sh", c[] = "-c";
	char *const command[] = { sh, c, script, NULL };
	pid_t pid = 0;
	int status;

	if (!*script || signalled)
		return true;
	status = start(command, values, &pid);
	if (!status)
		status = bench_wait(pid);
	if (!status || signalled)
		return true;
	say_error("bench", "%s in run %ld ended with status %d: %s", option, values->run, status,
		  script);
	outcome->status = status;
	return false;
}

/*
 * Starts as many processes as the concurrency says and waits for all of them. Returns false if
 * COMMAND cannot be run.
 */
static bool run_once(const struct driven *driven, struct bench_values *values, pid_t *pids,
		     struct bench_outcome *outcome)
{
	uint64_t begin;
	int cannot = 0;
	long started;

	values->instance = 0;
	if (!run_aside("--prepare", driven->prepare, values, outcome))
		return false;
	begin = monotonic();
	for (started = 0; started < values->concurrency && !cannot && !signalled; started++) {
		values->instance = started;
		cannot = start(driven->command, values, &pids[started]);
	}
	if (cannot)
		started--;
	for (long i = 0; i < started; i++)
		note(outcome, bench_wait(pids[i]));
	outcome->elapsed_ns += monotonic() - begin;
	if (cannot) {
		outcome->status = cannot;
		return false;
	}
	values->instance = 0;
	return run_aside("--conclude", driven->conclude, values, outcome);
}

static int write_outcome(const char *path, const struct bench_outcome *outcome)
{
	FILE *out = fopen(path, "we");
	int err = 0;

	if (!out)
		return -errno;
	fprintf(out, "%ld %ld %d %" PRIu64 "\n", outcome->runs, outcome->failed, outcome->status,
		outcome->elapsed_ns);
	if (ferror(out))
		err = -EIO;
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

int bench_read_outcome(const char *path, struct bench_outcome *outcome)
{
	FILE *in = fopen(path, "re");
	int found;

	if (!in)
		return -errno;
	found = fscanf(in, "%ld %ld %d %" SCNu64, &outcome->runs, &outcome->failed,
		       &outcome->status, &outcome->elapsed_ns);
	fclose(in);
	return found == 4 ? 0 : -EBADMSG;
}

int bench_drive(int argc, char **argv)
{
	struct bench_outcome outcome = { 0 };
	struct bench_values values = { 0 };
	struct driven driven;
	pid_t *pids;
	long repeat;
	int err;

	if (argc < 6 || !argv[5])
		return EXIT_USAGE;
	driven = (struct driven){ .command = argv + 5, .prepare = argv[3], .conclude = argv[4] };
	repeat = strtol(argv[1], NULL, 10);
	values.concurrency = strtol(argv[2], NULL, 10);
	if (repeat < 1 || values.concurrency < 1 || values.concurrency > BENCH_MAX_CONCURRENCY)
		return EXIT_USAGE;
	pids = calloc((size_t)values.concurrency, sizeof(*pids));
	if (!pids)
		return EXIT_OWN_FAILURE;
	bench_catch_signals();
	for (values.run = 1; values.run <= repeat && !signalled; values.run++)
		if (!run_once(&driven, &values, pids, &outcome))
			break;
	free(pids);
	if (signalled)
		outcome.status = 128 + signalled;
	err = write_outcome(argv[0], &outcome);
	if (!err)
		return outcome.status;
	say_error("bench", "cannot write %s: %s", argv[0], strerror(-err));
	return EXIT_RECORD_FAILURE;
}
