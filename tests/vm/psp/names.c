// SPDX-License-Identifier: GPL-2.0-only
/* Names of commands and statuses, see names.h. */
#include "names.h"

#include <stddef.h>
#include <string.h>

#include <sevtrace/psp.h>

struct name {
	uint32_t code;
	const char *name;
};

#define NAME(code, name, text) { code, #name },
static const struct name commands[] = { SEVTRACE_PSP_COMMANDS(NAME) };
static const struct name statuses[] = { SEVTRACE_PSP_STATUSES(NAME) };
#undef NAME

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *name_of(const struct name *table, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].code == code)
			return table[i].name;
	return NULL;
}

static bool by_name(const struct name *table, size_t count, const char *name, uint32_t *code)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(table[i].name, name) == 0) {
			*code = table[i].code;
			return true;
		}
	}
	return false;
}

const char *psp_command_name(uint32_t code)
{
	return name_of(commands, COUNT(commands), code);
}

const char *psp_status_name(uint32_t status)
{
	return name_of(statuses, COUNT(statuses), status);
}

bool psp_command_by_name(const char *name, uint32_t *code)
{
	return by_name(commands, COUNT(commands), name, code);
}

bool psp_status_by_name(const char *name, uint32_t *status)
{
	return by_name(statuses, COUNT(statuses), name, status);
}
