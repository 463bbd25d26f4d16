// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace diff: what two recordings took, and whether that differs. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "compare_render.h"
#include "outfile.h"

/* What the command line asks for. */
struct diff_options {
	bool json;
	bool csv;
	const char *fail_above; /* as written; NULL: not asked for */
	double limit; /* the same as a number: 0.05; INFINITY */
	const char *junit; /* files to write as well; NULL: none */
	const char *markdown;
};

/* Reads a file into the comparison. Returns an exit status; *failed is set where a launch failed. */
static int add_file(struct comparison *c, enum compare_which which, const char *path, bool *failed)
{
	struct tracefile_reader *reader;
	struct tracefile_state state;
	struct model model;
	char why[256];
	int ret;

	if (tracefile_open(path, &reader, why, sizeof(why))) {
		fprintf(stderr, "sevtrace diff: %s %s\n", path, why);
		return EXIT_OWN_FAILURE;
	}
	c->path[which] = path;
	model_init(&model);
	ret = model_read(&model, reader, &state);
	tracefile_reader_free(reader);
	if (!ret && !state.complete)
		fprintf(stderr, "sevtrace diff: %s: %s; comparing what was read before\n", path,
			state.text);
	if (!ret)
		ret = compare_add(c, which, &model);
	if (ret)
		fprintf(stderr, "sevtrace diff: %s cannot be read: %s\n", path, strerror(-ret));
	*failed |= model_failed(&model);
	model_free(&model);
	return ret ? EXIT_OWN_FAILURE : EXIT_ALL_OK;
}

static int print_json(const struct comparison *c)
{
	json_t *json = compare_json(c, SEVTRACE_VERSION);

	if (!json) {
		fputs("sevtrace diff: out of memory\n", stderr);
		return EXIT_OWN_FAILURE;
	}
	if (!json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)))
		putchar('\n');
	json_decref(json);
	return EXIT_ALL_OK;
}

static int print(const struct comparison *c, const struct diff_options *options)
{
	struct text_style style = text_style_of(stdout);
	int ret = EXIT_ALL_OK;

	if (options->json)
		ret = print_json(c);
	else if (options->csv)
		compare_csv(c, stdout);
	else
		compare_text(c, &style);
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace diff: cannot write the comparison");
		return EXIT_OWN_FAILURE;
	}
	return ret;
}

/* Writes a result for CI to a file of its own. Returns an exit status. */
static int write_result(const struct comparison *c, const char *gate, const char *path,
			void (*render)(const struct comparison *, const char *, FILE *))
{
	struct outfile out;
	int ret;

	if (!path)
		return EXIT_ALL_OK;
	ret = outfile_open(&out, path);
	if (!ret) {
		render(c, gate, out.stream);
		ret = outfile_finish(&out);
	}
	if (!ret)
		return EXIT_ALL_OK;
	fprintf(stderr, "sevtrace diff: %s cannot be written: %s\n", path, strerror(-ret));
	return EXIT_OWN_FAILURE;
}

/* Rows that are slower by more than is allowed are named on stderr. */
static bool above_limit(const struct comparison *c, const struct diff_options *options)
{
	char name[COMPARE_NAME_LEN];
	bool found = false;

	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];

		if (!compare_too_slow(c, row))
			continue;
		found = true;
		fprintf(stderr, "sevtrace diff: %s is slower by %.1f %%, more than %s\n",
			compare_name(row, name), 100 * row->change, options->fail_above);
	}
	return found;
}

static int compare_files(char *const paths[2], const struct diff_options *options)
{
	struct comparison c = { 0 };
	double min_change = COMPARE_MIN_CHANGE;
	bool failed = false;
	int ret = add_file(&c, COMPARE_A, paths[0], &failed);

	if (!ret)
		ret = add_file(&c, COMPARE_B, paths[1], &failed);
	c.gate = options->limit;
	if (options->limit < min_change)
		min_change = options->limit;
	if (!ret && compare_judge(&c, min_change)) {
		fputs("sevtrace diff: out of memory\n", stderr);
		ret = EXIT_OWN_FAILURE;
	}
	if (!ret)
		ret = print(&c, options);
	if (!ret)
		ret = write_result(&c, options->fail_above, options->junit, compare_junit);
	if (!ret)
		ret = write_result(&c, options->fail_above, options->markdown, compare_markdown);
	if (!ret && above_limit(&c, options))
		ret = EXIT_SLOWER;
	if ((!ret || ret == EXIT_SLOWER) && failed)
		ret = EXIT_LAUNCH_FAILED;
	compare_free(&c);
	return ret;
}

/* "5%" or "5": 0.05. */
static int parse_percent(const char *text, double *limit)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || (*end && strcmp(end, "%") != 0) || !(value >= 0 && value <= 1e6))
		return -EINVAL;
	*limit = value / 100;
	return 0;
}

static int wrong(const char *text)
{
	fprintf(stderr, "sevtrace diff: %s\nTry 'sevtrace diff --help'.\n", text);
	return EXIT_USAGE;
}

int cmd_diff(int argc, char **argv)
{
	struct diff_options o = { .limit = INFINITY };
	const struct option_row options[] = {
		{ 'j', "json", NULL, "print one JSON object instead of text", &o.json, NULL },
		{ 'c', "csv", NULL, "print comma-separated values instead of text", &o.csv, NULL },
		{ 'f', "fail-above", "PERCENT", "exit with 4 if a row is slower by more than that",
		  NULL, &o.fail_above },
		{ 'J', "junit", "FILE", "write the result as JUnit's XML, too", NULL, &o.junit },
		{ 'm', "markdown", "FILE", "write the result as Markdown, too", NULL, &o.markdown },
	};
	const struct command_usage usage = {
		.name = "diff",
		.synopsis = "A B",
		.summary =
			"Compare what the launches in recording B took with those in recording A",
		.options = options,
		.nr_options = sizeof(options) / sizeof(options[0]),
		.max_operands = 2,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (argc - operand != 2)
		return wrong("two recordings are needed, A and B");
	if (o.json && o.csv)
		return wrong("--json and --csv exclude each other");
	if (o.fail_above && parse_percent(o.fail_above, &o.limit))
		return wrong("--fail-above takes a percentage of 0 or more, such as 5%");
	return compare_files(&argv[operand], &o);
}
