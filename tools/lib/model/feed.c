// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "model/internal.h"
#include "model/model.h"

static bool same_rest(const void *array, size_t position, const void *key)
{
	return ((const struct model_rest *)array)[position].number == *(const uint64_t *)key;
}

/* Returns what is known of a launch that the model has no room for. NULL: no memory. */
static struct model_rest *rest_of(struct model *m, uint64_t number)
{
	uint32_t hash = hash_index_words(&m->rest_index, &number, 1);
	size_t at = hash_index_find(&m->rest_index, hash, same_rest, m->rest, &number);
	size_t charged = 0;
	struct model_rest *rest;

	if (at != HASH_INDEX_NONE)
		return &m->rest[at];
	rest = model_budget_add(&m->budget, &charged, (void **)&m->rest, &m->nr_rest,
				sizeof(*rest));
	if (!rest || hash_index_add(&m->rest_index, hash, m->nr_rest - 1))
		return NULL;
	rest->number = (uint32_t)number;
	return rest;
}

/* Keeps of a launch beyond the limit whether it failed: a verdict may not miss it. */
static int feed_rest(struct model *m, const union sevtrace_record *rec)
{
	const struct sevtrace_rec_ioctl_exit *exit = &rec->ioctl_exit;
	struct model_rest *rest;

	if (rec->h.type != SEVTRACE_REC_IOCTL_EXIT)
		return 0;
	rest = rest_of(m, rec->h.launch);
	if (!rest)
		return -ENOMEM;
	if (!exit->ret) {
		rest->finished |= sevtrace_is_finish(exit->ioctl);
		rest->failed &= exit->ioctl != rest->ioctl;
	} else if (!sevtrace_is_length_query(exit->ioctl, exit->ret, exit->fw_error) &&
		   exit->ioctl != SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION) {
		rest->failed = true;
		rest->ioctl = exit->ioctl;
	}
	return 0;
}

int model_feed(struct model *m, const union sevtrace_record *rec)
{
	int err;
	struct model_launch *l = model_launch(m, rec->h.launch, &err);

	m->records += rec->h.type != SEVTRACE_REC_NAME; /* the kernel does not count them either */
	if (!m->first_ts || rec->h.ts < m->first_ts)
		m->first_ts = rec->h.ts;
	if (rec->h.ts > m->last_ts)
		m->last_ts = rec->h.ts;
	if (!l) {
		if (!err)
			err = times_note_holding(&m->holdings, &m->budget, rec);
		return err ? err : feed_rest(m, rec);
	}
	if (rec->h.type == SEVTRACE_REC_SAMPLE)
		return profile_add(l, &rec->sample, m->nr_symbols);
	err = figures_add(l, rec);
	if (!err)
		err = times_add(l, &m->holdings, rec);
	return err ? err : failure_add(l, rec, m->nr_symbols);
}
