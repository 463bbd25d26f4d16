/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the lines that sevtrace knows in a log of kernel or VMM. The log is untrusted: any bytes, lines of
 * any length.
 */
#ifndef EXPLAIN_LOG_SCAN_H
#define EXPLAIN_LOG_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "util/text.h"

struct log_scan;

/* Returns 0 or -ENOMEM. Free with log_scan_free(). */
int log_scan_new(struct log_scan **scan);
void log_scan_free(struct log_scan *scan);

/* Reads to the end. Returns 0, a negative errno from reading, or -ENOMEM. */
int log_scan_read(struct log_scan *scan, FILE *in);

/* Did a line tell of a failure? */
bool log_scan_failed(const struct log_scan *scan);

/* As docs/schema/explain-log.schema.json says, but for version and file. NULL: out of memory. */
json_t *log_scan_json(const struct log_scan *scan);

/* That as text. */
void log_scan_print(const json_t *json, const struct text_style *style);

#endif /* EXPLAIN_LOG_SCAN_H */
