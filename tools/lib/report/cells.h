/* SPDX-License-Identifier: GPL-2.0-only */
/* Cells of the report's tables, right-aligned. */
#ifndef REPORT_CELLS_H
#define REPORT_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "util/array.h"
#include "util/text.h"

/* Widths in columns. */
#define CELL_COUNT 10
#define CELL_TIME 9
#define CELL_SHARE 7

void number_cell(const struct text_style *style, uint64_t n);
void time_cell(const struct text_style *style, uint64_t ns);

/* Prints the share of a whole in percent; nothing if that is 0. */
void share_cell(const struct text_style *style, uint64_t part, uint64_t whole);

/* HEADS(style, "p50", ...) prints the heads of columns of times. */
void head_cells(const struct text_style *style, const char *const *names, size_t nr);
#define HEADS(style, ...)                                       \
	head_cells(style, (const char *const[]){ __VA_ARGS__ }, \
		   ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

#endif /* REPORT_CELLS_H */
