/* SPDX-License-Identifier: GPL-2.0-only */
/* Text for people: numbers with units, columns, colours. */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_LEN 32 /* enough for a formatted number */
#define TEXT_MIN_WIDTH 80

/* What the output may use. */
struct text_style {
	FILE *out;
	int width; /* columns, TEXT_MIN_WIDTH at least */
	bool utf8;
	bool color;
};

enum text_color { TEXT_PLAIN, TEXT_BOLD, TEXT_DIM, TEXT_RED, TEXT_GREEN, TEXT_YELLOW };

/*
 * Returns what a stream can show. A terminal: its width and colours (honours NO_COLOR and TERM).
 * Otherwise: no colours, and the width is COLUMNS or 80. UTF-8 depends on the locale.
 */
struct text_style text_style_of(FILE *out);

/* Return the codes that switch a colour on and off, or "" if colours are off. */
const char *text_on(const struct text_style *style, enum text_color color);
const char *text_off(const struct text_style *style);

/*
 * Formats a time as "17 ns" or "1.23 ms", with at least three digits from 1 us on. For no samples,
 * the caller prints "-".
 */
const char *text_time(const struct text_style *style, uint64_t ns, char buf[TEXT_LEN]);

/* Formats a number as "1,234,567". */
const char *text_count(uint64_t n, char buf[TEXT_LEN]);

/* Returns the number of columns that a string takes. */
int text_columns(const char *s);

/* Prints s in a column of `width` columns, aligned left; a negative width aligns right. */
void text_cell(const struct text_style *style, const char *s, int width);

/*
 * Copies at most size - 1 bytes of untrusted text. Replaces control characters and invalid UTF-8 by
 * '?'. Returns `to`.
 */
char *text_clean(char *to, size_t size, const char *from);

#define TEXT_LABEL 11 /* columns of "  firmware " */

/* Prints a dim label in TEXT_LABEL columns. */
void text_label(const struct text_style *style, const char *label);

/* Prints a label, and to its right a text that is broken between words. */
void text_labelled(const struct text_style *style, const char *label, const char *s);

/*
 * Prints untrusted text, cleaned as by text_clean(), as a quoted string for JSON or a Prometheus
 * label.
 */
void text_quote(FILE *out, const char *s);

/*
 * Returns in how many letters two texts differ (Levenshtein's distance), whatever their case.
 * SIZE_MAX: one of them has TEXT_DISTANCE_MAX bytes or more.
 */
#define TEXT_DISTANCE_MAX 64
size_t text_distance(const char *a, const char *b);

#define TEXT_LIST_LEN 1024 /* enough for what is known of a host */

/*
 * Appends `before` and untrusted text, cleaned as by text_clean(), to a list of items that commas
 * part. An item that does not fit is left out.
 */
void text_list_add(char list[TEXT_LIST_LEN], const char *before, const char *untrusted);

/* Prints text that is broken between words. Indents all lines but the first by `indent` columns. */
void text_wrap(const struct text_style *style, const char *s, int indent);

#endif /* UTIL_TEXT_H */
