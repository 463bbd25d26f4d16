// SPDX-License-Identifier: GPL-2.0-only
#include "process/traced_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Both pipes are close-on-exec, so the end of `failed` tells that COMMAND was started. */
static _Noreturn void child(int go, int failed, char *const *argv, int out)
{
	sigset_t none;
	int err;
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(EXIT_FAILURE);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(out, STDOUT_FILENO) >= 0)
		execvp(argv[0], argv);
	err = errno;
	if (write(failed, &err, sizeof(err)) != sizeof(err))
		_exit(EXIT_FAILURE);
	_exit(EXIT_FAILURE);
}

int workload_prepare(struct workload *w, char *const *argv, int out)
{
	int go[2] = { -1, -1 }, failed[2] = { -1, -1 }, err = 0;

	*w = (struct workload)WORKLOAD_NONE;
	if (pipe2(go, O_CLOEXEC) || pipe2(failed, O_CLOEXEC)) {
		err = -errno;
		goto close;
	}
	w->pid = fork();
	if (w->pid < 0) {
		err = -errno;
		w->pid = 0;
		goto close;
	}
	if (!w->pid) {
		close(go[1]);
		close(failed[0]);
		child(go[0], failed[1], argv, out);
	}
	w->go = go[1];
	w->failed = failed[0];
	go[1] = -1;
	failed[0] = -1;
	w->pidfd = pidfd_open(w->pid, 0);
	if (w->pidfd < 0)
		err = -errno;
close:
	close_fd(&go[0]);
	close_fd(&go[1]);
	close_fd(&failed[0]);
	close_fd(&failed[1]);
	return err;
}

int workload_start(struct workload *w)
{
	int err = 0;
	ssize_t n;

	if (write(w->go, "", 1) != 1)
		return -errno;
	close_fd(&w->go);
	do {
		n = read(w->failed, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	close_fd(&w->failed);
	return n == sizeof(err) ? -err : 0;
}

bool workload_ended(const struct workload *w, int *status)
{
	siginfo_t info = { 0 };

	if (!w->pid || waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	    !info.si_pid)
		return false;
	*status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return true;
}

int workload_wait(struct workload *w)
{
	int status;
	pid_t pid;

	do {
		pid = waitpid(w->pid, &status, 0);
	} while (pid < 0 && errno == EINTR);
	w->pid = 0;
	if (pid < 0)
		return EXIT_FAILURE;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void workload_close(struct workload *w)
{
	bool waits = w->go >= 0;

	close_fd(&w->go);
	close_fd(&w->failed);
	close_fd(&w->pidfd);
	if (w->pid && waits)
		workload_wait(w);
}
