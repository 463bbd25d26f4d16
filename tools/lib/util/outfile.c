// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/outfile.h"

/*
 * Returns the permissions of the file that is replaced, or those that open() would give to a new
 * one.
 */
static mode_t mode_of(const char *path)
{
	struct stat st;
	mode_t mask;

	if (!stat(path, &st))
		return st.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static void release(struct outfile *o)
{
	free(o->path);
	free(o->temporary);
	memset(o, 0, sizeof(*o));
}

static int open_temporary(struct outfile *o, const char *path)
{
	int fd = -1;

	o->path = realpath(path, NULL);
	if (!o->path)
		o->path = strdup(path);
	if (!o->path || asprintf(&o->temporary, "%s.XXXXXX", o->path) < 0) {
		o->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(o->temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode_of(o->path)) || !(o->stream = fdopen(fd, "w"))) {
		int err = -errno;

		close(fd);
		unlink(o->temporary);
		return err;
	}
	return 0;
}

int outfile_open(struct outfile *o, const char *path)
{
	struct stat st;
	int err;

	memset(o, 0, sizeof(*o));
	if (!path) {
		o->stream = stdout;
		return 0;
	}
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		o->stream = fopen(path, "we");
		return o->stream ? 0 : -errno;
	}
	err = open_temporary(o, path);
	if (err)
		release(o);
	return err;
}

int outfile_finish(struct outfile *o)
{
	int err = fflush(o->stream) || ferror(o->stream) ? -errno : 0;

	if (o->stream != stdout && fclose(o->stream) && !err)
		err = -errno;
	if (o->path && !err && rename(o->temporary, o->path))
		err = -errno;
	if (o->path && err)
		unlink(o->temporary);
	release(o);
	return err;
}

void outfile_abandon(struct outfile *o)
{
	if (o->stream != stdout)
		fclose(o->stream);
	if (o->path)
		unlink(o->temporary);
	release(o);
}
