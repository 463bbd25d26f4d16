/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parses the numbers of options. Each function returns 0, or -EINVAL if the text is not such a
 * number.
 */
#ifndef CLI_NUMBERS_H
#define CLI_NUMBERS_H

#include <stdint.h>

/* Parses a number of bytes from 1 to max, with an optional K, M or G. */
int parse_size(const char *text, uint64_t max, uint64_t *bytes);

/* Parses a decimal number from 1 to max. */
int parse_number(const char *text, long max, long *value);

/* Parses a number followed by ns, us, ms or s. */
int parse_time(const char *text, uint64_t *ns);

/* Parses seconds from min to max, with an optional fraction. */
int parse_seconds(const char *text, double min, double max, uint64_t *ns);

/* Parses a percentage: "5%" or "5" is 0.05. */
int parse_percent(const char *text, double *part);

/* Parses a number from 0 to 100. */
int parse_percentile(const char *text, double *percentile);

/*
 * Parses a time: "2026-11-23", "2026-11-23T18:00" (both UTC), or a time before now: "90d", "12h".
 * *seconds: since the epoch.
 */
int parse_date(const char *text, int64_t *seconds);
#define PARSE_DATE_EXPECTED "2026-11-23, 2026-11-23T18:00 (UTC), or an age such as 90d or 12h"

#endif /* CLI_NUMBERS_H */
