// SPDX-License-Identifier: GPL-2.0-only
#include "cli/numbers.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/array.h"

int parse_size(const char *text, uint64_t max, uint64_t *bytes)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	int shift;

	errno = 0;
	*bytes = strtoull(text, &end, 10);
	if (errno || end == text || *text == '-')
		return -EINVAL;
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return -EINVAL;
	shift = unit ? 10 * (int)(unit - units + 1) : 0;
	if (!*bytes || *bytes > max >> shift)
		return -EINVAL;
	*bytes <<= shift;
	return 0;
}

int parse_number(const char *text, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return errno || !isdigit((unsigned char)*text) || *end || *value <= 0 || *value > max ?
		       -EINVAL :
		       0;
}

int parse_time(const char *text, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	char *end;
	double value = strtod(text, &end);

	if (end == text || !(value >= 0 && value <= 1e6))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		*ns = (uint64_t)(value * (double)units[i].ns);
		return 0;
	}
	return -EINVAL;
}

/* Parses a number from min to max; *end points behind it. */
static int parse_real(const char *text, double min, double max, double *value, char **end)
{
	*value = strtod(text, end);
	return *end == text || !(*value >= min && *value <= max) ? -EINVAL : 0;
}

int parse_seconds(const char *text, double min, double max, uint64_t *ns)
{
	double value;
	char *end;

	if (parse_real(text, min, max, &value, &end) || *end)
		return -EINVAL;
	*ns = (uint64_t)(value * 1e9);
	return 0;
}

int parse_percent(const char *text, double *part)
{
	double value;
	char *end;

	if (parse_real(text, 0, 1e6, &value, &end) || (*end && strcmp(end, "%") != 0))
		return -EINVAL;
	*part = value / 100;
	return 0;
}

int parse_percentile(const char *text, double *percentile)
{
	char *end;

	return parse_real(text, 0, 100, percentile, &end) || *end ? -EINVAL : 0;
}

int parse_date(const char *text, int64_t *seconds)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
					       "%Y-%m-%dT%H:%M:%SZ" };
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (isdigit((unsigned char)*text) && (!strcmp(end, "d") || !strcmp(end, "h")) &&
	    n < 1000000) {
		*seconds = time(NULL) - (int64_t)n * (*end == 'd' ? 86400 : 3600);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct tm tm = { .tm_mday = 1 };

		end = strptime(text, formats[i], &tm);
		if (!end || *end)
			continue;
		*seconds = timegm(&tm);
		return *seconds ? 0 : -EINVAL; /* filters use 0 for "no time given" */
	}
	return -EINVAL;
}
