/* SPDX-License-Identifier: GPL-2.0-only */
/* The facts in a trace file about the host on which it was recorded. */
#ifndef HOST_IDENTITY_H
#define HOST_IDENTITY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>

#include "tracefile/tracefile.h"

/*
 * Gets the firmware's API version as MAJOR.MINOR from the text of the kernel log. Returns 0, or
 * -ENOENT if the log does not tell.
 */
int host_fw_api_from_log(const char *log, char *api, size_t size);

/*
 * Gets the API version of this host, from the kernel log or else by asking the PSP. Returns a
 * negative errno if neither is possible.
 */
int host_fw_api(char *api, size_t size);

/*
 * Returns the command line as one string that a shell reads as the same words. The caller frees it.
 * NULL: out of memory.
 */
char *host_quote_command(char *const *argv);

#define HOST_TIME_LEN 32

/* What a recording says about its host and about how it was made. */
struct host_info {
	struct utsname uts;
	char fw_api[32]; /* "1.55", or "unknown" */
	char cpus[32];
	char started[HOST_TIME_LEN];
	char *command; /* traced command line; NULL: none */
	/* The caller owns these. */
	const char *filter;
	const char *version;
	const char *milestones; /* see sev/milestones.h; NULL: none */
	const char *backend; /* name of the source of events; NULL: the kernel's tracepoints */
	const char *lacks; /* what it does not tell; NULL or "": nothing */
};

/*
 * Gathers the facts. Call it before the recording begins, as it may ask the PSP. argv: COMMAND, or
 * NULL. filter: the options that omit something, or "". Returns 0 or a negative errno; call
 * host_release() in either case.
 */
int host_gather(struct host_info *h, char *const *argv, const char *filter, const char *version);
void host_release(struct host_info *h);

/* Looks into the kernel log once more after ccp was loaded. Does not ask the PSP. */
void host_modules_loaded(struct host_info *h);

/* Writes the facts. Can be called again: later pairs replace earlier ones of the same key. */
int host_write(const struct host_info *h, struct tracefile_writer *w);

/* Formats a record's time (ns) as time of day: RFC 3339 in UTC. */
void host_time(uint64_t ns, char text[HOST_TIME_LEN]);

#endif /* HOST_IDENTITY_H */
