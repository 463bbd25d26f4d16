// SPDX-License-Identifier: GPL-2.0-only
#include "util/hash_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_SIZE 64

/* Mixes all bits of a word with each other: the end of MurmurHash3, a bijection. */
static uint64_t mix(uint64_t word)
{
	word = (word ^ word >> 33) * 0xff51afd7ed558ccdU;
	word = (word ^ word >> 33) * 0xc4ceb9fe1a85ec53U;
	return word ^ word >> 33;
}

/* Returns the seed and chooses it first if there is none. */
static uint64_t seed_of(struct hash_index *ix)
{
	while (!ix->seed)
		if (getrandom(&ix->seed, sizeof(ix->seed), 0) != sizeof(ix->seed))
			ix->seed = mix((uintptr_t)ix) | 1;
	return ix->seed;
}

uint32_t hash_index_words(struct hash_index *ix, const uint64_t *words, size_t nr)
{
	uint64_t seed = seed_of(ix), hash = seed;

	for (size_t i = 0; i < nr; i++)
		hash = mix(hash ^ words[i]) + seed;
	return (uint32_t)mix(hash);
}

uint32_t hash_index_text(struct hash_index *ix, const char *text)
{
	uint64_t seed = seed_of(ix), hash = seed;
	size_t left = strlen(text);

	for (; left >= sizeof(uint64_t); left -= sizeof(uint64_t), text += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, text, sizeof(word));
		hash = mix(hash ^ word) + seed;
	}
	for (uint64_t last = left;; last = last << 8 | (unsigned char)*text++)
		if (!left--)
			return (uint32_t)mix(mix(hash ^ last) + seed);
}

/* Returns the slot of an element, or the free one where it belongs. */
static struct hash_slot *slot_of(const struct hash_index *ix, uint32_t hash, hash_index_equal equal,
				 const void *array, const void *key)
{
	size_t at = hash & (ix->size - 1);

	for (; ix->slots[at].position; at = (at + 1) & (ix->size - 1))
		if (equal && ix->slots[at].hash == hash &&
		    equal(array, ix->slots[at].position - 1, key))
			break;
	return &ix->slots[at];
}

size_t hash_index_find(const struct hash_index *ix, uint32_t hash, hash_index_equal equal,
		       const void *array, const void *key)
{
	const struct hash_slot *slot;

	if (!ix->size)
		return HASH_INDEX_NONE;
	slot = slot_of(ix, hash, equal, array, key);
	return slot->position ? slot->position - 1 : HASH_INDEX_NONE;
}

/* Doubles the slots. */
static int grow(struct hash_index *ix)
{
	struct hash_index grown = { .size = ix->size ? 2 * ix->size : FIRST_SIZE };

	grown.slots = calloc(grown.size, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < ix->size; i++)
		if (ix->slots[i].position)
			*slot_of(&grown, ix->slots[i].hash, NULL, NULL, NULL) = ix->slots[i];
	free(ix->slots);
	ix->slots = grown.slots;
	ix->size = grown.size;
	return 0;
}

int hash_index_add(struct hash_index *ix, uint32_t hash, size_t position)
{
	int err = 2 * ix->nr >= ix->size ? grow(ix) : 0;
	struct hash_slot *slot;

	if (err)
		return err;
	slot = slot_of(ix, hash, NULL, NULL, NULL);
	slot->hash = hash;
	slot->position = (uint32_t)position + 1;
	ix->nr++;
	return 0;
}

void hash_index_clear(struct hash_index *ix)
{
	if (ix->size)
		memset(ix->slots, 0, ix->size * sizeof(*ix->slots));
	ix->nr = 0;
}

void hash_index_free(struct hash_index *ix)
{
	free(ix->slots);
	memset(ix, 0, sizeof(*ix));
}
