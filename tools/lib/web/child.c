// SPDX-License-Identifier: GPL-2.0-only
#include "web/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "process/helper.h"
#include "web/keeper.h"
#include "web/settings.h"

/* Sends a wish to the keeper and receives its answer. fds: NULL without start. */
static int wish(const struct child *c, bool start, const int *fds, pid_t *pid)
{
	const struct web_wish what = { .start = start };
	union {
		char buf[CMSG_SPACE(WEB_FILES * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)&what, sizeof(what) };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct web_granted granted;
	struct cmsghdr *cmsg;
	ssize_t size;

	if (fds) {
		message.msg_control = control.buf;
		message.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(WEB_FILES * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, WEB_FILES * sizeof(int));
	}
	if (sendmsg(c->keeper_socket, &message, MSG_NOSIGNAL) < 0)
		return -errno;
	do {
		size = recv(c->keeper_socket, &granted, sizeof(granted), 0);
	} while (size < 0 && errno == EINTR);
	if (size != sizeof(granted))
		return size < 0 ? -errno : -EPIPE;
	*pid = granted.pid;
	return granted.pid < 0 ? granted.pid : 0;
}

int child_open(struct child *c, uid_t user)
{
	int ends[2], err;

	*c = (struct child){ .socket = -1, .keeper_socket = -1, .user = user };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	err = helper_start(WEB_KEEPER_ROLE, &ends[1], 1, &c->keeper);
	close(ends[1]);
	if (err)
		close(ends[0]);
	else
		c->keeper_socket = ends[0];
	return err;
}

int child_start(struct child *c, int listen_fd, const struct web_config *config)
{
	int ends[2], fds[WEB_FILES], settings = web_settings_write(config, c->user), err;

	if (settings < 0)
		return settings;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		err = -errno;
		close(settings);
		return err;
	}
	fds[WEB_FILE_SOCKET] = ends[1];
	fds[WEB_FILE_LISTEN] = listen_fd;
	fds[WEB_FILE_SETTINGS] = settings;
	err = wish(c, true, fds, &c->pid);
	close(ends[1]);
	close(settings);
	if (err) {
		close(ends[0]);
		c->pid = 0;
		return err;
	}
	c->socket = ends[0];
	c->starts++;
	return 0;
}

void child_stop(struct child *c)
{
	pid_t none;

	if (!c->pid)
		return;
	/*
	 * In this order: a server that sees the end of its socket ends by itself, and shuts the
	 * listening socket down for its successor, too.
	 */
	(void)wish(c, false, NULL, &none);
	close(c->socket);
	c->pid = 0;
	c->socket = -1;
	c->before = c->counts;
}

void child_close(struct child *c)
{
	child_stop(c);
	if (c->keeper_socket < 0)
		return;
	close(c->keeper_socket);
	c->keeper_socket = -1;
	while (waitpid(c->keeper, NULL, 0) < 0 && errno == EINTR)
		;
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
		const size_t sizes[WEB_FORMATS], const char *trouble)
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
	snprintf(reply.trouble, sizeof(reply.trouble), "%s", trouble);
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
