// SPDX-License-Identifier: GPL-2.0-only
#include "logs/decode.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

#define MAX_LAYERS 4 /* JSON in JSON and the like */

/* Names of fields in JSON, in name=value pairs and in the journal. */
static const struct {
	const char *name;
	enum field field;
} names[] = {
	{ "MESSAGE", FIELD_TEXT },
	{ "message", FIELD_TEXT },
	{ "msg", FIELD_TEXT },
	{ "log", FIELD_TEXT },
	{ "error", FIELD_ERROR },
	{ "err", FIELD_ERROR },
	{ "sandbox", FIELD_SANDBOX },
	{ "sandbox_id", FIELD_SANDBOX },
	{ "sandboxID", FIELD_SANDBOX },
	{ "container", FIELD_CONTAINER },
	{ "container_name", FIELD_CONTAINER },
	{ "CONTAINER_NAME", FIELD_CONTAINER },
	{ "pod_name", FIELD_CONTAINER },
	{ "qemuPid", FIELD_VM_PID },
	{ "_PID", FIELD_PID },
	{ "SYSLOG_PID", FIELD_PID },
	{ "SYSLOG_IDENTIFIER", FIELD_PROGRAM },
	{ "_COMM", FIELD_PROGRAM },
};

static bool field_called(const char *name, size_t len, enum field *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i].name) == len && !memcmp(names[i].name, name, len)) {
			*field = names[i].field;
			return true;
		}
	}
	return false;
}

static const struct {
	const char *text;
	bool control; /* ESC alone may begin something else than a colour */
} escapes[] = { { "\x1b", true }, { "\\u001b", false }, { "\\x1b", false }, { "#033", false } };

/* Returns the length of what stands for ESC here; 0: nothing does. */
static size_t escape_at(const char *s, size_t len)
{
	if (*s != '\x1b' && *s != '\\' && *s != '#')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
		size_t n = strlen(escapes[i].text);

		if (n <= len && !strncasecmp(s, escapes[i].text, n) &&
		    (escapes[i].control || (n < len && s[n] == '[')))
			return n;
	}
	return 0;
}

/* Returns the length of the sequence behind ESC: "[0;31m", or "]0;title" up to BEL. */
static size_t sequence_length(const char *s, size_t len)
{
	size_t i = 1;

	if (!len)
		return 0;
	if (*s == ']') {
		while (i < len && s[i] != '\a' && s[i] != '\x1b')
			i++;
		return i < len && s[i] == '\a' ? i + 1 : i;
	}
	if (*s != '[')
		return 1;
	while (i < len && (unsigned char)s[i] >= ' ' && (unsigned char)s[i] < '@')
		i++;
	return i < len ? i + 1 : len;
}

size_t decode_colors(char *text, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len;) {
		size_t escape = escape_at(text + i, len - i);

		if (escape) {
			i += escape;
			i += sequence_length(text + i, len - i);
		} else {
			text[to++] = text[i++];
		}
	}
	return to;
}

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)(c ? c : '?');
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/* Decodes what follows a backslash. Sets *to; returns the bytes that were read. */
static size_t unescape_one(const char *s, size_t len, char *to, size_t *used)
{
	static const char from[] = "nrtbf", into[] = "\n\r  \n";
	const char *known = *s ? strchr(from, *s) : NULL;
	uint32_t c = 0;

	if (*s == 'u' && len >= 5) {
		for (int i = 1; i < 5; i++) {
			int digit = hex_digit(s[i]);

			if (digit < 0)
				return 1;
			c = c << 4 | (uint32_t)digit;
		}
		*used += put_utf8(to + *used, c);
		return 5;
	}
	to[(*used)++] = known ? into[known - from] : *s;
	return 1;
}

/* Decodes the text of a string in place. */
static struct slice unescape(struct slice s)
{
	size_t used = 0;

	for (size_t i = 0; i < s.len;) {
		if (s.at[i] == '\\' && i + 1 < s.len) {
			i++;
			i += unescape_one(s.at + i, s.len - i, s.at, &used);
		} else {
			s.at[used++] = s.at[i++];
		}
	}
	s.len = used;
	return s;
}

/* Returns the end of a string that begins behind a quotation mark: the next one. */
static char *string_end(char *s, const char *end)
{
	while (s < end && *s != '"')
		s += *s == '\\' && s + 1 < end ? 2 : 1;
	return s < end ? s : NULL;
}

/* Takes the bytes of "[27, 91, ...]" in place. Returns false if it is none of bytes. */
static bool take_bytes(char *s, const char *end, struct slice *value)
{
	char *to = s, *at = s;

	value->at = s;
	while (at < end && *at != ']') {
		unsigned int n = 0, digits = 0;

		while (at < end && (*at == ' ' || *at == ','))
			at++;
		for (; at < end && *at >= '0' && *at <= '9' && digits < 4; at++, digits++)
			n = n * 10 + (unsigned int)(*at - '0');
		if (!digits || n > 255)
			return false;
		*to++ = (char)(n ? n : '?');
		while (at < end && *at == ' ')
			at++;
	}
	value->len = (size_t)(to - s);
	return at < end;
}

/* Skips a value that is of no interest: up to the next ',' or '}' of this depth. */
static char *skip_value(char *s, const char *end)
{
	int depth = 0;

	for (; s && s < end; s++) {
		if (*s == '"') {
			s = string_end(s + 1, end);
			if (!s)
				return NULL;
		} else if (*s == '{' || *s == '[') {
			depth++;
		} else if ((*s == '}' || *s == ']') && depth) {
			depth--;
		} else if ((*s == ',' || *s == '}') && !depth) {
			return s;
		}
	}
	return NULL;
}

static char *skip_spaces(char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\n'))
		s++;
	return s;
}

/* The first of several values counts; the text is decoded. */
static void set_field(struct fields *fields, enum field field, struct slice value)
{
	if (!fields->field[field].at)
		fields->field[field] = value;
}

static void take_json_value(char *s, const char *end, enum field field, struct fields *fields)
{
	struct slice value = { 0 };

	if (s < end && *s == '"') {
		char *stop = string_end(s + 1, end);

		if (!stop)
			return;
		value = unescape((struct slice){ s + 1, (size_t)(stop - s - 1) });
	} else if (s < end && *s == '[') {
		if (!take_bytes(s + 1, end, &value))
			return;
	} else {
		value = (struct slice){ s, (size_t)(end - s) };
	}
	set_field(fields, field, value);
}

/*
 * Reads one object; the text behind `end` is '\0'. Values are decoded in place once the object is
 * known to go on behind them, as that may change them.
 */
static void take_json(char *s, const char *end, struct fields *fields)
{
	for (s++; s < end;) {
		enum field field;
		char *name = skip_spaces(s, end), *name_end, *value, *next;

		if (name >= end || *name != '"')
			return;
		name_end = string_end(++name, end);
		value = name_end ? skip_spaces(name_end + 1, end) : NULL;
		if (!value || value >= end || *value != ':')
			return;
		value = skip_spaces(value + 1, end);
		next = skip_value(value, end);
		if (field_called(name, (size_t)(name_end - name), &field))
			take_json_value(value, next ? next : end, field, fields);
		if (!next || *next != ',')
			return;
		s = next + 1;
	}
}

/* Reads name=value pairs from the first one that is known on. */
static void take_pairs(char *s, const char *end, struct fields *fields)
{
	while (s < end) {
		char *equals = memchr(s, '=', (size_t)(end - s)), *name = equals, *stop;
		struct slice value;
		enum field field;

		if (!equals)
			return;
		while (name > s && name[-1] != ' ' && name[-1] != '"' && name[-1] != '[')
			name--;
		value.at = equals + 1;
		if (value.at < end && *value.at == '"') {
			stop = string_end(++value.at, end);
			if (!stop)
				stop = (char *)end;
		} else {
			stop = memchr(value.at, ' ', (size_t)(end - value.at));
			if (!stop)
				stop = (char *)end;
		}
		value.len = (size_t)(stop - value.at);
		if (field_called(name, (size_t)(equals - name), &field))
			set_field(fields, field, field <= FIELD_ERROR ? unescape(value) : value);
		s = stop < end ? stop + 1 : stop;
	}
}

/* A line with msg="..." is of pairs, as a logger writes them. */
static bool has_pairs(const char *s, size_t len)
{
	const char *at = memmem(s, len, "msg=\"", strlen("msg=\""));

	return at && (at == s || at[-1] == ' ');
}

static bool decode_layer(struct slice *text, struct fields *fields)
{
	struct fields inner = { 0 };
	char *brace = memchr(text->at, '{', text->len);
	const char *end = text->at + text->len;

	if (brace && brace + 1 < end && skip_spaces(brace + 1, end) < end &&
	    *skip_spaces(brace + 1, end) == '"')
		take_json(brace, end, &inner);
	if (!inner.field[FIELD_TEXT].at && has_pairs(text->at, text->len))
		take_pairs(text->at, end, &inner);
	if (!inner.field[FIELD_TEXT].at)
		return false;
	for (enum field f = FIELD_TEXT + 1; f < FIELDS; f++)
		if (inner.field[f].at)
			set_field(fields, f, inner.field[f]);
	*text = inner.field[FIELD_TEXT];
	return true;
}

bool decode_line(char *text, size_t len, struct fields *fields)
{
	struct slice s = { text, decode_colors(text, len) };
	bool inside = false;

	*fields = (struct fields){ 0 };
	for (int i = 0; i < MAX_LAYERS && decode_layer(&s, fields); i++) {
		s.len = decode_colors(s.at, s.len);
		inside = true;
	}
	fields->field[FIELD_TEXT] = s;
	return inside;
}

void decode_export(const char *name, size_t name_len, struct slice value, struct fields *fields)
{
	enum field field;

	if (field_called(name, name_len, &field))
		set_field(fields, field, value);
}
