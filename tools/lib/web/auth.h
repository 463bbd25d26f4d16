/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides who may see the metrics. */
#ifndef WEB_AUTH_H
#define WEB_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include "web/config.h"

/*
 * Limits of checks a second. A check takes a good part of a tenth of a second, which is bcrypt's
 * purpose. Clients from addresses that were right before have checks of their own, so that others
 * who guess cannot lock them out.
 */
#define AUTH_CHECKS 4 /* of one address */
#define AUTH_STRANGERS 8 /* of all addresses that were never right */
#define AUTH_ADDRESSES 256 /* that are remembered; of those never right, the oldest give way */

/* What is known of an address. An IPv6 network of 64 bits counts as one address. */
struct auth_address {
	uint64_t key[2]; /* family, and the address */
	uint64_t second; /* of its last check */
	unsigned int checks; /* made in that second */
	bool good; /* it was right once */
};

struct auth {
	const struct web_config *config;
	/* of each user, the last right "name:password"; a scraper sends the same each time */
	char **good;
	struct auth_address addresses[AUTH_ADDRESSES];
	size_t nr_addresses;
	uint64_t second; /* current second */
	unsigned int strangers; /* checks made in that second for addresses that were never right */
};

enum auth_verdict { AUTH_RIGHT, AUTH_WRONG, AUTH_LATER };

/*
 * Checks a name and a password, each NULL if the client sent none. address: of the client; NULL:
 * not known. now: CLOCK_MONOTONIC ns.
 */
enum auth_verdict auth_check(struct auth *a, const struct sockaddr *address, const char *name,
			     const char *password, uint64_t now);
void auth_free(struct auth *a);

#endif /* WEB_AUTH_H */
