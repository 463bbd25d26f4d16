/* SPDX-License-Identifier: GPL-2.0-only */
/* The collector's side of the web server's process. */
#ifndef WEB_CHILD_H
#define WEB_CHILD_H

#include <sys/types.h>

#include "process/privileges.h"
#include "web/config.h"
#include "web/server.h"

struct child {
	pid_t pid; /* 0: there is none */
	int socket;
	pid_t keeper; /* web/keeper.h */
	int keeper_socket; /* -1: there is none */
	uid_t user; /* of the server */
	uint64_t starts;
	struct web_counts before; /* sums of earlier server processes */
	struct web_counts counts; /* sums of all, the current one included */
};

/*
 * Starts the keeper, while we still have the right to change users and before the collector
 * attaches. user: of the server's process, if it can be changed. Returns 0 or a negative errno.
 */
int child_open(struct child *c, uid_t user);

/* Ends server and keeper. */
void child_close(struct child *c);

/*
 * Starts the server in a process without rights and with memory of its own. Of our open files it
 * gets only the listening socket. Returns 0 or a negative errno.
 */
int child_start(struct child *c, int listen_fd, const struct web_config *config);

/* Ends the server; keeps its counts. */
void child_stop(struct child *c);

/*
 * Receives a request. Returns 0: there was one; 1: there was none; a negative errno: the server is
 * gone.
 */
int child_request(struct child *c, uint64_t *number);

/*
 * Sends the texts, any of which may be empty, as the reply. trouble: as in struct web_reply. Never
 * blocks.
 */
int child_reply(const struct child *c, uint64_t number, char *const texts[WEB_FORMATS],
		const size_t sizes[WEB_FORMATS], const char *trouble);

#endif /* WEB_CHILD_H */
