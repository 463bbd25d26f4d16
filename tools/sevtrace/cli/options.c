// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/status.h"
#include "util/array.h"

#define MAX_OPTIONS 32
#define LONG_ONLY 0x100 /* rows without a letter have values from here on */

/* What a letter means, in every subcommand. */
static const struct {
	char letter;
	const char *name;
} meanings[] = {
	{ 'A', "allow" },	 { 'C', "concurrency" }, { 'D', "dry-run" },
	{ 'E', "allow-empty" },	 { 'G', "cgroup" },	 { 'H', "host" },
	{ 'I', "interval" },	 { 'J', "junit" },	 { 'L', "log" },
	{ 'S', "sizes" },	 { 'a', "all" },	 { 'b', "batch" },
	{ 'c', "comm" },	 { 'd', "delay" },	 { 'e', "events" },
	{ 'f', "format" },	 { 'i', "ioctl" },	 { 'j', "json" },
	{ 'k', "keep" },	 { 'l', "min-latency" }, { 'm', "markdown" },
	{ 'n', "iterations" },	 { 'o', "output" },	 { 'p', "pid" },
	{ 'q', "quiet" },	 { 'r', "repeat" },	 { 's', "since" },
	{ 't', "vm-type" },	 { 'u', "until" },	 { 'v', "verbose" },
	{ 'w', "wait-modules" },
};

/* Tells whether a row's letter is shown. Others are of earlier versions, and go on working. */
static bool is_shown(const struct option_row *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (meanings[i].letter == row->letter)
			return !strcmp(meanings[i].name, row->name);
	return false;
}

/* The rows of a command; the rows of a group replace the group. */
struct table {
	const struct option_row *rows[MAX_OPTIONS + 1]; /* NULL behind the last */
	size_t nr;
};

static void add_row(struct table *t, const struct option_row *row)
{
	if (t->nr < MAX_OPTIONS)
		t->rows[t->nr++] = row;
}

static struct table flatten(const struct command_usage *usage)
{
	struct table t = { .nr = 0 };

	for (size_t i = 0; i < usage->nr_options; i++) {
		const struct option_row *row = &usage->options[i];

		if (!row->group)
			add_row(&t, row);
		for (size_t k = 0; k < row->nr_group; k++)
			add_row(&t, &row->group[k]);
	}
	return t;
}

static void print_help(const struct command_usage *usage, const struct table *t)
{
	printf("Usage: sevtrace %s [OPTION]...%s%s\n%s.\n\n", usage->name,
	       *usage->synopsis ? " " : "", usage->synopsis, usage->summary);
	for (size_t i = 0; i < t->nr; i++) {
		const struct option_row *row = t->rows[i];
		char letter[8] = "    ", left[64];

		if (is_shown(row))
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s%s%s", letter, row->name,
			 row->without ? "[" : "", row->argument ? "=" : "",
			 row->argument ? row->argument : "", row->without ? "]" : "");
		printf("  %-26s %s\n", left, row->help);
	}
	printf("  %-26s %s\n", "-h, --help", "print this help");
	if (usage->notes)
		printf("\n%s", usage->notes);
}

static int wrong(const struct command_usage *usage)
{
	fprintf(stderr, "Try 'sevtrace %s --help'.\n", usage->name);
	return usage->wrong_status ? usage->wrong_status : EXIT_USAGE;
}

/* Returns the value that getopt_long() shall return for a row. */
static int option_value(const struct table *t, size_t row)
{
	return t->rows[row]->letter ? t->rows[row]->letter : LONG_ONLY + (int)row;
}

/* Fills the structures that getopt_long() reads from the table. */
static void make_getopt(const struct command_usage *usage, const struct table *t,
			struct option *longs, char *shorts)
{
	size_t i;

	/* With a '+', getopt stops at the first operand. */
	if (usage->takes_command)
		*shorts++ = '+';
	for (i = 0; t->rows[i]; i++) {
		const struct option_row *row = t->rows[i];

		longs[i] = (struct option){ row->name,
					    row->without  ? optional_argument :
					    row->argument ? required_argument :
							    no_argument,
					    NULL, option_value(t, i) };
		if (!row->letter)
			continue;
		*shorts++ = row->letter;
		if (row->argument)
			*shorts++ = ':';
	}
	longs[i] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[i + 1] = (struct option){ 0 };
	*shorts++ = 'h';
	*shorts = '\0';
}

/* Stores an option's value. Returns 0, or -E2BIG if the option was given too often. */
static int take(const struct command_usage *usage, const struct option_row *row)
{
	if (row->flag) {
		*row->flag = true;
	} else if (row->value) {
		*row->value = optarg ? optarg : row->without;
	} else if (row->list->nr < OPTION_REPEATS) {
		row->list->values[row->list->nr++] = optarg;
	} else {
		say_error(usage->name, "more than %d of --%s", OPTION_REPEATS, row->name);
		return -E2BIG;
	}
	return 0;
}

static int take_value(const struct command_usage *usage, const struct table *t, int value)
{
	for (size_t i = 0; i < t->nr; i++)
		if (option_value(t, i) == value)
			return take(usage, t->rows[i]);
	return 0;
}

/*
 * Moves operands that look like options (-22) behind all others. Returns the number of arguments
 * before them.
 */
static int move_negative(int argc, char **argv)
{
	int count = 1;

	for (int i = 1; i < argc; i++) {
		char *arg = argv[i];

		if (arg[0] == '-' && (isdigit((unsigned char)arg[1]) || arg[1] == 'E'))
			continue;
		memmove(&argv[count + 1], &argv[count], (size_t)(i - count) * sizeof(*argv));
		argv[count++] = arg;
	}
	return count;
}

int options_parse(const struct command_usage *usage, int argc, char **argv, int *operand)
{
	struct option longs[MAX_OPTIONS + 2];
	const struct table table = flatten(usage);
	char shorts[2 * MAX_OPTIONS + 3];
	char program[64];
	char *saved = argv[0];
	int count = usage->negative_operands ? move_negative(argc, argv) : argc;
	int letter;

	make_getopt(usage, &table, longs, shorts);
	snprintf(program, sizeof(program), "sevtrace %s", usage->name);
	argv[0] = program; /* getopt starts its messages with argv[0] */
	optind = 1;
	letter = getopt_long(count, argv, shorts, longs, NULL);
	for (; letter != -1; letter = getopt_long(count, argv, shorts, longs, NULL)) {
		if (letter == '?' || letter == 'h')
			break;
		if (take_value(usage, &table, letter)) {
			letter = '?';
			break;
		}
	}
	argv[0] = saved;
	*operand = optind;
	if (letter == 'h') {
		print_help(usage, &table);
		return EXIT_ALL_OK;
	}
	if (letter == '?')
		return wrong(usage);
	if (!usage->takes_command && argc - optind > usage->max_operands) {
		say_error(usage->name, "too many arguments: '%s'",
			  argv[optind + usage->max_operands]);
		return wrong(usage);
	}
	return PARSE_GO_ON;
}
