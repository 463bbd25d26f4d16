/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of sevtrace record. */
#ifndef RECORD_OPTIONS_H
#define RECORD_OPTIONS_H

#include "cli/watch_options.h"

struct record_options {
	struct watch_options watch;
	const char *output; /* a file; with on_failure, a folder */
	const char *milestones; /* see sev/milestones.h; NULL: none */
	bool on_failure;
	/* Only with on_failure. */
	const char *hook; /* command to run for each file; NULL: none */
	long keep; /* records of pages and commands to keep of a launch; 0: the default */
	long max_files; /* 0: the default */
	char filter[512]; /* the filters as options, written into the file; empty: none */
};

/*
 * Parses the command line. Returns PARSE_GO_ON, or the exit status if there is nothing to record.
 */
int record_options_parse(struct record_options *options, int argc, char **argv);

#endif /* RECORD_OPTIONS_H */
