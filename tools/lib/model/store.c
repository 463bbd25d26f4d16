// SPDX-License-Identifier: GPL-2.0-only
/* Stores launches in the launch model. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"
#include "model/model.h"
#include "sev/host_keys.h"
#include "sev/lacks.h"
#include "stats/hist.h"
#include "util/array.h"

/* Limits. A file with more is damaged: the rest is ignored. */
#define MAX_COMMANDS 256
#define MAX_HOST 64
#define MAX_LOSSES 64
#define MAX_CPUS 8192

void *launch_alloc(struct model_launch *l, size_t size)
{
	return model_budget_alloc(l->budget, &l->charged, size);
}

void *launch_add_again(struct model_launch *l, void **array, size_t *nr, size_t *most, size_t size)
{
	void *p;

	if (*nr < *most)
		return memset((char *)*array + (*nr)++ * size, 0, size);
	p = model_budget_add(l->budget, &l->charged, array, nr, size);
	if (p)
		*most = *nr;
	return p;
}

struct sevtrace_hist *hist_of(struct model_launch *l, struct sevtrace_hist **hist)
{
	if (!*hist)
		*hist = launch_alloc(l, sizeof(**hist));
	return *hist;
}

static void series_free(struct series *s)
{
	free(s->kernel);
	free(s->records);
}

void launch_free(struct model_launch *l)
{
	if (!l)
		return;
	for (size_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++)
		for (size_t i = 0; i < SEVTRACE_STEP_COUNT; i++)
			series_free(&l->steps[phase][i]);
	for (size_t i = 0; i < l->nr_commands; i++)
		series_free(&l->commands[i].time);
	for (size_t i = 0; i < l->nr_psp; i++) {
		series_free(&l->psp[i].wait);
		series_free(&l->psp[i].exec);
		free(l->psp[i].errors);
	}
	for (size_t i = 0; i < l->nr_calls; i++)
		series_free(&l->calls[i].time);
	series_free(&l->attributes.wait);
	free(l->psp_per_page);
	free(l->timeline.rows);
	free(l->waits);
	free(l->calls);
	free(l->guest.milestones);
	free(l->profile.stacks);
	hash_index_free(&l->profile.index);
	for (size_t kind = 0; kind < SEVTRACE_NAME_COUNT; kind++)
		free(l->names[kind]);
	free(l->commands);
	free(l->psp);
	free(l->failures);
	free(l->length_query);
	free(l->ops);
	model_budget_return(l->budget, l->charged);
	free(l);
}

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
}

void model_free(struct model *m)
{
	for (size_t i = 0; i < m->nr_launches; i++)
		launch_free(m->launches[i]);
	launch_free(m->outside);
	for (size_t i = 0; i < 2 * m->nr_host; i++)
		free(m->host[i]);
	for (size_t i = 0; i < m->nr_symbols; i++)
		free(m->symbols[i].name);
	free(m->holdings.held.rows);
	free(m->launches);
	hash_index_free(&m->index);
	hash_index_free(&m->cpu_index);
	hash_index_free(&m->rest_index);
	free(m->rest);
	free(m->host);
	free(m->cpus);
	free(m->losses);
	free(m->symbols);
	memset(m, 0, sizeof(*m));
}

static bool same_launch(const void *array, size_t position, const void *key)
{
	return ((struct model_launch *const *)array)[position]->number == *(const uint64_t *)key;
}

/* Finds a launch. The hash is for adding it where it is not there. */
static size_t find_launch(struct model *m, uint64_t number, uint32_t *hash)
{
	*hash = hash_index_words(&m->index, &number, 1);
	return hash_index_find(&m->index, *hash, same_launch, m->launches, &number);
}

size_t model_position(const struct model *m, uint32_t number)
{
	/* Only the seed of an empty index would change. */
	size_t at = m->index.nr ? find_launch((struct model *)m, number, &(uint32_t){ 0 }) :
				  HASH_INDEX_NONE;

	return at == HASH_INDEX_NONE ? m->nr_launches : at;
}

void model_forget(struct model *m, uint32_t number)
{
	size_t at = model_position(m, number);

	if (at == m->nr_launches)
		return;
	if (m->latest == m->launches[at])
		m->latest = NULL;
	launch_free(m->launches[at]);
	m->nr_launches--;
	memmove(&m->launches[at], &m->launches[at + 1],
		(m->nr_launches - at) * sizeof(struct model_launch *));
	hash_index_clear(&m->index);
	for (size_t i = 0; i < m->nr_launches; i++) {
		uint64_t known = m->launches[i]->number;

		/* There is room: one more was in it. */
		hash_index_add(&m->index, hash_index_words(&m->index, &known, 1), i);
	}
}

/* Moves all commands but that of attribute updates to `split`. `alone` holds the one that stays. */
static void split_commands(struct model_launch *split, struct model_launch *l,
			   struct model_command *alone)
{
	l->nr_commands = 0;
	l->commands = alone;
	for (size_t i = 0; i < split->nr_commands; i++) {
		if (split->commands[i].ioctl != SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES)
			continue;
		*alone = split->commands[i];
		l->nr_commands = 1;
		split->commands[i] = split->commands[--split->nr_commands];
	}
}

struct model_launch *launch_split(struct model_launch *l)
{
	struct model_launch *split = malloc(sizeof(*split));
	struct model_command *alone = calloc(1, sizeof(*alone));

	if (!split || !alone) {
		free(split);
		free(alone);
		return NULL;
	}
	*split = *l;
	split_commands(split, l, alone);
	memset(l->pages, 0, sizeof(l->pages));
	memset(l->ranges, 0, sizeof(l->ranges));
	memset(l->flushes, 0, sizeof(l->flushes));
	memset(l->steps, 0, sizeof(l->steps));
	l->psp_per_page = NULL;
	l->psp = NULL;
	l->nr_psp = 0;
	l->failures = NULL;
	l->nr_failures = l->most_failures = l->more_failures = 0;
	l->length_query = NULL;
	l->times = (struct model_times){ .over = true }; /* who sums guests has no use for it */
	l->timeline = (struct timeline){ 0 };
	l->waits = NULL;
	l->nr_waits = 0;
	l->calls = NULL;
	l->nr_calls = 0;
	l->guest = (struct model_guest){ 0 };
	l->profile = (struct model_profile){ 0 };
	split->ops = NULL;
	split->nr_ops = split->most_ops = 0;
	/* What was charged so far stays with `l`; only a live model is split, and has no limit. */
	split->charged = 0;
	for (size_t kind = 0; kind < SEVTRACE_NAME_COUNT; kind++)
		split->names[kind] = l->names[kind] ? strdup(l->names[kind]) : NULL;
	memset(&split->attributes, 0, sizeof(split->attributes));
	for (size_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++) {
		l->steps[phase][SEVTRACE_STEP_ATTRIBUTES] =
			split->steps[phase][SEVTRACE_STEP_ATTRIBUTES];
		split->steps[phase][SEVTRACE_STEP_ATTRIBUTES] = (struct series){ 0 };
	}
	return split;
}

static struct model_launch *launch_new(struct model *m, uint32_t number)
{
	size_t charged = 0;
	struct model_launch *l = model_budget_alloc(&m->budget, &charged, sizeof(*l));

	if (!l)
		return NULL;
	l->number = number;
	l->budget = &m->budget;
	l->charged = charged;
	return l;
}

/* Adds a launch that the model does not have. */
static struct model_launch *add_launch(struct model *m, uint32_t number, uint32_t hash)
{
	struct model_launch *l = launch_new(m, number);
	struct model_launch **place;

	if (!l)
		return NULL;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	place = ARRAY_ADD(m->launches, m->nr_launches);
	if (!place)
		goto fail;
	*place = l;
	if (!hash_index_add(&m->index, hash, m->nr_launches - 1))
		return l;
	m->nr_launches--;
fail:
	launch_free(l);
	return NULL;
}

struct model_launch *model_launch(struct model *m, uint32_t number, int *err)
{
	uint32_t hash;
	size_t at;

	*err = -ENOMEM;
	if (!number) {
		if (!m->outside)
			m->outside = launch_new(m, 0);
		return m->outside;
	}
	if (m->latest && m->latest->number == number)
		return m->latest;
	at = find_launch(m, number, &hash);
	if (at != HASH_INDEX_NONE) {
		m->latest = m->launches[at];
		return m->latest;
	}
	if (m->nr_launches == MODEL_MAX_LAUNCHES) {
		m->more_launches++;
		*err = 0;
		return NULL;
	}
	return add_launch(m, number, hash);
}

/* Returns NULL if memory is short. Beyond MAX_COMMANDS, returns the last one. */
struct model_command *launch_command(struct model_launch *l, uint32_t ioctl)
{
	struct model_command *command;

	for (size_t i = 0; i < l->nr_commands; i++)
		if (l->commands[i].ioctl == ioctl)
			return &l->commands[i];
	if (l->nr_commands == MAX_COMMANDS)
		return &l->commands[MAX_COMMANDS - 1];
	command = LAUNCH_ADD(l, l->commands, l->nr_commands);
	if (command)
		command->ioctl = ioctl;
	return command;
}

struct model_psp *launch_psp(struct model_launch *l, uint32_t cmd)
{
	struct model_psp *psp;

	for (size_t i = 0; i < l->nr_psp; i++)
		if (l->psp[i].cmd == cmd)
			return &l->psp[i];
	if (l->nr_psp == MAX_COMMANDS)
		return &l->psp[MAX_COMMANDS - 1];
	psp = LAUNCH_ADD(l, l->psp, l->nr_psp);
	if (psp)
		psp->cmd = cmd;
	return psp;
}

static struct model_call *launch_call(struct model_launch *l, uint32_t kind, uint32_t id)
{
	struct model_call *call;

	for (size_t i = 0; i < l->nr_calls; i++)
		if (l->calls[i].kind == kind && l->calls[i].id == id)
			return &l->calls[i];
	if (l->nr_calls == MAX_COMMANDS)
		return &l->calls[MAX_COMMANDS - 1];
	call = LAUNCH_ADD(l, l->calls, l->nr_calls);
	if (call) {
		call->kind = kind;
		call->id = id;
	}
	return call;
}

/*
 * Returns the series to which a kernel histogram belongs. NULL with *err 0: this version does not
 * know its kind.
 */
static struct series *series_of(struct model_launch *l, const struct sevtrace_hist_key *key,
				int *err)
{
	struct model_psp *psp;
	struct model_command *command;
	struct model_call *call;

	*err = 0;
	switch (key->kind) {
	case SEVTRACE_HIST_STEP:
		return key->id < SEVTRACE_STEP_COUNT && key->phase < SEVTRACE_PHASE_COUNT ?
			       &l->steps[key->phase][key->id] :
			       NULL;
	case SEVTRACE_HIST_ATTR_WAIT:
		return &l->attributes.wait;
	case SEVTRACE_HIST_PSP_WAIT:
	case SEVTRACE_HIST_PSP_EXEC:
		psp = launch_psp(l, key->id);
		if (!psp)
			break;
		return key->kind == SEVTRACE_HIST_PSP_WAIT ? &psp->wait : &psp->exec;
	case SEVTRACE_HIST_IOCTL:
		command = launch_command(l, key->id);
		if (!command)
			break;
		return &command->time;
	case SEVTRACE_HIST_CALL:
	case SEVTRACE_HIST_IOCTL_CALL:
	case SEVTRACE_HIST_FAULT:
		call = launch_call(l, key->kind, key->kind == SEVTRACE_HIST_FAULT ? 0 : key->id);
		if (!call)
			break;
		return &call->time;
	default:
		return NULL;
	}
	*err = -ENOMEM;
	return NULL;
}

int model_hist(struct model *m, const struct sevtrace_hist_key *key,
	       const struct sevtrace_hist *hist)
{
	int err;
	struct model_launch *l = model_launch(m, key->launch, &err);
	struct sevtrace_hist *kernel;
	struct series *s;

	m->kernel_hists = true;
	if (!l)
		return err;
	s = series_of(l, key, &err);
	if (!s)
		return err;
	kernel = hist_of(l, &s->kernel);
	if (!kernel)
		return -ENOMEM;
	*kernel = *hist;
	/* No more records come, so nobody will need what was rebuilt from them. */
	if (l->destroyed && s->records && s->records->count <= kernel->count) {
		free(s->records);
		s->records = NULL;
		model_budget_return(l->budget, sizeof(*s->records));
		l->charged -= sizeof(*s->records);
	}
	return 0;
}

/* Copies a text within the budget. NULL: no memory. */
static char *take_text(struct model *m, const char *text)
{
	return model_budget_take(&m->budget, strlen(text) + 1) ? strdup(text) : NULL;
}

int model_host(struct model *m, const char *key, const char *value)
{
	char **grown;

	if (!strcmp(key, host_keys[HOST_LACKS].key))
		m->lacks = lacks_read(value);
	for (size_t i = 0; i < m->nr_host; i++) {
		char *copy;

		if (strcmp(m->host[2 * i], key) != 0)
			continue;
		copy = take_text(m, value);
		if (!copy)
			return -ENOMEM;
		model_budget_return(&m->budget, strlen(m->host[2 * i + 1]) + 1);
		free(m->host[2 * i + 1]);
		m->host[2 * i + 1] = copy;
		return 0;
	}
	if (!*key || m->nr_host == MAX_HOST)
		return 0;
	grown = reallocarray(m->host, 2 * (m->nr_host + 1), sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	m->host = grown;
	grown[2 * m->nr_host] = take_text(m, key);
	if (!grown[2 * m->nr_host])
		return -ENOMEM;
	grown[2 * m->nr_host + 1] = take_text(m, value);
	if (!grown[2 * m->nr_host + 1]) {
		free(grown[2 * m->nr_host]);
		return -ENOMEM;
	}
	m->nr_host++;
	return 0;
}

static bool same_cpu(const void *array, size_t position, const void *key)
{
	return ((const struct tracefile_cpu_drops *)array)[position].cpu == *(const uint64_t *)key;
}

int model_cpu_drops(struct model *m, const struct tracefile_cpu_drops *drops)
{
	uint64_t number = drops->cpu;
	uint32_t hash = hash_index_words(&m->cpu_index, &number, 1);
	size_t at = hash_index_find(&m->cpu_index, hash, same_cpu, m->cpus, &number);
	struct tracefile_cpu_drops *cpu;

	if (at != HASH_INDEX_NONE) {
		m->cpus[at] = *drops;
		return 0;
	}
	if (m->nr_cpus == MAX_CPUS)
		return 0;
	cpu = ARRAY_ADD(m->cpus, m->nr_cpus);
	if (!cpu)
		return -ENOMEM;
	*cpu = *drops;
	return hash_index_add(&m->cpu_index, hash, m->nr_cpus - 1);
}

int model_launch_drops(struct model *m, const struct tracefile_launch_drops *drops)
{
	int err;
	struct model_launch *l = model_launch(m, drops->launch, &err);

	if (!l)
		return err;
	l->dropped = drops->dropped;
	return 0;
}

int model_loss(struct model *m, const struct tracefile_loss *loss)
{
	struct tracefile_loss *place;

	for (size_t i = 0; i < m->nr_losses; i++) {
		if (!strcmp(m->losses[i].name, loss->name)) {
			m->losses[i] = *loss;
			return 0;
		}
	}
	if (m->nr_losses == MAX_LOSSES)
		return 0;
	place = ARRAY_ADD(m->losses, m->nr_losses);
	if (!place)
		return -ENOMEM;
	*place = *loss;
	return 0;
}

int model_symbol(struct model *m, const struct tracefile_symbol *symbol)
{
	size_t charged = 0;
	struct model_symbol *place = model_budget_add(&m->budget, &charged, (void **)&m->symbols,
						      &m->nr_symbols, sizeof(*m->symbols));

	if (!place)
		return -ENOMEM;
	*place = (struct model_symbol){ symbol->addr, symbol->pid, take_text(m, symbol->name),
					m->nr_symbols - 1 };
	m->symbols_sorted = false;
	return place->name ? 0 : -ENOMEM;
}
