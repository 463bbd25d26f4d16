/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes a recording in a format: what script and export do alike. */
#ifndef CLI_WRITE_FORMAT_H
#define CLI_WRITE_FORMAT_H

#include "export/export.h"

/*
 * Writes the recording `file` to the file `output`, or to stdout when that is NULL. Says on stderr
 * what is wrong, and what is missing. Returns the exit status.
 */
int write_format(const char *command, const struct export_format *format, const char *file,
		 const char *output);

#endif /* CLI_WRITE_FORMAT_H */
