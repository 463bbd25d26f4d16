// SPDX-License-Identifier: GPL-2.0-only
/* Collects the figures of two recordings; judge.c decides what differs. */
#include "diff/sides.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sev/host_keys.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/array.h"

const char *compare_host_key(size_t i)
{
	const struct host_key_row *row = host_key_at(HOST_IN_DIFF, i);

	return row ? row->key : NULL;
}

int compare_set_host(struct comparison *c, enum compare_which which, size_t i, const char *value)
{
	if (!value)
		return 0;
	c->host[which][i] = strdup(value);
	return c->host[which][i] ? 0 : -ENOMEM;
}

static int add_host(struct comparison *c, enum compare_which which, const struct model *m)
{
	struct tracefile_cpu_drops sum;

	for (size_t i = 0; compare_host_key(i); i++) {
		int err = compare_set_host(c, which, i, model_host_value(m, compare_host_key(i)));

		if (err)
			return err;
	}
	if (model_drops(m, &sum))
		c->dropped[which] = sum.dropped;
	return 0;
}

bool compare_same_row(const struct compare_row *a, const struct compare_row *b)
{
	return a->vm_type == b->vm_type && a->section == b->section && a->phase == b->phase &&
	       a->id == b->id && a->waiting == b->waiting;
}

static bool same_row(const void *array, size_t position, const void *key)
{
	return compare_same_row((const struct compare_row *)array + position, key);
}

struct compare_row *compare_find_row(struct comparison *c, const struct compare_row *key)
{
	const uint64_t words[] = { key->vm_type, key->section, key->phase, key->id, key->waiting };
	uint32_t hash = hash_index_words(&c->row_index, words, ARRAY_SIZE(words));
	size_t at = hash_index_find(&c->row_index, hash, same_row, c->rows, key);
	struct compare_row *row;

	if (at != HASH_INDEX_NONE)
		return &c->rows[at];
	row = ARRAY_ADD(c->rows, c->nr_rows);
	if (!row)
		return NULL;
	*row = *key;
	return hash_index_add(&c->row_index, hash, c->nr_rows - 1) ? NULL : row;
}

/*
 * Adds the samples that one launch has of a row. `value`: the launch's own value, tested over
 * launches.
 */
static int add_samples(struct comparison *c, enum compare_which which,
		       const struct compare_row *key, const struct sevtrace_hist *h, uint64_t value)
{
	struct compare_row *row;
	struct compare_side *side;
	uint64_t *place;

	if (!h->count)
		return 0;
	row = compare_find_row(c, key);
	if (!row)
		return -ENOMEM;
	side = &row->side[which];
	if (!side->samples)
		side->samples = calloc(1, sizeof(*side->samples));
	place = ARRAY_ADD(side->values, side->nr);
	if (!side->samples || !place)
		return -ENOMEM;
	*place = value;
	side->calls += h->count;
	hist_merge(side->samples, h);
	return 0;
}

/* Adds a row's single value of a launch, which stands for that many calls. */
static int add_value(struct comparison *c, enum compare_which which, const struct compare_row *key,
		     uint64_t ns, uint64_t calls)
{
	struct sevtrace_hist one = { 0 };
	int err;

	hist_add(&one, ns, 1, 0);
	err = add_samples(c, which, key, &one, ns);
	/* The row exists: add_samples() has just found or made it. */
	if (!err && calls)
		compare_find_row(c, key)->side[which].calls += calls - 1;
	return err;
}

static int add_series(struct comparison *c, enum compare_which which, const struct compare_row *key,
		      const struct series *s)
{
	const struct sevtrace_hist *h = series_hist(s);

	return add_samples(c, which, key, h, hist_percentile(h, 50));
}

static int add_steps(struct comparison *c, enum compare_which which, const struct model_launch *l)
{
	struct compare_row key = { .vm_type = l->vm_type, .section = COMPARE_STEP };
	int err = 0;

	for (key.phase = 0; key.phase < SEVTRACE_PHASE_COUNT && !err; key.phase++)
		for (key.id = 0; key.id < SEVTRACE_STEP_COUNT && !err; key.id++)
			err = add_series(c, which, &key, &l->steps[key.phase][key.id]);
	return err;
}

static int add_psp(struct comparison *c, enum compare_which which, const struct model_launch *l)
{
	struct compare_row key = { .vm_type = l->vm_type, .section = COMPARE_PSP };
	int err = 0;

	for (size_t i = 0; i < l->nr_psp && !err; i++) {
		key.id = l->psp[i].cmd;
		key.waiting = false;
		err = add_series(c, which, &key, &l->psp[i].exec);
		key.waiting = true;
		if (!err)
			err = add_series(c, which, &key, &l->psp[i].wait);
	}
	return err;
}

static int add_ioctls(struct comparison *c, enum compare_which which, const struct model_launch *l)
{
	struct compare_row key = { .vm_type = l->vm_type, .section = COMPARE_IOCTL };
	int err = 0;

	for (size_t i = 0; i < l->nr_commands && !err; i++) {
		const struct sevtrace_hist *h = series_hist(&l->commands[i].time);

		key.id = l->commands[i].ioctl;
		if (h->count)
			err = add_value(c, which, &key, h->sum, h->count);
	}
	return err;
}

struct compare_launches *compare_find_type(struct comparison *c, uint32_t vm_type)
{
	struct compare_launches *type;

	for (size_t i = 0; i < c->nr_types; i++)
		if (c->types[i].vm_type == vm_type)
			return &c->types[i];
	type = ARRAY_ADD(c->types, c->nr_types);
	if (type)
		type->vm_type = vm_type;
	return type;
}

static bool same_error(const void *array, size_t position, const void *key)
{
	const struct compare_error *e = (const struct compare_error *)array + position;
	const struct compare_error *other = key;

	return e->vm_type == other->vm_type && e->cmd == other->cmd && e->status == other->status;
}

int compare_add_error(struct comparison *c, enum compare_which which, uint32_t vm_type,
		      uint32_t cmd, const struct model_status_count *errors)
{
	const struct compare_error key = { .vm_type = vm_type,
					   .cmd = cmd,
					   .status = errors->status };
	const uint64_t words[] = { vm_type, cmd, errors->status };
	uint32_t hash = hash_index_words(&c->error_index, words, ARRAY_SIZE(words));
	size_t at = hash_index_find(&c->error_index, hash, same_error, c->errors, &key);
	struct compare_error *e;

	if (at == HASH_INDEX_NONE) {
		e = ARRAY_ADD(c->errors, c->nr_errors);
		if (!e || hash_index_add(&c->error_index, hash, c->nr_errors - 1))
			return -ENOMEM;
		*e = key;
	} else {
		e = &c->errors[at];
	}
	e->count[which] += errors->count;
	return 0;
}

static int add_errors(struct comparison *c, enum compare_which which, const struct model_launch *l)
{
	int err = 0;

	for (size_t i = 0; i < l->nr_psp; i++)
		for (size_t j = 0; j < l->psp[i].nr_errors && !err; j++)
			err = compare_add_error(c, which, l->vm_type, l->psp[i].cmd,
						&l->psp[i].errors[j]);
	return err;
}

/* Returns how long the launch had the PSP's mailbox. */
static uint64_t psp_held(const struct model_launch *l)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < l->nr_commands; i++)
		ns += l->commands[i].parts[TIME_PSP_PREPARE] + l->commands[i].parts[TIME_PSP_EXEC] +
		      l->commands[i].parts[TIME_PSP_RECLAIM];
	return ns;
}

static int add_launch_rows(struct comparison *c, enum compare_which which,
			   const struct model_launch *l)
{
	struct compare_row key = { .vm_type = l->vm_type, .section = COMPARE_LAUNCH };
	uint64_t held = psp_held(l);
	int err = add_value(c, which, &key, launch_duration(l), 1);

	key.id = COMPARE_PSP_HELD;
	return err || !held ? err : add_value(c, which, &key, held, 1);
}

/* Adds a launch. Counts its result always, its times only if it finished: others were cut short. */
static int add_launch(struct comparison *c, enum compare_which which, const struct model_launch *l)
{
	struct compare_launches *type = compare_find_type(c, l->vm_type);
	int err;

	if (!type)
		return -ENOMEM;
	type->results[which][launch_result(l)]++;
	err = add_errors(c, which, l);
	if (err || launch_result(l) != MODEL_OK)
		return err;
	type->pages[which] += launch_pages(l, false) + launch_pages(l, true);
	err = add_launch_rows(c, which, l);
	if (!err)
		err = add_steps(c, which, l);
	if (!err)
		err = add_psp(c, which, l);
	return err ? err : add_ioctls(c, which, l);
}

int compare_add_some(struct comparison *c, enum compare_which which, const struct model *m,
		     const bool *shown)
{
	int err = add_host(c, which, m);

	for (size_t i = 0; i < m->nr_launches && !err; i++)
		if (!shown || shown[i])
			err = add_launch(c, which, m->launches[i]);
	return err;
}

int compare_add(struct comparison *c, enum compare_which which, const struct model *m)
{
	return compare_add_some(c, which, m, NULL);
}

void compare_free_rows(struct comparison *c)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		for (int which = COMPARE_A; which <= COMPARE_B; which++) {
			free(c->rows[i].side[which].values);
			free(c->rows[i].side[which].samples);
		}
	}
	free(c->rows);
	c->rows = NULL;
	c->nr_rows = 0;
	hash_index_free(&c->row_index);
}

void compare_free(struct comparison *c)
{
	for (int which = COMPARE_A; which <= COMPARE_B; which++) {
		for (size_t i = 0; i < ARRAY_SIZE(c->host[which]); i++)
			free(c->host[which][i]);
		for (size_t i = 0; i < c->nr_differences; i++)
			free(c->differences[i].value[which]);
	}
	compare_free_rows(c);
	free(c->types);
	free(c->errors);
	hash_index_free(&c->error_index);
	free(c->differences);
}

const char *compare_name(const struct compare_row *row, char buf[COMPARE_NAME_LEN])
{
	char hex[NAME_LEN];

	switch (row->section) {
	case COMPARE_LAUNCH:
		return row->id == COMPARE_PSP_HELD ? "PSP held" : "launch";
	case COMPARE_STEP:
		if (row->phase == SEVTRACE_PHASE_OTHER)
			return step_name(row->id);
		snprintf(buf, COMPARE_NAME_LEN, "%s/%s", phase_name(row->phase),
			 step_name(row->id));
		return buf;
	case COMPARE_PSP:
		snprintf(buf, COMPARE_NAME_LEN, "%s %s",
			 name_or_hex(psp_command_name(row->id), row->id, hex),
			 row->waiting ? "waiting" : "executing");
		return buf;
	default:
		snprintf(buf, COMPARE_NAME_LEN, "%s",
			 name_or_hex(ioctl_name(row->id), row->id, hex));
		return buf;
	}
}

const char *compare_section_name(enum compare_section section)
{
	static const char *const names[] = {
		[COMPARE_LAUNCH] = "launch",
		[COMPARE_STEP] = "step",
		[COMPARE_PSP] = "psp",
		[COMPARE_IOCTL] = "ioctl",
	};

	return names[section];
}

const char *compare_verdict_name(enum compare_verdict verdict)
{
	static const char *const names[] = {
		[COMPARE_SAME] = "same",	[COMPARE_SLOWER] = "slower",
		[COMPARE_FASTER] = "faster",	[COMPARE_UNCLEAR] = "unclear",
		[COMPARE_ONLY_A] = "only in A", [COMPARE_ONLY_B] = "only in B",
	};

	return names[verdict];
}

const char *compare_over_name(enum compare_over over)
{
	static const char *const names[] = {
		[COMPARE_OVER_LAUNCHES] = "launches",
		[COMPARE_OVER_SAMPLES] = "samples",
	};

	return names[over];
}

uint64_t compare_total(const struct compare_side *side)
{
	return side->nr ? side->samples->sum / side->nr : 0;
}

bool compare_too_slow(const struct comparison *c, const struct compare_row *row)
{
	return row->verdict == COMPARE_SLOWER && row->change > c->gate;
}

uint64_t compare_failed(const struct comparison *c, enum compare_which which)
{
	uint64_t failed = 0;

	for (size_t i = 0; i < c->nr_types; i++)
		failed += c->types[i].results[which][MODEL_FAILED];
	return failed;
}
