// SPDX-License-Identifier: GPL-2.0-only
#include "model/profile.h"

#include <errno.h>
#include <string.h>

#include "model/internal.h"

#define KEY_WORDS (SEVTRACE_STACK_DEPTH + 1)

static void key_of(const __u64 *user, bool in_kernel, bool in_ioctl, uint64_t key[KEY_WORDS])
{
	memcpy(key, user, SEVTRACE_STACK_DEPTH * sizeof(*key));
	key[SEVTRACE_STACK_DEPTH] = (uint64_t)in_kernel | (uint64_t)in_ioctl << 1;
}

static bool same(const void *array, size_t position, const void *key)
{
	const struct model_sampled *s = &((const struct model_sampled *)array)[position];
	uint64_t own[KEY_WORDS];

	key_of(s->user, s->in_kernel, s->in_ioctl, own);
	return !memcmp(own, key, sizeof(own));
}

/* Returns the stack of a sample; NULL: no memory, or with *full there are too many stacks. */
static struct model_sampled *stack_of(struct model_launch *l, const struct sevtrace_rec_sample *rec,
				      size_t symbols, bool *full)
{
	struct model_profile *p = &l->profile;
	uint64_t key[KEY_WORDS];
	struct model_sampled *s;
	uint32_t hash;
	size_t at;

	key_of(rec->user, rec->in_kernel, rec->in_ioctl, key);
	hash = hash_index_words(&p->index, key, KEY_WORDS);
	at = hash_index_find(&p->index, hash, same, p->stacks, key);
	if (at != HASH_INDEX_NONE)
		return &p->stacks[at];
	*full = p->nr_stacks == PROFILE_MAX_STACKS;
	s = *full ? NULL : LAUNCH_ADD(l, p->stacks, p->nr_stacks);
	if (!s || hash_index_add(&p->index, hash, p->nr_stacks - 1))
		return NULL;
	*s = (struct model_sampled){ .in_kernel = rec->in_kernel,
				     .in_ioctl = rec->in_ioctl,
				     .symbols = symbols };
	memcpy(s->user, rec->user, sizeof(s->user));
	return s;
}

int profile_add(struct model_launch *l, const struct sevtrace_rec_sample *rec, size_t symbols)
{
	struct model_profile *p = &l->profile;
	struct model_sampled *s;
	bool full = false;

	s = stack_of(l, rec, symbols, &full);
	if (!s && !full)
		return -ENOMEM;
	if (s) {
		s->samples++;
		s->ns += rec->period;
	}
	p->samples++;
	p->more += full;
	p->ns += rec->period;
	p->period = rec->period;
	return 0;
}
