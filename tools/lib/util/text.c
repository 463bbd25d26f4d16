// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/text.h"
#include "util/array.h"

static int width_of(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int width = TEXT_MIN_WIDTH;

	if (isatty(fileno(out)) && !ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col)
		width = size.ws_col;
	else if (columns && atoi(columns) > 0)
		width = atoi(columns);
	return width < TEXT_MIN_WIDTH ? TEXT_MIN_WIDTH : width;
}

static bool color_wanted(FILE *out)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(out)) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

struct text_style text_style_of(FILE *out)
{
	return (struct text_style){
		.out = out,
		.width = width_of(out),
		.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.color = color_wanted(out),
	};
}

const char *text_on(const struct text_style *style, enum text_color color)
{
	static const char *const codes[] = {
		[TEXT_PLAIN] = "",	   [TEXT_BOLD] = "\033[1m",   [TEXT_DIM] = "\033[2m",
		[TEXT_RED] = "\033[1;31m", [TEXT_GREEN] = "\033[32m", [TEXT_YELLOW] = "\033[33m",
	};

	return style->color ? codes[color] : "";
}

const char *text_off(const struct text_style *style)
{
	return style->color ? "\033[0m" : "";
}

const char *text_time(const struct text_style *style, uint64_t ns, char buf[TEXT_LEN])
{
	static const struct {
		uint64_t unit;
		const char *name;
		const char *ascii;
	} units[] = {
		{ 1000000000, "s", "s" },
		{ 1000000, "ms", "ms" },
		{ 1000, "µs", "us" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		double value = (double)ns / (double)units[i].unit;
		int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

		/* print 999.5 us as 1.00 ms: a fourth digit would not fit the column */
		if (value >= 0.9995 || ns >= units[i].unit) {
			snprintf(buf, TEXT_LEN, "%.*f %s", digits, value,
				 style->utf8 ? units[i].name : units[i].ascii);
			return buf;
		}
	}
	snprintf(buf, TEXT_LEN, "%" PRIu64 " ns", ns);
	return buf;
}

const char *text_count(uint64_t n, char buf[TEXT_LEN])
{
	char digits[TEXT_LEN];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *to = buf;

	for (int i = 0; i < len; i++) {
		if (i && !((len - i) % 3))
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return buf;
}

int text_columns(const char *s)
{
	int columns = 0;

	for (; *s; s++)
		columns += ((unsigned char)*s & 0xc0) != 0x80;
	return columns;
}

void text_cell(const struct text_style *style, const char *s, int width)
{
	int pad = abs(width) - text_columns(s);

	/*
	 * A text that is too long for its column shifts the row; a space still separates
	 * right-aligned text.
	 */
	if (pad < 1)
		pad = width < 0 ? 1 : 0;
	if (width < 0)
		fprintf(style->out, "%*s%s", pad, "", s);
	else
		fprintf(style->out, "%s%*s", s, pad, "");
}

/* Returns the bytes of the printable, well-formed UTF-8 sequence at s; 0: there is none. */
static size_t sequence(const unsigned char *s)
{
	static const struct {
		unsigned char mask;
		unsigned char lead;
		uint32_t least;
	} forms[] = { { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	if (*s < 0x80)
		return *s >= 0x20 && *s != 0x7f;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		uint32_t code = *s & ~forms[i].mask & 0xffU;
		size_t n;

		if ((*s & forms[i].mask) != forms[i].lead)
			continue;
		for (n = 1; n < i + 2 && (s[n] & 0xc0) == 0x80; n++)
			code = code << 6 | (s[n] & 0x3fU);
		/* overlong, surrogates, C1 controls, beyond Unicode */
		if (n < i + 2 || code < forms[i].least || (code >= 0xd800 && code < 0xe000) ||
		    code < 0xa0 || code > 0x10ffff)
			return 0;
		return n;
	}
	return 0;
}

char *text_clean(char *to, size_t size, const char *from)
{
	const unsigned char *s = (const unsigned char *)from;
	size_t used = 0;

	while (*s) {
		size_t n = sequence(s);
		size_t bytes = n ? n : 1;

		if (used + bytes >= size)
			break;
		if (n)
			memcpy(to + used, s, n);
		else
			to[used] = '?';
		used += bytes;
		s += bytes;
	}
	to[used] = '\0';
	return to;
}

void text_quote(FILE *out, const char *s)
{
	const char *done = s;

	fputc('"', out);
	while (*s) {
		size_t n = sequence((const unsigned char *)s);
		bool escape = *s == '"' || *s == '\\';

		if (!n || escape) {
			fwrite(done, 1, (size_t)(s - done), out);
			fputc(n ? '\\' : '?', out);
			done = n ? s : s + 1;
		}
		s += n ? n : 1;
	}
	fwrite(done, 1, (size_t)(s - done), out);
	fputc('"', out);
}

void text_wrap(const struct text_style *style, const char *s, int indent)
{
	int at = indent;

	while (*s) {
		size_t word = strcspn(s, " ");
		int columns = 0;

		for (size_t i = 0; i < word; i++)
			columns += ((unsigned char)s[i] & 0xc0) != 0x80;
		if (at > indent && at + 1 + columns > style->width) {
			fprintf(style->out, "\n%*s", indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', style->out);
			at++;
		}
		fwrite(s, 1, word, style->out);
		at += columns;
		s += word;
		s += strspn(s, " ");
	}
	fputc('\n', style->out);
}

void text_list_add(char list[TEXT_LIST_LEN], const char *before, const char *untrusted)
{
	size_t at = strlen(list);
	char item[TEXT_LIST_LEN];
	int n;

	text_clean(item, sizeof(item), untrusted);
	n = snprintf(list + at, TEXT_LIST_LEN - at, "%s%s%s", at ? ", " : "", before, item);
	if (n < 0 || at + n >= TEXT_LIST_LEN)
		list[at] = '\0';
}

void text_label(const struct text_style *style, const char *label)
{
	fprintf(style->out, "  %s", text_on(style, TEXT_DIM));
	text_cell(style, label, TEXT_LABEL - 2);
	fputs(text_off(style), style->out);
}

void text_labelled(const struct text_style *style, const char *label, const char *s)
{
	text_label(style, label);
	text_wrap(style, s, TEXT_LABEL);
}

size_t text_distance(const char *a, const char *b)
{
	size_t row[TEXT_DISTANCE_MAX], n = strlen(b);

	if (n >= TEXT_DISTANCE_MAX || strlen(a) >= TEXT_DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			bool same = toupper((unsigned char)a[i - 1]) ==
				    toupper((unsigned char)b[j - 1]);
			size_t best = diagonal + !same;

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}
