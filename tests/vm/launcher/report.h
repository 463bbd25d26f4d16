/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What came of the launches, for people and as JSON.
 */
#ifndef LAUNCHER_REPORT_H
#define LAUNCHER_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "launch.h"

/* The exit status that @count results amount to. */
enum launcher_exit report_status(const struct launch_result *results, uint64_t count);

/* Whether a result is what the table of mistakes says. Always true without a mistake. */
bool report_as_expected(const struct options *options, const struct launch_result *result);

void report_text(FILE *out, const struct options *options, const struct launch_result *results,
		 uint64_t count);

/* 0 or -ENOMEM. */
int report_json(FILE *out, const struct options *options, const struct launch_result *results,
		uint64_t count);

#endif /* LAUNCHER_REPORT_H */
