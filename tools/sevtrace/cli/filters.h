/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters: they choose the launches, ioctls and records that the kernel passes on. A filter is one
 * row of the table in filters.c; the options, the help, the errors and the description in the
 * recording all come from that table.
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
 * Fills the options, which point into f. records: also offers the filters that select single
 * records of a launch.
 */
void filters_init(struct filters *f, bool records);

/*
 * Sets the given filters in o. Returns 0, or -EINVAL after it has printed what is wrong, in the
 * name of the subcommand.
 */
int filters_take(const struct filters *f, const char *command, struct collector_options *o);

/*
 * Writes the filters as options ("--vm-type=snp --failures") for the readers of the recording; an
 * empty text if there are none.
 */
void filters_describe(const struct filters *f, char *text, size_t size);

#endif /* CLI_FILTERS_H */
