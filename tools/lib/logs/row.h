/* SPDX-License-Identifier: GPL-2.0-only */
/* How the tables of messages are written. */
#ifndef LOGS_ROW_H
#define LOGS_ROW_H

#include <linux/types.h>

#include <sevtrace/kvm_sev.h>

#include "logs/details.h"
#include "logs/patterns.h"

#define NONE EXPLAIN_NO_IOCTL
#define ANY EXPLAIN_ANY_IOCTL

/*
 * A row: needle, pattern, letters of its groups, who writes it, level, the ioctl that it is about;
 * what it means, what to do (NULL: nothing is known), how certain that is; then .detail, .id and
 * .flags where there are any.
 */
#define ROW(needle_, regex_, groups_, source_, level_, ioctl_, cause_, hint_, sure_, ...)       \
	{                                                                                       \
		.needle = needle_, .regex = regex_, .groups = groups_, .source = source_,       \
		.level = level_, .ioctl = ioctl_, .text = { cause_, hint_, sure_ }, __VA_ARGS__ \
	}

#define TABLE(name, rows_) \
	const struct log_table name = { rows_, sizeof(rows_) / sizeof((rows_)[0]) }

#endif /* LOGS_ROW_H */
