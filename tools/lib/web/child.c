// SPDX-License-Identifier: GPL-2.0-only
#include "web/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define CHILD_SOCKET 3
#define CHILD_LISTEN 4
#define CHILD_FILES (WEB_MAX_CONNECTIONS + 64)

/* Moves both descriptors to their fixed numbers, and closes all others but the standard ones. */
static int only(int socket, int listen_fd)
{
	int high = fcntl(listen_fd, F_DUPFD, CHILD_LISTEN + 1);

	if (high < 0 || dup2(socket, CHILD_SOCKET) < 0 || dup2(high, CHILD_LISTEN) < 0)
		return -errno;
	return close_range(CHILD_LISTEN + 1, ~0U, 0) ? -errno : 0;
}

static int limit(int what, rlim_t most)
{
	const struct rlimit limit = { most, most };

	return setrlimit(what, &limit) ? -errno : 0;
}

static int serve(int socket, int listen_fd, const struct web_config *config)
{
	sigset_t none;
	int err;

	sigemptyset(&none);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NAME, "sevtrace-web", 0, 0, 0);
	/*
	 * Ignores Ctrl-C of a terminal: the collector handles it, and ends this process by closing
	 * the socket.
	 */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &none, NULL);
	err = only(socket, listen_fd);
	if (!err)
		err = limit(RLIMIT_NOFILE, CHILD_FILES);
	if (!err)
		err = limit(RLIMIT_CORE, 0);
	if (!err)
		err = privileges_none(NULL);
	return err ? err : web_serve(CHILD_LISTEN, CHILD_SOCKET, config);
}

static int say_end(int err)
{
	if (!err)
		return EXIT_SUCCESS;
	fprintf(stderr, "sevtrace exporter: cannot answer requests: %s\n", strerror(-err));
	return EXIT_FAILURE;
}

int child_start(struct child *c, int listen_fd, const struct web_config *config)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -errno;
	}
	if (!pid)
		_exit(say_end(serve(ends[1], listen_fd, config)));
	close(ends[1]);
	c->pid = pid;
	c->socket = ends[0];
	c->starts++;
	return 0;
}

void child_stop(struct child *c)
{
	if (!c->pid)
		return;
	close(c->socket);
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	c->socket = -1;
	c->before = c->counts;
}

static void add_counts(struct child *c, const struct web_counts *counts)
{
	for (size_t i = 0; i < WEB_ANSWER_COUNT; i++)
		c->counts.answers[i] = c->before.answers[i] + counts->answers[i];
	c->counts.connections = c->before.connections + counts->connections;
	c->counts.cut = c->before.cut + counts->cut;
}

int child_request(struct child *c, uint64_t *number)
{
	struct web_request request;
	ssize_t size = recv(c->socket, &request, sizeof(request), MSG_DONTWAIT);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (size != sizeof(request))
		return -EPIPE;
	add_counts(c, &request.counts);
	*number = request.number;
	return 0;
}

/*
 * Returns a descriptor of sealed memory with the texts, which nobody can change, or a negative
 * errno.
 */
static int seal(char *const texts[WEB_FORMATS], const size_t sizes[WEB_FORMATS])
{
	int fd = memfd_create("metrics", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < WEB_FORMATS; i++) {
		for (size_t at = 0; at < sizes[i];) {
			ssize_t n = write(fd, texts[i] + at, sizes[i] - at);

			if (n < 0) {
				close(fd);
				return -EIO;
			}
			at += (size_t)n;
		}
	}
	fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	return fd;
}

int child_reply(const struct child *c, uint64_t number, char *const texts[WEB_FORMATS],
		const size_t sizes[WEB_FORMATS])
{
	struct web_reply reply = { .number = number };
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { &reply, sizeof(reply) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fd = seal(texts, sizes), err = 0;

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < WEB_FORMATS; i++)
		reply.sizes[i] = sizes[i];
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(c->socket, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		err = -errno;
	close(fd);
	return err;
}
