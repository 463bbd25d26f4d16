// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Limit of distinct addresses. Failures repeat, so a launch has few. */
#define MAX_ADDRESSES 16384
#define MAX_OFFSET (1U << 20) /* an address further behind a symbol does not belong to it */

struct address {
	uint64_t addr;
	uint64_t start; /* start of the symbol or file */
	char *name; /* NULL: not known */
	uint32_t pid; /* 0: the kernel */
	bool looked_up;
	bool written;
};

struct symbols {
	struct address *addresses; /* by pid, then addr */
	size_t nr;
	size_t size;
};

struct symbols *symbols_new(void)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++)
		free(s->addresses[i].name);
	free(s->addresses);
	free(s);
}

/* Returns the position of an address, or the one at which to insert it. */
static size_t find(const struct symbols *s, uint32_t pid, uint64_t addr)
{
	size_t low = 0, high = s->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct address *a = &s->addresses[mid];

		if (a->pid < pid || (a->pid == pid && a->addr < addr))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int add(struct symbols *s, uint32_t pid, uint64_t addr)
{
	size_t at = find(s, pid, addr);
	struct address *grown;

	if (at < s->nr && s->addresses[at].pid == pid && s->addresses[at].addr == addr)
		return 0;
	if (s->nr == MAX_ADDRESSES)
		return 0;
	if (s->nr == s->size) {
		s->size = s->size ? 2 * s->size : 64;
		grown = realloc(s->addresses, s->size * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->addresses = grown;
	}
	memmove(&s->addresses[at + 1], &s->addresses[at], (s->nr - at) * sizeof(*s->addresses));
	s->addresses[at] = (struct address){ .addr = addr, .pid = pid };
	s->nr++;
	return 0;
}

/* Names an address. A match that starts closer to it replaces an earlier one. */
static int name(struct address *a, const char *text, uint64_t start)
{
	char *copy;

	if (a->name && a->start >= start)
		return 0;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(a->name);
	a->name = copy;
	a->start = start;
	return 0;
}

/* Returns what is known of an address; NULL: nothing. */
static struct address *known(const struct symbols *s, uint32_t pid, uint64_t addr)
{
	size_t at = find(s, pid, addr);

	if (at == s->nr || s->addresses[at].pid != pid || s->addresses[at].addr != addr)
		return NULL;
	return &s->addresses[at];
}

bool symbols_rename(const struct symbols *s, uint32_t pid, uint64_t addr, const char *text)
{
	const struct address *a = known(s, pid, addr);

	return a && a->name && strcmp(a->name, text) != 0;
}

int symbols_add_named(struct symbols *s, uint32_t pid, uint64_t addr, const char *text)
{
	int err = add(s, pid, addr);
	struct address *a = known(s, pid, addr);

	/* There may have been no room for it. */
	if (err || !a || (a->name && !strcmp(a->name, text)))
		return err;
	free(a->name);
	a->name = NULL;
	a->looked_up = true;
	a->written = false;
	return name(a, text, 0);
}

int symbols_add_stack(struct symbols *s, const struct sevtrace_rec_stack *stack)
{
	int err = 0;

	for (int i = 0; i < SEVTRACE_STACK_DEPTH && stack->kernel[i] && !err; i++)
		err = add(s, 0, stack->kernel[i]);
	return err;
}

/* Applies one line of kallsyms: "ADDRESS TYPE NAME[\t[MODULE]]". */
static int apply_kallsym(struct symbols *s, const char *line)
{
	char symbol[256], module[128] = "", text[512];
	uint64_t start;
	int err = 0;

	if (sscanf(line, "%" SCNx64 " %*c %255s %127s", &start, symbol, module) < 2 || !start)
		return 0;
	for (size_t i = find(s, 0, start); i < s->nr && !err; i++) {
		struct address *a = &s->addresses[i];

		if (a->pid || a->addr - start >= MAX_OFFSET)
			break;
		if (a->looked_up)
			continue;
		snprintf(text, sizeof(text), "%s+%#" PRIx64 "%s%s", symbol, a->addr - start,
			 *module ? " " : "", module);
		err = name(a, text, start);
	}
	return err;
}

int symbols_resolve_kernel(struct symbols *s, FILE *kallsyms)
{
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	while (!err && getline(&line, &size, kallsyms) > 0)
		err = apply_kallsym(s, line);
	free(line);
	for (size_t i = 0; i < s->nr && !s->addresses[i].pid; i++)
		s->addresses[i].looked_up = true;
	return err;
}

static int resolve_pending(struct symbols *s)
{
	FILE *kallsyms;
	int err;

	for (size_t i = 0; i < s->nr && !s->addresses[i].pid; i++) {
		if (s->addresses[i].looked_up)
			continue;
		kallsyms = fopen("/proc/kallsyms", "re");
		if (!kallsyms)
			return 0;
		err = symbols_resolve_kernel(s, kallsyms);
		fclose(kallsyms);
		return err;
	}
	return 0;
}

int symbols_write(struct symbols *s, struct tracefile_writer *w)
{
	int err = resolve_pending(s);

	for (size_t i = 0; i < s->nr && !err; i++) {
		struct address *a = &s->addresses[i];
		struct tracefile_symbol symbol = { a->addr, a->pid, a->name };

		if (!a->name || a->written)
			continue;
		a->written = true;
		err = tracefile_write_symbols(w, &symbol, 1);
	}
	return err;
}
