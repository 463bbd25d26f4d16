// SPDX-License-Identifier: GPL-2.0-only
#include "host/identity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/events.h"
#include "host/machine.h"
#include "sev/host_keys.h"
#include "util/array.h"
#include "util/clock.h"

/* ccp logs "SEV API:1.55 build:21" or "SEV-SNP API:1.55 build:21". The last one counts. */
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

int host_fw_api(char *api, size_t size)
{
	return fw_api_from_kernel_log(api, size) ? fw_api_from_psp(api, size) : 0;
}

/* Returns the most bytes that one quoted argument and the space behind it take. */
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

/* Returns the time of day minus the clock of the records (monotonic), in ns. */
static int64_t realtime_offset(void)
{
	uint64_t mono = monotonic();

	return (int64_t)clock_ns(CLOCK_REALTIME) - (int64_t)mono;
}

void host_time(uint64_t ns, char text[HOST_TIME_LEN])
{
	time_t seconds = (time_t)((realtime_offset() + (int64_t)ns) / 1000000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, HOST_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int host_gather(struct host_info *h, char *const *argv, const char *filter, const char *version)
{
	memset(h, 0, sizeof(*h));
	h->filter = filter;
	h->version = version;
	if (uname(&h->uts))
		return -errno;
	snprintf(h->fw_api, sizeof(h->fw_api), "unknown");
	host_fw_api(h->fw_api, sizeof(h->fw_api));
	snprintf(h->cpus, sizeof(h->cpus), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	host_time(monotonic(), h->started);
	if (!argv)
		return 0;
	h->command = host_quote_command(argv);
	return h->command ? 0 : -ENOMEM;
}

void host_modules_loaded(struct host_info *h)
{
	fw_api_from_kernel_log(h->fw_api, sizeof(h->fw_api));
}

int host_write(const struct host_info *h, struct tracefile_writer *w)
{
	char offset[32];
	const struct {
		enum host_key key;
		const char *value;
	} values[] = {
		{ HOST_VERSION, h->version },
		{ HOST_KERNEL, h->uts.release },
		{ HOST_MACHINE, h->uts.machine },
		{ HOST_HOSTNAME, h->uts.nodename },
		{ HOST_CPUS, h->cpus },
		{ HOST_FW_API, h->fw_api },
		{ HOST_BACKEND, h->backend ? h->backend : event_sources[EVENTS_TRACEPOINTS].name },
		{ HOST_MILESTONES, h->milestones },
		{ HOST_LACKS, h->lacks && *h->lacks ? h->lacks : NULL },
		{ HOST_STARTED, h->started },
		{ HOST_REALTIME_OFFSET, offset },
		{ HOST_COMMAND, h->command },
		{ HOST_FILTER, *h->filter ? h->filter : NULL },
	};
	int err = 0;

	snprintf(offset, sizeof(offset), "%" PRId64, realtime_offset());
	for (size_t i = 0; i < ARRAY_SIZE(values) && !err; i++) {
		const struct tracefile_pair pair = { host_keys[values[i].key].key,
						     values[i].value };
		const struct tracefile_host host = { &pair, 1 };

		if (pair.value)
			err = tracefile_write_host(w, &host);
	}
	return err;
}

void host_release(struct host_info *h)
{
	free(h->command);
	h->command = NULL;
}
