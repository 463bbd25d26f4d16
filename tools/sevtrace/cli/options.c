// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

#define MAX_OPTIONS 32
#define LONG_ONLY 0x100 /* and above: rows without a letter */

static void print_help(const struct command_usage *usage)
{
	printf("Usage: sevtrace %s [OPTION]... %s\n%s.\n\n", usage->name, usage->synopsis,
	       usage->summary);
	for (size_t i = 0; i < usage->nr_options; i++) {
		const struct option_row *row = &usage->options[i];
		char letter[8] = "    ", left[64];

		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name,
			 row->argument ? "=" : "", row->argument ? row->argument : "");
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

/* What getopt_long() returns for a row. */
static int option_value(const struct command_usage *usage, size_t row)
{
	return usage->options[row].letter ? usage->options[row].letter : LONG_ONLY + (int)row;
}

/* Fills what getopt_long() reads from the table. */
static void make_getopt(const struct command_usage *usage, struct option *longs, char *shorts)
{
	size_t i;

	/* With a '+', getopt leaves options behind the first operand alone. */
	if (usage->takes_command)
		*shorts++ = '+';
	for (i = 0; i < usage->nr_options && i < MAX_OPTIONS; i++) {
		const struct option_row *row = &usage->options[i];

		longs[i] = (struct option){ row->name,
					    row->argument ? required_argument : no_argument, NULL,
					    option_value(usage, i) };
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

/* 0, or -E2BIG: an option is there too often. */
static int take(const struct command_usage *usage, int value)
{
	struct option_list *list = usage->repeats;

	for (size_t i = 0; i < usage->nr_options; i++) {
		const struct option_row *row = &usage->options[i];
		bool repeated;

		if (option_value(usage, i) != value)
			continue;
		repeated = list && row->letter == usage->repeated;
		if (repeated && list->nr == OPTION_REPEATS) {
			fprintf(stderr, "sevtrace %s: more than %d of --%s\n", usage->name,
				OPTION_REPEATS, row->name);
			return -E2BIG;
		}
		if (repeated)
			list->values[list->nr++] = optarg;
		else if (row->argument)
			*row->value = optarg;
		else
			*row->flag = true;
	}
	return 0;
}

/* Moves operands that look like options behind everything else; returns what is before them. */
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
	char shorts[2 * MAX_OPTIONS + 3];
	char program[64];
	char *saved = argv[0];
	int count = usage->negative_operands ? move_negative(argc, argv) : argc;
	int letter;

	make_getopt(usage, longs, shorts);
	snprintf(program, sizeof(program), "sevtrace %s", usage->name);
	argv[0] = program; /* getopt's messages begin with it */
	optind = 1;
	letter = getopt_long(count, argv, shorts, longs, NULL);
	for (; letter != -1; letter = getopt_long(count, argv, shorts, longs, NULL)) {
		if (letter == '?' || letter == 'h')
			break;
		if (take(usage, letter)) {
			letter = '?';
			break;
		}
	}
	argv[0] = saved;
	*operand = optind;
	if (letter == 'h') {
		print_help(usage);
		return EXIT_ALL_OK;
	}
	if (letter == '?')
		return wrong(usage);
	if (!usage->takes_command && argc - optind > usage->max_operands) {
		fprintf(stderr, "sevtrace %s: too many arguments: '%s'\n", usage->name,
			argv[optind + usage->max_operands]);
		return wrong(usage);
	}
	return PARSE_GO_ON;
}
