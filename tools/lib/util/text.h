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

/* How the output may look. */
struct text_style {
	FILE *out;
	int width; /* columns, TEXT_MIN_WIDTH at least */
	bool utf8;
	bool color;
};

enum text_color { TEXT_PLAIN, TEXT_BOLD, TEXT_DIM, TEXT_RED, TEXT_GREEN, TEXT_YELLOW };

/*
 * What a stream can show: width and colours of a terminal (NO_COLOR, TERM and COLUMNS are
 * honoured), else 100 columns and none; UTF-8 by locale.
 */
struct text_style text_style_of(FILE *out);

/* Both return "" when colours are off. */
const char *text_on(const struct text_style *style, enum text_color color);
const char *text_off(const struct text_style *style);

/* "17 ns", "1.23 ms", three digits at least; "-" for no samples is the caller's. */
const char *text_time(const struct text_style *style, uint64_t ns, char buf[TEXT_LEN]);

/* "1,234,567". */
const char *text_count(uint64_t n, char buf[TEXT_LEN]);

/* Columns that a string takes. */
int text_columns(const char *s);

/*
 * Prints s in a column of that many columns, to the left or, with a negative width, to the right.
 */
void text_cell(const struct text_style *style, const char *s, int width);

/*
 * Copies at most size - 1 bytes of untrusted text; control characters and what is not UTF-8
 * become '?'. Returns to.
 */
char *text_clean(char *to, size_t size, const char *from);

#define TEXT_LABEL 11 /* columns of "  firmware " */

/* Prints a dim label in TEXT_LABEL columns; what follows starts behind it. */
void text_label(const struct text_style *style, const char *label);

/* Prints a label and text that is broken between words, all of it right of the label. */
void text_labelled(const struct text_style *style, const char *label, const char *s);

/* Prints untrusted text, cleaned as above, as a string of JSON or of a Prometheus label: quoted. */
void text_quote(FILE *out, const char *s);

/* Prints text that is broken between words, every line behind `indent` columns but the first. */
void text_wrap(const struct text_style *style, const char *s, int indent);

#endif /* UTIL_TEXT_H */
