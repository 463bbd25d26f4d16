// SPDX-License-Identifier: GPL-2.0-only
#include "process/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static int spawn(char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err)
		return -err;
	err = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!err)
		err = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

int journal_open(const char *since, FILE **out, pid_t *pid)
{
	char *const argv[] = {
		"journalctl",
		"--no-pager",
		"--quiet",
		"--output=export",
		"--output-fields=MESSAGE,_PID,_COMM,SYSLOG_IDENTIFIER,SYSLOG_PID,CONTAINER_NAME",
		since ? "--since" : "--boot",
		(char *)since,
		NULL
	};
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	err = spawn(argv, fds[1], pid);
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return err;
	}
	*out = fdopen(fds[0], "r");
	if (*out)
		return 0;
	err = -errno;
	close(fds[0]);
	journal_wait(*pid);
	return err;
}

int journal_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
