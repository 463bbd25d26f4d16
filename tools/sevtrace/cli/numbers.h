/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as options have them. Each function returns 0, or -EINVAL: the text is no such number. */
#ifndef CLI_NUMBERS_H
#define CLI_NUMBERS_H

#include <stdint.h>

/* A number of bytes with an optional K, M or G, from 1 to max. */
int parse_size(const char *text, uint64_t max, uint64_t *bytes);

/* A decimal number from 1 to max. */
int parse_number(const char *text, long max, long *value);

/* A number with ns, us, ms or s. */
int parse_time(const char *text, uint64_t *ns);

/* Seconds with an optional fraction, from min to max. */
int parse_seconds(const char *text, double min, double max, uint64_t *ns);

/* "5%" or "5": 0.05. */
int parse_percent(const char *text, double *part);

/* A number from 0 to 100. */
int parse_percentile(const char *text, double *percentile);

/*
 * "2026-11-23", "2026-11-23T18:00" (UTC), or "90d", "12h" before now, as seconds since the epoch.
 */
int parse_date(const char *text, int64_t *seconds);
#define PARSE_DATE_EXPECTED "2026-11-23, 2026-11-23T18:00 (UTC), or an age such as 90d or 12h"

#endif /* CLI_NUMBERS_H */
