// SPDX-License-Identifier: GPL-2.0-only
#include "report/cells.h"

#include <stdio.h>

void number_cell(const struct text_style *style, uint64_t n)
{
	char buf[TEXT_LEN];

	text_cell(style, text_count(n, buf), -CELL_COUNT);
}

void time_cell(const struct text_style *style, uint64_t ns)
{
	char buf[TEXT_LEN];

	text_cell(style, text_time(style, ns, buf), -CELL_TIME);
}

void share_cell(const struct text_style *style, uint64_t part, uint64_t whole)
{
	char buf[TEXT_LEN] = "";

	if (whole)
		snprintf(buf, sizeof(buf), "%.1f%%", 100.0 * (double)part / (double)whole);
	text_cell(style, buf, -CELL_SHARE);
}

void head_cells(const struct text_style *style, const char *const *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		text_cell(style, names[i], -CELL_TIME);
}
