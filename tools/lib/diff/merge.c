// SPDX-License-Identifier: GPL-2.0-only
/* Merges several recordings into one side of a comparison. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/sides.h"
#include "stats/hist.h"

#define BETWEEN ", "

/* Does the comma-separated list contain the value? */
static bool listed(const char *list, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = list; at; at = strstr(at, BETWEEN)) {
		if (at != list)
			at += strlen(BETWEEN);
		if (!strncmp(at, value, len) &&
		    (!at[len] || !strncmp(at + len, BETWEEN, strlen(BETWEEN))))
			return true;
	}
	return false;
}

/* Appends values that differ to a list, which shows that the side has several hosts, kernels... */
static int merge_host(struct comparison *c, enum compare_which which, size_t i, const char *value)
{
	char **mine = &c->host[which][i];
	char *both;

	if (!*mine)
		return compare_set_host(c, which, i, value);
	if (!value || listed(*mine, value))
		return 0;
	if (asprintf(&both, "%s" BETWEEN "%s", *mine, value) < 0)
		return -ENOMEM;
	free(*mine);
	*mine = both;
	return 0;
}

static int merge_row(struct comparison *c, enum compare_which which, const struct compare_row *from)
{
	const struct compare_row key = { .vm_type = from->vm_type,
					 .section = from->section,
					 .phase = from->phase,
					 .id = from->id,
					 .waiting = from->waiting };
	const struct compare_side *more = &from->side[COMPARE_A];
	struct compare_row *row;
	struct compare_side *side;
	uint64_t *values;

	if (!more->nr)
		return 0;
	row = compare_find_row(c, &key);
	if (!row)
		return -ENOMEM;
	side = &row->side[which];
	values = reallocarray(side->values, side->nr + more->nr, sizeof(*values));
	if (!values)
		return -ENOMEM;
	side->values = values;
	if (!side->samples)
		side->samples = calloc(1, sizeof(*side->samples));
	if (!side->samples)
		return -ENOMEM;
	memcpy(values + side->nr, more->values, more->nr * sizeof(*values));
	side->nr += more->nr;
	side->calls += more->calls;
	hist_merge(side->samples, more->samples);
	return 0;
}

static int merge_launches(struct comparison *c, enum compare_which which,
			  const struct compare_launches *from)
{
	struct compare_launches *type = compare_find_type(c, from->vm_type);

	if (!type)
		return -ENOMEM;
	for (size_t i = 0; i <= MODEL_INCOMPLETE; i++)
		type->results[which][i] += from->results[COMPARE_A][i];
	type->pages[which] += from->pages[COMPARE_A];
	return 0;
}

int compare_merge(struct comparison *c, enum compare_which which, const struct comparison *from)
{
	int err = 0;

	for (size_t i = 0; compare_host_key(i) && !err; i++)
		err = merge_host(c, which, i, from->host[COMPARE_A][i]);
	c->dropped[which] += from->dropped[COMPARE_A];
	for (size_t i = 0; i < from->nr_types && !err; i++)
		err = merge_launches(c, which, &from->types[i]);
	for (size_t i = 0; i < from->nr_rows && !err; i++)
		err = merge_row(c, which, &from->rows[i]);
	for (size_t i = 0; i < from->nr_errors && !err; i++) {
		const struct compare_error *e = &from->errors[i];
		const struct model_status_count errors = { .status = e->status,
							   .count = e->count[COMPARE_A] };

		err = compare_add_error(c, which, e->vm_type, e->cmd, &errors);
	}
	return err;
}
