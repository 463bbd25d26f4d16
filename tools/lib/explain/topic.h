/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What users can ask `sevtrace explain` about: a name, a number, or what an ioctl returned. Their
 * text is untrusted.
 */
#ifndef EXPLAIN_TOPIC_H
#define EXPLAIN_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sev/names.h"

enum topic_kind {
	TOPIC_STATUS, /* status of the PSP */
	TOPIC_COMMAND, /* command of the PSP */
	TOPIC_IOCTL,
	TOPIC_STEP,
	TOPIC_PAGE_TYPE,
	TOPIC_ERRNO,
	TOPIC_KINDS,
	TOPIC_ANSWER = TOPIC_KINDS, /* return value and status of an ioctl */
};

/* number is of the kind; an errno is positive. The other members are of an answer. */
struct topic {
	enum topic_kind kind;
	uint32_t number;
	uint32_t ioctl; /* or EXPLAIN_ANY_IOCTL */
	bool has_ret, has_status;
	int ret; /* as given; the kernel's are 0 or negative */
	uint32_t status; /* SEVTRACE_PSP_NO_FW_CALL: the firmware was not asked */
};

/* A kind of topics, with the names that users see. */
struct topic_type {
	const char *id; /* "status" */
	const char *plural; /* for --list: "statuses" */
	const char *title; /* "PSP status" */
	const char *prefixes[3]; /* prefixes in the kernel's headers, which users may leave out */
	const struct number_list *numbers; /* numbers that have names */
	const char *(*name)(uint32_t number); /* NULL: no such number */
	const char *(*text)(uint32_t number); /* may return NULL */
};

extern const struct topic_type topic_types[TOPIC_KINDS];

#define TOPIC_MAX 8 /* no name or number has more meanings */

/*
 * Finds everything that text can mean, the most likely meaning first. Returns the number of
 * meanings, 0: none. Ignores case; the prefix of a name is optional.
 */
size_t topic_find(const char *text, struct topic found[TOPIC_MAX]);

/*
 * Parses "ret=-5" or "fw=22" into the answer; text may have several of them, separated by ',', ';'
 * or spaces. -ENOENT: text has no '='. -EINVAL: it has one, but cannot be parsed; why says what is
 * wrong.
 */
int topic_parse_answer(const char *text, struct topic *answer, char *why, size_t size);

/*
 * Returns the ioctl of a topic: the topic itself, or the ioctl that issues the command; else
 * EXPLAIN_ANY_IOCTL.
 */
uint32_t topic_ioctl(const struct topic *topic);

/* Finds the names that are most similar to text, at most max; returns their number. */
size_t topic_nearest(const char *text, const char **names, size_t max);

const char *topic_name(const struct topic *topic, char *buf, size_t size);

/*
 * Returns a sentence on what return value and status mean together; NULL: nothing beyond what each
 * means alone.
 */
const char *topic_reading(const struct topic *answer);

#endif /* EXPLAIN_TOPIC_H */
