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

struct mapping {
	struct unwind_file file;
	uint64_t offset; /* bytes, of the mapping in its file */
	bool shared;
	bool writable;
	bool executable;
};

/*
 * Parses a line of maps: "START-END PERMS OFFSET DEV INODE PATH". Returns whether it is of a file.
 */
static bool parse_line(const char *line, struct mapping *m)
{
	struct unwind_file *f = &m->file;
	char perms[5];
	int name = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %" SCNu64 " %n", &f->start,
		   &f->end, perms, &m->offset, &f->inode, &name) != 5)
		return false;
	if (strlen(perms) != 4 || !name || line[name] != '/' || f->end <= f->start)
		return false;
	m->writable = perms[1] == 'w';
	m->executable = perms[2] == 'x';
	m->shared = perms[3] == 's';
	f->name = line + name;
	f->fd = -1;
	return true;
}

/* The line at which a file begins, kept back until it is known that the file has code. */
struct beginning {
	char *line;
	size_t size;
	uint64_t inode;
	bool waits;
};

/* Returns false if memory is short. */
static bool keep_back(struct beginning *b, const char *line, size_t n, uint64_t inode)
{
	if (b->size <= n) {
		char *grown = realloc(b->line, n + 1);

		if (!grown)
			return false;
		b->line = grown;
		b->size = n + 1;
	}
	memcpy(b->line, line, n + 1);
	b->inode = inode;
	b->waits = true;
	return true;
}

/*
 * Looks at the next line of maps. Returns the line at which a file with code begins once its code
 * is seen; else NULL. Guest memory is a file, too (memfd, hugetlbfs): to read where it has no page
 * yet would give it one.
 */
static const char *code_begins(struct beginning *b, const char *line, size_t n)
{
	struct mapping m;

	if (!parse_line(line, &m) || m.shared)
		return NULL;
	if (!m.offset)
		b->waits = false;
	if (!m.offset && !m.writable && !keep_back(b, line, n, m.file.inode))
		return NULL;
	if (!b->waits || !m.executable || m.file.inode != b->inode)
		return NULL;
	b->waits = false;
	return b->line;
}

char *maps_read(uint32_t pid)
{
	char path[64], *line = NULL, *kept = malloc(MAPS_MAX_KEPT + 1);
	size_t size = 0, used = 0, bytes = 0;
	struct beginning beginning = { 0 };
	FILE *maps;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = kept ? fopen(path, "re") : NULL;
	while (maps && bytes < MAPS_MAX_READ && (n = getline(&line, &size, maps)) > 0) {
		const char *found = code_begins(&beginning, line, (size_t)n);
		size_t len = found ? strlen(found) : 0;

		bytes += (size_t)n;
		if (used + len > MAPS_MAX_KEPT)
			continue;
		if (found)
			memcpy(kept + used, found, len);
		used += len;
	}
	if (maps)
		fclose(maps);
	free(beginning.line);
	free(line);
	if (!used) {
		free(kept);
		return NULL;
	}
	kept[used] = '\0';
	return kept;
}

static bool overlaps(const struct unwind_file *f, const struct unwind_file *files, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (f->start < files[i].end && files[i].start < f->end)
			return true;
	return false;
}

size_t maps_split(char *lines, struct unwind_file files[MAPS_MAX_FILES], size_t nr)
{
	char *save;

	for (char *line = strtok_r(lines, "\n", &save); line && nr < MAPS_MAX_FILES;
	     line = strtok_r(NULL, "\n", &save)) {
		struct mapping m;

		if (parse_line(line, &m) && !m.offset && !overlaps(&m.file, files, nr))
			files[nr++] = m.file;
	}
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
