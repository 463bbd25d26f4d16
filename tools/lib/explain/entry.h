/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that is known about a topic, and its output as JSON and as text:
 *
 *   KVM_SEV_SNP_LAUNCH_UPDATE returned -5 (EIO), firmware status 0x16 (INVALID_PARAM)
 *     reading  EIO with a status: the firmware was asked and refused. The status tells why.
 *     why      cpuid page: The CPUID page asks for values that the firmware does not allow.
 *     do       The firmware wrote what it accepts into the page: compare, or give the guest ...
 */
#ifndef EXPLAIN_ENTRY_H
#define EXPLAIN_ENTRY_H

#include <jansson.h>

#include "explain/explain.h"
#include "explain/topic.h"
#include "sev/reference.h"
#include "util/text.h"

#define ENTRY_CAUSES 64
#define ENTRY_NAMES 64
#define ENTRY_DOCUMENT_LEN 256

struct entry_names {
	uint32_t numbers[ENTRY_NAMES];
	size_t nr;
};

/* Members that the topic does not have are NULL (strings) or empty (lists). */
struct entry {
	struct topic topic;
	const char *text; /* says what the topic is, in one sentence */
	char document[ENTRY_DOCUMENT_LEN]; /* the document that defines it; empty: none */
	const char *reading; /* what an answer means; see topic_reading() */
	const char *issuer; /* for a command that is part of no ioctl: who issues it */
	struct entry_names answered_by; /* the commands that return this status */
	struct entry_names commands; /* the commands that this ioctl issues */
	struct entry_names ioctls; /* the ioctls that have this command or step */
	struct entry_names steps; /* the steps of this ioctl */
	bool has_causes; /* it is a failure, so it has causes, known or not */
	struct cause causes[ENTRY_CAUSES];
	size_t nr_causes;
};

/* Fills in an entry. If the topic names an ioctl, only causes that fit it are taken. */
void entry_fill(struct entry *entry, const struct topic *topic);

/* Returns the next check of a command, from check_facts[*i] on; NULL after the last one. */
const struct check_fact *entry_check(const struct entry *entry, size_t *i);

/* Return where a cause applies; NULL: everywhere. */
const char *cause_ioctl(const struct cause *cause);
const char *cause_page_type(const struct cause *cause);
const char *cause_step(const struct cause *cause);
const char *cause_error(const struct cause *cause);

/* Return the names of an answer's parts; NULL: the answer lacks that part, or it has no name. */
const char *answer_ioctl(const struct topic *answer);
const char *answer_error(const struct topic *answer);
const char *answer_status(const struct topic *answer, char buf[NAME_LEN]);

/* Returns a `meaning` of docs/schema/explain.schema.json. NULL: out of memory. */
json_t *entry_json(const struct entry *entry);

/* Prints only the headline: "PSP status INVALID_PARAM, 0x16 (22)". */
void entry_title(const struct entry *entry, const struct text_style *style, FILE *out);

void entry_print(const struct entry *entry, const struct text_style *style);

/* Prints only the causes, as entry_print() does. */
void entry_print_causes(const struct entry *entry, const struct text_style *style);

#endif /* EXPLAIN_ENTRY_H */
