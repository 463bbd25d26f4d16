// SPDX-License-Identifier: GPL-2.0-only
#include "logs/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

#define BLOCK (256U << 10)
#define MAX_UTF8 3 /* bytes of UTF-8 for two bytes of UTF-16 */
#define HEAD 4096 /* bytes by which the kind of file is told */
#define MAX_CONTROLS 10 /* a text has fewer control characters than one in so many bytes */

enum encoding { BYTES, UTF16_LE, UTF16_BE };

struct reader {
	FILE *in;
	char *buf; /* of READER_LINE + BLOCK * MAX_UTF8 bytes */
	size_t at, used; /* what is not handed out yet */
	size_t looked; /* bytes from `at` on that have no end of line */
	unsigned char raw[BLOCK];
	size_t kept; /* bytes at the start of raw: half a character */
	enum encoding encoding;
	uint32_t high; /* first half of a surrogate pair; 0: none */
	bool started, ended, in_line;
	uint64_t lines;
	const char *no_text;
};

static const struct {
	const char *magic;
	size_t size;
	const char *kind;
} kinds[] = {
	{ "LPKSHHRH", 8,
	  "a systemd journal file; 'journalctl --file=FILE -o export' writes it as text" },
	{ "PERFILE2", 8, "a recording of perf" },
	{ "\177ELF", 4, "a program" },
	{ "PK\003\004", 4, "a zip archive" },
	{ "BZh", 3, "packed by bzip2; unpack it first" },
};

int reader_new(FILE *in, struct reader **reader)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->in = in;
	r->buf = malloc(READER_LINE + BLOCK * MAX_UTF8);
	if (!r->buf) {
		free(r);
		return -ENOMEM;
	}
	*reader = r;
	return 0;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	free(r->buf);
	free(r);
}

/* Counts zeros in every other byte: text of mostly ASCII in UTF-16 has them there. */
static bool zeros_at(const unsigned char *raw, size_t size, size_t first)
{
	size_t zeros = 0, others = 0;

	for (size_t i = 0; i + 1 < size && i < HEAD; i += 2) {
		zeros += !raw[i + first];
		others += !raw[i + !first];
	}
	return zeros > 1 && zeros > size / 4 && !others;
}

static void look_at_kind(struct reader *r, size_t size)
{
	size_t head = size < HEAD ? size : HEAD, controls = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (size >= kinds[i].size && !memcmp(r->raw, kinds[i].magic, kinds[i].size))
			r->no_text = kinds[i].kind;
	for (size_t i = 0; i < head; i++)
		controls += r->raw[i] < ' ' && !strchr("\t\n\r\f\b\a\x1b", r->raw[i]);
	if (!r->no_text && r->encoding == BYTES && controls > head / MAX_CONTROLS)
		r->no_text = "no text";
}

/* Finds out the encoding. Returns the bytes of the mark at the start. */
static size_t begin(struct reader *r, size_t size)
{
	size_t mark = 0;

	r->started = true;
	if (size >= 2 && r->raw[0] == 0xff && r->raw[1] == 0xfe) {
		r->encoding = UTF16_LE;
		mark = 2;
	} else if (size >= 2 && r->raw[0] == 0xfe && r->raw[1] == 0xff) {
		r->encoding = UTF16_BE;
		mark = 2;
	} else if (size >= 3 && !memcmp(r->raw, "\xef\xbb\xbf", 3)) {
		mark = 3;
	} else if (zeros_at(r->raw, size, 1)) {
		r->encoding = UTF16_LE;
	} else if (zeros_at(r->raw, size, 0)) {
		r->encoding = UTF16_BE;
	}
	look_at_kind(r, size);
	return mark;
}

static void put_utf8(struct reader *r, uint32_t c)
{
	char *to = r->buf + r->used;
	size_t n = 0;

	if (c < 0x80) {
		to[n++] = (char)c;
	} else if (c < 0x800) {
		to[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		to[n++] = (char)(0xe0 | c >> 12);
		to[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		to[n++] = (char)(0xf0 | c >> 18);
		to[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		to[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		to[n++] = (char)(0x80 | (c & 0x3f));
	r->used += n;
}

/* Takes half a character, or a whole one; a half without its other one is left out. */
static void take_utf16(struct reader *r, uint32_t unit)
{
	if (unit >= 0xd800 && unit < 0xdc00) {
		r->high = unit;
	} else if (unit >= 0xdc00 && unit < 0xe000) {
		if (r->high)
			put_utf8(r, 0x10000 + ((r->high - 0xd800) << 10) + (unit - 0xdc00));
		r->high = 0;
	} else {
		put_utf8(r, unit);
		r->high = 0;
	}
}

static void take_raw(struct reader *r, size_t from, size_t size)
{
	if (r->encoding == BYTES) {
		memcpy(r->buf + r->used, r->raw + from, size - from);
		r->used += size - from;
		return;
	}
	for (; from + 1 < size; from += 2)
		take_utf16(r, r->encoding == UTF16_LE ?
				      (uint32_t)(r->raw[from] | r->raw[from + 1] << 8) :
				      (uint32_t)(r->raw[from] << 8 | r->raw[from + 1]));
	r->kept = size - from;
	if (r->kept)
		r->raw[0] = r->raw[from];
}

/* Reads a block behind what is left, which is moved to the start. */
static int fill(struct reader *r)
{
	size_t n;

	memmove(r->buf, r->buf + r->at, r->used - r->at);
	r->used -= r->at;
	r->at = 0;
	n = fread(r->raw + r->kept, 1, sizeof(r->raw) - r->kept, r->in);
	if (!n) {
		r->ended = true;
		return ferror(r->in) ? (errno ? -errno : -EIO) : 0;
	}
	n += r->kept;
	r->kept = 0;
	take_raw(r, r->started ? 0 : begin(r, n), n);
	return 0;
}

/* Hands out the first bytes of what is left, and skips those of the line's end. */
static int hand_out(struct reader *r, size_t bytes, size_t skip, char **text, size_t *len)
{
	*text = r->buf + r->at;
	*len = bytes;
	r->at += bytes + skip;
	r->looked = 0;
	return 1;
}

int reader_next(struct reader *r, char **text, size_t *len)
{
	if (!r->in_line)
		r->lines++;
	for (;;) {
		size_t left = r->used - r->at;
		const char *end = memchr(r->buf + r->at + r->looked, '\n', left - r->looked);
		int err;

		if (end) {
			size_t n = (size_t)(end - (r->buf + r->at));

			r->in_line = false;
			hand_out(r, n, 1, text, len);
			*len -= n && (*text)[n - 1] == '\r';
			return 1;
		}
		r->looked = left;
		if (left >= READER_LINE || (r->ended && left)) {
			r->in_line = !r->ended;
			return hand_out(r, left, 0, text, len);
		}
		if (r->ended) {
			r->lines -= !r->in_line;
			return 0;
		}
		err = fill(r);
		if (err)
			return err;
	}
}

int reader_bytes(struct reader *r, size_t bytes, char **text, size_t *len)
{
	if (bytes > READER_LINE)
		bytes = READER_LINE;
	while (!r->ended && r->used - r->at < bytes) {
		int err = fill(r);

		if (err)
			return err;
	}
	if (r->used - r->at < bytes)
		bytes = r->used - r->at;
	return hand_out(r, bytes, 0, text, len);
}

uint64_t reader_line(const struct reader *r)
{
	return r->lines;
}

const char *reader_no_text(const struct reader *r)
{
	return r->no_text;
}
