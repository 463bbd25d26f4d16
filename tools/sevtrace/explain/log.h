/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXPLAIN_LOG_H
#define EXPLAIN_LOG_H

#include <stdbool.h>

/* Explains a log, for explain --log. path "-" is stdin. Returns the exit status. */
int explain_log(const char *path, bool as_json);

/* Explains lines of a log that were given as operands. Returns the exit status. */
int explain_lines(char **lines, int count, bool as_json);

#endif /* EXPLAIN_LOG_H */
