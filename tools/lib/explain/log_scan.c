// SPDX-License-Identifier: GPL-2.0-only
#include "explain/internal.h"

#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 4096 /* bytes of a line that are looked at; the rest is skipped */
#define MAX_FINDINGS 1000 /* different findings; more are only counted */
#define DETAIL_SIZE 512

/* Matches lines about SEV, known or not. */
static const char related[] =
	"(^|[^A-Za-z])(SEV|SNP|RMP|PSP|RMPUPDATE|SEV-(ES|SNP)|sev|sev-dev|ccp|guest_memfd)([^A-Za-z]|$)";

int log_scan_new(struct log_scan **result)
{
	struct log_scan *scan = calloc(1, sizeof(*scan));

	if (!scan)
		return -ENOMEM;
	scan->regexes = calloc(nr_log_patterns, sizeof(*scan->regexes));
	scan->findings = calloc(MAX_FINDINGS, sizeof(*scan->findings));
	if (!scan->regexes || !scan->findings)
		goto failed;
	for (; scan->nr_regexes < nr_log_patterns; scan->nr_regexes++)
		if (regcomp(&scan->regexes[scan->nr_regexes], log_patterns[scan->nr_regexes].regex,
			    REG_EXTENDED))
			goto failed;
	if (regcomp(&scan->related, related, REG_EXTENDED | REG_NOSUB))
		goto failed;
	scan->has_related = true;
	*result = scan;
	return 0;

failed:
	log_scan_free(scan);
	return -ENOMEM;
}

void log_scan_free(struct log_scan *scan)
{
	for (size_t i = 0; i < scan->nr_regexes; i++)
		regfree(&scan->regexes[i]);
	if (scan->has_related)
		regfree(&scan->related);
	for (size_t i = 0; i < scan->nr_findings; i++) {
		free(scan->findings[i].text);
		free(scan->findings[i].detail);
	}
	free(scan->regexes);
	free(scan->findings);
	free(scan);
}

/* Returns the errno whose strerror(3) text the given text starts with; 0: none. */
static int errno_of_text(const char *text)
{
	for (int error = 1; error < 134; error++) {
		const char *known = strerrordesc_np(error);

		if (known && !strncmp(text, known, strlen(known)))
			return error;
	}
	return 0;
}

static void take_name(struct log_values *values, const char *text)
{
	struct topic found[TOPIC_MAX];
	size_t count = topic_find(text, found);

	for (size_t i = 0; i < count; i++) {
		uint32_t ioctl = topic_ioctl(&found[i]);

		if (ioctl == EXPLAIN_ANY_IOCTL)
			continue;
		values->answer.ioctl = ioctl;
		return;
	}
}

static void take_ret(struct log_values *values, long ret)
{
	values->answer.has_ret = true;
	values->answer.ret = ret < INT_MIN || ret > INT_MAX ? 0 : (int)ret;
}

static void take_value(struct log_values *values, char what, const char *text)
{
	long number = strtol(text, NULL, 0);
	int error;

	switch (what) {
	case 'r':
		take_ret(values, number);
		break;
	case 'e':
		error = errno_of_text(text);
		if (error)
			take_ret(values, -error);
		break;
	case 'f':
		values->answer.has_status = true;
		values->answer.status = (uint32_t)number;
		break;
	case 'c':
		values->has_command = true;
		values->command = (uint32_t)number;
		break;
	case 'n':
		take_name(values, text);
		break;
	default:
		break;
	}
}

static void take_values(const struct log_pattern *pattern, const char *line,
			const regmatch_t *match, struct log_values *values)
{
	memset(values, 0, sizeof(*values));
	values->answer.kind = TOPIC_ANSWER;
	values->answer.ioctl = pattern->ioctl;
	for (size_t i = 0; pattern->groups[i]; i++) {
		const regmatch_t *m = &match[i + 1];
		char text[64];

		if (m->rm_so < 0 || (size_t)(m->rm_eo - m->rm_so) >= sizeof(text))
			continue;
		memcpy(text, line + m->rm_so, (size_t)(m->rm_eo - m->rm_so));
		text[m->rm_eo - m->rm_so] = '\0';
		take_value(values, pattern->groups[i], text);
	}
}

static bool same_values(const struct log_values *a, const struct log_values *b)
{
	return a->answer.ioctl == b->answer.ioctl && a->answer.has_ret == b->answer.has_ret &&
	       a->answer.ret == b->answer.ret && a->answer.has_status == b->answer.has_status &&
	       a->answer.status == b->answer.status && a->has_command == b->has_command &&
	       a->command == b->command;
}

static bool same_detail(const struct log_finding *finding, const char *detail)
{
	return finding->detail ? !strcmp(finding->detail, detail) : !*detail;
}

static int add_finding(struct log_scan *scan, const struct log_pattern *pattern, const char *line,
		       const struct log_values *values)
{
	struct log_finding *f;
	char detail[DETAIL_SIZE] = "";

	if (pattern->detail)
		pattern->detail(line, detail, sizeof(detail));
	for (size_t i = 0; i < scan->nr_findings; i++) {
		f = &scan->findings[i];
		if (f->pattern == pattern && same_values(&f->values, values) &&
		    same_detail(f, detail)) {
			f->count++;
			f->last_line = scan->lines;
			return 0;
		}
	}
	if (scan->nr_findings == MAX_FINDINGS) {
		scan->more++;
		return 0;
	}
	f = &scan->findings[scan->nr_findings++];
	*f = (struct log_finding){ .pattern = pattern,
				   .values = *values,
				   .text = strdup(line),
				   .detail = *detail ? strdup(detail) : NULL,
				   .line = scan->lines,
				   .last_line = scan->lines,
				   .count = 1 };
	return f->text && (!*detail || f->detail) ? 0 : -ENOMEM;
}

static int scan_line(struct log_scan *scan, const char *line)
{
	regmatch_t match[LOG_GROUPS + 1];
	struct log_values values;

	for (size_t i = 0; i < nr_log_patterns; i++) {
		const struct log_pattern *pattern = &log_patterns[i];

		if (!strstr(line, pattern->needle) ||
		    regexec(&scan->regexes[i], line, LOG_GROUPS + 1, match, 0))
			continue;
		scan->explained++;
		scan->failed |= pattern->level == LOG_BAD;
		take_values(pattern, line, match, &values);
		return add_finding(scan, pattern, line, &values);
	}
	if (regexec(&scan->related, line, 0, NULL, 0))
		return 0;
	if (scan->unknown < LOG_MAX_UNKNOWN)
		scan->unknown_lines[scan->unknown] = scan->lines;
	scan->unknown++;
	return 0;
}

/* Reads the start of one line into `line`, cleaned. Returns false at the end of the file. */
static bool read_line(FILE *in, char line[LINE_SIZE])
{
	char raw[LINE_SIZE];
	size_t used = 0;
	int c = getc_unlocked(in);

	if (c == EOF)
		return false;
	for (; c != EOF && c != '\n'; c = getc_unlocked(in))
		if (used < sizeof(raw) - 1)
			raw[used++] = (char)(c ? c : '?');
	if (used && raw[used - 1] == '\r')
		used--;
	raw[used] = '\0';
	text_clean(line, LINE_SIZE, raw);
	return true;
}

int log_scan_read(struct log_scan *scan, FILE *in)
{
	char line[LINE_SIZE];
	int err = 0;

	while (!err && read_line(in, line)) {
		scan->lines++;
		err = scan_line(scan, line);
	}
	if (!err && ferror(in))
		err = errno ? -errno : -EIO;
	return err;
}

uint64_t log_scan_lines(const struct log_scan *scan)
{
	return scan->lines;
}

uint64_t log_scan_explained(const struct log_scan *scan)
{
	return scan->explained;
}

bool log_scan_failed(const struct log_scan *scan)
{
	return scan->failed;
}
