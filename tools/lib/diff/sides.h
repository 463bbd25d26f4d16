/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that fill the sides of a comparison. compare.c calls them for a recording,
 * history/fill.c for a stored run.
 */
#ifndef DIFF_SIDES_H
#define DIFF_SIDES_H

#include "diff/compare.h"

/*
 * Both find an entry or make a new one; NULL: no memory. A row's address is valid until the next
 * row is made.
 */
struct compare_row *compare_find_row(struct comparison *c, const struct compare_row *key);
struct compare_launches *compare_find_type(struct comparison *c, uint32_t vm_type);

int compare_add_error(struct comparison *c, enum compare_which which, uint32_t vm_type,
		      uint32_t cmd, const struct model_status_count *errors);

/* Copies the value of compare_host_key(i); NULL: it has none. Call once for each key. */
int compare_set_host(struct comparison *c, enum compare_which which, size_t i, const char *value);

#endif /* DIFF_SIDES_H */
