// SPDX-License-Identifier: GPL-2.0-only
#include "cli/alike.h"

#include <errno.h>
#include <string.h>

#include "cli/say.h"

#define ALIKE_ROW(id, name, key) { name, key },
static const struct {
	const char *name;
	const char *key;
} properties[ALIKE_COUNT] = { ALIKE_PROPERTIES(ALIKE_ROW) };
#undef ALIKE_ROW

int alike_parse(const char *command, const char *list, unsigned int *allowed)
{
	*allowed = 0;
	for (const char *p = list; p && *p; p += *p == ',') {
		size_t size = strcspn(p, ",");
		size_t i = 0;

		while (i < ALIKE_COUNT && (strlen(properties[i].name) != size ||
					   strncmp(properties[i].name, p, size) != 0))
			i++;
		if (i == ALIKE_COUNT)
			return say_invalid(command, "--allow", list,
					   "a list of host, kernel and firmware");
		*allowed |= 1U << i;
		p += size;
	}
	return 0;
}

const char *alike_value(const struct comparison *c, enum compare_which which,
			enum alike_property property)
{
	for (size_t k = 0; compare_host_key(k); k++)
		if (!strcmp(compare_host_key(k), properties[property].key))
			return c->host[which][k];
	return NULL;
}

bool alike(const char *command, const char *path, const char *const values[ALIKE_COUNT],
	   const char *const wanted[ALIKE_COUNT], unsigned int allowed)
{
	for (size_t i = 0; i < ALIKE_COUNT; i++) {
		if (!values[i] || !wanted[i] || !strcmp(values[i], wanted[i]) || allowed & 1U << i)
			continue;
		say_error(command,
			  "%s is of another %s, %s instead of %s, which may change times; "
			  "--allow=%s compares nevertheless",
			  path, properties[i].name, values[i], wanted[i], properties[i].name);
		return false;
	}
	return true;
}
