// SPDX-License-Identifier: GPL-2.0-only
#include "json_value.h"

#include "text.h"

json_t *clean_json(const char *s)
{
	char clean[CLEAN_JSON_LEN];

	return s ? json_string(text_clean(clean, sizeof(clean), s)) : json_null();
}

json_t *number_json(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}
