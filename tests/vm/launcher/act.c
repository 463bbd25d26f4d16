// SPDX-License-Identifier: GPL-2.0-only
#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

#define PARAMETERS "/sys/module/virtual_sev_host/parameters/"
#define ACCESS PARAMETERS "guest_access"
#define WRITE PARAMETERS "guest_write"

int act_answers(unsigned int *handled, int *answer)
{
	FILE *file = fopen(ACCESS, "re");
	int found;

	if (!file)
		return -errno;
	found = fscanf(file, "%u %d", handled, answer);
	fclose(file);
	return found == 2 ? 0 : -EIO;
}

static int ask(const char *parameter, const char *text)
{
	int fd = open(parameter, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int act_access(pid_t thread, uint64_t gfn, uint64_t error)
{
	char text[64];

	snprintf(text, sizeof(text), "%d %#" PRIx64 " %#" PRIx64, thread, gfn * PAGE_BYTES,
		 (uint64_t)(error | FAULT_USER | FAULT_FINAL));
	return ask(ACCESS, text);
}

int act_write(pid_t thread, uint16_t port, uint32_t value)
{
	char text[64];

	snprintf(text, sizeof(text), "%d %#x %#" PRIx32, thread, port, value);
	return ask(WRITE, text);
}
