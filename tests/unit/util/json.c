// SPDX-License-Identifier: GPL-2.0-only
/* Arrays and objects of JSON that are filled without a look at each step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/json.h"

static void filled(void **state)
{
	json_t *array = append_json(append_json(json_array(), json_true()), json_null());
	json_t *object = set_json(json_object(), "a\033", array);

	(void)state;
	assert_int_equal(json_array_size(array), 2);
	assert_int_equal(json_object_size(object), 1);
	assert_null(json_object_get(object, "a\033"));
	json_decref(object);
}

/* What is missing once makes all of it NULL, and nothing stays behind. */
static void missing(void **state)
{
	json_t *array = append_json(json_array(), NULL);
	json_t *object = set_json(json_object(), "first", NULL);

	(void)state;
	assert_null(array);
	assert_null(object);
	assert_null(append_json(array, json_integer(1)));
	assert_null(set_json(object, "second", json_integer(1)));
}

static void numbers(void **state)
{
	json_t *largest = number_json(UINT64_MAX);

	(void)state;
	assert_int_equal(json_integer_value(largest), INT64_MAX);
	json_decref(largest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filled),
		cmocka_unit_test(missing),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
