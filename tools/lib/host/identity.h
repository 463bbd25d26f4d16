/* SPDX-License-Identifier: GPL-2.0-only */
/* What a trace file says about the host it was recorded on. */
#ifndef HOST_IDENTITY_H
#define HOST_IDENTITY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>

#include "tracefile/tracefile.h"

/*
 * The firmware's API version as MAJOR.MINOR, from the kernel's log text. Returns 0, or -ENOENT:
 * the log does not tell.
 */
int host_fw_api_from_log(const char *log, char *api, size_t size);

/*
 * The same of this host, from the kernel's log or by asking the PSP. A negative errno: neither may
 * be used.
 */
int host_fw_api(char *api, size_t size);

/*
 * The command line as one string that a shell would read the same way. The caller frees it.
 * NULL: out of memory.
 */
char *host_quote_command(char *const *argv);

#define HOST_TIME_LEN 32

/* What a recording says of where and how it was made. */
struct host_info {
	struct utsname uts;
	char fw_api[32]; /* "1.55", or "unknown" */
	char cpus[32];
	char started[HOST_TIME_LEN];
	char *command; /* NULL: none */
	const char *filter; /* the caller's, as version is */
	const char *version;
};

/*
 * Has to be called before the recording begins, as it may ask the PSP. argv: COMMAND, or NULL.
 * filter: the options that leave something out, or "". 0 or a negative errno; host_release() in any
 * case.
 */
int host_gather(struct host_info *h, char *const *argv, const char *filter, const char *version);
void host_release(struct host_info *h);

/* ccp is loaded only now: looks once more for what its log says. Asks the PSP nothing. */
void host_modules_loaded(struct host_info *h);

/* Later pairs replace earlier ones of the same key, so it may be written again. */
int host_write(const struct host_info *h, struct tracefile_writer *w);

/* The time of day of a record's time, in ns, as RFC 3339 in UTC. */
void host_time(uint64_t ns, char text[HOST_TIME_LEN]);

#endif /* HOST_IDENTITY_H */
