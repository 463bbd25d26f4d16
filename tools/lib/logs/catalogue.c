// SPDX-License-Identifier: GPL-2.0-only
#include "logs/catalogue.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define MAGIC 0x950412deU
#define HEAD 20 /* bytes in front of the tables: magic, revision, number, and the tables' offsets */
#define ROW 8 /* bytes of a table's row: a text's length and offset */
#define CONTEXT '\4' /* stands between a message and what it is about */

struct catalogue {
	const unsigned char *data;
	size_t size;
	bool swapped; /* of the other byte order */
	uint32_t nr, messages, translations; /* number, and the offsets of the tables */
};

/* The caller has checked that four bytes are there. */
static uint32_t number_at_offset(const struct catalogue *c, size_t offset)
{
	uint32_t number;

	memcpy(&number, c->data + offset, sizeof(number));
	return c->swapped ? __builtin_bswap32(number) : number;
}

static bool table_fits(const struct catalogue *c, uint32_t offset)
{
	return offset <= c->size && (c->size - offset) / ROW >= c->nr;
}

static bool open_catalogue(struct catalogue *c)
{
	uint32_t magic;

	if (c->size < HEAD)
		return false;
	magic = number_at_offset(c, 0);
	c->swapped = magic != MAGIC;
	if (c->swapped && __builtin_bswap32(magic) != MAGIC)
		return false;
	/* a new major revision has another format */
	if (number_at_offset(c, 4) >> 16 > 1)
		return false;
	c->nr = number_at_offset(c, 8);
	c->messages = number_at_offset(c, 12);
	c->translations = number_at_offset(c, 16);
	return table_fits(c, c->messages) && table_fits(c, c->translations);
}

/* Returns the text of a row, which ends with '\0' within the file; NULL: it is not sound. */
static const char *text_of(const struct catalogue *c, uint32_t table, uint32_t row)
{
	uint32_t length = number_at_offset(c, table + (size_t)row * ROW);
	uint32_t offset = number_at_offset(c, table + (size_t)row * ROW + 4);

	if (length >= CATALOGUE_TEXT || offset >= c->size || c->size - offset <= length ||
	    c->data[(size_t)offset + length])
		return NULL;
	return (const char *)c->data + offset;
}

/* The translation of the empty message tells about the catalogue. */
static bool is_utf8(const struct catalogue *c)
{
	for (uint32_t i = 0; i < c->nr && i < CATALOGUE_MESSAGES; i++) {
		const char *message = text_of(c, c->messages, i);
		const char *head = message && !*message ? text_of(c, c->translations, i) : NULL;

		if (head)
			return strcasestr(head, "charset=UTF-8");
	}
	return false;
}

int catalogue_read(const unsigned char *data, size_t size,
		   int (*each)(void *ctx, const char *message, const char *translation), void *ctx)
{
	struct catalogue c = { .data = data, .size = size };

	if (!open_catalogue(&c))
		return -EINVAL;
	if (!is_utf8(&c))
		return -ENOTSUP;
	for (uint32_t i = 0; i < c.nr && i < CATALOGUE_MESSAGES; i++) {
		const char *message = text_of(&c, c.messages, i);
		const char *translation = text_of(&c, c.translations, i);
		int ret;

		if (!message || !translation || !*message || !*translation ||
		    strchr(message, CONTEXT))
			continue;
		ret = each(ctx, message, translation);
		if (ret)
			return ret;
	}
	return 0;
}
