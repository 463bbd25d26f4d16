// SPDX-License-Identifier: GPL-2.0-only
#include "html/html.h"

#include <errno.h>

/*
 * Writes JSON inside a script element. Escapes characters that could end the element or begin a
 * comment there; they can only occur in strings.
 */
static int put_escaped(const char *buffer, size_t size, void *data)
{
	FILE *out = data;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)buffer[i];

		if (c == '<' || c == '>' || c == '&')
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	return ferror(out) ? -1 : 0;
}

int html_write(const struct html_page *page, json_t *data, FILE *out)
{
	if (!data)
		return -ENOMEM;
	fwrite(page->head.text, 1, page->head.size, out);
	/* Writes ASCII, which escapes U+2028 and U+2029 too: some parsers end a line there. */
	json_dump_callback(data, put_escaped, out,
			   JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
	fwrite(page->tail.text, 1, page->tail.size, out);
	json_decref(data);
	return 0;
}
