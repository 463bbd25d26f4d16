// SPDX-License-Identifier: GPL-2.0-only
#include "util/leb128.h"

#include <stddef.h>

unsigned char *leb128_put(unsigned char *p, uint64_t value)
{
	while (value >= 0x80) {
		*p++ = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	*p++ = (unsigned char)value;
	return p;
}

const unsigned char *leb128_take(const unsigned char *p, const unsigned char *end, uint64_t *value)
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
