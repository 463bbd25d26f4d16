// SPDX-License-Identifier: GPL-2.0-only
#include "stats/hist_json.h"

#include "stats/hist.h"
#include "util/json.h"

static json_t *buckets_json(const struct sevtrace_hist *h)
{
	json_t *buckets = json_array();

	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		uint64_t upper = hist_upper(i);

		if (!h->buckets[i])
			continue;
		if (i == SEVTRACE_HIST_BUCKETS - 1 && h->max >= upper)
			upper = h->max + 1;
		buckets = append_json(buckets,
				      json_pack("[ooo]", number_json(sevtrace_hist_lower(i)),
						number_json(upper), number_json(h->buckets[i])));
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
