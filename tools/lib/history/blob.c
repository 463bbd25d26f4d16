// SPDX-License-Identifier: GPL-2.0-only
/* Encodes histograms and values as blobs of a database. Decodes blobs, which are untrusted. */
#include <errno.h>
#include <stdlib.h>

#include "history/internal.h"
#include "util/leb128.h"

#define NR_BUCKETS ((uint64_t)SEVTRACE_HIST_BUCKETS)

unsigned char *history_pack_buckets(const struct sevtrace_hist *hist, size_t *size)
{
	unsigned char *blob = malloc(NR_BUCKETS * 2 * LEB128_MAX);
	unsigned char *p = blob;
	uint32_t last = 0;

	if (!blob)
		return NULL;
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		if (!hist->buckets[i])
			continue;
		p = leb128_put(p, i - last);
		p = leb128_put(p, hist->buckets[i]);
		last = i;
	}
	*size = (size_t)(p - blob);
	return blob;
}

int history_unpack_buckets(struct sevtrace_hist *hist, const void *blob, size_t size)
{
	const unsigned char *p = blob;
	const unsigned char *end = p + size;
	uint64_t bucket = 0;

	for (bool first = true; p < end; first = false) {
		uint64_t distance;
		uint64_t count;

		p = leb128_take(p, end, &distance);
		if (p)
			p = leb128_take(p, end, &count);
		if (!p || (!first && !distance) || !count || count > UINT32_MAX ||
		    distance >= NR_BUCKETS)
			return -EBADMSG;
		bucket += distance;
		if (bucket >= NR_BUCKETS)
			return -EBADMSG;
		hist->buckets[bucket] = (uint32_t)count;
	}
	return 0;
}

unsigned char *history_pack_values(const uint64_t *values, size_t nr, size_t *size)
{
	size_t every = (nr + HISTORY_MAX_VALUES - 1) / HISTORY_MAX_VALUES;
	unsigned char *blob = malloc((size_t)HISTORY_MAX_VALUES * LEB128_MAX);
	unsigned char *p = blob;

	if (!blob)
		return NULL;
	for (size_t i = 0; i < nr; i += every)
		p = leb128_put(p, values[i]);
	*size = (size_t)(p - blob);
	return blob;
}

int history_unpack_values(uint64_t **values, size_t *nr, const void *blob, size_t size)
{
	const unsigned char *p = blob;
	const unsigned char *end = p + size;

	*nr = 0;
	*values = malloc((size > HISTORY_MAX_VALUES ? HISTORY_MAX_VALUES : size + 1) *
			 sizeof(**values));
	if (!*values)
		return -ENOMEM;
	while (p < end) {
		if (*nr == HISTORY_MAX_VALUES)
			goto bad;
		p = leb128_take(p, end, &(*values)[*nr]);
		if (!p)
			goto bad;
		++*nr;
	}
	return 0;
bad:
	free(*values);
	*values = NULL;
	return -EBADMSG;
}
