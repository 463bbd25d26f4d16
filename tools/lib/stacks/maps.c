// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/maps.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Parses a line of maps: "START-END PERMS OFFSET DEV INODE PATH". Returns whether a file begins
 * there.
 */
static bool parse_line(const char *line, struct unwind_file *f)
{
	uint64_t offset;
	int name = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %" SCNu64 " %n", &f->start,
		   &f->end, &offset, &f->inode, &name) != 4)
		return false;
	if (!name || offset || line[name] != '/' || f->end <= f->start)
		return false;
	f->name = line + name;
	f->fd = -1;
	return true;
}

char *maps_read(uint32_t pid)
{
	char path[64], *line = NULL, *kept = malloc(MAPS_MAX_KEPT + 1);
	size_t size = 0, used = 0, bytes = 0;
	FILE *maps;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = kept ? fopen(path, "re") : NULL;
	while (maps && bytes < MAPS_MAX_READ && (n = getline(&line, &size, maps)) > 0) {
		struct unwind_file file;

		bytes += (size_t)n;
		if (!parse_line(line, &file) || used + (size_t)n > MAPS_MAX_KEPT)
			continue;
		memcpy(kept + used, line, (size_t)n);
		used += (size_t)n;
	}
	if (maps)
		fclose(maps);
	free(line);
	if (!used) {
		free(kept);
		return NULL;
	}
	kept[used] = '\0';
	return kept;
}

size_t maps_split(char *lines, struct unwind_file files[MAPS_MAX_FILES])
{
	size_t nr = 0;
	char *save;

	for (char *line = strtok_r(lines, "\n", &save); line && nr < MAPS_MAX_FILES;
	     line = strtok_r(NULL, "\n", &save))
		nr += parse_line(line, &files[nr]);
	return nr;
}

/*
 * Opens what a name stands for, if it is a regular file. Looks before it opens: to open a device
 * may do something, and to open a pipe waits.
 */
static int open_regular(const char *path, int flags, uint64_t inode)
{
	int place = open(path, O_PATH | O_CLOEXEC | flags), fd = -1;
	char self[64];
	struct stat st;

	if (place < 0)
		return -1;
	if (!fstat(place, &st) && S_ISREG(st.st_mode) && (!inode || st.st_ino == inode)) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
		fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	close(place);
	return fd;
}

void maps_open(uint32_t pid, struct unwind_file *files, size_t nr)
{
	char path[PATH_MAX + 64];

	for (size_t i = 0; i < nr; i++) {
		struct unwind_file *f = &files[i];

		snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, pid,
			 f->start, f->end);
		f->fd = open_regular(path, 0, 0);
		if (f->fd >= 0)
			continue;
		/* Only CAP_SYS_ADMIN and the like may use map_files. */
		snprintf(path, sizeof(path), "/proc/%u/root%s", pid, f->name);
		f->fd = open_regular(path, O_NOFOLLOW, f->inode);
		if (f->fd < 0)
			f->fd = open_regular(f->name, O_NOFOLLOW, f->inode);
	}
}

static void name_from_line(const char *line, struct unwind_frame *frames, size_t nr)
{
	uint64_t start, end, offset;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n", &start, &end,
		   &offset, &path) != 3 ||
	    !path || !line[path])
		return;
	for (size_t i = 0; i < nr; i++)
		if (frames[i].pc >= start && frames[i].pc < end)
			snprintf(frames[i].name, sizeof(frames[i].name), "%s+%#" PRIx64,
				 line + path, frames[i].pc - start + offset);
}

void maps_name(FILE *maps, struct unwind_frame *frames, size_t nr)
{
	size_t size = 0, bytes = 0;
	char *line = NULL;
	ssize_t n;

	while (bytes < MAPS_MAX_READ && (n = getline(&line, &size, maps)) > 0) {
		bytes += (size_t)n;
		line[strcspn(line, "\n")] = '\0';
		name_from_line(line, frames, nr);
	}
	free(line);
}
