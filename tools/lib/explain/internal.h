/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this folder share: comparing names of topics, and what was found in a log.
 * log_scan.c fills that in; log_text.c and log_json.c print it.
 */
#ifndef EXPLAIN_INTERNAL_H
#define EXPLAIN_INTERNAL_H

#include <regex.h>

#include "explain/log_patterns.h"
#include "explain/log_scan.h"
#include "explain/topic.h"
#include "util/text.h"

#define TOPIC_NAME_SIZE TEXT_DISTANCE_MAX /* more than the longest name; longer text is no name */

/*
 * Normalises a name: upper case, '_' instead of '-', no spaces around it. Returns false if the text
 * is too long for a name.
 */
bool topic_normal_name(char to[TOPIC_NAME_SIZE], const char *text);

/* Returns the name without the prefix of its kind, if it has one. */
const char *topic_bare(const struct topic_type *type, const char *name);

/*
 * Finds the status for which QEMU prints this text, which may stand in quotes. Returns whether
 * there is one.
 */
bool vmm_text_status(const char *text, uint32_t *status);

#define LOG_MAX_UNKNOWN 10 /* maximum of line numbers that are kept */

/* The values of a pattern's groups (parentheses) in a line. */
struct log_values {
	struct topic answer;
	bool has_command;
	uint32_t command;
};

/* Lines with the same message: the first line, and the number of lines. */
struct log_finding {
	const struct log_pattern *pattern;
	struct log_values values;
	char *text;
	char *detail; /* NULL: the pattern's text is enough */
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

/* Returns how many numbers of unknown lines about SEV were kept. */
static inline uint64_t unknown_kept(const struct log_scan *scan)
{
	return scan->unknown < LOG_MAX_UNKNOWN ? scan->unknown : LOG_MAX_UNKNOWN;
}

#endif /* EXPLAIN_INTERNAL_H */
