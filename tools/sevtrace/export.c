// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace export: writes a recording in the formats of other tools. */
#include <stdio.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/selection.h"
#include "cli/status.h"
#include "cli/write_format.h"
#include "commands.h"
#include "util/array.h"

/* Lists the formats for the help. */
static const char *list_formats(char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "Formats:\n");

	for (size_t i = 0; export_format(i) && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "  %-12s %s\n",
					 export_format(i)->name, export_format(i)->help);
	return buf;
}

static const struct export_format *find_format(const char *name)
{
	for (size_t i = 0; export_format(i); i++)
		if (!strcmp(export_format(i)->name, name))
			return export_format(i);
	return NULL;
}

static int wrong_format(const char *name)
{
	const char *comma = "";

	if (name)
		fprintf(stderr, "sevtrace export: invalid format '%s': expected ", name);
	else
		fputs("sevtrace export: --format is missing: expected ", stderr);
	for (size_t i = 0; export_format(i); i++, comma = ", ")
		fprintf(stderr, "%s%s", comma, export_format(i)->name);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

/* Returns 0, or -EINVAL after it has printed what is wrong. */
static int take_columns(const struct export_format *format, const char *list,
			struct csv_columns *columns)
{
	if (!list)
		return 0;
	if (!format->table)
		return say_usage("export", "--columns is for --format=csv, not %s", format->name);
	return columns_take("export", format->table, list, columns);
}

int cmd_export(int argc, char **argv)
{
	const char *name = NULL;
	const char *output = NULL, *list = NULL;
	struct csv_columns columns;
	struct selection selection;

	selection_init(&selection);

	const struct option_row options[] = {
		OPT_VALUE('f', "format", "FORMAT", "the format, see below", &name),
		OPT_VALUE('o', "output", "OUTPUT", "write to OUTPUT instead of stdout", &output),
		COLUMNS_OPTION(&list),
		OPT_GROUP(selection.options, SELECTION_OPTIONS),
	};
	char notes[1024];
	const struct command_usage usage = {
		.name = "export",
		.synopsis = "--format FORMAT [FILE]",
		.summary = "Convert FILE (" DEFAULT_FILE ") to a format of other tools",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 1,
		.notes = list_formats(notes, sizeof(notes)),
	};
	const struct export_format *format;
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	format = name ? find_format(name) : NULL;
	if (!format)
		return wrong_format(name);
	status = EXIT_USAGE;
	if (!take_columns(format, list, &columns) && !selection_take(&selection, "export")) {
		const struct write_request request = {
			.format = format,
			.file = operand < argc ? argv[operand] : DEFAULT_FILE,
			.selection = &selection,
			.output = output,
			.columns = list ? &columns : NULL,
		};

		status = write_format("export", &request);
	}
	selection_free(&selection);
	return status;
}
