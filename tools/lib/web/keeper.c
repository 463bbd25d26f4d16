// SPDX-License-Identifier: GPL-2.0-only
#include "web/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "process/helper.h"

/* Receives a wish and its files; those that did not come are -1. Returns false at the end. */
static bool receive(int socket, struct web_wish *wish, int fds[WEB_FILES])
{
	union {
		char buf[CMSG_SPACE(WEB_FILES * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { wish, sizeof(*wish) };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.buf,
				  .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *cmsg;
	ssize_t size;

	for (size_t i = 0; i < WEB_FILES; i++)
		fds[i] = -1;
	do {
		size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (size < 0 && errno == EINTR);
	cmsg = CMSG_FIRSTHDR(&message);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(WEB_FILES * sizeof(int)))
		memcpy(fds, CMSG_DATA(cmsg), WEB_FILES * sizeof(int));
	return size == sizeof(*wish);
}

static void end_server(pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill(*pid, SIGKILL);
	while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}

int web_keeper(int socket)
{
	int fds[WEB_FILES];
	struct web_wish wish;
	pid_t pid = 0;

	while (receive(socket, &wish, fds)) {
		struct web_granted granted;
		int err = 0;

		end_server(&pid);
		if (wish.start)
			err = helper_start(WEB_SERVER_ROLE, fds, WEB_FILES, &pid);
		granted.pid = err ? err : pid;
		for (size_t i = 0; i < WEB_FILES; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		if (send(socket, &granted, sizeof(granted), MSG_NOSIGNAL) < 0)
			break;
	}
	end_server(&pid);
	return EXIT_SUCCESS;
}
