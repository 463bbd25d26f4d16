/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that starts the web server's process again and again. The collector cannot: it has
 * given up the right to change users, and its children would have its user. The keeper is started
 * before the collector attaches, has nothing of it, and reads nothing that a client wrote.
 */
#ifndef WEB_KEEPER_H
#define WEB_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#define WEB_KEEPER_ROLE "web-keeper" /* of these processes, see process/helper.h */
#define WEB_SERVER_ROLE "web"

/*
 * A wish of the collector. With start, it comes with the server's files: its socket, the listening
 * socket, and its settings. Before that, and always without start, a server that runs is ended.
 */
struct web_wish {
	uint32_t start;
};

/* The answer. */
struct web_granted {
	int32_t pid; /* of the server; 0: none runs, or a negative errno */
};

/* Number of files that come with a wish, and their places. */
enum { WEB_FILE_SOCKET, WEB_FILE_LISTEN, WEB_FILE_SETTINGS, WEB_FILES };

/* Runs as the keeper until the other end of the socket is closed. Returns the exit status. */
int web_keeper(int socket);

/*
 * Is there a server? GnuTLS cannot be linked as an archive: a library that it needs has none. A
 * program without shared libraries does without both.
 */
#ifdef SEVTRACE_STATIC
#define WEB_HAS_SERVER false
#else
#define WEB_HAS_SERVER true
#endif

/* Runs as the server, which has the files of a wish from HELPER_FD on. Returns the exit status. */
int web_server(void);

#endif /* WEB_KEEPER_H */
