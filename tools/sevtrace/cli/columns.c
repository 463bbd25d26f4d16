// SPDX-License-Identifier: GPL-2.0-only
#include "cli/columns.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"
#include "util/text.h"

#define MAX_SHOWN 40 /* bytes of a wrong name */

int columns_take(const char *command, const struct csv_table *table, const char *list,
		 struct csv_columns *columns)
{
	struct text_style style = text_style_of(stderr);
	const char *wrong;
	char line[TEXT_LIST_LEN] = "", clean[MAX_SHOWN];

	if (!csv_choose(table, list, columns, &wrong))
		return 0;
	text_clean(clean, sizeof(clean), wrong);
	clean[strcspn(clean, ",")] = '\0';
	say_error(command, "no column '%s', or twice in --columns; there are:", clean);
	for (size_t i = 0; i < table->nr; i++)
		text_list_add(line, "", table->names[i]);
	fputs("  ", stderr);
	text_wrap(&style, line, 2);
	return -EINVAL;
}
