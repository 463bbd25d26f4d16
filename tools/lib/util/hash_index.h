/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds elements of an array by their key in constant time. The keys may come from an enemy: each
 * index hashes with a random seed of its own, so nobody can choose keys that collide.
 */
#ifndef UTIL_HASH_INDEX_H
#define UTIL_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_slot {
	uint32_t hash;
	uint32_t position; /* plus 1; 0: free */
};

/* Zero-initialised: empty. The owner calls hash_index_free(). */
struct hash_index {
	struct hash_slot *slots; /* open addressing, at most half full */
	size_t size; /* a power of two, or 0 */
	size_t nr;
	uint64_t seed; /* 0: not chosen yet */
};

#define HASH_INDEX_NONE SIZE_MAX

/* Does the element at a position of the array have this key? */
typedef bool (*hash_index_equal)(const void *array, size_t position, const void *key);

/* Return the hash of a key in this index, for the functions below. */
uint32_t hash_index_words(struct hash_index *ix, const uint64_t *words, size_t nr);
uint32_t hash_index_text(struct hash_index *ix, const char *text);

/* Returns the position of the element with this key, or HASH_INDEX_NONE. */
size_t hash_index_find(const struct hash_index *ix, uint32_t hash, hash_index_equal equal,
		       const void *array, const void *key);

/* Adds an element whose key is not in the index yet. Returns 0 or -ENOMEM. */
int hash_index_add(struct hash_index *ix, uint32_t hash, size_t position);

void hash_index_clear(struct hash_index *ix); /* forgets all elements, keeps the memory */
void hash_index_free(struct hash_index *ix);

#endif /* UTIL_HASH_INDEX_H */
