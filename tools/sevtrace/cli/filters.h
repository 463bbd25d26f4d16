/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters: which launches, ioctls and records the kernel passes on. A filter is one row of the
 * table in filters.c, which options, help, errors and the description in the recording are made of.
 */
#ifndef CLI_FILTERS_H
#define CLI_FILTERS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"
#include "collector/collector.h"

#define FILTERS_MAX 16

struct filters {
	struct option_row options[FILTERS_MAX]; /* for OPT_GROUP() */
	const char *values[FILTERS_MAX]; /* as given; NULL: not given */
	bool given[FILTERS_MAX]; /* of filters without a value */
	size_t nr;
};

/*
 * Fills the options, which refer to f. records: with those filters that pick single records of a
 * launch.
 */
void filters_init(struct filters *f, bool records);

/* Sets what was given in o. 0, or -EINVAL and says what is wrong, in the name of the subcommand. */
int filters_take(const struct filters *f, const char *command, struct collector_options *o);

/*
 * The filters as options, "--vm-type=snp --failures", for whoever reads the recording; empty: none.
 */
void filters_describe(const struct filters *f, char *text, size_t size);

#endif /* CLI_FILTERS_H */
