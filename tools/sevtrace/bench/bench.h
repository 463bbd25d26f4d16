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
#include "host/noise.h"

#define BENCH_MAX_LIST 32 /* sizes, and concurrencies */
#define BENCH_MAX_REPEAT 100000
#define BENCH_MAX_CONCURRENCY 1024
#define BENCH_MAX_SIZE (1ULL << 46) /* what an EPYC can address is less */
#define BENCH_DRIVE "--drive" /* argv[1] of the program that record runs, see bench_drive() */

/* What a placeholder stands for. */
struct bench_values {
	const char
		*size; /* as written; NULL: there are no sizes, so {size}, {mib} and {pages} stay */
	uint64_t bytes;
	long concurrency;
	long run; /* from 1; 0: it is not known yet, so {run} and {i} stay */
	long instance; /* from 0 */
};

/*
 * Replaces {size}, {mib}, {pages}, {n} (how many at once), {run} and {i} (0 to n - 1) in an
 * argument; other braces stay. To be freed; NULL: no memory.
 */
char *bench_expand(const char *argument, const struct bench_values *values);

/* The same for all of a command. To be freed with bench_free_command(). */
char **bench_expand_command(char *const *command, const struct bench_values *values);
void bench_free_command(char **command);

/* Does a command say anything of its size? */
bool bench_has_size(char *const *command);

/* What came of the runs of one configuration. */
struct bench_outcome {
	long runs; /* of COMMAND */
	long failed; /* with a status other than 0 */
	int status; /* the first such; 128 + N: by signal N */
	uint64_t elapsed_ns; /* of all runs, one after the other */
};

/*
 * The program that record runs: COMMAND so many times, so many at once, for "sevtrace bench --drive
 * RESULT REPEAT CONCURRENCY COMMAND [ARG]...". Writes the outcome to the file RESULT. argv begins
 * with RESULT. Returns COMMAND's status, as outcome has it.
 */
int bench_drive(int argc, char **argv);

/* Reads what bench_drive() wrote. 0 or a negative errno. */
int bench_read_outcome(const char *path, struct bench_outcome *outcome);

/* From then on SIGINT, SIGTERM and SIGHUP do not end this program; what is spawned gets them. */
void bench_catch_signals(void);
int bench_signalled(void); /* the last one; 0: none */

/* Where the standard output of what is spawned goes. */
enum bench_stdout { BENCH_STDOUT_OURS, BENCH_STDOUT_STDERR, BENCH_STDOUT_NOWHERE };

/* 0 or a negative errno. */
int bench_spawn(char *const *argv, enum bench_stdout to, pid_t *pid);

/* Its exit status; 128 + N: ended by signal N. A signal to us goes on to it. */
int bench_wait(pid_t pid);

/* A configuration and what was found. */
struct bench_result {
	const char *size; /* NULL: none */
	uint64_t bytes;
	long concurrency;
	char *path; /* of the recording */
	bool done;
	struct bench_outcome outcome;
	struct comparison figures; /* side A */
	struct comparison *against; /* A the baseline, B this; NULL: none */
};

struct bench_report {
	struct condition conditions[NR_CONDITIONS];
	char *const *command;
	const char *baseline; /* NULL: none */
	const char *fail_above; /* NULL: not asked for */
	unsigned int seed; /* of the order */
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
	unsigned int allowed; /* bits of what may differ from the baseline */
	bool strict;
	bool json;
	bool quiet;
	bool verbose;
	char self[PATH_MAX];
};

/* What has to be alike for a comparison of times. */
struct bench_alike {
	const char *name; /* in --allow */
	const char *key; /* in a recording */
};

#define BENCH_NR_ALIKE 3
extern const struct bench_alike bench_alike[BENCH_NR_ALIKE];

/* Says so on stderr; returns the exit status. */
int bench_own_failure(const char *what, int err);

/* Measures and prints. Returns the exit status. */
int bench_run(struct bench *b);
void bench_release(struct bench *b);

void bench_print(const struct bench_report *report, const struct text_style *style);

/* As docs/schema/bench.schema.json says; NULL: no memory. */
json_t *bench_json(const struct bench_report *report);

#endif /* BENCH_BENCH_H */
