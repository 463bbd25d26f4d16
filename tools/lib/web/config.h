/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the file that tells how clients may reach the exporter. Its format is a part of the one of
 * Prometheus' exporter-toolkit (--web.config.file); docs/exporter.md says which part. Unknown keys
 * are errors, not ignored: somebody may rely on them.
 */
#ifndef WEB_CONFIG_H
#define WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct web_user {
	char *name;
	char *hash; /* bcrypt hash of the password */
};

/* All zeros: plain HTTP, without passwords. */
struct web_config {
	char *certificate; /* PEM; NULL: no TLS */
	char *key;
	bool tls13; /* TLS 1.3 only */
	struct web_user *users;
	size_t nr_users; /* 0: everybody may see the metrics */
};

/*
 * Reads a configuration. Returns 0 or a negative errno; why receives the error as a sentence
 * without a full stop.
 */
int web_config_read(const char *path, struct web_config *config, char *why, size_t why_size);
void web_config_free(struct web_config *config);

#endif /* WEB_CONFIG_H */
