/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Little-endian fields at byte offsets, and the contents of guest pages.
 */
#ifndef LAUNCHER_BYTES_H
#define LAUNCHER_BYTES_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES 4096UL
#define PAGE_BITS 12

static inline void put_le(uint8_t *at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static inline void put_le16(uint8_t *at, uint16_t value)
{
	put_le(at, value, sizeof(value));
}

static inline void put_le32(uint8_t *at, uint32_t value)
{
	put_le(at, value, sizeof(value));
}

static inline void put_le64(uint8_t *at, uint64_t value)
{
	put_le(at, value, sizeof(value));
}

static inline uint64_t get_le(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

/* One step of splitmix64 (Steele, Lea, Flood 2014): a full-period mix of a counter. */
static inline uint64_t mix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Fills @bytes of @at with a pattern that depends on nothing but @seed and @key. */
static inline void fill_pattern(uint8_t *at, size_t bytes, uint64_t seed, uint64_t key)
{
	uint64_t state = seed;

	state = mix64(&state) ^ key;
	for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
		size_t part = bytes - i < sizeof(uint64_t) ? bytes - i : sizeof(uint64_t);

		put_le(at + i, mix64(&state), part);
	}
}

/* Writes @bytes of @data in hexadecimal to @text, which must have room for 2 * @bytes + 1. */
static inline void to_hex(char *text, const uint8_t *data, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes; i++) {
		*text++ = digits[data[i] >> 4];
		*text++ = digits[data[i] & 15];
	}
	*text = '\0';
}

#endif /* LAUNCHER_BYTES_H */
