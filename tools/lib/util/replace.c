// SPDX-License-Identifier: GPL-2.0-only
#include "util/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool begins_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* Is the path one that only the system makes, such as /dev/stdout? Its links may be followed. */
static bool is_of_system(const char *path)
{
	return (begins_with(path, "/dev/") && !begins_with(path, "/dev/shm/")) ||
	       begins_with(path, "/proc/");
}

static int open_in_place(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags);

	return fd < 0 ? -errno : fd;
}

static int open_beside(struct replacement *r, const char *path, mode_t mode)
{
	int fd, err;

	r->path = strdup(path);
	if (!r->path || asprintf(&r->temporary, "%s.XXXXXX", path) < 0) {
		r->temporary = NULL;
		replace_close(r);
		return -ENOMEM;
	}
	fd = mkostemp(r->temporary, O_CLOEXEC);
	if (fd >= 0 && !fchmod(fd, mode))
		return fd;
	err = -errno;
	if (fd >= 0)
		close(fd);
	replace_close(r);
	return err;
}

int replace_open(struct replacement *r, const char *path, mode_t mode)
{
	struct stat st;

	*r = (struct replacement){ 0 };
	if (is_of_system(path) && !stat(path, &st))
		return open_in_place(path, O_TRUNC);
	if (lstat(path, &st) || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		return open_beside(r, path, mode);
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (st.st_uid != geteuid())
		return -EPERM;
	return open_in_place(path, O_NOFOLLOW);
}

/* Moves a file that has the name out of the way. old: its name then, which the caller frees. */
static int move_away(const struct replacement *r, char **old)
{
	struct stat st;

	*old = NULL;
	if (lstat(r->path, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	if (asprintf(old, "%s.old", r->path) < 0) {
		*old = NULL;
		return -ENOMEM;
	}
	return rename(r->path, *old) ? -errno : 0;
}

static void release(struct replacement *r)
{
	free(r->path);
	free(r->temporary);
	*r = (struct replacement){ 0 };
}

int replace_commit(struct replacement *r, bool keep_old)
{
	char *old = NULL;
	int err = 0;

	if (!r->path)
		return 0;
	if (keep_old)
		err = move_away(r, &old);
	if (!err && rename(r->temporary, r->path)) {
		err = -errno;
		if (old) /* back, so that nothing has changed */
			(void)rename(old, r->path);
	}
	free(old);
	if (!err)
		release(r);
	return err;
}

void replace_close(struct replacement *r)
{
	if (r->temporary)
		unlink(r->temporary);
	release(r);
}
