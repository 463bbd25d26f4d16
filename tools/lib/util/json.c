// SPDX-License-Identifier: GPL-2.0-only
#include "util/json.h"

#include "util/text.h"

json_t *clean_json(const char *s)
{
	char clean[CLEAN_JSON_LEN];

	return s ? json_string(text_clean(clean, sizeof(clean), s)) : json_null();
}

json_t *number_json(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

json_t *append_json(json_t *array, json_t *value)
{
	if (!json_array_append_new(array, value))
		return array;
	json_decref(array);
	return NULL;
}

json_t *set_json(json_t *object, const char *key, json_t *value)
{
	char clean[CLEAN_JSON_LEN];

	if (!json_object_set_new(object, text_clean(clean, sizeof(clean), key), value))
		return object;
	json_decref(object);
	return NULL;
}
