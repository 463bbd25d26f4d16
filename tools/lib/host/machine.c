// SPDX-License-Identifier: GPL-2.0-only
#include "host/machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#define MAX_FILE (1 << 20)

static int open_below(const struct system *sys, const char *path)
{
	char full[SYSTEM_PATH];
	int fd;

	if (snprintf(full, sizeof(full), "%s%s", sys->root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

ssize_t system_read(const struct system *sys, const char *path, char *buf, size_t size)
{
	int fd = open_below(sys, path);
	ssize_t n;

	*buf = '\0';
	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	while (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

char *system_read_all(const struct system *sys, const char *path)
{
	int fd = open_below(sys, path), n, saved;
	char *text;
	gzFile file;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	file = gzdopen(fd, "r"); /* a file that is not gzip is read as it is */
	text = malloc(MAX_FILE);
	if (!file || !text) {
		file ? gzclose(file) : close(fd);
		free(text);
		errno = ENOMEM;
		return NULL;
	}
	errno = 0;
	n = gzread(file, text, MAX_FILE - 1);
	saved = errno ? errno : EIO;
	gzclose(file);
	if (n < 0) {
		free(text);
		errno = saved;
		return NULL;
	}
	text[n] = '\0';
	return text;
}

int system_pread(const struct system *sys, const char *path, void *buf, size_t size, off_t offset)
{
	int fd = open_below(sys, path), err = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = pread(fd, buf, size, offset);
	if (n < 0)
		err = -errno;
	else if ((size_t)n != size)
		err = -EIO;
	close(fd);
	return err;
}

bool system_exists(const struct system *sys, const char *path)
{
	char full[SYSTEM_PATH];

	return snprintf(full, sizeof(full), "%s%s", sys->root, path) < (int)sizeof(full) &&
	       !access(full, F_OK);
}

bool system_each(const struct system *sys, const char *folder,
		 bool (*visit)(const struct system *sys, const char *path, void *ctx), void *ctx)
{
	char path[SYSTEM_PATH];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s%s", sys->root, folder) >= (int)sizeof(path))
		return false;
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s", folder,
							entry->d_name) >= (int)sizeof(path))
			continue;
		found = visit(sys, path, ctx);
	}
	if (dir)
		closedir(dir);
	return found;
}
