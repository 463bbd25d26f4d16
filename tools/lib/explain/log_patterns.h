/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of kernel and VMM logs that sevtrace knows. */
#ifndef EXPLAIN_LOG_PATTERNS_H
#define EXPLAIN_LOG_PATTERNS_H

#include <stddef.h>
#include <stdint.h>

#include "explain/explain.h"

#define LOG_GROUPS 4 /* parentheses that a pattern may have */

enum log_level {
	LOG_GOOD, /* as it should be */
	LOG_NOTE, /* worth knowing */
	LOG_BAD, /* something failed or is not there */
};

/*
 * groups says what the pattern's parentheses hold, a letter each:
 *   r  return value or errno of the kernel, decimal      e  the same as text of strerror(3)
 *   f  status of the firmware, decimal or hexadecimal    c  command of the PSP, hexadecimal
 *   n  name of an ioctl or command                       x  nothing that is looked at
 */
struct log_pattern {
	const char *needle; /* every such line has it: cheaper to look for */
	const char *regex; /* POSIX extended */
	const char *groups;
	const char *source; /* who writes it */
	enum log_level level;
	uint32_t ioctl; /* that it is about, EXPLAIN_NO_IOCTL: none, EXPLAIN_ANY_IOCTL: as the name says */
	struct explanation text; /* what it says; sure, for a cause among others */
	/* Reads more out of the line into text; may be NULL. */
	void (*detail)(const char *line, char *text, size_t size);
};

extern const struct log_pattern log_patterns[];
extern const size_t nr_log_patterns;

#endif /* EXPLAIN_LOG_PATTERNS_H */
