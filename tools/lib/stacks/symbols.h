/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for the addresses of stacks: kernel functions from /proc/kallsyms, user addresses as the
 * caller names them.
 */
#ifndef STACKS_SYMBOLS_H
#define STACKS_SYMBOLS_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/types.h>

#include <sevtrace/record.h>

#include "tracefile/tracefile.h"

struct symbols;

/* NULL: out of memory. */
struct symbols *symbols_new(void);
void symbols_free(struct symbols *s);

/* Takes the kernel addresses of a stack. Returns 0 or -ENOMEM. */
int symbols_add_stack(struct symbols *s, const struct sevtrace_rec_stack *stack);

/*
 * Tells whether an address has another name so far. Process ids are used again. In a file, a name
 * holds from its place on until the next one for the same address; of the stacks before the first
 * one, that holds. So write the names before and after such an address is added.
 */
bool symbols_rename(const struct symbols *s, uint32_t pid, uint64_t addr, const char *text);

/*
 * Adds an address with a known name, for example from unwinding, or gives it another name; it is
 * not looked up again. Returns 0 or -ENOMEM.
 */
int symbols_add_named(struct symbols *s, uint32_t pid, uint64_t addr, const char *text);

/* Names the kernel addresses that have no name, from a file such as /proc/kallsyms. */
int symbols_resolve_kernel(struct symbols *s, FILE *kallsyms);

/* Writes the names found since the last call. Returns 0 or a negative errno. */
int symbols_write(struct symbols *s, struct tracefile_writer *w);

#endif /* STACKS_SYMBOLS_H */
