/* SPDX-License-Identifier: GPL-2.0-only */
/* Explain lines of logs. All of these print, and return an exit status. */
#ifndef EXPLAIN_LOG_H
#define EXPLAIN_LOG_H

#include <stdbool.h>

#include "logs/logs.h"

struct log_request {
	struct log_versions versions; /* as the user gave them */
	bool as_json;
};

struct journal_request {
	bool asked;
	const char *since; /* NULL: of this boot */
};

/* Explains a file, packed or not; "-": standard input. */
int explain_log(const char *path, const struct log_request *request);

/* Explains the journal since a time, as journalctl takes it; NULL: of this boot. */
int explain_journal(const char *since, const struct log_request *request);

/* Explains lines that were given as operands. */
int explain_lines(char **lines, int count, const struct log_request *request);

#endif /* EXPLAIN_LOG_H */
