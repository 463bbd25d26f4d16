// SPDX-License-Identifier: GPL-2.0-only
/* Stores launches in the launch model. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/internal.h"
#include "model/model.h"
#include "stats/hist.h"
#include "util/array.h"

/* Limits. A file with more is damaged: the rest is ignored. */
#define MAX_COMMANDS 256
#define MAX_HOST 256
#define MAX_LOSSES 256
#define MAX_CPUS 8192

static struct sevtrace_hist *hist_of(struct sevtrace_hist **hist)
{
	if (!*hist)
		*hist = calloc(1, sizeof(**hist));
	return *hist;
}

int series_add(struct series *s, uint64_t ns, uint64_t pages)
{
	struct sevtrace_hist *hist = hist_of(&s->records);

	if (!hist)
		return -ENOMEM;
	hist_add(hist, ns, 1, pages);
	return 0;
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
	series_free(&l->attributes.wait);
	free(l->psp_per_page);
	free(l->commands);
	free(l->psp);
	free(l->failures);
	free(l->length_query);
	free(l->ops);
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
	free(m->launches);
	free(m->index);
	free(m->host);
	free(m->cpus);
	free(m->losses);
	free(m->symbols);
	memset(m, 0, sizeof(*m));
}

/* Returns the slot of a launch number in the index: its own, or the free one where it belongs. */
static uint32_t *index_slot(const struct model *m, uint32_t number)
{
	size_t at = (size_t)number * 2654435769U & (m->index_size - 1);

	while (m->index[at] && m->launches[m->index[at] - 1]->number != number)
		at = (at + 1) & (m->index_size - 1);
	return &m->index[at];
}

size_t model_position(const struct model *m, uint32_t number)
{
	uint32_t position = number && m->index_size ? *index_slot(m, number) : 0;

	return position ? position - 1 : m->nr_launches;
}

/* Keeps the index at most half full. */
static int index_grow(struct model *m)
{
	size_t size = m->index_size ? m->index_size * 2 : 64;
	uint32_t *index;

	if (m->nr_launches * 2 < m->index_size)
		return 0;
	index = calloc(size, sizeof(*index));
	if (!index)
		return -ENOMEM;
	free(m->index);
	m->index = index;
	m->index_size = size;
	for (size_t i = 0; i < m->nr_launches; i++)
		*index_slot(m, m->launches[i]->number) = (uint32_t)i + 1;
	return 0;
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
	memset(m->index, 0, m->index_size * sizeof(*m->index));
	for (size_t i = 0; i < m->nr_launches; i++)
		*index_slot(m, m->launches[i]->number) = (uint32_t)i + 1;
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
	l->nr_failures = l->more_failures = 0;
	l->length_query = NULL;
	split->ops = NULL;
	split->nr_ops = 0;
	memset(&split->attributes, 0, sizeof(split->attributes));
	for (size_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++) {
		l->steps[phase][SEVTRACE_STEP_ATTRIBUTES] =
			split->steps[phase][SEVTRACE_STEP_ATTRIBUTES];
		split->steps[phase][SEVTRACE_STEP_ATTRIBUTES] = (struct series){ 0 };
	}
	return split;
}

static struct model_launch *launch_new(uint32_t number)
{
	struct model_launch *l = calloc(1, sizeof(*l));

	if (l)
		l->number = number;
	return l;
}

struct model_launch *model_launch(struct model *m, uint32_t number, int *err)
{
	struct model_launch **place;
	struct model_launch *l;
	uint32_t *slot;

	*err = -ENOMEM;
	if (!number) {
		if (!m->outside)
			m->outside = launch_new(0);
		return m->outside;
	}
	if (m->latest && m->latest->number == number)
		return m->latest;
	if (index_grow(m))
		return NULL;
	slot = index_slot(m, number);
	if (*slot) {
		m->latest = m->launches[*slot - 1];
		return m->latest;
	}
	if (m->nr_launches == MODEL_MAX_LAUNCHES) {
		m->more_launches++;
		*err = 0;
		return NULL;
	}
	l = launch_new(number);
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	place = l ? ARRAY_ADD(m->launches, m->nr_launches) : NULL;
	if (!place) {
		free(l);
		return NULL;
	}
	*place = l;
	*slot = (uint32_t)m->nr_launches;
	return l;
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
	command = ARRAY_ADD(l->commands, l->nr_commands);
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
	psp = ARRAY_ADD(l->psp, l->nr_psp);
	if (psp)
		psp->cmd = cmd;
	return psp;
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
	kernel = hist_of(&s->kernel);
	if (!kernel)
		return -ENOMEM;
	*kernel = *hist;
	/* No more records come, so nobody will need what was rebuilt from them. */
	if (l->destroyed && s->records && s->records->count <= kernel->count) {
		free(s->records);
		s->records = NULL;
	}
	return 0;
}

int model_host(struct model *m, const char *key, const char *value)
{
	char **grown;

	for (size_t i = 0; i < m->nr_host; i++) {
		char *copy;

		if (strcmp(m->host[2 * i], key) != 0)
			continue;
		copy = strdup(value);
		if (!copy)
			return -ENOMEM;
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
	grown[2 * m->nr_host] = strdup(key);
	grown[2 * m->nr_host + 1] = strdup(value);
	m->nr_host++;
	return grown[2 * m->nr_host - 2] && grown[2 * m->nr_host - 1] ? 0 : -ENOMEM;
}

int model_cpu_drops(struct model *m, const struct tracefile_cpu_drops *drops)
{
	struct tracefile_cpu_drops *cpu;

	for (size_t i = 0; i < m->nr_cpus; i++) {
		if (m->cpus[i].cpu == drops->cpu) {
			m->cpus[i] = *drops;
			return 0;
		}
	}
	if (m->nr_cpus == MAX_CPUS)
		return 0;
	cpu = ARRAY_ADD(m->cpus, m->nr_cpus);
	if (!cpu)
		return -ENOMEM;
	*cpu = *drops;
	return 0;
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
	struct model_symbol *place = ARRAY_ADD(m->symbols, m->nr_symbols);

	if (!place)
		return -ENOMEM;
	*place = (struct model_symbol){ symbol->addr, symbol->pid, strdup(symbol->name) };
	m->symbols_sorted = false;
	return place->name ? 0 : -ENOMEM;
}
