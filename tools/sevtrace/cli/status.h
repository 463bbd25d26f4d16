/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit statuses of the subcommands, as in sevtrace(1), and the default name of the recording. */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#define DEFAULT_FILE "sevtrace.data"

enum exit_status {
	EXIT_ALL_OK = 0,
	EXIT_OWN_FAILURE = 1,
	EXIT_USAGE = 2,
	EXIT_LAUNCH_FAILED = 3,
	EXIT_SLOWER = 4, /* a figure is slower than diff --fail-above allows */
	EXIT_EMPTY =
		5, /* there is nothing to report or to compare, and --allow-empty is not given */
	/*
	 * Own failures of subcommands that run a COMMAND, whose own status may be 1 or 2.
	 * timeout(1) uses the same numbers.
	 */
	EXIT_RECORD_FAILURE = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

#endif /* CLI_STATUS_H */
