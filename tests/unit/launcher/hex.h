/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known answers as text.
 */
#ifndef TEST_LAUNCHER_HEX_H
#define TEST_LAUNCHER_HEX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"

#define HEX_MAX 512

static inline void assert_hex(const uint8_t *data, size_t bytes, const char *expected)
{
	char text[2 * HEX_MAX + 1];

	assert_true(bytes <= HEX_MAX);
	to_hex(text, data, bytes);
	assert_string_equal(text, expected);
}

/* Fills @bytes of @at with @first, @first + 1, ... */
static inline void count_up(uint8_t *at, size_t bytes, unsigned int first)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(first + i);
}

/* The page of the known answers: byte i is 7 i + 3. */
static inline void test_page(uint8_t *page)
{
	for (size_t i = 0; i < PAGE_BYTES; i++)
		page[i] = (uint8_t)(7 * i + 3);
}

#endif /* TEST_LAUNCHER_HEX_H */
