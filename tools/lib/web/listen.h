/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens the exporter's listening socket, and reports that it is ready. */
#ifndef WEB_LISTEN_H
#define WEB_LISTEN_H

#include <stddef.h>

/*
 * Returns a listening socket at "127.0.0.1:9877", "[::1]:9877", "name:9877", or ":9877" for all
 * addresses; or a negative errno. why receives the error as a sentence without a full stop.
 */
int listen_at(const char *address, char *why, size_t why_size);

/* Tells systemd, if it has asked for that, that requests are answered now: sd_notify(3). */
void notify_ready(void);

#endif /* WEB_LISTEN_H */
