/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a recording in a format, for script and export. */
#ifndef CLI_WRITE_FORMAT_H
#define CLI_WRITE_FORMAT_H

#include "cli/selection.h"
#include "export/export.h"

struct write_request {
	const struct export_format *format;
	const char *file; /* the recording */
	const struct selection *selection;
	const char *output; /* NULL: stdout */
	const struct csv_columns *columns; /* of a format that is a table; NULL: all */
};

/*
 * Writes a recording in a format. Prints errors and losses on stderr. Only the launches that the
 * selection lets are written, and nothing outside of launches if it asks for some. Returns the exit
 * status.
 */
int write_format(const char *command, const struct write_request *request);

#endif /* CLI_WRITE_FORMAT_H */
