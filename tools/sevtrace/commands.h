/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands. Each gets its own name as argv[0] and returns the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "cli/options.h"
#include "export/export.h"

#define DEFAULT_FILE "sevtrace.data"

/* Exit statuses of the readers, sevtrace(1). */
enum exit_status {
	EXIT_ALL_OK = 0,
	EXIT_OWN_FAILURE = 1,
	EXIT_USAGE = 2,
	EXIT_LAUNCH_FAILED = 3,
	EXIT_SLOWER = 4, /* diff --fail-above */
};

/* record's own failures, and a COMMAND that cannot be run or found, as timeout(1) has them. */
#define EXIT_RECORD_FAILURE 125
#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127

/*
 * What script and export do: writes the recording `file` in a format to the file `output`, or to
 * stdout when that is NULL. What is wrong or missing is said on stderr. Returns the exit status.
 */
int export_file(const struct command_usage *usage, const struct export_format *format,
		const char *file, const char *output);

int cmd_bench(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* What explain --log does; path "-" is stdin. Returns the exit status. */
int explain_log(const char *path, bool as_json);

int cmd_dashboard(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_exporter(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_script(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_top(int argc, char **argv);

#endif /* COMMANDS_H */
