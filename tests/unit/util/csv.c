// SPDX-License-Identifier: GPL-2.0-only
#include "util/csv.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = { "launch", "name", "name_ns", "max" };
static const struct csv_table table = { names, 4 };

static void values(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "plain text", "plain text" },
		{ "a,b", "\"a,b\"" },
		{ "say \"a\"", "\"say \"\"a\"\"\"" },
		{ "two\nlines", "\"two\nlines\"" },
		{ "\r", "\"\r\"" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		FILE *out = fmemopen(text, sizeof(text), "w");

		csv_value(out, pairs[i][0]);
		fclose(out);
		text[strlen(pairs[i][1])] = '\0';
		assert_string_equal(text, pairs[i][1]);
	}
}

static void lists(void **state)
{
	static const struct {
		const char *list;
		size_t nr;
		size_t at[4];
		const char *wrong; /* NULL: the list is right */
	} cases[] = {
		{ "launch", 1, { 0 }, NULL },
		{ "max,name", 2, { 3, 1 }, NULL },
		{ "name_ns,name,max,launch", 4, { 2, 1, 3, 0 }, NULL },
		{ "", 0, { 0 }, "" },
		{ "launch,", 0, { 0 }, "" },
		{ ",launch", 0, { 0 }, ",launch" },
		{ "launch,nam", 0, { 0 }, "nam" },
		{ "launch,names,max", 0, { 0 }, "names,max" },
		{ "max,launch,max", 0, { 0 }, "max" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct csv_columns columns;
		const char *wrong = NULL;
		int ret = csv_choose(&table, cases[i].list, &columns, &wrong);

		assert_int_equal(ret, cases[i].wrong ? -EINVAL : 0);
		if (cases[i].wrong) {
			assert_string_equal(wrong, cases[i].wrong);
			continue;
		}
		assert_int_equal(columns.nr, cases[i].nr);
		for (size_t c = 0; c < columns.nr; c++)
			assert_int_equal(columns.at[c], cases[i].at[c]);
	}
}

static void heads(void **state)
{
	struct csv_columns columns = { 2, { 3, 1 } };
	char text[64] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	csv_head(out, &table, &columns);
	csv_choose_all(&table, &columns);
	csv_head(out, &table, &columns);
	fclose(out);
	assert_string_equal(text, "max,name\nlaunch,name,name_ns,max\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(lists),
		cmocka_unit_test(heads),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
