// SPDX-License-Identifier: GPL-2.0-only
#include "collector/samples.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sevtrace/kvm_sev.h>

#include "sev/pages.h"
#include "stats/hist.h"

#define MIN_SLOTS 64

struct node {
	struct sevtrace_hist_key key;
	struct node *next; /* of the same slot */
	struct sevtrace_hist hist;
};

/* The histograms of a kind of page. One page after the other has the same steps. */
struct shape {
	__u32 launch;
	__u32 cmd;
	enum sevtrace_phase phase;
	__u8 steps[SEVTRACE_PAGE_STEPS];
	struct node *nodes[SEVTRACE_PAGE_STEPS];
	struct node *wait;
	struct node *exec;
};

struct samples {
	struct node **slots;
	size_t nr_slots; /* a power of two */
	size_t nr;
	struct shape last; /* pointers are NULL where not looked up yet */
};

struct samples *samples_new(void)
{
	struct samples *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	s->slots = calloc(MIN_SLOTS, sizeof(*s->slots));
	s->nr_slots = MIN_SLOTS;
	if (!s->slots) {
		free(s);
		return NULL;
	}
	return s;
}

void samples_free(struct samples *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr_slots; i++) {
		while (s->slots[i]) {
			struct node *n = s->slots[i];

			s->slots[i] = n->next;
			free(n);
		}
	}
	free(s->slots);
	free(s);
}

static struct node **slot_of(struct node **slots, size_t nr, const struct sevtrace_hist_key *key)
{
	uint64_t hash = ((uint64_t)key->launch << 32 | key->id) * 0x9e3779b97f4a7c15 ^
			((uint64_t)key->kind << 16 | key->phase);

	return &slots[hash * 0xff51afd7ed558ccd >> 32 & (nr - 1)];
}

/* Returns where the key's node is linked, or where it would be. */
static struct node **find(const struct samples *s, const struct sevtrace_hist_key *key)
{
	struct node **at = slot_of(s->slots, s->nr_slots, key);

	while (*at && memcmp(&(*at)->key, key, sizeof(*key)) != 0)
		at = &(*at)->next;
	return at;
}

/* More slots make it faster only, so it goes on without them. */
static void grow(struct samples *s)
{
	size_t nr = 2 * s->nr_slots;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	struct node **slots = calloc(nr, sizeof(*slots));

	if (!slots)
		return;
	for (size_t i = 0; i < s->nr_slots; i++) {
		while (s->slots[i]) {
			struct node *n = s->slots[i], **to = slot_of(slots, nr, &n->key);

			s->slots[i] = n->next;
			n->next = *to;
			*to = n;
		}
	}
	free(s->slots);
	s->slots = slots;
	s->nr_slots = nr;
}

static struct node *get(struct samples *s, const struct sevtrace_hist_key *key)
{
	struct node **at = find(s, key), *n = *at;

	if (n)
		return n;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->key = *key;
	*at = n;
	if (++s->nr > s->nr_slots)
		grow(s);
	return n;
}

/* Adds a value to *node, which is looked up by the key if it is NULL. */
static int add(struct samples *s, struct node **node, const struct sevtrace_hist_key *key,
	       uint64_t ns, uint64_t pages)
{
	if (!*node)
		*node = get(s, key);
	if (!*node)
		return -ENOMEM;
	hist_add(&(*node)->hist, ns, 1, pages);
	return 0;
}

static struct shape *shape_of(struct samples *s, const struct sevtrace_rec_page *page)
{
	enum sevtrace_phase phase =
		sevtrace_phase_of(page->ioctl, page->page_type, page->private_pages);
	struct shape *l = &s->last;

	if (l->launch == page->h.launch && l->cmd == page->cmd && l->phase == phase &&
	    !memcmp(l->steps, page->steps, sizeof(l->steps)))
		return l;
	*l = (struct shape){ .launch = page->h.launch, .cmd = page->cmd, .phase = phase };
	memcpy(l->steps, page->steps, sizeof(l->steps));
	return l;
}

int samples_add(struct samples *s, const struct sevtrace_rec_page *page)
{
	struct shape *shape = shape_of(s, page);
	struct sevtrace_hist_key key = { .launch = page->h.launch, .phase = (__u16)shape->phase };
	int err = 0;

	for (uint32_t i = 0; i < page_steps(page) && !err; i++) {
		key.id = page->steps[i];
		err = add(s, &shape->nodes[i], &key, page_step_ns(page, i), page->npages);
	}
	if (!page_has_command(page))
		return err;
	key = (struct sevtrace_hist_key){ .launch = page->h.launch,
					  .id = page->cmd,
					  .kind = SEVTRACE_HIST_PSP_WAIT };
	if (!err && page->wait)
		err = add(s, &shape->wait, &key, page->wait, 0);
	key.kind = SEVTRACE_HIST_PSP_EXEC;
	if (!err && page->asked)
		err = add(s, &shape->exec, &key, page->exec, 0);
	return err;
}

bool samples_merge(const struct samples *s, const struct sevtrace_hist_key *key,
		   struct sevtrace_hist *hist)
{
	const struct node *n = *find(s, key);

	if (n)
		hist_merge(hist, &n->hist);
	return n;
}

void samples_drop(struct samples *s, const struct sevtrace_hist_key *key)
{
	struct node **at = find(s, key), *n = *at;

	if (!n)
		return;
	*at = n->next;
	free(n);
	s->nr--;
	s->last = (struct shape){ 0 };
}

size_t samples_keys(const struct samples *s, struct sevtrace_hist_key *keys, size_t room)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr_slots; i++)
		for (const struct node *n = s->slots[i]; n; n = n->next, nr++)
			if (nr < room)
				keys[nr] = n->key;
	return nr;
}
