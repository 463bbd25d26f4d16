/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selects processes and launches to watch: the options that record, stat, top and exporter share.
 */
#ifndef CLI_WATCH_OPTIONS_H
#define CLI_WATCH_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include "cli/filters.h"
#include "cli/options.h"
#include "collector/collector.h"

struct watch_options {
	const char *name; /* of the subcommand */
	struct collector_options collector;
	struct filters filters;
	pid_t pid; /* 0: none */
	bool quiet;
	char **command; /* NULL: none */
	int command_stdout; /* descriptor that COMMAND gets for its stdout */
	/* The texts as given on the command line. */
	const char *pid_text;
	const char *buffer_text;
	const char *source_text;
};

/*
 * Rows of a table of options; w is a struct watch_options. The letter of the buffer's option
 * differs between subcommands.
 */
#define WATCH_WHOSE_ROWS(w)                                                                        \
	OPT_VALUE('p', "pid", "PID", "launches of this process and its children", &(w)->pid_text), \
		OPT_FLAG('a', "all", "launches of the whole host", &(w)->collector.system_wide)
#define WATCH_BUFFER_ROW(w, letter)                                                       \
	OPT_VALUE(letter, "buffer-size", "SIZE", "size of the buffer in the kernel (4M)", \
		  &(w)->buffer_text)
#define WATCH_SOURCE_ROW(w)                                                        \
	OPT_VALUE(0, "source", "SOURCE", "auto, tracepoints, or functions (auto)", \
		  &(w)->source_text)
#define WATCH_FILTER_ROWS(w) OPT_GROUP((w)->filters.options, (w)->filters.nr)

/* Notes on these rows for the help. */
#define WATCH_TYPE_NOTE                                                                   \
	"TYPES: sev, sev-es, snp. NAMES of ioctls: such as SNP_LAUNCH_UPDATE. Separate\n" \
	"several by commas.\n"
#define WATCH_STATUS_NOTE                                                                    \
	"Exit status: COMMAND's own if it is not 0 (128+N if signal N ended it), else 3\n"   \
	"if a launch failed, else 0; 125 if sevtrace itself failed, 126 if COMMAND cannot\n" \
	"be run, 127 if it is not found.\n"

/*
 * Parses the options that select launches, and the buffer size. Returns 0, or -EINVAL after it has
 * printed what is wrong.
 */
int watch_options_which(struct watch_options *w);

/*
 * Does the same, parses the options that select processes, and checks that there is something to
 * watch.
 */
int watch_options_finish(struct watch_options *w);

#endif /* CLI_WATCH_OPTIONS_H */
