/* SPDX-License-Identifier: GPL-2.0-only */
/* Command line options as tables: getopt, the usage line and the help read the same rows. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* How often an option with a list can be given. */
#define OPTION_REPEATS 64
struct option_list {
	char *values[OPTION_REPEATS];
	size_t nr;
};

/*
 * A row sets one of flag, value and list; or it sets group and nr_group, for rows that several
 * subcommands share.
 */
struct option_row {
	/* 0: none; shown only where it means what options.c says, as in all subcommands */
	char letter;
	const char *name;
	const char *argument; /* its name in the help; NULL: a flag */
	const char *without; /* the value if none is given; NULL: one is needed */
	const char *help;
	bool *flag; /* set when given */
	const char **value;
	struct option_list *list;
	const struct option_row *group; /* stands for these rows, which have no groups */
	size_t nr_group;
};

#define OPT_FLAG(l, n, h, to)                                         \
	{                                                             \
		.letter = (l), .name = (n), .help = (h), .flag = (to) \
	}
#define OPT_VALUE(l, n, arg, h, to)                                                       \
	{                                                                                 \
		.letter = (l), .name = (n), .argument = (arg), .help = (h), .value = (to) \
	}
#define OPT_MAYBE(n, arg, none, h, to)                                                        \
	{                                                                                     \
		.name = (n), .argument = (arg), .without = (none), .help = (h), .value = (to) \
	}
#define OPT_LIST(l, n, arg, h, to)                                                       \
	{                                                                                \
		.letter = (l), .name = (n), .argument = (arg), .help = (h), .list = (to) \
	}
#define OPT_GROUP(rows, nr)                       \
	{                                         \
		.group = (rows), .nr_group = (nr) \
	}

struct command_usage {
	const char *name; /* "report" */
	const char *synopsis; /* "[FILE]" */
	const char *summary;
	const struct option_row *options;
	size_t nr_options;
	int max_operands;
	int wrong_status; /* exit status of wrong usage; 0: EXIT_USAGE */
	bool takes_command; /* operands are a command and its arguments, which are its own */
	bool negative_operands; /* -22 and -EINVAL are operands; they come after the others */
	const char *notes; /* printed below the options; may be NULL */
};

#define PARSE_GO_ON (-1)

/*
 * -h and --help are in every table. Returns PARSE_GO_ON, with *operand the index of the first
 * operand, or the exit status: help was asked for and printed, or what is wrong stands on stderr.
 */
int options_parse(const struct command_usage *usage, int argc, char **argv, int *operand);

#endif /* CLI_OPTIONS_H */
