// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace diff: what two recordings took, and whether that differs. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "commands.h"
#include "diff/render.h"
#include "util/array.h"
#include "util/outfile.h"

int diff_read(const char *command, struct comparison *c, enum compare_which which, const char *path)
{
	struct tracefile_reader *reader;
	struct tracefile_state state;
	struct model model;
	char why[256];
	int ret;

	if (tracefile_open(path, &reader, why, sizeof(why))) {
		fprintf(stderr, "sevtrace %s: %s %s\n", command, path, why);
		return EXIT_OWN_FAILURE;
	}
	c->path[which] = path;
	model_init(&model);
	ret = model_read(&model, reader, &state);
	tracefile_reader_free(reader);
	if (!ret && !state.complete)
		fprintf(stderr, "sevtrace %s: %s: %s; comparing what was read before\n", command,
			path, state.text);
	if (!ret)
		ret = compare_add(c, which, &model);
	if (ret)
		fprintf(stderr, "sevtrace %s: %s cannot be read: %s\n", command, path,
			strerror(-ret));
	model_free(&model);
	return ret ? EXIT_OWN_FAILURE : EXIT_ALL_OK;
}

static int out_of_memory(const struct diff_options *options)
{
	fprintf(stderr, "sevtrace %s: out of memory\n", options->name);
	return EXIT_OWN_FAILURE;
}

static int print_json(const struct comparison *c, const struct diff_options *options)
{
	json_t *json = compare_json(c, SEVTRACE_VERSION);

	if (!json)
		return out_of_memory(options);
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
		ret = print_json(c, options);
	else if (options->csv)
		compare_csv(c, stdout);
	else
		compare_text(c, &style);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "sevtrace %s: cannot write the comparison: %s\n", options->name,
			strerror(errno));
		return EXIT_OWN_FAILURE;
	}
	return ret;
}

/* Writes a result for CI to a file of its own. Returns an exit status. */
static int write_result(const struct comparison *c, const struct diff_options *options,
			const char *path,
			void (*render)(const struct comparison *, const char *, FILE *))
{
	struct outfile out;
	int ret;

	if (!path)
		return EXIT_ALL_OK;
	ret = outfile_open(&out, path);
	if (!ret) {
		render(c, options->fail_above, out.stream);
		ret = outfile_finish(&out);
	}
	if (!ret)
		return EXIT_ALL_OK;
	fprintf(stderr, "sevtrace %s: %s cannot be written: %s\n", options->name, path,
		strerror(-ret));
	return EXIT_OWN_FAILURE;
}

/* Rows that are slower by more than is allowed are named on stderr. */
bool diff_above_limit(const struct comparison *c, const struct diff_options *options)
{
	char name[COMPARE_NAME_LEN];
	bool found = false;

	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];

		if (!compare_too_slow(c, row))
			continue;
		found = true;
		fprintf(stderr, "sevtrace %s: %s is slower by %.1f %%, more than %s\n",
			options->name, compare_name(row, name), 100 * row->change,
			options->fail_above);
	}
	return found;
}

int diff_judge(struct comparison *c, const struct diff_options *options)
{
	double min_change = COMPARE_MIN_CHANGE;
	int ret = EXIT_ALL_OK;

	c->gate = options->limit;
	if (options->limit < min_change)
		min_change = options->limit;
	if (compare_judge(c, min_change))
		ret = out_of_memory(options);
	if (!ret)
		ret = print(c, options);
	if (!ret)
		ret = write_result(c, options, options->junit, compare_junit);
	if (!ret)
		ret = write_result(c, options, options->markdown, compare_markdown);
	if (!ret && diff_above_limit(c, options))
		ret = EXIT_SLOWER;
	if ((!ret || ret == EXIT_SLOWER) &&
	    compare_failed(c, COMPARE_A) + compare_failed(c, COMPARE_B))
		ret = EXIT_LAUNCH_FAILED;
	return ret;
}

static int compare_files(char *const paths[2], const struct diff_options *options)
{
	struct comparison c = { 0 };
	int ret = diff_read(options->name, &c, COMPARE_A, paths[0]);

	if (!ret)
		ret = diff_read(options->name, &c, COMPARE_B, paths[1]);
	if (!ret)
		ret = diff_judge(&c, options);
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

static int wrong(const struct diff_options *options, const char *text)
{
	fprintf(stderr, "sevtrace %s: %s\nTry 'sevtrace %s --help'.\n", options->name, text,
		options->name);
	return EXIT_USAGE;
}

int diff_parse(struct diff_options *o)
{
	o->limit = INFINITY;
	if (o->json && o->csv)
		return wrong(o, "--json and --csv exclude each other");
	if (o->fail_above && parse_percent(o->fail_above, &o->limit))
		return wrong(o, "--fail-above takes a percentage of 0 or more, such as 5%");
	return EXIT_ALL_OK;
}

int cmd_diff(int argc, char **argv)
{
	struct diff_options o = { .name = "diff" };
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
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 2,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (argc - operand != 2)
		return wrong(&o, "two recordings are needed, A and B");
	status = diff_parse(&o);
	return status ? status : compare_files(&argv[operand], &o);
}
