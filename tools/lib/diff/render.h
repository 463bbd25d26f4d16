/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison as text, JSON and CSV, and for CI as JUnit's XML and as Markdown. */
#ifndef DIFF_RENDER_H
#define DIFF_RENDER_H

#include <stdio.h>

#include <jansson.h>

#include "diff/compare.h"
#include "util/text.h"

/*
 * A table for each type of guest, under both hosts and what differs:
 *
 *   step                     p50 A   p50 B  change   p99 A   p99 B total A total B  verdict
 *   private/copy           13.7 µs 14.1 µs   +3.6%  108 µs  227 µs  964 µs 1.52 ms  same
 *   private/psp            1.03 ms 1.55 ms  +51.2% 5.89 ms 12.0 ms 83.4 ms  131 ms  slower
 */
void compare_text(const struct comparison *c, const struct text_style *style);

/* Answers of the PSP other than SUCCESS to guests of a type; both: in A and B, else A alone. */
void compare_text_errors(const struct comparison *c, uint32_t vm_type, bool both,
			 const struct text_style *style);

/* As docs/schema/diff.schema.json says; the caller's reference. NULL: no memory. */
json_t *compare_json(const struct comparison *c, const char *version);

/* A line a row, under a line of names; RFC 4180 with newlines. */
void compare_csv(const struct comparison *c, FILE *out);

/*
 * The result for CI. gate: what --fail-above asks for as written ("5%"), NULL for nothing; c->gate
 * is it as a number. A row above it fails, and so does a recording in which a launch failed: what
 * diff's exit status says, row by row.
 */
void compare_junit(const struct comparison *c, const char *gate, FILE *out);

/* The same for people: what differs as a table, and the other rows folded away. */
void compare_markdown(const struct comparison *c, const char *gate, FILE *out);

/* "+8.0%" */
#define COMPARE_PERCENT_LEN 16
const char *compare_percent(double change, char buf[COMPARE_PERCENT_LEN]);

/* The 99th percentile of all samples, 0 without any. */
uint64_t compare_p99(const struct compare_side *side);

#endif /* DIFF_RENDER_H */
