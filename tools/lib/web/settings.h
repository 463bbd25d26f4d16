/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the server's process is told: its configuration and its user, in memory that both processes
 * can read. The server cannot read the configuration's files itself.
 */
#ifndef WEB_SETTINGS_H
#define WEB_SETTINGS_H

#include <sys/types.h>

#include "web/config.h"

/* Returns a descriptor of memory with the settings, or a negative errno. */
int web_settings_write(const struct web_config *config, uid_t user);

/* Reads them; closes nothing. The caller frees *config. Returns 0 or a negative errno. */
int web_settings_read(int fd, struct web_config *config, uid_t *user);

#endif /* WEB_SETTINGS_H */
