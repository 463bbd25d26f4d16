// SPDX-License-Identifier: GPL-2.0-only
#include "web/auth.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A hash that no password has. Checked for unknown names, so that the time taken does not tell
 * which names exist.
 */
static const char nobody[] = "$2b$10$abcdefghijklmnopqrstuu4T826PRnz0Hu6YlprUuxkZxOOj5Fw5S";

/* Compares in a time that does not depend on where the texts differ. */
static bool same(const char *a, const char *b)
{
	size_t size = strlen(a);
	unsigned char differs = size != strlen(b);

	for (size_t i = 0; i < size && b[i]; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return !differs;
}

static bool is_password(const char *password, const char *hash)
{
	struct crypt_data data = { 0 };
	const char *made = crypt_r(password, hash, &data);
	bool right = made && same(made, hash);

	explicit_bzero(&data, sizeof(data));
	return right;
}

static void forget(struct auth *a)
{
	if (a->good)
		explicit_bzero(a->good, strlen(a->good));
	free(a->good);
	a->good = NULL;
}

static bool may_check(struct auth *a, uint64_t now)
{
	if (now / 1000000000 != a->second) {
		a->second = now / 1000000000;
		a->checks = 0;
	}
	return ++a->checks <= AUTH_CHECKS;
}

static enum auth_verdict check(struct auth *a, const char *name, const char *password, char **pair)
{
	const char *hash = nobody;

	for (size_t i = 0; i < a->config->nr_users; i++)
		if (!strcmp(a->config->users[i].name, name))
			hash = a->config->users[i].hash;
	if (!is_password(password, hash) || hash == nobody)
		return AUTH_WRONG;
	forget(a);
	a->good = *pair;
	*pair = NULL;
	return AUTH_RIGHT;
}

enum auth_verdict auth_check(struct auth *a, const char *name, const char *password, uint64_t now)
{
	enum auth_verdict verdict = AUTH_RIGHT;
	char *pair = NULL;

	if (!a->config->nr_users)
		return AUTH_RIGHT;
	if (!name || !password)
		return AUTH_WRONG;
	if (asprintf(&pair, "%s:%s", name, password) < 0)
		return AUTH_LATER;
	if (!a->good || !same(a->good, pair))
		verdict = may_check(a, now) ? check(a, name, password, &pair) : AUTH_LATER;
	if (pair)
		explicit_bzero(pair, strlen(pair));
	free(pair);
	return verdict;
}

void auth_free(struct auth *a)
{
	forget(a);
}
