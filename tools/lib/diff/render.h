/* SPDX-License-Identifier: GPL-2.0-only */
/* Renders a comparison as text, JSON and CSV; for CI as JUnit XML and as Markdown. */
#ifndef DIFF_RENDER_H
#define DIFF_RENDER_H

#include <stdio.h>

#include <jansson.h>

#include "diff/compare.h"
#include "util/text.h"

/*
 * Prints both hosts, what differs between them, and a table for each guest type:
 *
 *   step                     p50 A   p50 B  change   p99 A   p99 B total A total B  verdict
 *   private/copy           13.7 µs 14.1 µs   +3.6%  108 µs  227 µs  964 µs 1.52 ms  same
 *   private/psp            1.03 ms 1.55 ms  +51.2% 5.89 ms 12.0 ms 83.4 ms  131 ms  slower
 */
void compare_text(const struct comparison *c, const struct text_style *style);

/*
 * Prints how often the PSP answered guests of a type with a status other than SUCCESS. both: in A
 * and B; else in A alone.
 */
void compare_text_errors(const struct comparison *c, uint32_t vm_type, bool both,
			 const struct text_style *style);

/*
 * Returns JSON as in docs/schema/diff.schema.json; the caller owns the reference. NULL: no memory.
 */
json_t *compare_json(const struct comparison *c, const char *version);

/*
 * Prints a line of column names, then a line per row; RFC 4180, but lines end with a newline alone.
 */
void compare_csv(const struct comparison *c, FILE *out);

/*
 * Writes the result for CI. gate: the argument of --fail-above as written ("5%"), NULL without it;
 * c->gate is the same as a number. A row that is slower by more fails, and so does a recording in
 * which a launch failed. The exit status of diff follows the same rules.
 */
void compare_junit(const struct comparison *c, const char *gate, FILE *out);

/* Writes the same for people: a table of what differs; the other rows are folded. */
void compare_markdown(const struct comparison *c, const char *gate, FILE *out);

/* "+8.0%" */
#define COMPARE_PERCENT_LEN 16
const char *compare_percent(double change, char buf[COMPARE_PERCENT_LEN]);

/* Returns the 99th percentile of all samples, 0 without samples. */
uint64_t compare_p99(const struct compare_side *side);

#endif /* DIFF_RENDER_H */
