// SPDX-License-Identifier: GPL-2.0-only
#include "json_value.h"

#include "hist.h"
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

static json_t *buckets_json(const struct sevtrace_hist *h)
{
	json_t *buckets = json_array();

	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		uint64_t upper = hist_upper(i);

		if (!h->buckets[i])
			continue;
		if (i == SEVTRACE_HIST_BUCKETS - 1 && h->max >= upper)
			upper = h->max + 1;
		if (json_array_append_new(
			    buckets, json_pack("[ooo]", number_json(sevtrace_hist_lower(i)),
					       number_json(upper), number_json(h->buckets[i])))) {
			json_decref(buckets);
			return NULL;
		}
	}
	return buckets;
}

json_t *hist_json(const struct sevtrace_hist *h)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "count", number_json(h->count),
			 "pages", number_json(h->pages), "sum_ns", number_json(h->sum), "min_ns",
			 number_json(hist_min(h)), "max_ns", number_json(h->max), "p50_ns",
			 number_json(hist_percentile(h, 50)), "p90_ns",
			 number_json(hist_percentile(h, 90)), "p99_ns",
			 number_json(hist_percentile(h, 99)), "buckets", buckets_json(h));
}
