// SPDX-License-Identifier: GPL-2.0-only
/* Options that select runs of the history, for all subcommands that read it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history/history.h"
#include "util/array.h"

int history_wrong(const struct history_options *o, const char *format, const char *text)
{
	fprintf(stderr, "sevtrace %s: ", o->command);
	fprintf(stderr, format, text);
	fprintf(stderr, "\nTry 'sevtrace %s --help'.\n", o->command);
	return EXIT_USAGE;
}

char *history_default_path(void)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	char *path;

	if (data && *data == '/' ? asprintf(&path, "%s/sevtrace/history.db", data) < 0 :
	    home && *home ? asprintf(&path, "%s/.local/share/sevtrace/history.db", home) < 0 :
			    true)
		return NULL;
	return path;
}

/* "2026-11-23", "2026-11-23T18:00" (UTC), or "90d", "12h" before now. 0: neither. */
static int64_t parse_time(const char *text)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
					       "%Y-%m-%dT%H:%M:%SZ" };
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (isdigit((unsigned char)*text) && (!strcmp(end, "d") || !strcmp(end, "h")) &&
	    n < 1000000)
		return time(NULL) - (int64_t)n * (*end == 'd' ? 86400 : 3600);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct tm tm = { .tm_mday = 1 };

		end = strptime(text, formats[i], &tm);
		if (end && !*end)
			return timegm(&tm);
	}
	return 0;
}

/* "commit=4f1c2d" to a pair; in a filter the value may be missing. The text is taken apart in place. */
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

static int parse_labels(struct history_options *o, bool needs_value)
{
	for (size_t i = 0; i < o->labels.nr; i++)
		if (parse_label(o->labels.values[i], needs_value, &o->pairs[i]))
			return history_wrong(
				o, "'%s' is no label: KEY=VALUE, each of at most 256 bytes",
				o->labels.values[i]);
	for (size_t i = 0; i < o->labels.nr; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(o->pairs[i].key, o->pairs[j].key))
				return history_wrong(o, "label '%s' is there twice",
						     o->pairs[i].key);
	o->filter.labels = o->pairs;
	o->filter.nr_labels = o->labels.nr;
	return PARSE_GO_ON;
}

static int parse_number(const char *text, uint64_t *value)
{
	char *end;

	if (!text)
		return 0;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno && *value ? 0 : -EINVAL;
}

int history_parse_values(struct history_options *o, bool needs_value)
{
	char *end = NULL;

	o->filter.host = o->host;
	o->percent = -1;
	if (o->since && !(o->filter.since = parse_time(o->since)))
		return history_wrong(
			o, "'%s' is no time: 2026-11-23, 2026-11-23T18:00 (UTC), 90d or 12h ago",
			o->since);
	if (o->until && !(o->filter.until = parse_time(o->until)))
		return history_wrong(
			o, "'%s' is no time: 2026-11-23, 2026-11-23T18:00 (UTC), 90d or 12h ago",
			o->until);
	if (parse_number(o->last, &o->filter.last))
		return history_wrong(o, "'%s' is no number of runs", o->last);
	if (parse_number(o->keep, &o->nr_keep))
		return history_wrong(o, "'%s' is no number of runs", o->keep);
	if (o->percentile)
		o->percent = strtod(o->percentile, &end);
	if (o->percentile &&
	    (end == o->percentile || *end || !(o->percent >= 0 && o->percent <= 100)))
		return history_wrong(o, "'%s' is no percentile: a number from 0 to 100",
				     o->percentile);
	return parse_labels(o, needs_value);
}
