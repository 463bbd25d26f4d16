// SPDX-License-Identifier: GPL-2.0-only
#include "web/auth.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#define MIN_COST 4 /* of bcrypt; each one more doubles the time */
#define MAX_COST 31
#define SECOND 1000000000ULL

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

/* Returns the cost of a hash: "$2b$10$..." has 10. */
static int cost_of(const char *hash)
{
	int cost = atoi(hash + 4);

	return cost < MIN_COST ? MIN_COST : cost > MAX_COST ? MAX_COST : cost;
}

static int highest_cost(const struct web_config *config)
{
	int highest = MIN_COST;

	for (size_t i = 0; i < config->nr_users; i++)
		if (cost_of(config->users[i].hash) > highest)
			highest = cost_of(config->users[i].hash);
	return highest;
}

/* Takes as long as a check of this cost, with a hash that no password has. */
static void spend(const char *password, int cost)
{
	char hash[] = "$2b$00$abcdefghijklmnopqrstuu4T826PRnz0Hu6YlprUuxkZxOOj5Fw5S";

	hash[4] = (char)('0' + cost / 10);
	hash[5] = (char)('0' + cost % 10);
	(void)is_password(password, hash);
}

/*
 * Checks a password in the time of the highest cost of all users, whether the name is known or not
 * and whatever its own cost is: 2^c + (2^c + 2^(c+1) + ... + 2^(highest-1)) = 2^highest.
 */
static bool check_in_time(const struct auth *a, const struct web_user *user, const char *password)
{
	int highest = highest_cost(a->config), cost = user ? cost_of(user->hash) : highest;
	bool right = false;

	if (user)
		right = is_password(password, user->hash);
	else
		spend(password, highest);
	for (; cost < highest; cost++)
		spend(password, cost);
	return right;
}

static void forget(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

/* --- who asks how often ----------------------------------------------------------------------- */

static void key_of(const struct sockaddr *address, uint64_t key[2])
{
	key[0] = address ? address->sa_family : AF_UNSPEC;
	key[1] = 0;
	if (address && address->sa_family == AF_INET)
		memcpy(&key[1], &((const struct sockaddr_in *)address)->sin_addr, 4);
	if (address && address->sa_family == AF_INET6)
		memcpy(&key[1], &((const struct sockaddr_in6 *)address)->sin6_addr, 8);
}

/* Should one of two addresses be forgotten rather than the other? */
static bool gives_way(const struct auth_address *one, const struct auth_address *other)
{
	if (one->good != other->good)
		return other->good;
	return one->second < other->second;
}

static struct auth_address *address_of(struct auth *a, const struct sockaddr *address)
{
	struct auth_address *place = &a->addresses[0];
	uint64_t key[2];

	key_of(address, key);
	for (size_t i = 0; i < a->nr_addresses; i++) {
		struct auth_address *known = &a->addresses[i];

		if (!memcmp(known->key, key, sizeof(key)))
			return known;
		if (gives_way(known, place))
			place = known;
	}
	if (a->nr_addresses < AUTH_ADDRESSES)
		place = &a->addresses[a->nr_addresses++];
	*place = (struct auth_address){ .key = { key[0], key[1] } };
	return place;
}

static bool may_check(struct auth *a, struct auth_address *from, uint64_t now)
{
	uint64_t second = now / SECOND;

	if (second != a->second) {
		a->second = second;
		a->strangers = 0;
	}
	if (second != from->second) {
		from->second = second;
		from->checks = 0;
	}
	if (from->checks >= AUTH_CHECKS || (!from->good && a->strangers >= AUTH_STRANGERS))
		return false;
	from->checks++;
	a->strangers += !from->good;
	return true;
}

/* --- the verdict ------------------------------------------------------------------------------ */

/* Returns the user of this name, or config->nr_users. Takes the same time for each name. */
static size_t find_user(const struct web_config *config, const char *name)
{
	size_t found = config->nr_users;

	for (size_t i = 0; i < config->nr_users; i++)
		if (same(config->users[i].name, name))
			found = i;
	return found;
}

static bool was_right(const struct auth *a, const char *pair)
{
	bool right = false;

	for (size_t i = 0; i < a->config->nr_users; i++)
		right |= a->good[i] && same(a->good[i], pair);
	return right;
}

static enum auth_verdict check(struct auth *a, struct auth_address *from, const char *name,
			       const char *password, char **pair)
{
	const struct web_config *config = a->config;
	size_t at = find_user(config, name);

	if (!check_in_time(a, at < config->nr_users ? &config->users[at] : NULL, password))
		return AUTH_WRONG;
	from->good = true;
	forget(&a->good[at]);
	a->good[at] = *pair;
	*pair = NULL;
	return AUTH_RIGHT;
}

enum auth_verdict auth_check(struct auth *a, const struct sockaddr *address, const char *name,
			     const char *password, uint64_t now)
{
	enum auth_verdict verdict = AUTH_RIGHT;
	struct auth_address *from;
	char *pair = NULL;

	if (!a->config->nr_users)
		return AUTH_RIGHT;
	if (!name || !password)
		return AUTH_WRONG;
	if (!a->good)
		a->good = calloc(a->config->nr_users, sizeof(*a->good));
	if (!a->good || asprintf(&pair, "%s:%s", name, password) < 0)
		return AUTH_LATER;
	from = address_of(a, address);
	if (was_right(a, pair))
		from->good = true;
	else if (may_check(a, from, now))
		verdict = check(a, from, name, password, &pair);
	else
		verdict = AUTH_LATER;
	forget(&pair);
	return verdict;
}

void auth_free(struct auth *a)
{
	for (size_t i = 0; a->good && i < a->config->nr_users; i++)
		forget(&a->good[i]);
	free(a->good);
	a->good = NULL;
}
