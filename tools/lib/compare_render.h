/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison as text, JSON and CSV. */
#ifndef COMPARE_RENDER_H
#define COMPARE_RENDER_H

#include <stdio.h>

#include <jansson.h>

#include "compare.h"
#include "text.h"

void compare_text(const struct comparison *c, const struct text_style *style);

/* As docs/schema/diff.schema.json says; the caller's reference. NULL: no memory. */
json_t *compare_json(const struct comparison *c, const char *version);

/* A line a row, under a line of names; RFC 4180 with newlines. */
void compare_csv(const struct comparison *c, FILE *out);

#endif /* COMPARE_RENDER_H */
