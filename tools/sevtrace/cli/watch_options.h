/* SPDX-License-Identifier: GPL-2.0-only */
/* What is recorded, and how: what record, stat and top are asked for alike. */
#ifndef CLI_WATCH_OPTIONS_H
#define CLI_WATCH_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include "cli/options.h"
#include "collector/collector.h"

struct record_options {
	const char *name; /* of the subcommand */
	const char *output;
	struct collector_options collector;
	pid_t pid; /* 0: none */
	bool quiet;
	char **command; /* NULL: none */
	int command_stdout; /* descriptor that COMMAND gets for its stdout */
	/* The flight recorder's; output is a folder then. */
	bool on_failure;
	const char *hook; /* command to run for each file; NULL: none */
	long keep; /* records of pages and commands of a launch */
	long max_files;
	char filter[512]; /* the filters as options, for the file; empty: none */
};

/* Options whose value is not taken as it is. */
struct record_texts {
	const char *pid;
	const char *buffer_size;
	const char *comm;
	const char *vm_types;
	const char *ioctls;
	const char *min_latency;
	const char *keep;
	const char *max_files;
};

/* Rows of a table of options: whose launches, o: struct record_options, t: struct record_texts. */
#define RECORD_WHOSE_ROWS(o, t)                                                                   \
	{ 'p', "pid", "PID", "launches of this process and its children", NULL, &(t)->pid },      \
	{                                                                                         \
		'a', "all", NULL, "launches of the whole host", &(o)->collector.system_wide, NULL \
	}

/* The same: which launches and ioctls, and the buffer, whose letter differs. */
#define RECORD_WHICH_ROWS(o, t, buffer_letter)                                                        \
	{ buffer_letter, "buffer-size",	   "SIZE", "size of the buffer in the kernel (4M)",           \
	  NULL,		 &(t)->buffer_size },                                                         \
		{ 'c', "comm", "NAME", "only launches of processes of this name", NULL, &(t)->comm }, \
		{ 'G',	 "cgroup",                                                                    \
		  "DIR", "only launches of processes in this control group",                          \
		  NULL,	 &(o)->collector.cgroup },                                                    \
		{ 't',	"vm-type",     "TYPES", "only launches of these types of guest",              \
		  NULL, &(t)->vm_types },                                                             \
	{                                                                                             \
		'i', "ioctl", "NAMES", "only pages and commands of these ioctls", NULL,               \
			&(t)->ioctls                                                                  \
	}

/* What the help says of these rows. */
#define RECORD_TYPE_NOTE "TYPE: sev, sev-es, snp. NAME of an ioctl: such as SNP_LAUNCH_UPDATE."
#define RECORD_STATUS_NOTE                                                                        \
	"Exit status: COMMAND's own if it is not 0 (128+N when signal N ended it), else 3 if a\n" \
	"launch failed, else 0; 125 if sevtrace itself failed, 126 or 127 if COMMAND cannot be\n" \
	"run or found.\n"

/* Takes the texts' values and checks that all fits together. 0, or -1 and says what is wrong. */
int record_options_finish(struct record_options *o, const struct record_texts *t);

/* Those of `sevtrace record`. Returns -1, or the exit status when there is nothing to record. */
int record_options_parse(struct record_options *options, int argc, char **argv);

/* A number of bytes with an optional K, M or G, from 1 to max. -EINVAL: it is none. */
int parse_size(const char *text, uint64_t max, uint64_t *bytes);

/* A number from 1 to max, in decimal. -EINVAL: it is none. */
int parse_number(const char *text, long max, long *value);

#endif /* CLI_WATCH_OPTIONS_H */
