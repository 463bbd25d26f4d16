/* SPDX-License-Identifier: GPL-2.0-only */
/* What a trace file says about the host it was recorded on. */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>

#include "tracefile.h"

/*
 * The firmware's API version as MAJOR.MINOR, from the kernel's log text. Returns 0, or -ENOENT:
 * the log does not tell.
 */
int host_fw_api_from_log(const char *log, char *api, size_t size);

/*
 * The command line as one string that a shell would read the same way. The caller frees it.
 * NULL: out of memory.
 */
char *host_quote_command(char *const *argv);

/*
 * Describes the host and the recording to the file. Has to be called before the recording begins, as
 * it may ask the PSP. argv: COMMAND, or NULL. filter: the options that leave something out.
 */
int host_describe(struct tracefile_writer *w, char *const *argv, const char *filter,
		  const char *version);

#endif /* HOST_H */
