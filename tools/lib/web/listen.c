// SPDX-License-Identifier: GPL-2.0-only
#include "web/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 128 /* connections that may wait to be accepted; clients retry beyond that */

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits < 6 && !text[digits] && strtoul(text, NULL, 10) <= UINT16_MAX;
}

/* Splits "[::1]:80" into host "::1" and port "80". The host may be empty. */
static int split(const char *address, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;

	if (!colon || !is_port(colon + 1) || length >= size)
		return -EINVAL;
	*port = colon + 1;
	if (length > 1 && *address == '[' && colon[-1] == ']') {
		address++;
		length -= 2;
	} else if (memchr(address, ':', length)) {
		return -EINVAL;
	}
	memcpy(host, address, length);
	host[length] = '\0';
	return 0;
}

static int listen_on(const struct addrinfo *info)
{
	int one = 1, err;
	int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			info->ai_protocol);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, info->ai_addr, info->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int listen_at(const char *address, char *why, size_t why_size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	const char *port;
	char host[256];
	int err, fd = -EINVAL;

	if (split(address, host, sizeof(host), &port)) {
		snprintf(why, why_size, "invalid address '%s': expected one such as 127.0.0.1:9877",
			 address);
		return -EINVAL;
	}
	err = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (err) {
		snprintf(why, why_size, "invalid address '%s': %s", address, gai_strerror(err));
		return -EINVAL;
	}
	for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next)
		fd = listen_on(info);
	if (fd < 0)
		snprintf(why, why_size, "cannot listen on %s: %s", address, strerror(-fd));
	freeaddrinfo(found);
	return fd;
}

void notify_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	static const char text[] = "READY=1";
	int fd;

	if (!path || strlen(path) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, strlen(path) + 1);
	/* An abstract name begins with NUL, written as @. */
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, text, sizeof(text) - 1, MSG_NOSIGNAL, (struct sockaddr *)&to,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}
