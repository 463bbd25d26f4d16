/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports the results of the launches, as text and as JSON.
 */
#ifndef LAUNCHER_REPORT_H
#define LAUNCHER_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "launch.h"

/* Returns the exit status for @count results. */
enum launcher_exit report_status(const struct launch_result *results, uint64_t count);

/* Returns whether a result is as the table of mistakes says; always true without a mistake. */
bool report_as_expected(const struct options *options, const struct launch_result *result);

void report_text(FILE *out, const struct options *options, const struct launch_result *results,
		 uint64_t count);

/* Returns 0 or -ENOMEM. */
int report_json(FILE *out, const struct options *options, const struct launch_result *results,
		uint64_t count);

#endif /* LAUNCHER_REPORT_H */
