/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a recording in a format, for script and export. */
#ifndef CLI_WRITE_FORMAT_H
#define CLI_WRITE_FORMAT_H

#include "cli/selection.h"
#include "export/export.h"

/*
 * Writes the recording `file` in a format to the file `output`, or to stdout if output is NULL.
 * Prints errors and losses on stderr. Only the launches that the selection lets are written, and
 * nothing outside of launches if it asks for some. Returns the exit status.
 */
int write_format(const char *command, const struct export_format *format, const char *file,
		 const struct selection *selection, const char *output);

#endif /* CLI_WRITE_FORMAT_H */
