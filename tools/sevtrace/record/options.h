/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of sevtrace record. */
#ifndef RECORD_OPTIONS_H
#define RECORD_OPTIONS_H

#include "cli/watch_options.h"
#include "flight/slow.h"

struct record_options {
	struct watch_options watch;
	const char *output; /* a file; of a flight recorder, a folder */
	const char *milestones; /* see sev/milestones.h; NULL: none */
	/* A flight recorder keeps records in memory, and writes a file for launches that: */
	bool on_failure; /* fail */
	bool slow_given; /* are slow */
	struct flight_limits slow;
	/* Only of a flight recorder. */
	const char *hook; /* command to run for each file; NULL: none */
	long keep; /* records of pages and commands to keep of a launch; 0: the default */
	long max_files; /* 0: the default */
	char filter[512]; /* the filters as options, written into the file; empty: none */
};

/* Tells whether a flight recorder is asked for. */
static inline bool record_options_flight(const struct record_options *o)
{
	return o->on_failure || o->slow_given;
}

/*
 * Parses the command line. Returns PARSE_GO_ON, or the exit status if there is nothing to record.
 */
int record_options_parse(struct record_options *options, int argc, char **argv);

#endif /* RECORD_OPTIONS_H */
