// SPDX-License-Identifier: GPL-2.0-only
#include "cli/runs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/say.h"

int runs_database(const struct run_options *r, const char *command, char **path)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	int n;

	*path = NULL;
	if (r->db)
		n = asprintf(path, "%s", r->db);
	else if (data && *data == '/')
		n = asprintf(path, "%s/sevtrace/history.db", data);
	else if (home && *home)
		n = asprintf(path, "%s/.local/share/sevtrace/history.db", home);
	else
		return say_usage(
			command,
			"neither HOME nor XDG_DATA_HOME is set; name a database with --db");
	return n < 0 ? say_out_of_memory(command) : 0;
}

/* Splits a label such as "commit=4f1c2d" into a pair, in place. A filter may omit the value. */
static int parse_label(char *text, bool needs_value, struct history_pair *pair)
{
	char *equals = strchr(text, '=');
	size_t key = equals ? (size_t)(equals - text) : strlen(text);

	if (!key || key > HISTORY_MAX_LABEL_LEN || (needs_value && !equals) ||
	    (equals && strlen(equals + 1) > HISTORY_MAX_LABEL_LEN))
		return -EINVAL;
	if (equals)
		*equals = '\0';
	pair->key = text;
	pair->value = equals ? equals + 1 : NULL;
	return 0;
}

static int parse_labels(struct run_options *r, const char *command, bool needs_value)
{
	for (size_t i = 0; i < r->labels.nr; i++)
		if (parse_label(r->labels.values[i], needs_value, &r->pairs[i]))
			return say_invalid(command, "label", r->labels.values[i],
					   "KEY=VALUE, each of at most 256 bytes");
	for (size_t i = 0; i < r->labels.nr; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(r->pairs[i].key, r->pairs[j].key))
				return say_usage(command, "label '%s' is given twice",
						 r->pairs[i].key);
	r->filter.labels = r->pairs;
	r->filter.nr_labels = r->labels.nr;
	return 0;
}

int runs_parse(struct run_options *r, const char *command, bool needs_value)
{
	long last = 0;

	r->filter.host = r->host;
	if (r->since && parse_date(r->since, &r->filter.since))
		return say_invalid(command, "time", r->since, PARSE_DATE_EXPECTED);
	if (r->until && parse_date(r->until, &r->filter.until))
		return say_invalid(command, "time", r->until, PARSE_DATE_EXPECTED);
	if (r->last && parse_number(r->last, LONG_MAX, &last))
		return say_invalid(command, "number of runs", r->last, "a number from 1 on");
	r->filter.last = (uint64_t)last;
	return parse_labels(r, command, needs_value);
}
