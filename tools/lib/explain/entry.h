/* SPDX-License-Identifier: GPL-2.0-only */
/* All that is known about a subject, as JSON, and that as text for people. */
#ifndef EXPLAIN_ENTRY_H
#define EXPLAIN_ENTRY_H

#include <jansson.h>

#include "explain/topic.h"
#include "util/text.h"

/*
 * A `meaning` of docs/schema/explain.schema.json. An ioctl in the subject keeps causes to those that fit
 * it. NULL: out of memory.
 */
json_t *dossier_json(const struct subject *subject);

/* "PSP status INVALID_PARAM, 0x16 (22)": the headline alone. */
void dossier_title(const json_t *meaning, const struct text_style *style, FILE *out);

void dossier_print(const json_t *meaning, const struct text_style *style);

/* The causes alone, as dossier_print() has them. */
void dossier_print_causes(const json_t *meaning, const struct text_style *style);

#endif /* EXPLAIN_ENTRY_H */
