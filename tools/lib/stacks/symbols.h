/* SPDX-License-Identifier: GPL-2.0-only */
/* Names for the addresses of stacks, as the kernel and the caller name them. */
#ifndef STACKS_SYMBOLS_H
#define STACKS_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>

#include <sevtrace/maps.h>
#include <sevtrace/record.h>

#include "tracefile/tracefile.h"

struct symbols;

/* NULL: out of memory. */
struct symbols *symbols_new(void);
void symbols_free(struct symbols *s);

/* Who knows what is at an address of the kernel. */
struct kernel_names {
	/* Writes "FUNCTION+OFFSET" or "FUNCTION+OFFSET [MODULE]"; nothing if it does not know. */
	void (*name)(void *ctx, uint64_t addr, char text[SEVTRACE_ADDRESS_NAME]);
	void *ctx;
};

/* Adds the kernel addresses of a stack, and names those that are new. Returns 0 or -ENOMEM. */
int symbols_add_stack(struct symbols *s, const struct sevtrace_rec_stack *stack,
		      const struct kernel_names *kernel);

/*
 * Tells whether an address has another name so far, or had one that is forgotten. Process ids are
 * used again. In a file, a name holds from its place on until the next one for the same address; of
 * the stacks before the first one, that holds. So write the names before and after such an address
 * is added.
 */
bool symbols_rename(const struct symbols *s, uint32_t pid, uint64_t addr, const char *text);

/*
 * Adds an address with a known name, for example from unwinding, or gives it another name. Returns
 * 0 or -ENOMEM.
 */
int symbols_add_named(struct symbols *s, uint32_t pid, uint64_t addr, const char *text);

/* Writes the names found since the last call. Returns 0 or a negative errno. */
int symbols_write(struct symbols *s, struct tracefile_writer *w);

#endif /* STACKS_SYMBOLS_H */
