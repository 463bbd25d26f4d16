/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that is known about a topic, and that as JSON and as text for people:
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

/* Strings are NULL and lists empty where the topic has no such thing. */
struct entry {
	struct topic topic;
	const char *text; /* one sentence on what it is */
	char document[ENTRY_DOCUMENT_LEN]; /* empty: in none */
	const char *reading; /* of an answer */
	const char *issuer; /* of a command that is part of no ioctl */
	struct entry_names answered_by; /* commands that return the status */
	struct entry_names commands; /* that an ioctl issues */
	struct entry_names ioctls; /* with the command or step */
	struct entry_names steps; /* of an ioctl */
	bool has_causes; /* it is a failure, so it has some, known or not */
	struct cause causes[ENTRY_CAUSES];
	size_t nr_causes;
};

/* An ioctl in the topic keeps causes to those that fit it. */
void entry_fill(struct entry *entry, const struct topic *topic);

/* The checks of a command: the next one from check_facts[*i] on, NULL behind the last. */
const struct check_fact *entry_check(const struct entry *entry, size_t *i);

/* Where a cause applies; NULL: anywhere. */
const char *cause_ioctl(const struct cause *cause);
const char *cause_page_type(const struct cause *cause);
const char *cause_step(const struct cause *cause);
const char *cause_error(const struct cause *cause);

/* Names of what an answer has; NULL: it does not have it, or that has no name. */
const char *answer_ioctl(const struct topic *answer);
const char *answer_error(const struct topic *answer);
const char *answer_status(const struct topic *answer, char buf[NAME_LEN]);

/* A `meaning` of docs/schema/explain.schema.json. NULL: out of memory. */
json_t *entry_json(const struct entry *entry);

/* "PSP status INVALID_PARAM, 0x16 (22)": the headline alone. */
void entry_title(const struct entry *entry, const struct text_style *style, FILE *out);

void entry_print(const struct entry *entry, const struct text_style *style);

/* The causes alone, as entry_print() has them. */
void entry_print_causes(const struct entry *entry, const struct text_style *style);

#endif /* EXPLAIN_ENTRY_H */
