// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace script: prints one line a record. */
#include "cli/options.h"
#include "cli/selection.h"
#include "cli/status.h"
#include "cli/write_format.h"
#include "commands.h"
#include "util/array.h"

int cmd_script(int argc, char **argv)
{
	bool as_json = false;
	struct selection selection;

	selection_init(&selection);

	const struct option_row options[] = {
		OPT_GROUP(selection.options, SELECTION_OPTIONS),
		OPT_FLAG('j', "json", "print one JSON object per line", &as_json),
	};
	const struct command_usage usage = {
		.name = "script",
		.synopsis = "[FILE]",
		.summary = "Print every record of FILE (" DEFAULT_FILE "), one per line",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 1,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	status = EXIT_USAGE;
	if (!selection_take(&selection, "script")) {
		const struct write_request request = {
			.format = as_json ? &export_json : &export_text,
			.file = operand < argc ? argv[operand] : DEFAULT_FILE,
			.selection = &selection,
		};

		status = write_format("script", &request);
	}
	selection_free(&selection);
	return status;
}
