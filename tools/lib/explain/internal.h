/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this folder share: how names of topics are compared, and what was found in a
 * log, which log_scan.c fills and log_text.c and log_json.c print.
 */
#ifndef EXPLAIN_INTERNAL_H
#define EXPLAIN_INTERNAL_H

#include <regex.h>

#include "explain/log_patterns.h"
#include "explain/log_scan.h"
#include "explain/topic.h"

#define TOPIC_NAME_SIZE 64 /* of the longest name, and of text that can be one */

/*
 * Upper case, '_' for '-', without spaces around. Returns false when it is too long to be a name.
 */
bool topic_normal_name(char to[TOPIC_NAME_SIZE], const char *text);

/* The name behind a prefix of its kind, or the name itself. */
const char *topic_bare(const struct topic_type *type, const char *name);

#define LOG_MAX_UNKNOWN 10 /* line numbers that are kept */

/* What the parentheses of a pattern held. */
struct log_values {
	struct topic answer;
	bool has_command;
	uint32_t command;
};

/* Lines that say the same: the first, and how often. */
struct log_finding {
	const struct log_pattern *pattern;
	struct log_values values;
	char *text;
	char *detail; /* NULL: the pattern's text says all */
	uint64_t line, last_line, count;
};

struct log_scan {
	regex_t *regexes;
	size_t nr_regexes;
	regex_t related;
	bool has_related;
	struct log_finding *findings;
	size_t nr_findings;
	uint64_t lines, explained, unknown, more;
	uint64_t unknown_lines[LOG_MAX_UNKNOWN];
	bool failed;
};

/* Did the line have a return value or a status? */
static inline bool finding_answered(const struct log_finding *f)
{
	return f->values.answer.has_ret || f->values.answer.has_status;
}

/* Line numbers that are kept of those that are about SEV and not known. */
static inline uint64_t unknown_kept(const struct log_scan *scan)
{
	return scan->unknown < LOG_MAX_UNKNOWN ? scan->unknown : LOG_MAX_UNKNOWN;
}

#endif /* EXPLAIN_INTERNAL_H */
