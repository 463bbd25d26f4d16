// SPDX-License-Identifier: GPL-2.0-only
/*
 * sevtrace bench: measures launches. For each configuration (a size and a number of launches at
 * once) it runs sevtrace record. The COMMAND of that record is this program again (bench_drive()),
 * which runs the command to measure.
 */
#include "bench/bench.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/alike.h"
#include "cli/numbers.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/watch_options.h"
#include "commands.h"
#include "util/array.h"

#define DEFAULT_REPEAT 20
#define DEFAULT_FOLDER "sevtrace.bench"

/*
 * Splits a list at its commas, in place. Returns the number of items, or 0 if there are too many or
 * one is empty.
 */
static size_t split(char *text, char *items[BENCH_MAX_LIST])
{
	size_t nr = 0;

	for (char *p = text; p; nr++) {
		char *comma = strchr(p, ',');

		if (nr == BENCH_MAX_LIST || !*p || comma == p)
			return 0;
		items[nr] = p;
		if (comma)
			*comma = '\0';
		p = comma ? comma + 1 : NULL;
	}
	return nr;
}

struct bench_texts {
	char *sizes;
	char *concurrency;
	const char *repeat;
	const char *warmup;
	const char *seed;
	const char *allowed;
	const char *source;
};

static int make_configurations(struct bench *b, char *const *sizes, size_t nr_sizes,
			       char *const *concurrency, size_t nr_concurrency)
{
	size_t nr = (nr_sizes ? nr_sizes : 1) * nr_concurrency;

	b->report.results = calloc(nr, sizeof(*b->report.results));
	if (!b->report.results)
		return say_out_of_memory("bench");
	b->report.nr = nr;
	for (size_t i = 0; i < nr; i++) {
		struct bench_result *r = &b->report.results[i];

		r->size = nr_sizes ? sizes[i / nr_concurrency] : NULL;
		if (r->size && (parse_size(r->size, BENCH_MAX_SIZE, &r->bytes) || r->bytes % 4096))
			return say_invalid("bench", "size", r->size, "whole pages, such as 4M");
		if (parse_number(concurrency[i % nr_concurrency], BENCH_MAX_CONCURRENCY,
				 &r->concurrency))
			return say_invalid("bench", "concurrency", concurrency[i % nr_concurrency],
					   "a number from 1 to 1024");
	}
	return 0;
}

static int parse_lists(struct bench *b, const struct bench_texts *t)
{
	char one[] = "1";
	char *sizes[BENCH_MAX_LIST];
	char *concurrency[BENCH_MAX_LIST] = { one };
	size_t nr_sizes = t->sizes ? split(t->sizes, sizes) : 0;
	size_t nr_concurrency = t->concurrency ? split(t->concurrency, concurrency) : 1;

	if ((t->sizes && !nr_sizes) || !nr_concurrency)
		return say_usage("bench", "a list has 1 to 32 items, separated by commas");
	if (t->sizes && !bench_has_size(b->report.command))
		return say_usage("bench", "--sizes needs {size}, {mib} or {pages} in COMMAND");
	if (!t->sizes && bench_has_size(b->report.command))
		return say_usage("bench", "COMMAND has a placeholder for a size; give --sizes");
	return make_configurations(b, sizes, nr_sizes, concurrency, nr_concurrency);
}

static int parse_source(struct bench *b, const char *text)
{
	int wish = event_wish_parse(text);

	if (wish < 0)
		return say_invalid("bench", "source of events", text,
				   "auto, tracepoints, or functions");
	b->source_text = text;
	b->source = (enum event_wish)wish;
	return 0;
}

/* Parses the options. Returns 0, or a negative errno after it has printed what is wrong. */
static int parse(struct bench *b, const struct bench_texts *t)
{
	static const char runs[] = "number of runs";
	static const char expected[] = "a number from 1 to 100000";
	long seed = (long)(time(NULL) & INT_MAX) + 1;
	bool no_warmup = t->warmup && !strcmp(t->warmup, "0");
	int err;

	if (t->repeat && parse_number(t->repeat, BENCH_MAX_REPEAT, &b->report.repeat))
		return say_invalid("bench", runs, t->repeat, expected);
	if (t->warmup && !no_warmup && parse_number(t->warmup, BENCH_MAX_REPEAT, &b->report.warmup))
		return say_invalid("bench", runs, t->warmup, "a number from 0 to 100000");
	if (no_warmup)
		b->report.warmup = 0;
	if (t->seed && parse_number(t->seed, INT_MAX, &seed))
		return say_invalid("bench", "seed", t->seed, "a number from 1 to 2147483647");
	b->report.seed = (unsigned int)seed;
	if ((b->verdict.fail_above || t->allowed) && !b->report.baseline)
		return say_usage("bench", "--fail-above and --allow need --baseline");
	if (b->labels.nr && !b->db)
		return say_usage("bench", "--label needs --db");
	if (parse_source(b, t->source))
		return -EINVAL;
	err = alike_parse("bench", t->allowed, &b->allowed);
	if (!err)
		err = verdict_parse(&b->verdict);
	b->report.fail_above = b->verdict.fail_above;
	return err ? err : parse_lists(b, t);
}

static const char notes[] =
	"In a COMMAND, {size} stands for the size as written, {mib} for the size in MiB,\n"
	"{pages} for the size in pages of 4 KiB, {n} for the number of launches at once,\n"
	"{i} for the index among these, from 0, {run} for the repetition, from 1.\n"
	"\n" WATCH_STATUS_NOTE "4 if something is slower than --fail-above allows;\n"
	"5 if COMMAND launched no guest or nothing can be compared.\n";

int cmd_bench(int argc, char **argv)
{
	struct bench b = { .folder = DEFAULT_FOLDER,
			   .report = { .repeat = DEFAULT_REPEAT, .warmup = 1 },
			   .verdict = { .name = "bench" } };
	struct bench_texts t = { .source = "auto" };
	const char *sizes = NULL;
	const char *concurrency = NULL;
	const struct option_row rows[] = {
		OPT_VALUE('S', "sizes", "LIST", "sizes of the guest, such as 1M,4M,32M", &sizes),
		OPT_VALUE('C', "concurrency", "LIST", "launches at once, such as 1,2,8 (1)",
			  &concurrency),
		OPT_VALUE('r', "repeat", "N", "runs of each size and concurrency (20)", &t.repeat),
		OPT_VALUE('w', "warmup", "N", "runs before, which are not recorded (1)", &t.warmup),
		OPT_VALUE(0, "prepare", "COMMAND", "what the shell runs before each repetition",
			  &b.prepare),
		OPT_VALUE(0, "conclude", "COMMAND", "what the shell runs after each repetition",
			  &b.conclude),
		OPT_VALUE('o', "output", "DIR", "folder for the recordings (" DEFAULT_FOLDER ")",
			  &b.folder),
		OPT_VALUE('b', "baseline", "DIR", "compare with the recordings of an earlier bench",
			  &b.report.baseline),
		OPT_VALUE('f', "fail-above", "PERCENT", "exit with 4 if slower by over PERCENT",
			  &b.verdict.fail_above),
		OPT_FLAG('E', "allow-empty", "with nothing to compare, exit with 0 instead of 5",
			 &b.verdict.allow_empty),
		OPT_VALUE('A', "allow", "LIST", "compare even if host, kernel or firmware differ",
			  &t.allowed),
		OPT_VALUE('d', "db", "FILE", "add the recordings to a history", &b.db),
		OPT_LIST('l', "label", "KEY=VALUE", "label these runs in the history", &b.labels),
		OPT_VALUE(0, "source", "SOURCE", "auto, tracepoints, or functions (auto)",
			  &t.source),
		OPT_FLAG('s', "strict", "refuse to run on a noisy host", &b.strict),
		OPT_VALUE('e', "seed", "N", "seed of the random order", &t.seed),
		OPT_FLAG('v', "verbose", "print the output of COMMAND, on stderr", &b.verbose),
		OPT_FLAG('j', "json", "print one JSON object instead of text", &b.json),
		OPT_FLAG('q', "quiet", "print no progress", &b.quiet),
	};
	const struct command_usage usage = {
		.wrong_status = EXIT_RECORD_FAILURE,
		.name = "bench",
		.synopsis = "[-- COMMAND [ARG]...]",
		.summary = "Measure the launches of COMMAND by size and concurrency",
		.options = rows,
		.nr_options = ARRAY_SIZE(rows),
		.takes_command = true,
		.notes = notes,
	};
	int operand;
	int status;

	if (argc > 1 && !strcmp(argv[1], BENCH_DRIVE))
		return bench_drive(argc - 2, argv + 2);
	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (operand == argc) {
		say_usage("bench", "nothing to measure: give -- COMMAND");
		return EXIT_RECORD_FAILURE;
	}
	b.report.command = argv + operand;
	t.sizes = sizes ? strdup(sizes) : NULL;
	t.concurrency = concurrency ? strdup(concurrency) : NULL;
	status = parse(&b, &t) ? EXIT_RECORD_FAILURE : bench_run(&b);
	bench_release(&b);
	free(t.sizes);
	free(t.concurrency);
	return status;
}
