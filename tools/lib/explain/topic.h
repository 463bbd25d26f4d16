/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `sevtrace explain` can be asked about: a name or number, or what an ioctl returned. Text
 * from users is untrusted.
 */
#ifndef EXPLAIN_TOPIC_H
#define EXPLAIN_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sev/names.h"

enum topic_kind {
	TOPIC_STATUS, /* a status of the PSP */
	TOPIC_COMMAND, /* a command of the PSP */
	TOPIC_IOCTL,
	TOPIC_STEP,
	TOPIC_ERRNO,
	TOPIC_KINDS,
	TOPIC_ANSWER = TOPIC_KINDS, /* what an ioctl returned */
};

/* number: of the kind; errnos are positive. The rest: of an answer. */
struct topic {
	enum topic_kind kind;
	uint32_t number;
	uint32_t ioctl; /* or EXPLAIN_ANY_IOCTL */
	bool has_ret, has_status;
	int ret; /* as it was given; the kernel's is 0 or negative */
	uint32_t status; /* SEVTRACE_PSP_NO_FW_CALL: the firmware was not asked */
};

/* A kind as users name it. */
struct topic_type {
	const char *id; /* "status" */
	const char *plural; /* for --list: "statuses" */
	const char *title; /* "PSP status" */
	const char *prefixes[3]; /* of its names in the kernel's headers, which may be left out */
	const struct number_list *numbers; /* that have names */
	const char *(*name)(uint32_t number); /* NULL: no such number */
	const char *(*text)(uint32_t number); /* may return NULL */
};

extern const struct topic_type topic_types[TOPIC_KINDS];

#define TOPIC_MAX 8 /* enough for every meaning of a name or number */

/*
 * Everything that text can mean, the most likely first. Returns the number of meanings, 0: none.
 * Names are taken in any case, with or without their prefix.
 */
size_t topic_find(const char *text, struct topic found[TOPIC_MAX]);

/*
 * Reads "ret=-5" or "fw=22" into the answer; several may follow each other after ',', ';' or
 * spaces. -ENOENT: text has no '='. -EINVAL: it has, and is not understood; why says what.
 */
int topic_parse_answer(const char *text, struct topic *answer, char *why, size_t size);

/*
 * The ioctl of an answer: the topic itself or the one that issues the command; else
 * EXPLAIN_ANY_IOCTL.
 */
uint32_t topic_ioctl(const struct topic *topic);

/* The names that look most like text, at most max; returns their number. */
size_t topic_nearest(const char *text, const char **names, size_t max);

const char *topic_name(const struct topic *topic, char *buf, size_t size);

/*
 * One sentence on what return value and status say together; NULL: nothing more than each of them.
 */
const char *topic_reading(const struct topic *answer);

#endif /* EXPLAIN_TOPIC_H */
