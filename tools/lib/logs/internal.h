/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was found in a log. scan.c makes lines messages, findings.c keeps what they say, links.c and
 * across.c look at them together; text.c and json.c print.
 */
#ifndef LOGS_INTERNAL_H
#define LOGS_INTERNAL_H

#include "explain/topic.h"
#include "logs/logs.h"
#include "logs/matcher.h"
#include "logs/translate.h"
#include "sev/names.h"

#define LOG_MAX_UNKNOWN 10 /* maximum of unknown lines that are kept */
#define LOG_MAX_FINDINGS 1000 /* different findings; more are only counted */
#define LOG_VM 80 /* bytes of what names a guest */
#define LOG_MAX_VMS 256 /* guests that are told apart by whether they have SEV */
#define LOG_VALUE 64 /* bytes of a group that is looked at */
#define LOG_MEANINGS 64 /* texts whose meaning is remembered */
#define LOG_RECENT 8 /* failures that a later line may follow from */

/* The values of a pattern's groups (parentheses) in a message. */
struct log_values {
	struct topic answer;
	bool has_command;
	uint32_t command;
};

/* Messages that say the same of the same guest: the first one, and their number. */
struct log_finding {
	const struct log_pattern *pattern;
	struct log_values values;
	char *text; /* NULL: the finding is that there is no such line */
	char *detail; /* NULL: the pattern's text is enough */
	char *vm; /* "process 101"; NULL: the host, or not named */
	uint64_t line, last_line, count;
	uint64_t boot; /* number of the boot in the log */
	uint64_t because; /* line that says why; 0: none */
	uint64_t but; /* line by which it was not good after all; 0: none */
	const struct explanation *why; /* known from other lines, in place of the pattern's */
	const char *version; /* what versions say of the cause; NULL: nothing */
	bool doubtful; /* only if the guest has SEV, which nothing says */
};

struct log_message {
	const char *text; /* of len bytes; behind them is '\0' */
	size_t len;
	const char *vm; /* NULL: not named */
	uint64_t line;
	struct match match;
	const char *language; /* that the text is translated from; NULL: it is as in the log */
};

struct log_recent {
	uint64_t line, boot;
	uint64_t because; /* line that it follows from itself; 0: none */
	const char *vm; /* the finding's */
	bool host;
	const struct log_pattern *pattern;
};

/* What a text means, as a function has found it. */
struct log_meaning {
	uint32_t (*of)(const char *text);
	char text[LOG_VALUE];
	uint32_t number;
};

struct log_scan {
	struct matcher *matcher;
	struct translator *translator; /* NULL: there are no catalogues, or there was no need yet */
	bool has_catalogues; /* they were looked for */
	struct log_finding *findings;
	size_t nr_findings;
	uint32_t *slots; /* hash of a finding: its number + 1; 0: free */
	uint64_t lines, explained, unknown, more, boot;
	struct {
		uint64_t line;
		char *text;
	} unknowns[LOG_MAX_UNKNOWN];
	struct log_recent recent[LOG_RECENT];
	size_t nr_recent; /* all of them so far */
	char *vms[LOG_MAX_VMS]; /* guests that have SEV, as far as they are named */
	size_t nr_vms;
	bool sev_guest; /* something that names no guest was of one with SEV */
	bool variable_store; /* OVMF has set its variable store up */
	struct log_meaning meanings[LOG_MEANINGS];
	const char *no_text; /* see reader_no_text() */
	struct log_versions versions;
	char found_kernel[32], found_vmm[32]; /* versions that the log told */
};

/* findings.c */

/* Adds what a message says. Returns 0 or -ENOMEM. */
int finding_add(struct log_scan *scan, const struct log_message *message);

/* Adds that a line is missing, behind the finding that makes it one. Returns 0 or -ENOMEM. */
int finding_add_missing(struct log_scan *scan, const struct log_finding *after,
			const struct log_pattern *pattern);
void findings_free(struct log_scan *scan);

/* Returns a copy of untrusted text, cleaned and cut around what matters; NULL: out of memory. */
char *log_excerpt(const char *text, size_t len, size_t start);

/* Level after a look at the other lines. */
enum log_level finding_level(const struct log_finding *f);

/*
 * across.c: completes the findings when all lines are read; whole: what is not there is missing.
 * Returns 0 or -ENOMEM.
 */
int across_finish(struct log_scan *scan, bool whole);

/* Takes from a message what others are judged by: boots, guests with SEV, versions. */
int across_note(struct log_scan *scan, const struct log_message *message);

/* links.c: sets what an earlier line tells of the cause. */
void link_cause(struct log_scan *scan, struct log_finding *f);

/* Did the message have a return value or a status? */
static inline bool finding_answered(const struct log_finding *f)
{
	return f->values.answer.has_ret || f->values.answer.has_status;
}

static inline const struct explanation *finding_why(const struct log_finding *f)
{
	return f->why ? f->why : &f->pattern->text;
}

/* Returns how many unknown lines about SEV were kept. */
static inline size_t unknown_kept(const struct log_scan *scan)
{
	return scan->unknown < LOG_MAX_UNKNOWN ? (size_t)scan->unknown : LOG_MAX_UNKNOWN;
}

#endif /* LOGS_INTERNAL_H */
