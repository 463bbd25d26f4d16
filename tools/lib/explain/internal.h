/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this folder share: comparing names of topics. */
#ifndef EXPLAIN_INTERNAL_H
#define EXPLAIN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "explain/topic.h"
#include "util/text.h"

#define TOPIC_NAME_SIZE TEXT_DISTANCE_MAX /* more than the longest name; longer text is no name */

/*
 * Normalises a name: upper case, '_' instead of '-', no spaces around it. Returns false if the text
 * is too long for a name.
 */
bool topic_normal_name(char to[TOPIC_NAME_SIZE], const char *text);

/* Returns the name without the prefix of its kind, if it has one. */
const char *topic_bare(const struct topic_type *type, const char *name);

/*
 * Finds the status for which QEMU prints this text, which may stand in quotes. Returns whether
 * there is one.
 */
bool vmm_text_status(const char *text, uint32_t *status);

#endif /* EXPLAIN_INTERNAL_H */
