// SPDX-License-Identifier: GPL-2.0-only
/* Encodes a row of a run as text: LEB128 (DWARF 5, 7.6) in base64 (RFC 4648, without padding). */
#include <stdlib.h>

#include "dashboard/dashboard.h"
#include "stats/hist.h"
#include "util/array.h"
#include "util/leb128.h"

/*
 * How many launches' values the page gets in a row: enough for any reasonable run. If a run has
 * more, evenly spaced ones are taken, and the page says that its verdicts rest on fewer launches.
 */
#define MAX_VALUES 64

struct bytes {
	unsigned char *data;
	size_t nr;
	bool failed;
};

static void put(struct bytes *b, uint64_t value)
{
	unsigned char number[LEB128_MAX];
	const unsigned char *end = leb128_put(number, value);

	for (const unsigned char *p = number; p < end && !b->failed; p++) {
		unsigned char *byte = ARRAY_ADD(b->data, b->nr);

		if (byte)
			*byte = *p;
		else
			b->failed = true;
	}
}

static char *base64(const unsigned char *data, size_t nr)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc(nr / 3 * 4 + 5);
	uint32_t bits = 0;
	int have = 0;
	size_t length = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < nr; i++) {
		bits = bits << 8 | data[i];
		for (have += 8; have >= 6; have -= 6)
			text[length++] = digits[bits >> (have - 6) & 0x3f];
	}
	if (have)
		text[length++] = digits[bits << (6 - have) & 0x3f];
	text[length] = '\0';
	return text;
}

/*
 * Puts sorted values as distances. Of too many, takes evenly spaced ones, the first and the last
 * included.
 */
static void put_values(struct bytes *b, const struct compare_side *side)
{
	size_t kept = side->nr < MAX_VALUES ? side->nr : MAX_VALUES;
	uint64_t before = 0;

	put(b, kept);
	for (size_t i = 0; i < kept; i++) {
		size_t at = kept == side->nr ? i : i * (side->nr - 1) / (kept - 1);

		put(b, side->values[at] - before);
		before = side->values[at];
	}
}

static void put_samples(struct bytes *b, const struct sevtrace_hist *h)
{
	uint32_t skipped = 0;

	put(b, h->count);
	put(b, h->sum);
	put(b, hist_min(h));
	put(b, h->max);
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		if (!h->buckets[i]) {
			skipped++;
			continue;
		}
		put(b, skipped);
		put(b, h->buckets[i]);
		skipped = 0;
	}
}

char *dashboard_pack(const struct compare_side *side)
{
	struct bytes b = { 0 };
	char *text = NULL;

	put(&b, side->calls);
	put(&b, side->nr);
	put(&b, side->median);
	put_values(&b, side);
	put_samples(&b, side->samples);
	if (!b.failed)
		text = base64(b.data, b.nr);
	free(b.data);
	return text;
}
