// SPDX-License-Identifier: GPL-2.0-only
#include "logs/automaton.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 256
#define NO_WORD UINT32_MAX
#define MAX_STATES 0x7fff
#define ENDS 0x8000 /* in next[]: a word ends in that state */

/*
 * Bytes that no word has are one class; next[] is a row a state. Words that end
 * in a state are a list: first[state], then after[word]; then those of suffix[state].
 */
struct automaton {
	unsigned char class_of[BYTES];
	size_t classes, states;
	unsigned int shift; /* rows of next[] have 1 << shift entries */
	uint16_t *next;
	uint16_t *suffix; /* the longest other state that the state's text ends with, that has words */
	uint32_t *first, *after;
};

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 'a' - 'A') : c;
}

/* Numbers the bytes that words have. Returns the greatest number of states. */
static size_t count(struct automaton *a, const char *const *words, size_t nr)
{
	size_t states = 1;

	a->classes = 1;
	for (size_t i = 0; i < nr; i++) {
		for (const char *s = words[i]; *s; s++) {
			unsigned char c = lower((unsigned char)*s);

			if (!a->class_of[c])
				a->class_of[c] = (unsigned char)a->classes++;
			states++;
		}
	}
	for (int c = 'A'; c <= 'Z'; c++)
		a->class_of[c] = a->class_of[lower((unsigned char)c)];
	return states;
}

static uint16_t *next_of(const struct automaton *a, uint16_t state, size_t class)
{
	return &a->next[((size_t)state << a->shift) + class];
}

static void add(struct automaton *a, const char *word, uint32_t number)
{
	uint16_t state = 0;

	for (; *word; word++) {
		uint16_t *to = next_of(a, state, a->class_of[lower((unsigned char)*word)]);

		if (!*to)
			*to = (uint16_t)a->states++;
		state = *to;
	}
	a->after[number] = a->first[state];
	a->first[state] = number;
}

/*
 * Renumbers the states in an order of which the start is the first. Text is near the start most of
 * the time, so those rows should be beside each other in the cache.
 */
static int renumber(struct automaton *a, const uint16_t *order)
{
	uint16_t *number = calloc(a->states, sizeof(*number));
	uint16_t *next = calloc(a->states << a->shift, sizeof(*next));
	uint16_t *suffix = calloc(a->states, sizeof(*suffix));
	uint32_t *first = calloc(a->states, sizeof(*first));

	if (!number || !next || !suffix || !first) {
		free(number);
		free(next);
		free(suffix);
		free(first);
		return -ENOMEM;
	}
	for (size_t i = 0; i < a->states; i++)
		number[order[i]] = (uint16_t)i;
	for (size_t i = 0; i < a->states; i++) {
		for (size_t c = 0; c < a->classes; c++)
			next[(i << a->shift) + c] = number[*next_of(a, order[i], c)];
		suffix[i] = number[a->suffix[order[i]]];
		first[i] = a->first[order[i]];
	}
	free(number);
	free(a->next);
	free(a->suffix);
	free(a->first);
	a->next = next;
	a->suffix = suffix;
	a->first = first;
	return 0;
}

/* Completes the rows, the states nearest to the start first, and links each with its suffix. */
static int link_states(struct automaton *a)
{
	uint16_t *queue = calloc(a->states, sizeof(*queue));
	uint16_t *fail = calloc(a->states, sizeof(*fail));
	size_t head = 1, tail = 1;
	int err = -ENOMEM;

	if (!queue || !fail)
		goto out;
	for (size_t c = 0; c < a->classes; c++)
		if (a->next[c])
			queue[tail++] = a->next[c];
	while (head < tail) {
		uint16_t state = queue[head++], f = fail[state];

		a->suffix[state] = a->first[f] != NO_WORD ? f : a->suffix[f];
		for (size_t c = 0; c < a->classes; c++) {
			uint16_t *to = next_of(a, state, c);

			if (*to) {
				fail[*to] = *next_of(a, f, c);
				queue[tail++] = *to;
			} else {
				*to = *next_of(a, f, c);
			}
		}
	}
	err = renumber(a, queue);
	for (size_t i = 0; !err && i < a->states << a->shift; i++)
		if (a->first[a->next[i]] != NO_WORD || a->suffix[a->next[i]])
			a->next[i] |= ENDS;
out:
	free(fail);
	free(queue);
	return err;
}

int automaton_new(const char *const *words, size_t nr, struct automaton **automaton)
{
	struct automaton *a = calloc(1, sizeof(*a));
	size_t max;
	int err = -ENOMEM;

	if (!a)
		return -ENOMEM;
	max = count(a, words, nr);
	if (max > MAX_STATES) {
		err = -E2BIG;
		goto failed;
	}
	while (1UL << a->shift < a->classes)
		a->shift++;
	a->next = calloc(max << a->shift, sizeof(*a->next));
	a->suffix = calloc(max, sizeof(*a->suffix));
	a->first = malloc(max * sizeof(*a->first));
	a->after = calloc(nr + 1, sizeof(*a->after));
	if (!a->next || !a->suffix || !a->first || !a->after)
		goto failed;
	memset(a->first, 0xff, max * sizeof(*a->first));
	a->states = 1;
	for (size_t i = 0; i < nr; i++)
		add(a, words[i], (uint32_t)i);
	err = link_states(a);
	if (err)
		goto failed;
	*automaton = a;
	return 0;

failed:
	automaton_free(a);
	return err;
}

void automaton_free(struct automaton *a)
{
	if (!a)
		return;
	free(a->next);
	free(a->suffix);
	free(a->first);
	free(a->after);
	free(a);
}

static void report(const struct automaton *a, uint32_t state,
		   void (*found)(void *ctx, uint32_t word), void *ctx)
{
	for (; state; state = a->suffix[state])
		for (uint32_t word = a->first[state]; word != NO_WORD; word = a->after[word])
			found(ctx, word);
}

void automaton_run(const struct automaton *a, const char *text, size_t len,
		   void (*found)(void *ctx, uint32_t word), void *ctx)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + len;
	const unsigned char *class_of = a->class_of;
	const uint16_t *next = a->next;
	const unsigned int shift = a->shift;
	uint32_t state = 0;

	while (s < end) {
		do {
			state = next[((size_t)state << shift) + class_of[*s++]];
		} while (s < end && !(state & ENDS));
		if (state & ENDS) {
			state &= ENDS - 1;
			report(a, state, found, ctx);
		}
	}
}
