// SPDX-License-Identifier: GPL-2.0-only
/* Takes histograms out of the kernel, and tells which of them belong to which launch. */
#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <sevtrace/kvm_sev.h>

#include "collector/internal.h"
#include "util/array.h"

/*
 * Upper bound of PSP command ids: the OR of all known ids, plus 1. It is above all known ids and
 * many unknown ones.
 */
#define COMMAND_BITS(code, name, text) | (code)
enum { PSP_COMMAND_IDS = (0 SEVTRACE_PSP_COMMANDS(COMMAND_BITS)) + 1 };
#undef COMMAND_BITS

/* Histograms that are looked at one by one: asking by name takes as many questions. */
#define MOST_KEYS 512

/*
 * Hands out a histogram and frees it: the sum of the kernel's and of that of the records. A missing
 * one (-ENOENT) was never used.
 */
static int take_hist(struct collector *c, const struct sevtrace_hist_key *key)
{
	struct sevtrace_hist hist;
	int err = bpf_map__lookup_and_delete_elem(c->skel->maps.hists, key, sizeof(*key), &hist,
						  sizeof(hist), 0);

	if (err && err != -ENOENT)
		return err;
	if (err)
		hist = (struct sevtrace_hist){ 0 };
	if (!samples_merge(c->samples, key, &hist) && err)
		return 0;
	samples_drop(c->samples, key);
	return c->sink.hist(c->sink.ctx, key, &hist);
}

/* Tells whether a histogram is of attribute updates: guests make them as long as they run. */
static bool is_of_attributes(const struct sevtrace_hist_key *key)
{
	return key->kind == SEVTRACE_HIST_ATTR_WAIT ||
	       (key->kind == SEVTRACE_HIST_STEP && key->id == SEVTRACE_STEP_ATTRIBUTES) ||
	       (key->kind == SEVTRACE_HIST_IOCTL && key->id == SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
}

static int take_of_launch(struct collector *c, const struct sevtrace_hist_key *key, bool over)
{
	return over || !is_of_attributes(key) ? take_hist(c, key) : 0;
}

/* Takes the histograms of one kind with ids from 0 to ids - 1. */
static int take_kind(struct collector *c, struct sevtrace_hist_key key, uint32_t ids, bool over)
{
	int err = 0;

	for (key.id = 0; key.id < ids && !err; key.id++)
		err = take_of_launch(c, &key, over);
	return err;
}

/* Takes a launch's histograms by asking for each that there may be. */
static int take_by_names(struct collector *c, uint32_t launch, bool over)
{
#define SEVTRACE_IOCTL_NUMBER(number, name) number,
	static const uint32_t ioctls[] = { SEVTRACE_IOCTLS(SEVTRACE_IOCTL_NUMBER) };
#undef SEVTRACE_IOCTL_NUMBER
	static const struct {
		enum sevtrace_hist_kind kind;
		uint32_t ids;
		uint16_t phases;
	} kinds[] = {
		{ SEVTRACE_HIST_STEP, SEVTRACE_STEP_COUNT, SEVTRACE_PHASE_COUNT },
		{ SEVTRACE_HIST_PSP_WAIT, PSP_COMMAND_IDS, 1 },
		{ SEVTRACE_HIST_PSP_EXEC, PSP_COMMAND_IDS, 1 },
		{ SEVTRACE_HIST_ATTR_WAIT, 1, 1 },
	};
	struct sevtrace_hist_key key = { .launch = launch };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		key.kind = kinds[i].kind;
		for (key.phase = 0; key.phase < kinds[i].phases && !err; key.phase++)
			err = take_kind(c, key, kinds[i].ids, over);
	}
	key = (struct sevtrace_hist_key){ .launch = launch, .kind = SEVTRACE_HIST_IOCTL };
	for (size_t i = 0; i < ARRAY_SIZE(ioctls) && !err; i++) {
		key.id = ioctls[i];
		err = take_of_launch(c, &key, over);
	}
	return err;
}

/*
 * Lists the kernel's histograms of a launch. Returns their number, or -1 if there are too many of
 * all launches to look at each.
 */
static int list_launch(const struct collector *c, uint32_t launch,
		       struct sevtrace_hist_key keys[MOST_KEYS])
{
	struct sevtrace_hist_key key, last;
	int nr = 0;

	for (uint32_t seen = 0; seen < MOST_KEYS; seen++) {
		int err = bpf_map__get_next_key(c->skel->maps.hists, seen ? &last : NULL, &key,
						sizeof(key));

		if (err)
			return err == -ENOENT ? nr : -1;
		if (key.launch == launch)
			keys[nr++] = key;
		last = key;
	}
	return -1;
}

/* Takes those of the records' histograms of a launch that are still there. */
static int take_samples(struct collector *c, uint32_t launch, bool over)
{
	size_t nr = samples_keys(c->samples, NULL, 0);
	struct sevtrace_hist_key *keys = nr ? calloc(nr, sizeof(*keys)) : NULL;
	int err = 0;

	if (nr && !keys)
		return -ENOMEM;
	samples_keys(c->samples, keys, nr);
	for (size_t i = 0; i < nr && !err; i++)
		if (keys[i].launch == launch)
			err = take_of_launch(c, &keys[i], over);
	free(keys);
	return err;
}

/* Takes those that the kernel has of a launch. */
static int take_kernels(struct collector *c, uint32_t launch, bool over)
{
	struct sevtrace_hist_key keys[MOST_KEYS];
	int nr = list_launch(c, launch, keys), err = 0;

	if (nr < 0)
		return take_by_names(c, launch, over);
	for (int i = 0; i < nr && !err; i++)
		err = take_of_launch(c, &keys[i], over);
	return err;
}

int collector_take_launch(struct collector *c, uint32_t launch, bool over)
{
	int err = over ? 0 : collector_hold(c, launch);

	if (!err)
		err = take_kernels(c, launch, over);
	if (!over)
		collector_let_go(c);
	return err ? err : take_samples(c, launch, over);
}

/* Collects the keys of the records' histograms that the kernel has no histogram of. */
static int add_sample_keys(const struct collector *c, struct sevtrace_hist_key **keys, size_t *nr)
{
	size_t more = samples_keys(c->samples, NULL, 0), kept = *nr;
	struct sevtrace_hist_key *grown;
	struct sevtrace_hist hist;

	if (!more)
		return 0;
	grown = reallocarray(*keys, *nr + more, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	*keys = grown;
	samples_keys(c->samples, grown + *nr, more);
	for (size_t i = *nr; i < *nr + more; i++)
		if (bpf_map__lookup_elem(c->skel->maps.hists, &grown[i], sizeof(*grown), &hist,
					 sizeof(hist), 0))
			grown[kept++] = grown[i];
	*nr = kept;
	return 0;
}

/*
 * Calls fn for every histogram. Collects the keys first: if a key is deleted meanwhile, the kernel
 * starts over.
 */
static int for_each_hist(struct collector *c,
			 int (*fn)(struct collector *c, const struct sevtrace_hist_key *key,
				   void *arg),
			 void *arg)
{
	struct sevtrace_hist_key *keys = calloc(SEVTRACE_MAX_HISTS, sizeof(*keys)), *last = NULL;
	size_t nr = 0;
	int err = 0;

	if (!keys)
		return -ENOMEM;
	while (nr < SEVTRACE_MAX_HISTS &&
	       !bpf_map__get_next_key(c->skel->maps.hists, last, &keys[nr], sizeof(*keys)))
		last = &keys[nr++];
	err = add_sample_keys(c, &keys, &nr);
	for (size_t i = 0; i < nr && !err; i++)
		err = fn(c, &keys[i], arg);
	free(keys);
	return err;
}

int collector_live(const struct collector *c, struct collector_live *live)
{
	struct sevtrace_launch launch;
	__u64 key, *last = NULL;

	live->last = *(volatile __u32 *)&c->skel->bss->last_launch;
	live->numbers = calloc(SEVTRACE_MAX_LAUNCHES, sizeof(*live->numbers));
	if (!live->numbers)
		return -ENOMEM;
	while (live->nr < SEVTRACE_MAX_LAUNCHES &&
	       !bpf_map__get_next_key(c->skel->maps.launches, last, &key, sizeof(key))) {
		last = &key;
		if (!bpf_map__lookup_elem(c->skel->maps.launches, &key, sizeof(key), &launch,
					  sizeof(launch), 0))
			live->numbers[live->nr++] = launch.number;
	}
	return 0;
}

static int take_if_dead(struct collector *c, const struct sevtrace_hist_key *key, void *arg)
{
	const struct collector_live *live = arg;

	if (!key->launch || key->launch > live->last)
		return 0;
	for (size_t i = 0; i < live->nr; i++) {
		if (live->numbers[i] == key->launch)
			return 0;
	}
	return take_hist(c, key);
}

/*
 * Takes the histograms of launches that are over. A dropped record may have been a LAUNCH_END, so
 * nobody took them.
 */
int collector_take_dead(struct collector *c)
{
	struct sevtrace_counters sum;
	struct collector_live live = { 0 };
	int err = collector_update_counters(c, &sum);

	if (err || sum.dropped == c->dropped)
		return err;
	c->dropped = sum.dropped;
	err = collector_live(c, &live);
	if (!err)
		err = for_each_hist(c, take_if_dead, &live);
	free(live.numbers);
	return err;
}

static int take_any(struct collector *c, const struct sevtrace_hist_key *key, void *arg)
{
	(void)arg;
	return take_hist(c, key);
}

int collector_take_all(struct collector *c)
{
	int err = collector_hold(c, SEVTRACE_HOLD_ALL);

	if (!err)
		err = for_each_hist(c, take_any, NULL);
	collector_let_go(c);
	return err;
}

struct look {
	collector_looker fn;
	void *ctx;
};

static int look_at(struct collector *c, const struct sevtrace_hist_key *key, void *arg)
{
	const struct look *look = arg;
	struct sevtrace_hist hist = { 0 };
	bool kernel = !bpf_map__lookup_elem(c->skel->maps.hists, key, sizeof(*key), &hist,
					    sizeof(hist), 0);

	if (!samples_merge(c->samples, key, &hist) && !kernel)
		return 0;
	return look->fn(look->ctx, key, &hist);
}

int collector_look(struct collector *c, collector_looker fn, void *ctx)
{
	struct look look = { fn, ctx };

	return for_each_hist(c, look_at, &look);
}

int collector_take(struct collector *c, const struct sevtrace_hist_key *key)
{
	return take_hist(c, key);
}
