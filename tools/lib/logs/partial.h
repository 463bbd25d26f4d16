/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins lines that a container runtime has cut: "2025-11-28T19:10:00.1Z stderr P begin", then
 * "... stderr F end". Parts belong together by the stream and by what stands in front of the time.
 */
#ifndef LOGS_PARTIAL_H
#define LOGS_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARTIAL_LINE (256U << 10) /* bytes of a joined line; a longer one comes in pieces */
#define PARTIAL_KEY 200 /* bytes in front of 'P' by which parts belong together */
#define PARTIALS 16 /* streams that are joined at a time */

struct partial {
	char key[PARTIAL_KEY];
	size_t key_len;
	char *text; /* NULL: free */
	size_t len;
	uint64_t line; /* of the first part */
	uint64_t used; /* when it was last added to */
};

struct partials {
	struct partial all[PARTIALS];
	struct partial out; /* what partial_take() has handed out */
	uint64_t clock;
};

enum partial_result {
	PARTIAL_NONE, /* the line is whole: take it as it is */
	PARTIAL_KEPT, /* more of it is to come */
	PARTIAL_WHOLE, /* take `out` in its place, then call partial_done() */
	PARTIAL_FULL, /* likewise, then call partial_take() for the same line again */
};

/* Returns one of these, or -ENOMEM. */
int partial_take(struct partials *p, const char *text, size_t len, uint64_t line);

/* Hands out what was not completed, as partial_take(). Returns PARTIAL_NONE if there is no more. */
int partial_rest(struct partials *p);
void partial_done(struct partials *p);
void partials_free(struct partials *p);

#endif /* LOGS_PARTIAL_H */
