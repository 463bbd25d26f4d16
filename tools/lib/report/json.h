/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that render JSON share. Functions return NULL if memory runs out. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <jansson.h>

#include "detail/detail.h"
#include "model/model.h"
#include "sev/names.h"
#include "util/json.h"

/* set_json() of a member named `name`, or named after the number if there is no name. */
static inline json_t *set_named(json_t *object, const char *name, uint32_t code, json_t *value)
{
	char buf[NAME_LEN];

	return set_json(object, name_or_hex(name, code, buf), value);
}

/* A GFN, PFN or address as text; null: it does not apply or is not known. */
json_t *frame_json(uint64_t n);

/* Who owns the launch's time. */
json_t *time_json(const struct model_launch *l);

/* What became of the guest after its launch. */
json_t *guest_json(const struct model *m, const struct model_launch *l);

/* What the VMM was seen running. */
json_t *profile_json(struct model *m, const struct model_launch *l);

/* The slowest pages, the slowest first; detail: NULL: the launch has none. */
json_t *slowest_json(const struct detail_launch *detail, const struct model_launch *l);

/* The names of a stack's addresses; see model_symbol_name(). */
json_t *stack_json(struct model *m, size_t before, uint32_t pid, const __u64 *addresses);

#endif /* REPORT_JSON_H */
