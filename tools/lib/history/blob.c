// SPDX-License-Identifier: GPL-2.0-only
/* Histograms and values as blobs of a database, and back from blobs that nobody vouches for. */
#include <errno.h>
#include <stdlib.h>

#include "history/internal.h"

#define MAX_LEB128 10 /* bytes of 64 bits */
#define NR_BUCKETS ((uint64_t)SEVTRACE_HIST_BUCKETS)

static unsigned char *put(unsigned char *p, uint64_t value)
{
	while (value >= 0x80) {
		*p++ = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	*p++ = (unsigned char)value;
	return p;
}

/* Takes a number; NULL: there is none, or it is not in its shortest form. */
static const unsigned char *take(const unsigned char *p, const unsigned char *end, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; p < end && shift < 64; shift += 7) {
		uint64_t bits = *p & 0x7f;

		if (shift == 63 && bits > 1)
			return NULL;
		*value |= bits << shift;
		if (!(*p++ & 0x80))
			return bits || !shift ? p : NULL;
	}
	return NULL;
}

unsigned char *history_pack_buckets(const struct sevtrace_hist *hist, size_t *size)
{
	unsigned char *blob = malloc(NR_BUCKETS * 2 * MAX_LEB128);
	unsigned char *p = blob;
	uint32_t last = 0;

	if (!blob)
		return NULL;
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		if (!hist->buckets[i])
			continue;
		p = put(p, i - last);
		p = put(p, hist->buckets[i]);
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

		p = take(p, end, &distance);
		if (p)
			p = take(p, end, &count);
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
	unsigned char *blob = malloc((size_t)HISTORY_MAX_VALUES * MAX_LEB128);
	unsigned char *p = blob;

	if (!blob)
		return NULL;
	for (size_t i = 0; i < nr; i += every)
		p = put(p, values[i]);
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
		p = take(p, end, &(*values)[*nr]);
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
