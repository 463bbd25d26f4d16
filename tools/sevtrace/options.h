/* SPDX-License-Identifier: GPL-2.0-only */
/* Command line options as tables: one row is what getopt, usage and help read. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct option_row {
	char letter;
	const char *name;
	const char *argument; /* its name in the help; NULL: a flag */
	const char *help;
	bool *flag; /* set when given */
	const char **value; /* or this */
};

struct command_usage {
	const char *name; /* "report" */
	const char *synopsis; /* "[FILE]" */
	const char *summary;
	const struct option_row *options;
	size_t nr_options;
	int max_operands;
	bool takes_command; /* operands are a command and its arguments, which are its own */
	bool negative_operands; /* -22 and -EINVAL are operands; they come after the others */
	const char *notes; /* printed below the options; may be NULL */
};

enum parse_result {
	PARSE_GO_ON,
	PARSE_DONE, /* help was asked for and printed */
	PARSE_WRONG, /* what is wrong stands on stderr */
};

/* -h and --help are in every table. *operand: index of the first operand. */
enum parse_result options_parse(const struct command_usage *usage, int argc, char **argv,
				int *operand);

#endif /* OPTIONS_H */
