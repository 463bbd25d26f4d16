/* SPDX-License-Identifier: GPL-2.0-only */
/* The option --columns of subcommands that print comma-separated values. */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "util/csv.h"

#define COLUMNS_OPTION(to) OPT_VALUE(0, "columns", "NAME,...", "csv: only these, in this order", to)

/*
 * Parses the list of a table's columns. Returns 0, or -EINVAL after it has printed what is wrong
 * and which columns there are.
 */
int columns_take(const char *command, const struct csv_table *table, const char *list,
		 struct csv_columns *columns);

#endif /* CLI_COLUMNS_H */
