/* SPDX-License-Identifier: GPL-2.0-only */
/* What `sevtrace record` is asked to do. */
#ifndef RECORD_OPTIONS_H
#define RECORD_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include "collector.h"

struct record_options {
	const char *output;
	struct collector_options collector;
	pid_t pid; /* 0: none */
	bool quiet;
	char **command; /* NULL: none */
	char filter[512]; /* the filters as options, for the file; empty: none */
};

/* Returns -1, or the exit status when there is nothing to record; what is wrong is said. */
int record_options_parse(struct record_options *options, int argc, char **argv);

#endif /* RECORD_OPTIONS_H */
