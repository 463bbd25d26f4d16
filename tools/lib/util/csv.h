/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of comma-separated values, RFC 4180, but for lines that end with a newline alone, as in
 * other text files.
 */
#ifndef UTIL_CSV_H
#define UTIL_CSV_H

#include <stddef.h>
#include <stdio.h>

/* Prints a value, quoted if it has to be. */
void csv_value(FILE *out, const char *s);

#define CSV_MAX_COLUMNS 128

/* The columns of a table. */
struct csv_table {
	const char *const *names;
	size_t nr; /* at most CSV_MAX_COLUMNS */
};

/* Some of a table's columns, in the order in which they are wanted. */
struct csv_columns {
	size_t nr;
	size_t at[CSV_MAX_COLUMNS]; /* indexes into the table's names */
};

/*
 * Parses a list of columns such as "launch,name". Returns 0; or -EINVAL, with *wrong the item that
 * is no column or is there twice, which ends at a comma or at the list's end.
 */
int csv_choose(const struct csv_table *table, const char *list, struct csv_columns *columns,
	       const char **wrong);

/* All columns, in the table's order. */
void csv_choose_all(const struct csv_table *table, struct csv_columns *columns);

/* Prints the line of names. */
void csv_head(FILE *out, const struct csv_table *table, const struct csv_columns *columns);

#endif /* UTIL_CSV_H */
