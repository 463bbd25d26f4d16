/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of sevtrace bench share. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/options.h"
#include "cli/verdict.h"
#include "diff/compare.h"
#include "host/events.h"
#include "host/noise.h"

#define BENCH_MAX_LIST 32 /* limit for sizes and for concurrencies */
#define BENCH_MAX_REPEAT 100000
#define BENCH_MAX_CONCURRENCY 1024
#define BENCH_MAX_SIZE (1ULL << 46) /* more than an EPYC can address */
#define BENCH_DRIVE "--drive" /* argv[1] of the program that record runs, see bench_drive() */

/* The values that replace the placeholders. */
struct bench_values {
	const char
		*size; /* as written; NULL: there are no sizes, so {size}, {mib} and {pages} stay */
	uint64_t bytes;
	long concurrency;
	long run; /* from 1; 0: not known yet, so {run} and {i} stay */
	long instance; /* from 0 */
};

/*
 * Replaces {size}, {mib}, {pages}, {n} (the number at once), {run} and {i} (0 to n - 1) in an
 * argument and leaves other braces alone. The caller frees the result. Returns NULL if there is no
 * memory.
 */
char *bench_expand(const char *argument, const struct bench_values *values);

/* Expands every argument of a command. The caller frees the result with bench_free_command(). */
char **bench_expand_command(char *const *command, const struct bench_values *values);
void bench_free_command(char **command);

/* Returns whether a command has a placeholder for the size. */
bool bench_has_size(char *const *command);

/* The outcome of all runs of one configuration. */
struct bench_outcome {
	long runs; /* of COMMAND */
	long failed; /* runs with a status other than 0 */
	int status; /* of the first run that failed; 128 + N: signal N ended it */
	uint64_t elapsed_ns; /* of all runs, which follow each other */
};

/*
 * Runs COMMAND REPEAT times, CONCURRENCY processes at once. sevtrace record runs this as "sevtrace
 * bench --drive RESULT REPEAT CONCURRENCY PREPARE CONCLUDE COMMAND [ARG]...". PREPARE and CONCLUDE
 * are the shell's, before and after each repetition, or empty; one that fails ends it all. argv
 * begins with RESULT, the file that gets the outcome. Returns outcome.status.
 */
int bench_drive(int argc, char **argv);

/* Reads the file that bench_drive() wrote. Returns 0 or a negative errno. */
int bench_read_outcome(const char *path, struct bench_outcome *outcome);

/* Keeps SIGINT, SIGTERM and SIGHUP from ending this program; spawned processes get them. */
void bench_catch_signals(void);
int bench_signalled(void); /* the last signal caught; 0: none */

/* Where a spawned process writes its standard output. */
enum bench_stdout { BENCH_STDOUT_OURS, BENCH_STDOUT_STDERR, BENCH_STDOUT_NOWHERE };

/* Starts a process. Returns 0 or a negative errno. */
int bench_spawn(char *const *argv, enum bench_stdout to, pid_t *pid);

/*
 * Waits for a process and passes on the signals that we get. Returns its exit status, or 128 + N if
 * signal N ended it.
 */
int bench_wait(pid_t pid);

/* A configuration and its results. */
struct bench_result {
	const char *size; /* NULL: none */
	uint64_t bytes;
	long concurrency;
	char *path; /* of the recording */
	bool done;
	struct bench_outcome outcome;
	struct comparison figures; /* side A */
	uint64_t predicted_p50; /* ns, from launches one at a time; 0: there were none */
	uint32_t predicted_type; /* of the guests that it is of */
	struct comparison *against; /* A: the baseline, B: this recording; NULL: no baseline */
};

struct bench_report {
	struct condition conditions[NR_CONDITIONS];
	char *const *command;
	const char *baseline; /* NULL: none */
	const char *fail_above; /* NULL: not asked for */
	unsigned int seed; /* seed of the order of the configurations */
	long repeat;
	long warmup;
	struct bench_result *results;
	size_t nr;
};

struct bench {
	struct bench_report report;
	const char *folder;
	const char *db; /* NULL: none */
	struct option_list labels;
	struct verdict_options verdict;
	const char *prepare, *conclude; /* for the shell, around each repetition; NULL: nothing */
	const char *source_text; /* as the user gave it */
	enum event_wish source;
	unsigned int allowed; /* bits of the properties that may differ from the baseline */
	bool strict;
	bool json;
	bool quiet;
	bool verbose;
	char self[PATH_MAX];
};

/* Prints an own error on stderr. Returns the exit status. */
int bench_own_failure(const char *what, int err);

/* Measures and prints. Returns the exit status. */
int bench_run(struct bench *b);
void bench_release(struct bench *b);

/* Predicts the results of several at once. Returns 0 or a negative errno. */
int bench_predict(struct bench_report *report);

void bench_print(const struct bench_report *report, const struct text_style *style);

/* Returns the report as docs/schema/bench.schema.json defines it, or NULL if there is no memory. */
json_t *bench_json(const struct bench_report *report);

#endif /* BENCH_BENCH_H */
