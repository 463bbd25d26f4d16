/* SPDX-License-Identifier: GPL-2.0-only */
/* The order in which a report tells of launches. */
#ifndef REPORT_SORT_H
#define REPORT_SORT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

/* The keys, as a user is told of them. */
#define SORT_KEYS "start, duration, pages, name or result"

/* Tells whether this is one of the keys. */
bool sort_is_key(const char *key);

/*
 * Returns the places of a model's launches in the order of a key: as they began; the longest first;
 * those with the most pages first; by what they are called; those that failed first, then those
 * not finished. Launches that are alike stay in the recording's order. The caller frees it. NULL:
 * no memory.
 */
size_t *sort_launches(const struct model *m, const char *key);

#endif /* REPORT_SORT_H */
