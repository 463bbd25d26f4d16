// SPDX-License-Identifier: GPL-2.0-only
/* The index of an array by its keys, also for keys that would collide with a weak hash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "util/hash_index.h"

#define KEYS 20000

/* Counts comparisons: they are what an index with collisions spends its time on. */
struct keys {
	uint64_t *words;
	size_t *compared;
};

static bool same_word(const void *array, size_t position, const void *key)
{
	const struct keys *keys = array;

	++*keys->compared;
	return keys->words[position] == *(const uint64_t *)key;
}

/* Adds keys of a pattern and finds each again. Returns the comparisons a key. */
static double fill(uint64_t factor, uint64_t step)
{
	struct hash_index ix = { 0 };
	size_t compared = 0;
	struct keys keys = { calloc(KEYS, sizeof(uint64_t)), &compared };
	uint64_t missing = UINT64_MAX;

	assert_non_null(keys.words);
	for (size_t i = 0; i < KEYS; i++) {
		uint32_t hash;

		keys.words[i] = i * factor + step;
		hash = hash_index_words(&ix, &keys.words[i], 1);
		assert_int_equal(hash_index_find(&ix, hash, same_word, &keys, &keys.words[i]),
				 HASH_INDEX_NONE);
		assert_int_equal(hash_index_add(&ix, hash, i), 0);
	}
	for (size_t i = 0; i < KEYS; i++)
		assert_int_equal(hash_index_find(&ix, hash_index_words(&ix, &keys.words[i], 1),
						 same_word, &keys, &keys.words[i]),
				 i);
	assert_int_equal(hash_index_find(&ix, hash_index_words(&ix, &missing, 1), same_word, &keys,
					 &missing),
			 HASH_INDEX_NONE);
	/* Nearly full slots would make long searches. */
	assert_true(ix.size >= 2 * (ix.nr - 1));
	hash_index_clear(&ix);
	assert_int_equal(ix.nr, 0);
	assert_int_equal(hash_index_find(&ix, hash_index_words(&ix, &keys.words[0], 1), same_word,
					 &keys, &keys.words[0]),
			 HASH_INDEX_NONE);
	hash_index_free(&ix);
	free(keys.words);
	return (double)compared / KEYS;
}

/* One comparison finds a key, as the slots keep the hash; few keys share one of 32 bits. */
static void words(void **state)
{
	(void)state;
	assert_true(fill(1, 0) < 1.1);
}

static void keys_of_an_enemy(void **state)
{
	(void)state;
	/* Alike in their low bits, in their high bits, and after a multiplication. */
	assert_true(fill(1ULL << 16, 1) < 1.1);
	assert_true(fill(1ULL << 44, 7) < 1.1);
	assert_true(fill(0x144cbc89ULL << 17, 0) < 1.1);
}

static void seeds_differ(void **state)
{
	struct hash_index a = { 0 }, b = { 0 };
	uint64_t word = 42;
	int equal = 0;

	(void)state;
	for (int i = 0; i < 8; i++) {
		a.seed = b.seed = 0;
		equal += hash_index_words(&a, &word, 1) == hash_index_words(&b, &word, 1);
		assert_int_not_equal(a.seed, b.seed);
	}
	assert_true(equal < 2);
}

static void texts(void **state)
{
	static const char *const keys[] = { "",		"a",	   "b",	       "ab",
					    "ba",	"abcdefg", "abcdefgh", "abcdefghi",
					    "abcdefgi", "hgfedcba" };
	struct hash_index ix = { 0 };
	size_t nr = sizeof(keys) / sizeof(keys[0]);

	(void)state;
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(hash_index_text(&ix, keys[i]), hash_index_text(&ix, keys[i]));
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(hash_index_text(&ix, keys[i]),
					     hash_index_text(&ix, keys[j]));
	}
	hash_index_free(&ix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(keys_of_an_enemy),
		cmocka_unit_test(seeds_differ),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
