/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page of a recording: all launches in a table; and of the most interesting ones what the
 * report has, when what was done, and where pages took long.
 */
#ifndef RECORDING_PAGE_RECORDING_PAGE_H
#define RECORDING_PAGE_RECORDING_PAGE_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "detail/detail.h"
#include "report/report.h"

#define RECORDING_PAGE_LAUNCHES 32 /* so many are told of in full */
#define RECORDING_PAGE_SLOWEST 20 /* so many pages of each of them */

/*
 * Chooses the launches that are told of in full among those that the report shows: those that
 * failed first, then those that took longest. Returns an array as long as the model's launches; the
 * caller frees it. NULL: no memory.
 */
bool *recording_page_choose(const struct report *report);

/*
 * Writes the page. full: as chosen, and detail: of these launches, sorted. prediction: of more
 * launches at once, as docs/schema/predict.schema.json has it, whose reference it takes; NULL:
 * none. now: seconds since 1970. Returns 0 or -ENOMEM; for write errors, see ferror() of the
 * stream.
 */
int recording_page(const struct report *report, const bool *full, const struct detail *detail,
		   json_t *prediction, int64_t now, FILE *out);

#endif /* RECORDING_PAGE_RECORDING_PAGE_H */
