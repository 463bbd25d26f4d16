// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "util/outfile.h"

#define MAX_PACKED (1U << 30)

/*
 * Returns the permissions of our file that is replaced, or those that open() would give to a new
 * one.
 */
static mode_t mode_of(const char *path)
{
	mode_t mask;
	struct stat st;

	if (!lstat(path, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid())
		return st.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* Returns what our own link points to, or NULL; the caller frees it. */
static char *follow(const char *path)
{
	struct stat st;

	if (lstat(path, &st) || !S_ISLNK(st.st_mode) || st.st_uid != geteuid())
		return NULL;
	return realpath(path, NULL);
}

static ssize_t write_packed(void *file, const char *buf, size_t size)
{
	/* Of many bytes, gzwrite() may write a part, and stdio asks for the rest again. */
	return gzwrite(file, buf, size < MAX_PACKED ? (unsigned int)size : MAX_PACKED);
}

/* zlib leaves errno as the system call that failed has set it. */
static int close_packed(void *file)
{
	errno = 0;
	if (gzclose(file) == Z_OK)
		return 0;
	errno = errno ? errno : EIO;
	return -1;
}

static FILE *open_packed(int fd)
{
	static const cookie_io_functions_t packed = { .write = write_packed,
						      .close = close_packed };
	gzFile file = gzdopen(fd, "wb");
	FILE *stream = file ? fopencookie(file, "w", packed) : NULL;

	if (file && !stream) {
		gzclose(file); /* and the descriptor with it */
		errno = ENOMEM;
	} else if (!file) {
		close(fd);
		errno = ENOMEM;
	}
	return stream;
}

static bool is_packed(const char *path)
{
	size_t length = strlen(path);

	return length > 3 && !strcmp(path + length - 3, ".gz");
}

int outfile_open(struct outfile *o, const char *path)
{
	bool packed = path && is_packed(path);
	char *target;
	int fd, err;

	memset(o, 0, sizeof(*o));
	if (!path || !strcmp(path, "-")) {
		o->stream = stdout;
		return 0;
	}
	target = follow(path);
	if (target)
		path = target;
	fd = replace_open(&o->replacement, path, mode_of(path));
	free(target);
	if (fd < 0)
		return fd;
	o->stream = packed ? open_packed(fd) : fdopen(fd, "w");
	if (o->stream)
		return 0;
	err = -errno;
	if (!packed)
		close(fd);
	replace_close(&o->replacement);
	return err;
}

int outfile_finish(struct outfile *o)
{
	int err = fflush(o->stream) || ferror(o->stream) ? -errno : 0;

	if (o->stream != stdout && fclose(o->stream) && !err)
		err = -errno;
	if (!err)
		err = replace_commit(&o->replacement, false);
	replace_close(&o->replacement);
	return err;
}

void outfile_abandon(struct outfile *o)
{
	if (o->stream != stdout)
		fclose(o->stream);
	replace_close(&o->replacement);
}
