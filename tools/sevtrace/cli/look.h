/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of subcommands that print text for people: colours, and a pager if stdout is a
 * terminal.
 */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include <stdbool.h>
#include <sys/types.h>

#include "cli/options.h"
#include "util/text.h"

struct look {
	const char *color; /* as given; NULL: not given */
	bool no_pager;
	pid_t pager; /* that runs; 0: none */
};

#define LOOK_ROWS(l)                                                         \
	OPT_VALUE(0, "color", "WHEN", "auto, always or never", &(l)->color), \
		OPT_FLAG(0, "no-pager", "on a terminal, no $PAGER (less)", &(l)->no_pager)

/*
 * Sets *style to that of stdout, as asked for, and starts the pager that stdout goes through from
 * then on. Returns 0, or -EINVAL after it has printed what is wrong. Call look_end() after it.
 */
int look_begin(struct look *l, const char *command, struct text_style *style);

/*
 * Writes out what is left, and waits for the pager. Returns 0 or a negative errno; nobody has to
 * read to the end.
 */
int look_end(struct look *l);

#endif /* CLI_LOOK_H */
