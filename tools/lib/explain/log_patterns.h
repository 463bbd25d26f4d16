/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of kernel and VMM logs that sevtrace knows. */
#ifndef EXPLAIN_LOG_PATTERNS_H
#define EXPLAIN_LOG_PATTERNS_H

#include <stddef.h>
#include <stdint.h>

#include "explain/explain.h"

#define LOG_GROUPS 4 /* maximum of groups (parentheses) in a pattern */

enum log_level {
	LOG_GOOD, /* in order */
	LOG_NOTE, /* worth knowing */
	LOG_BAD, /* something failed or is missing */
};

/*
 * The letters of groups say what each group (parentheses) of the pattern holds:
 *   r  return value or errno of the kernel, decimal      e  the same as text of strerror(3)
 *   f  status of the firmware, decimal or hexadecimal    c  command of the PSP, hexadecimal
 *   n  name of an ioctl or command                       x  nothing that is looked at
 */
struct log_pattern {
	const char *needle; /* every such line contains it; searched first, as that is cheaper */
	const char *regex; /* POSIX extended */
	const char *groups;
	const char *source; /* the program that writes the line */
	enum log_level level;
	uint32_t ioctl; /* the line is about; EXPLAIN_NO_IOCTL: none; EXPLAIN_ANY_IOCTL: as named */
	struct explanation text; /* what the line says; text.sure: how certain it is as a cause */
	/* Reads more details from the line into text; may be NULL. */
	void (*detail)(const char *line, char *text, size_t size);
};

extern const struct log_pattern log_patterns[];
extern const size_t nr_log_patterns;

#endif /* EXPLAIN_LOG_PATTERNS_H */
