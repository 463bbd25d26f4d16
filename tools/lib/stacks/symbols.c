// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/symbols.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Limit of distinct addresses that are remembered. Failures repeat, so a launch has few. */
#define MAX_ADDRESSES 16384

struct address {
	uint64_t addr;
	char *name; /* NULL: not known */
	uint32_t pid; /* 0: the kernel */
	bool written;
};

struct symbols {
	struct address *addresses; /* by pid, then addr */
	size_t nr;
	size_t size;
	bool forgot; /* names that are in the file */
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

/* Makes room: what is in the file, or has no name, is not needed here. */
static void forget(struct symbols *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->nr; i++) {
		struct address *a = &s->addresses[i];

		if (a->name && !a->written)
			s->addresses[kept++] = *a;
		else
			free(a->name);
	}
	s->forgot = true;
	s->nr = kept;
}

static int add(struct symbols *s, uint32_t pid, uint64_t addr)
{
	size_t at = find(s, pid, addr);
	struct address *grown;

	if (at < s->nr && s->addresses[at].pid == pid && s->addresses[at].addr == addr)
		return 0;
	if (s->nr == MAX_ADDRESSES) {
		forget(s);
		at = find(s, pid, addr);
	}
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

	if (!a || !a->name)
		return pid && s->forgot;
	return strcmp(a->name, text) != 0;
}

int symbols_add_named(struct symbols *s, uint32_t pid, uint64_t addr, const char *text)
{
	int err = add(s, pid, addr);
	struct address *a = known(s, pid, addr);

	/* There may have been no room for it. */
	if (err || !a || (a->name && !strcmp(a->name, text)))
		return err;
	free(a->name);
	a->name = strdup(text);
	a->written = false;
	return a->name ? 0 : -ENOMEM;
}

int symbols_add_stack(struct symbols *s, const struct sevtrace_rec_stack *stack,
		      const struct kernel_names *kernel)
{
	char text[SEVTRACE_ADDRESS_NAME];
	int err = 0;

	for (int i = 0; i < SEVTRACE_STACK_DEPTH && stack->kernel[i] && !err; i++) {
		uint64_t addr = stack->kernel[i];

		if (known(s, 0, addr))
			continue;
		*text = '\0';
		kernel->name(kernel->ctx, addr, text);
		err = *text ? symbols_add_named(s, 0, addr, text) : add(s, 0, addr);
	}
	return err;
}

int symbols_write(struct symbols *s, struct tracefile_writer *w)
{
	int err = 0;

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
