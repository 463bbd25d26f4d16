/* SPDX-License-Identifier: GPL-2.0-only */
/* The collector's end of the web server's process. */
#ifndef WEB_CHILD_H
#define WEB_CHILD_H

#include <sys/types.h>

#include "process/privileges.h"
#include "web/config.h"
#include "web/server.h"

struct child {
	pid_t pid; /* 0: there is none */
	int socket;
	uint64_t starts;
	struct web_counts before; /* of those that are over */
	struct web_counts counts; /* of all */
};

/*
 * Starts the server in a process that has no rights and, of what is open here, the listening socket
 * alone. 0 or a negative errno.
 */
int child_start(struct child *c, int listen_fd, const struct web_config *config);

/* Ends it. What it counted stays. */
void child_stop(struct child *c);

/* Takes a request. 0: there was one, 1: none, or a negative errno: the server is gone. */
int child_request(struct child *c, uint64_t *number);

/* Answers it with the texts, of which each may be empty. Never waits. */
int child_reply(const struct child *c, uint64_t number, char *const texts[WEB_FORMATS],
		const size_t sizes[WEB_FORMATS]);

#endif /* WEB_CHILD_H */
