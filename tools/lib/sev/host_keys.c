// SPDX-License-Identifier: GPL-2.0-only
#include "sev/host_keys.h"

#define ROW(id, key, uses, before) { key, uses, before },

const struct host_key_row host_keys[HOST_KEY_COUNT] = { SEVTRACE_HOST_KEYS(ROW) };

const struct host_key_row *host_key_at(unsigned int use, size_t n)
{
	for (size_t i = 0; i < HOST_KEY_COUNT; i++)
		if (host_keys[i].uses & use && !n--)
			return &host_keys[i];
	return NULL;
}
