/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file that tells how the exporter is to be reached: the part of what Prometheus'
 * exporter-toolkit reads (--web.config.file) that is here, docs/exporter.md. What is not known is
 * refused rather than left out, as it may be what somebody relies on.
 */
#ifndef WEB_CONFIG_H
#define WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct web_user {
	char *name;
	char *hash; /* of the password, by bcrypt */
};

/* All zeros: plain HTTP for everybody. */
struct web_config {
	char *certificate; /* PEM; NULL: no TLS */
	char *key;
	bool tls13; /* nothing older */
	struct web_user *users;
	size_t nr_users; /* 0: everybody */
};

/* Returns 0 or a negative errno; why receives what is wrong, as a sentence without a full stop. */
int web_config_read(const char *path, struct web_config *config, char *why, size_t why_size);
void web_config_free(struct web_config *config);

#endif /* WEB_CONFIG_H */
