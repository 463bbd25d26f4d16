// SPDX-License-Identifier: GPL-2.0-only
#include "host/misc_cgroup.h"
#include "util/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t misc_value(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line && *line;) {
		const char *next = strchr(line, '\n');

		if (!strncmp(line, name, length) && line[length] == ' ') {
			const char *value = line + length + 1;

			return !strncmp(value, "max", 3) ? INT64_MAX : strtoll(value, NULL, 10);
		}
		line = next ? next + 1 : NULL;
	}
	return -1;
}

bool misc_read(const struct system *sys, const char *name, char text[MISC_SIZE])
{
	/* in a container, the host's tree may be mounted; its own root is no root of the host */
	static const char *const folders[] = {
		"/sys/fs/cgroup",
		"/sys/fs/cgroup/misc",
		"/sys/fs/cgroup/unified",
		"/host/sys/fs/cgroup",
		"/host/sys/fs/cgroup/misc",
		"/rootfs/sys/fs/cgroup",
		"/proc/1/root/sys/fs/cgroup",
	};
	char path[SYSTEM_PATH];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (system_read(sys, path, text, MISC_SIZE) > 0)
			return true;
	}
	return false;
}
