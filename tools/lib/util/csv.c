// SPDX-License-Identifier: GPL-2.0-only
#include "util/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void csv_value(FILE *out, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		fputs(s, out);
		return;
	}
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

/* Returns the column of a name of `size` characters; table->nr: there is none. */
static size_t find(const struct csv_table *table, const char *name, size_t size)
{
	size_t i = 0;

	while (i < table->nr &&
	       (strncmp(table->names[i], name, size) != 0 || table->names[i][size]))
		i++;
	return i;
}

static bool has(const struct csv_columns *columns, size_t column)
{
	for (size_t i = 0; i < columns->nr; i++)
		if (columns->at[i] == column)
			return true;
	return false;
}

int csv_choose(const struct csv_table *table, const char *list, struct csv_columns *columns,
	       const char **wrong)
{
	columns->nr = 0;
	for (const char *item = list; item;) {
		const char *comma = strchr(item, ',');
		size_t size = comma ? (size_t)(comma - item) : strlen(item);
		size_t column = find(table, item, size);

		if (column == table->nr || has(columns, column)) {
			*wrong = item;
			return -EINVAL;
		}
		columns->at[columns->nr++] = column;
		item = comma ? comma + 1 : NULL;
	}
	return 0;
}

void csv_choose_all(const struct csv_table *table, struct csv_columns *columns)
{
	columns->nr = table->nr;
	for (size_t i = 0; i < table->nr; i++)
		columns->at[i] = i;
}

void csv_head(FILE *out, const struct csv_table *table, const struct csv_columns *columns)
{
	for (size_t i = 0; i < columns->nr; i++)
		fprintf(out, "%s%s", i ? "," : "", table->names[columns->at[i]]);
	fputc('\n', out);
}
