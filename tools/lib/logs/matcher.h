/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the pattern that a message fits. One automaton looks for the needles of all patterns at
 * once; only those whose needle it has found are tried.
 */
#ifndef LOGS_MATCHER_H
#define LOGS_MATCHER_H

#include "logs/patterns.h"

struct matcher;

/* A pattern's group within the message; NULL: not there. */
struct match_group {
	const char *at;
	size_t len;
};

struct match {
	const struct log_pattern *pattern; /* NULL: none fits */
	size_t start, end; /* where in the message */
	struct match_group groups[LOG_GROUPS];
};

/* Words that no pattern needs, but the scanner. */
enum word_flag {
	WORD_PATTERN = 1 << 0, /* the needle of a pattern */
	WORD_SEV = 1 << 1, /* a message with it may be about SEV */
	WORD_WRAPPED = 1 << 2, /* a message is inside of something else: JSON, logfmt */
	WORD_NAME = 1 << 3, /* the guest's name may be in it */
	WORD_LIBVIRT = 1 << 4, /* libvirt may have written it */
};

/* Returns 0 or -ENOMEM. */
int matcher_new(struct matcher **matcher);
void matcher_free(struct matcher *matcher);

/* Returns what the text contains (enum word_flag); remembers the needles for matcher_find(). */
unsigned int matcher_look(struct matcher *matcher, const char *text, size_t len);

/* Finds the first pattern that fits the text that was looked at last. */
void matcher_find(struct matcher *matcher, const char *text, size_t len, struct match *match);

/* Is it about SEV, and does it sound like a problem? For messages that fit no pattern. */
bool matcher_unknown(struct matcher *matcher, const char *text, size_t len);

#endif /* LOGS_MATCHER_H */
