// SPDX-License-Identifier: GPL-2.0-only
#include "logs/partial.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

/* A line as a runtime writes it. */
struct cut_line {
	const char *before; /* what stands in front of the time */
	size_t before_len;
	const char *stream; /* "stdout" or "stderr" */
	bool more; /* 'P' */
	const char *text;
	size_t len;
};

static const char time_format[] = "0000-00-00T00:00:00"; /* 0 is any digit */

static bool is_time(const char *s)
{
	for (const char *format = time_format; *format; s++, format++)
		if (*format == '0' ? !isdigit((unsigned char)*s) : *s != *format)
			return false;
	return true;
}

/* Finds " stderr P " and the time in front of it. Returns false if it is no such line. */
static bool read_line(const char *text, size_t len, struct cut_line *line)
{
	static const char *const streams[] = { " stderr ", " stdout " };
	const char *end = text + len, *stream = NULL, *time;
	size_t head = len < PARTIAL_KEY ? len : PARTIAL_KEY;

	for (size_t i = 0; !stream && i < ARRAY_SIZE(streams); i++)
		stream = memmem(text, head, streams[i], strlen(streams[i]));
	if (!stream || end - stream < 10)
		return false;
	line->stream = stream + 1;
	if ((stream[8] != 'P' && stream[8] != 'F') || (stream[9] != ' ' && stream[9] != ':'))
		return false;
	line->more = stream[8] == 'P';
	line->text = memchr(stream + 9, ' ', (size_t)(end - stream) - 9);
	time = memrchr(text, ' ', (size_t)(stream - text));
	time = time ? time + 1 : text;
	if (!line->text || (size_t)(stream - time) < strlen(time_format) || !is_time(time))
		return false;
	line->text++;
	line->len = (size_t)(end - line->text);
	line->before = text;
	line->before_len = (size_t)(time - text);
	return true;
}

static bool same_key(const struct partial *p, const struct cut_line *line)
{
	return p->text && p->key_len == line->before_len &&
	       !memcmp(p->key + 6, line->before, p->key_len) && !memcmp(p->key, line->stream, 6);
}

static struct partial *find(struct partials *p, const struct cut_line *line)
{
	for (size_t i = 0; i < PARTIALS; i++)
		if (same_key(&p->all[i], line))
			return &p->all[i];
	return NULL;
}

static void hand_out(struct partials *p, struct partial *part)
{
	p->out = *part;
	p->out.text[p->out.len] = '\0';
	part->text = NULL;
}

/* Returns a free place; where there is none, hands the oldest out, and returns NULL. */
static struct partial *make_room(struct partials *p)
{
	struct partial *oldest = &p->all[0];

	for (size_t i = 0; i < PARTIALS; i++) {
		if (!p->all[i].text)
			return &p->all[i];
		if (p->all[i].used < oldest->used)
			oldest = &p->all[i];
	}
	hand_out(p, oldest);
	return NULL;
}

static void append(struct partials *p, struct partial *part, const char *text, size_t len)
{
	memcpy(part->text + part->len, text, len);
	part->len += len;
	part->used = ++p->clock;
}

static int begin(struct partials *p, const struct cut_line *line, uint64_t number)
{
	size_t head = (size_t)(line->text - line->before);
	struct partial *part;

	if (head + line->len > PARTIAL_LINE)
		return PARTIAL_NONE;
	part = make_room(p);
	if (!part)
		return PARTIAL_FULL;
	part->text = malloc(PARTIAL_LINE + 1);
	if (!part->text)
		return -ENOMEM;
	part->len = 0;
	part->line = number;
	part->key_len = line->before_len;
	memcpy(part->key, line->stream, 6);
	memcpy(part->key + 6, line->before, line->before_len);
	append(p, part, line->before, head + line->len);
	return PARTIAL_KEPT;
}

int partial_take(struct partials *p, const char *text, size_t len, uint64_t number)
{
	struct cut_line line;
	struct partial *part;

	if (!read_line(text, len, &line) || line.before_len > PARTIAL_KEY - 6)
		return PARTIAL_NONE;
	part = find(p, &line);
	if (!part)
		return line.more ? begin(p, &line, number) : PARTIAL_NONE;
	if (part->len + line.len > PARTIAL_LINE) {
		hand_out(p, part);
		return PARTIAL_FULL;
	}
	append(p, part, line.text, line.len);
	if (line.more)
		return PARTIAL_KEPT;
	hand_out(p, part);
	return PARTIAL_WHOLE;
}

int partial_rest(struct partials *p)
{
	struct partial *first = NULL;

	for (size_t i = 0; i < PARTIALS; i++)
		if (p->all[i].text && (!first || p->all[i].line < first->line))
			first = &p->all[i];
	if (!first)
		return PARTIAL_NONE;
	hand_out(p, first);
	return PARTIAL_WHOLE;
}

void partial_done(struct partials *p)
{
	free(p->out.text);
	p->out.text = NULL;
}

void partials_free(struct partials *p)
{
	partial_done(p);
	for (size_t i = 0; i < PARTIALS; i++)
		free(p->all[i].text);
}
