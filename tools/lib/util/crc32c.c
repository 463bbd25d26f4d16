// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes CRC-32C by the processor's instruction if it has one, else four bits at a time: a table
 * of 16 entries needs no initialisation.
 */
#include "util/crc32c.h"

#include <string.h>

/* Entry i: the reflected remainder of i for polynomial 0x1edc6f41. */
static const uint32_t nibbles[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
	0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t by_nibbles(uint32_t crc, const uint8_t *byte, size_t size)
{
	for (; size; size--, byte++) {
		crc ^= *byte;
		crc = (crc >> 4) ^ nibbles[crc & 15];
		crc = (crc >> 4) ^ nibbles[crc & 15];
	}
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *byte,
								 size_t size)
{
	uint64_t wide = crc, word;

	for (; size >= sizeof(word); size -= sizeof(word), byte += sizeof(word)) {
		memcpy(&word, byte, sizeof(word));
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	for (; size; size--, byte++)
		crc = __builtin_ia32_crc32qi(crc, *byte);
	return crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return ~by_instruction(~crc, data, size);
#endif
	return ~by_nibbles(~crc, data, size);
}
