/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages for a browser: one file that holds its data, styles and scripts, and loads nothing. Folders
 * of the library that have a page keep what is its own in page/; what pages share is in html/parts.
 */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include <stdio.h>

#include <jansson.h>

/* A page without its data, as part of the program. */
struct html_part {
	const char *text;
	size_t size; /* bytes */
};
struct html_page {
	struct html_part head;
	struct html_part tail;
};

extern const struct html_page html_dashboard;
extern const struct html_page html_recording_page;

/*
 * Writes a page with its data; takes the reference over. Returns 0, or -ENOMEM if data is NULL; for
 * write errors, see ferror() of the stream.
 */
int html_write(const struct html_page *page, json_t *data, FILE *out);

#endif /* HTML_HTML_H */
