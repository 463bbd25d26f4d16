// SPDX-License-Identifier: GPL-2.0-only
#include "sev/lacks.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SEPARATOR ", "

struct lack_row {
	const char *name;
	const char *text;
	uint32_t figures;
	uint32_t steps;
};

#define LACK_ROW(id, figures, steps, text) { #id, text, figures, steps },
static const struct lack_row rows[LACK_COUNT] = { SEVTRACE_LACKS(LACK_ROW) };
#undef LACK_ROW

const char *lack_text(enum sevtrace_lack lack)
{
	return rows[lack].text;
}

const char *lack_name(enum sevtrace_lack lack)
{
	return rows[lack].name;
}

const char *lacks_write(uint32_t lacks, char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (uint32_t i = 0; i < LACK_COUNT && used < size; i++)
		if (lacks & LACK_BIT(i))
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 used ? SEPARATOR : "", rows[i].text);
	return buf;
}

/* Does the text begin with this part, and end there or have a separator after it? */
static bool begins_with(const char *text, const char *part)
{
	size_t length = strlen(part);

	return !strncmp(text, part, length) &&
	       (!text[length] || !strncmp(text + length, SEPARATOR, strlen(SEPARATOR)));
}

/* Returns the lack at the beginning of a text: the longest, as some have a separator within. */
static uint32_t lack_at(const char *text)
{
	uint32_t found = LACK_COUNT;

	for (uint32_t i = 0; i < LACK_COUNT; i++)
		if (begins_with(text, rows[i].text) &&
		    (found == LACK_COUNT || strlen(rows[i].text) > strlen(rows[found].text)))
			found = i;
	return found;
}

uint32_t lacks_read(const char *text)
{
	uint32_t lacks = 0;

	while (text && *text) {
		uint32_t lack = lack_at(text);

		if (lack < LACK_COUNT) {
			lacks |= LACK_BIT(lack);
			text += strlen(rows[lack].text);
		}
		text = strstr(text, SEPARATOR);
		text = text ? text + strlen(SEPARATOR) : NULL;
	}
	return lacks;
}

uint32_t lacks_touching(uint32_t lacks, uint32_t figures, uint32_t steps)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < LACK_COUNT; i++)
		if (lacks & LACK_BIT(i) && (rows[i].figures & figures || rows[i].steps & steps))
			found |= LACK_BIT(i);
	return found;
}

uint32_t lacks_figures(uint32_t lacks)
{
	uint32_t figures = 0;

	for (uint32_t i = 0; i < LACK_COUNT; i++)
		if (lacks & LACK_BIT(i))
			figures |= rows[i].figures;
	return figures;
}

uint32_t lacks_steps(uint32_t lacks)
{
	uint32_t steps = 0;

	for (uint32_t i = 0; i < LACK_COUNT; i++)
		if (lacks & LACK_BIT(i))
			steps |= rows[i].steps;
	return steps & ((1U << SEVTRACE_STEP_COUNT) - 1);
}
