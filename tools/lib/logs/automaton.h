/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks for many words at once, whatever their case: the automaton of Aho and Corasick. */
#ifndef LOGS_AUTOMATON_H
#define LOGS_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

struct automaton;

/* Makes one for the words; each has a number, its place. Returns 0, -ENOMEM, or -E2BIG. */
int automaton_new(const char *const *words, size_t nr, struct automaton **automaton);
void automaton_free(struct automaton *automaton);

/* Calls found() for each word that ends somewhere in the text, as often as it does. */
void automaton_run(const struct automaton *automaton, const char *text, size_t len,
		   void (*found)(void *ctx, uint32_t word), void *ctx);

#endif /* LOGS_AUTOMATON_H */
