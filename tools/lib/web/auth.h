/* SPDX-License-Identifier: GPL-2.0-only */
/* Who may see the metrics. */
#ifndef WEB_AUTH_H
#define WEB_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "web/config.h"

/*
 * Checking a password takes a good part of a tenth of a second, on purpose; so guesses are limited.
 */
#define AUTH_CHECKS 4 /* in a second */

struct auth {
	const struct web_config *config;
	char *good; /* "name:password" that was right last; a scraper has the same every time */
	uint64_t second; /* the one under way */
	unsigned int checks; /* in it */
};

enum auth_verdict { AUTH_RIGHT, AUTH_WRONG, AUTH_LATER };

/* name, password: NULL where none was given. now: CLOCK_MONOTONIC ns. */
enum auth_verdict auth_check(struct auth *a, const char *name, const char *password, uint64_t now);
void auth_free(struct auth *a);

#endif /* WEB_AUTH_H */
