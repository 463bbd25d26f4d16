// SPDX-License-Identifier: GPL-2.0-only
/* Parses what a client accepts: RFC 9110, section 12.5. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web/server.h"

/* One item of a comma-separated list: its value and the parameters after it. */
struct item {
	char value[64];
	char version[16]; /* "": none */
	double q;
};

static void copy(char *to, size_t size, const char *from, size_t length)
{
	if (length >= size)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

static size_t skip(const char **text, const char *what)
{
	size_t n = strcspn(*text, what);

	*text += n;
	return n;
}

static void take_parameter(struct item *item, const char *text, size_t length)
{
	char copied[32];

	copy(copied, sizeof(copied), text, length);
	if (!strncasecmp(copied, "q=", 2))
		item->q = strtod(copied + 2, NULL);
	if (!strncasecmp(copied, "version=", 8))
		copy(item->version, sizeof(item->version), copied + 8, strlen(copied + 8));
}

/* Reads the next item of a list; returns false at its end. */
static bool next_item(const char **list, struct item *item)
{
	const char *start;
	size_t length;

	*list += strspn(*list, " \t,");
	if (!**list)
		return false;
	*item = (struct item){ .q = 1 };
	start = *list;
	length = skip(list, " \t;,");
	copy(item->value, sizeof(item->value), start, length);
	while (**list && **list != ',') {
		*list += strspn(*list, " \t;");
		start = *list;
		length = skip(list, " \t;,");
		take_parameter(item, start, length);
	}
	return true;
}

static void raise_to(double *q, double other)
{
	if (other > *q)
		*q = other;
}

bool web_prefers_openmetrics(const char *accept)
{
	double strict = 0, text = 0;
	struct item item;

	while (accept && next_item(&accept, &item)) {
		if (!strcasecmp(item.value, "application/openmetrics-text") &&
		    (!*item.version || !strcmp(item.version, "1.0.0")))
			raise_to(&strict, item.q);
		else if (!strcasecmp(item.value, "text/plain") ||
			 !strcasecmp(item.value, "text/*") || !strcmp(item.value, "*/*"))
			raise_to(&text, item.q);
	}
	return strict > 0 && strict >= text;
}

bool web_takes_gzip(const char *encodings)
{
	struct item item;

	while (encodings && next_item(&encodings, &item))
		if (!strcasecmp(item.value, "gzip"))
			return item.q > 0;
	return false;
}
