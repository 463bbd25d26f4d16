// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace diff: compares two recordings. */
#include <errno.h>

#include "cli/alike.h"
#include "cli/look.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/selection.h"
#include "cli/status.h"
#include "cli/verdict.h"
#include "commands.h"
#include "util/array.h"

/* allowed: what may differ, see alike(). */
static int check_alike(const struct comparison *c, const char *path, unsigned int allowed)
{
	const char *values[2][ALIKE_COUNT];

	for (size_t i = 0; i < ALIKE_COUNT; i++) {
		values[0][i] = alike_value(c, COMPARE_A, (enum alike_property)i);
		values[1][i] = alike_value(c, COMPARE_B, (enum alike_property)i);
	}
	return alike("diff", path, values[1], values[0], allowed) ? 0 : -EXDEV;
}

static int compare_files(char *const paths[2], const struct selection *selection,
			 const struct verdict_options *o, unsigned int allowed)
{
	struct comparison c = { 0 };
	int err = verdict_read(o->name, &c, COMPARE_A, paths[0], selection);
	int status;

	if (!err)
		err = verdict_read(o->name, &c, COMPARE_B, paths[1], selection);
	if (!err)
		err = check_alike(&c, paths[1], allowed);
	status = err ? EXIT_OWN_FAILURE : verdict_report(&c, o);
	compare_free(&c);
	return status;
}

int cmd_diff(int argc, char **argv)
{
	unsigned int allowed = ~0U;
	const char *allow = NULL;
	struct look look = { 0 };
	struct verdict_options o = { .name = "diff", .look = &look };
	struct selection selection;

	selection_init(&selection);
	selection_without_letter(&selection, 'c'); /* was that of --csv */

	const struct option_row options[] = {
		OPT_FLAG(0, "changed", "only rows that differ", &o.changed_only),
		OPT_FLAG(0, "by-change", "what became slowest first, not in a launch's order",
			 &o.by_change),
		OPT_FLAG('j', "json", "print one JSON object instead of text", &o.json),
		OPT_FLAG('c', "csv", "print comma-separated values instead of text", &o.csv),
		OPT_VALUE('f', "fail-above", "PERCENT",
			  "exit with 4 if a row is slower by more than PERCENT", &o.fail_above),
		OPT_FLAG('E', "allow-empty", "with nothing to compare, exit with 0 instead of 5",
			 &o.allow_empty),
		OPT_VALUE('A', "allow", "LIST", "only LIST of host, kernel, firmware may differ",
			  &allow),
		OPT_VALUE('J', "junit", "FILE", "also write the result as JUnit XML", &o.junit),
		OPT_VALUE('m', "markdown", "FILE", "also write the result as Markdown",
			  &o.markdown),
		OPT_GROUP(selection.options, SELECTION_OPTIONS),
		LOOK_ROWS(&look),
	};
	const struct command_usage usage = {
		.name = "diff",
		.synopsis = "A B",
		.summary = "Compare the launches in recording B with those in recording A",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 2,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (argc - operand != 2) {
		say_usage("diff", "two recordings are needed, A and B");
		return EXIT_USAGE;
	}
	status = EXIT_USAGE;
	if (!(allow && alike_parse("diff", allow, &allowed)) && !verdict_parse(&o) &&
	    !selection_take(&selection, "diff"))
		status = compare_files(&argv[operand], &selection, &o, allowed);
	selection_free(&selection);
	return status;
}
