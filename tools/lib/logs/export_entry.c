// SPDX-License-Identifier: GPL-2.0-only
#include "logs/export_entry.h"

#include <string.h>

#define LENGTH 8 /* bytes of a length, the lowest first */

bool export_begins(const char *text, size_t len)
{
	static const char start[] = "__CURSOR=", other[] = "__REALTIME_TIMESTAMP=";

	return (len >= strlen(start) && !memcmp(text, start, strlen(start))) ||
	       (len >= strlen(other) && !memcmp(text, other, strlen(other)));
}

/* Copies a value, as the line that it is in goes away. */
static void keep(struct export_entry *e, const char *name, size_t name_len, struct slice value,
		 uint64_t line)
{
	struct fields one = { 0 };

	decode_export(name, name_len, value, &one);
	for (enum field f = FIELD_TEXT; f < FIELDS; f++) {
		bool message = f == FIELD_TEXT;
		char *to = message ? e->message : e->values[f];
		size_t room = message ? sizeof(e->message) : sizeof(e->values[f]);

		if (!one.field[f].at || e->fields.field[f].at)
			continue;
		if (value.len < room)
			room = value.len;
		memcpy(to, value.at, room);
		e->fields.field[f] = (struct slice){ to, room };
		if (message) {
			e->fields.field[f].len = decode_colors(to, room);
			e->line = line;
		}
	}
}

/* Reads a value of bytes: their number, and they. */
static int take_bytes(struct export_entry *e, struct reader *reader, const char *name, size_t len)
{
	uint64_t bytes = 0, line = reader_line(reader);
	struct slice value;
	char kept[ENTRY_VALUE], *data;
	size_t got;
	int ret;

	if (len >= sizeof(kept))
		return 0;
	memcpy(kept, name, len);
	ret = reader_bytes(reader, LENGTH, &data, &got);
	if (ret < 0 || got < LENGTH)
		return ret < 0 ? ret : 0;
	for (size_t i = 0; i < LENGTH; i++)
		bytes |= (uint64_t)(unsigned char)data[i] << 8 * i;
	/* the value, and the end of its line */
	ret = reader_bytes(reader, bytes < READER_LINE ? (size_t)bytes + 1 : READER_LINE, &value.at,
			   &value.len);
	if (ret < 0)
		return ret;
	if (value.len > bytes)
		value.len = (size_t)bytes;
	keep(e, kept, len, value, line);
	return 0;
}

int export_take(struct export_entry *e, struct reader *reader, char *text, size_t len)
{
	const char *equals = text ? memchr(text, '=', len) : NULL;
	size_t name = equals ? (size_t)(equals - text) : len;

	if (!text || !len) {
		bool message = e->any && e->fields.field[FIELD_TEXT].at;

		e->any = false;
		return message;
	}
	e->any = true;
	if (!equals)
		return take_bytes(e, reader, text, len);
	keep(e, text, name, (struct slice){ text + name + 1, len - name - 1 }, reader_line(reader));
	return 0;
}

void export_reset(struct export_entry *e)
{
	e->any = false;
	e->fields = (struct fields){ 0 };
}
