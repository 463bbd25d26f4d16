/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides who may see the metrics. */
#ifndef WEB_AUTH_H
#define WEB_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "web/config.h"

/* Limits guesses: a check takes a good part of a tenth of a second, which is bcrypt's purpose. */
#define AUTH_CHECKS 4 /* per second */

struct auth {
	const struct web_config *config;
	char *good; /* last correct "name:password"; a scraper sends the same each time */
	uint64_t second; /* current second */
	unsigned int checks; /* made in that second */
};

enum auth_verdict { AUTH_RIGHT, AUTH_WRONG, AUTH_LATER };

/* Checks a name and a password, each NULL if the client sent none. now: CLOCK_MONOTONIC ns. */
enum auth_verdict auth_check(struct auth *a, const char *name, const char *password, uint64_t now);
void auth_free(struct auth *a);

#endif /* WEB_AUTH_H */
