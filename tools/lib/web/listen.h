/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the exporter is reached, and that it is. */
#ifndef WEB_LISTEN_H
#define WEB_LISTEN_H

#include <stddef.h>

/*
 * A listening socket at "127.0.0.1:9877", "[::1]:9877", "name:9877", or ":9877" for every address.
 * A negative errno: why has what is wrong, as a sentence without a full stop.
 */
int listen_at(const char *address, char *why, size_t why_size);

/* Tells systemd, if it wants to know, that requests are answered: sd_notify(3). */
void notify_ready(void);

#endif /* WEB_LISTEN_H */
