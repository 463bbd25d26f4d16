/* SPDX-License-Identifier: GPL-2.0-only */
/* How names are compared: for finding one, and for the ones that look like it. */
#ifndef EXPLAIN_TOPIC_INTERNAL_H
#define EXPLAIN_TOPIC_INTERNAL_H

#include "explain/topic.h"

#define TOPIC_NAME_SIZE 64 /* of the longest name, and of text that can be one */

/* Upper case, '_' for '-', without spaces around. Returns false when it is too long to be a name. */
bool topic_normal_name(char to[TOPIC_NAME_SIZE], const char *text);

/* The name behind a prefix of its kind, or the name itself. */
const char *topic_bare(const struct subject_type *type, const char *name);

#endif /* EXPLAIN_TOPIC_INTERNAL_H */
