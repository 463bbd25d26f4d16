// SPDX-License-Identifier: GPL-2.0-only
/*
 * sevtrace bench: launches for measurement. Each configuration (a size, and how many at once) is recorded by
 * sevtrace record, whose COMMAND is this program again (bench_drive()), which runs the command to measure.
 */
#include "bench/bench.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/watch_options.h"
#include "commands.h"
#include "util/array.h"

#define DEFAULT_REPEAT 20
#define DEFAULT_FOLDER "sevtrace.bench"

static int wrong(const char *format, const char *text)
{
	fputs("sevtrace bench: ", stderr);
	fprintf(stderr, format, text);
	fputs("\nTry 'sevtrace bench --help'.\n", stderr);
	return EXIT_RECORD_FAILURE;
}

static int parse_allowed(struct bench *b, const char *text)
{
	for (const char *p = text; p && *p; p += *p == ',') {
		size_t size = strcspn(p, ",");
		size_t i = 0;

		while (i < BENCH_NR_ALIKE && (strlen(bench_alike[i].name) != size ||
					      strncmp(bench_alike[i].name, p, size) != 0))
			i++;
		if (i == BENCH_NR_ALIKE)
			return wrong("'%s' is no list of host, kernel, firmware", text);
		b->allowed |= 1U << i;
		p += size;
	}
	return 0;
}

/* Takes a list with commas apart, in place. Returns how many there are; 0: too many, or an empty one. */
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
};

static int make_configurations(struct bench *b, char *const *sizes, size_t nr_sizes,
			       char *const *concurrency, size_t nr_concurrency)
{
	size_t nr = (nr_sizes ? nr_sizes : 1) * nr_concurrency;

	b->report.results = calloc(nr, sizeof(*b->report.results));
	if (!b->report.results)
		return bench_own_failure("cannot start", -ENOMEM);
	b->report.nr = nr;
	for (size_t i = 0; i < nr; i++) {
		struct bench_result *r = &b->report.results[i];

		r->size = nr_sizes ? sizes[i / nr_concurrency] : NULL;
		if (r->size && (parse_size(r->size, BENCH_MAX_SIZE, &r->bytes) || r->bytes % 4096))
			return wrong("'%s' is no size: whole pages, such as 4M", r->size);
		if (parse_number(concurrency[i % nr_concurrency], BENCH_MAX_CONCURRENCY,
				 &r->concurrency))
			return wrong("'%s' is no number of launches at once",
				     concurrency[i % nr_concurrency]);
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
		return wrong("%s", "a list has one to 32 items with commas between them");
	if (t->sizes && !bench_has_size(b->report.command))
		return wrong("%s", "--sizes, and COMMAND has none of {size}, {mib} and {pages}");
	if (!t->sizes && bench_has_size(b->report.command))
		return wrong("%s", "COMMAND has a placeholder for a size; say which with --sizes");
	return make_configurations(b, sizes, nr_sizes, concurrency, nr_concurrency);
}

static int parse(struct bench *b, const struct bench_texts *t)
{
	long seed = (long)(time(NULL) & INT_MAX) + 1;
	int status;

	if (t->repeat && parse_number(t->repeat, BENCH_MAX_REPEAT, &b->report.repeat))
		return wrong("'%s' is no number of runs", t->repeat);
	if (t->warmup && strcmp(t->warmup, "0") != 0 &&
	    parse_number(t->warmup, BENCH_MAX_REPEAT, &b->report.warmup))
		return wrong("'%s' is no number of runs", t->warmup);
	if (t->warmup && !strcmp(t->warmup, "0"))
		b->report.warmup = 0;
	if (t->seed && parse_number(t->seed, INT_MAX, &seed))
		return wrong("'%s' is no seed: a number", t->seed);
	b->report.seed = (unsigned int)seed;
	if ((b->diff.fail_above || t->allowed) && !b->report.baseline)
		return wrong("%s", "--fail-above and --allow need a --baseline");
	if (b->labels.nr && !b->db)
		return wrong("%s", "labels are those of a run in a database; give --db");
	status = parse_allowed(b, t->allowed);
	if (!status && diff_parse(&b->diff))
		status = EXIT_RECORD_FAILURE;
	b->report.fail_above = b->diff.fail_above;
	return status ? status : parse_lists(b, t);
}

static const char notes[] =
	"In COMMAND, {size}, {mib} and {pages} stand for the size as written, in MiB and in 4 KiB pages,\n"
	"{n} for how many run at once, {i} for which of these it is (from 0), {run} for the repetition.\n"
	"\n" RECORD_STATUS_NOTE "4 if something is slower than --fail-above allows.\n";

int cmd_bench(int argc, char **argv)
{
	struct bench b = { .folder = DEFAULT_FOLDER,
			   .report = { .repeat = DEFAULT_REPEAT, .warmup = 1 },
			   .diff = { .name = "bench" } };
	struct bench_texts t = { 0 };
	const char *sizes = NULL;
	const char *concurrency = NULL;
	const struct option_row rows[] = {
		{ 'S', "sizes", "LIST", "sizes of the guest, such as 1M,4M,32M", NULL, &sizes },
		{ 'C', "concurrency", "LIST", "how many launches at once, such as 1,2,8 (1)", NULL,
		  &concurrency },
		{ 'r', "repeat", "N", "runs of each size and concurrency (20)", NULL, &t.repeat },
		{ 'w', "warmup", "N", "runs before them that are not recorded (1)", NULL,
		  &t.warmup },
		{ 'o', "output", "DIR", "where recordings go, one each (" DEFAULT_FOLDER ")", NULL,
		  &b.folder },
		{ 'b', "baseline", "DIR", "compare with the recordings of an earlier bench", NULL,
		  &b.report.baseline },
		{ 'f', "fail-above", "PERCENT", "exit with 4 if a row is slower by more", NULL,
		  &b.diff.fail_above },
		{ 'A', "allow", "LIST", "compare although host, kernel, firmware differ", NULL,
		  &t.allowed },
		{ 'd', "db", "FILE", "add the recordings to a history", NULL, &b.db },
		{ 'l', "label", "KEY=VALUE", "a label of these runs in the history", NULL, NULL },
		{ 's', "strict", NULL, "refuse to run on a host that is not steady", &b.strict,
		  NULL },
		{ 'e', "seed", "N", "of the order, which is by chance", NULL, &t.seed },
		{ 'v', "verbose", NULL, "let COMMAND print, on stderr", &b.verbose, NULL },
		{ 'j', "json", NULL, "print one JSON object instead of text", &b.json, NULL },
		{ 'q', "quiet", NULL, "do not say what is going on", &b.quiet, NULL },
	};
	const struct command_usage usage = {
		.wrong_status = EXIT_RECORD_FAILURE,
		.name = "bench",
		.synopsis = "[-- COMMAND [ARG]...]",
		.summary = "Measure the launches in COMMAND, by size and by how many run at once",
		.options = rows,
		.nr_options = ARRAY_SIZE(rows),
		.repeated = 'l',
		.repeats = &b.labels,
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
	if (operand == argc)
		return wrong("%s", "nothing to measure: give -- COMMAND");
	b.report.command = argv + operand;
	t.sizes = sizes ? strdup(sizes) : NULL;
	t.concurrency = concurrency ? strdup(concurrency) : NULL;
	status = parse(&b, &t);
	if (!status)
		status = bench_run(&b);
	bench_release(&b);
	free(t.sizes);
	free(t.concurrency);
	return status;
}
