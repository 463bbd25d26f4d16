// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/utsname.h>

#include "system.h"

/* ccp logs "SEV API:1.55 build:21" or "SEV-SNP API:1.55 build:21"; the last one holds. */
int host_fw_api_from_log(const char *log, char *api, size_t size)
{
	static const char mark[] = " API:";
	const char *p = log;
	int found = -ENOENT;

	while ((p = strstr(p, mark))) {
		bool sev = (p - log >= 3 && !strncmp(p - 3, "SEV", 3)) ||
			   (p - log >= 7 && !strncmp(p - 7, "SEV-SNP", 7));
		char major[4], minor[4];

		p += sizeof(mark) - 1;
		if (sev && sscanf(p, "%3[0-9].%3[0-9]", major, minor) == 2) {
			snprintf(api, size, "%s.%s", major, minor);
			found = 0;
		}
	}
	return found;
}

static int fw_api_from_kernel_log(char *api, size_t size)
{
	char *log;
	int err = system_host.kernel_log(&log);

	if (err)
		return err;
	err = host_fw_api_from_log(log, api, size);
	free(log);
	return err;
}

static int fw_api_from_psp(char *api, size_t size)
{
	struct platform_status status;
	int err = system_host.platform_status(&status);

	if (!err)
		snprintf(api, size, "%u.%u", status.api_major, status.api_minor);
	return err;
}

/* Bytes one argument takes at most when quoted, and the space behind it. */
static size_t quoted_size(const char *arg)
{
	size_t size = 3;

	for (; *arg; arg++)
		size += *arg == '\'' ? 4 : 1;
	return size;
}

static char *quote(char *to, const char *arg)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@%+=:,./_-";

	if (*arg && arg[strspn(arg, plain)] == '\0')
		return stpcpy(to, arg);
	*to++ = '\'';
	for (; *arg; arg++) {
		if (*arg == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *arg;
	}
	*to++ = '\'';
	*to = '\0';
	return to;
}

char *host_quote_command(char *const *argv)
{
	size_t size = 1;
	char *text, *to;

	for (size_t i = 0; argv[i]; i++)
		size += quoted_size(argv[i]);
	text = malloc(size);
	if (!text)
		return NULL;
	to = text;
	*to = '\0';
	for (size_t i = 0; argv[i]; i++) {
		if (i)
			*to++ = ' ';
		to = quote(to, argv[i]);
	}
	return text;
}

/* Nanoseconds between the clock of the records (monotonic) and the time of day. */
static void describe_time(char *started, size_t started_size, char *offset, size_t offset_size)
{
	struct timespec mono, real;
	struct tm tm;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	snprintf(offset, offset_size, "%" PRId64,
		 (int64_t)(real.tv_sec - mono.tv_sec) * 1000000000 + real.tv_nsec - mono.tv_nsec);
	gmtime_r(&real.tv_sec, &tm);
	strftime(started, started_size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int host_describe(struct tracefile_writer *w, char *const *argv, const char *filter,
		  const char *version)
{
	char fw_api[32] = "unknown", cpus[32], started[64], offset[32];
	char *command = NULL;
	struct utsname uts;
	int err;

	if (uname(&uts))
		return -errno;
	if (fw_api_from_kernel_log(fw_api, sizeof(fw_api)))
		fw_api_from_psp(fw_api, sizeof(fw_api));
	snprintf(cpus, sizeof(cpus), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	describe_time(started, sizeof(started), offset, sizeof(offset));
	if (argv) {
		command = host_quote_command(argv);
		if (!command)
			return -ENOMEM;
	}

	struct tracefile_pair pairs[] = {
		{ "version", version },
		{ "kernel", uts.release },
		{ "machine", uts.machine },
		{ "hostname", uts.nodename },
		{ "cpus", cpus },
		{ "fw_api", fw_api },
		{ "backend", "kernel tracepoints" },
		{ "started", started },
		{ "realtime_offset_ns", offset },
		{ "command", command },
	};
	struct tracefile_pair filtered = { "filter", filter };
	/* The command comes last, so that it can be left out. */
	struct tracefile_host host = { pairs, sizeof(pairs) / sizeof(pairs[0]) - !command };

	err = tracefile_write_host(w, &host);
	host = (struct tracefile_host){ &filtered, 1 };
	if (!err && *filter)
		err = tracefile_write_host(w, &host);
	free(command);
	return err;
}
