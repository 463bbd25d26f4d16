/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the page of a recording. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "cli/selection.h"
#include "report/report.h"

struct page_request {
	const char *output; /* "-": stdout */
	const char *sort; /* see sort_launches(); NULL: as in the recording */
	const struct selection *selection;
};

/*
 * Reads a recording twice, first to choose among its launches, and writes their page. Fills
 * *report, whose model has to be initialised, and *shown, which the caller frees. Returns 0, or a
 * negative errno after it has printed what is wrong.
 */
int report_page(const struct page_request *request, struct report *report, bool **shown);

#endif /* REPORT_PAGE_H */
