// SPDX-License-Identifier: GPL-2.0-only
#include "process/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/prctl.h>

static int spawn(const char *role, const int *copies, size_t nr, pid_t *pid)
{
	char self[] = "/proc/self/exe", name[] = "sevtrace", option[] = HELPER_OPTION;
	char *argv[] = { name, option, (char *)role, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	err = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	for (size_t i = 0; i < nr && !err; i++)
		err = posix_spawn_file_actions_adddup2(&files, copies[i], HELPER_FD + (int)i);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(&files, HELPER_FD + (int)nr);
	if (!err)
		err = posix_spawn(pid, self, &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return -err;
}

int helper_start(const char *role, const int *fds, size_t nr, pid_t *pid)
{
	int copies[HELPER_MAX_FILES] = { 0 }, err = 0;
	size_t made = 0;

	if (nr > HELPER_MAX_FILES)
		return -E2BIG;
	/* Copies them above the numbers that the helper's files get: none may overwrite another. */
	for (; made < nr && !err; made++) {
		copies[made] = fcntl(fds[made], F_DUPFD_CLOEXEC, HELPER_FD + HELPER_MAX_FILES);
		if (copies[made] < 0) {
			err = -errno;
			break;
		}
	}
	if (!err)
		err = spawn(role, copies, nr, pid);
	while (made)
		close(copies[--made]);
	return err;
}

void helper_begin(const char *name)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}
