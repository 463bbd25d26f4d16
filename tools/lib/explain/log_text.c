// SPDX-License-Identifier: GPL-2.0-only
/* Prints what was found in a log: a block for each kind of line. */
#include <inttypes.h>
#include <string.h>

#include "explain/entry.h"
#include "explain/internal.h"

#define LINE_LEN 1024

static void print_headline(const struct log_finding *f, const struct text_style *style)
{
	static const enum text_color colors[] = {
		[LOG_GOOD] = TEXT_GREEN,
		[LOG_NOTE] = TEXT_YELLOW,
		[LOG_BAD] = TEXT_RED,
	};
	char number[TEXT_LEN];

	fprintf(style->out, "%sline %s%s: %s\n", text_on(style, colors[f->pattern->level]),
		text_count(f->line, number), text_off(style), f->text);
	if (f->count > 1) {
		char times[TEXT_LEN], line[128];

		snprintf(line, sizeof(line), "%s more like it, the last in line %s",
			 text_count(f->count - 1, times), text_count(f->last_line, number));
		text_labelled(style, "again", line);
	}
}

static void print_what(const struct log_finding *f, const struct text_style *style)
{
	const struct explanation *text = &f->pattern->text;
	uint32_t number = f->values.command;
	char buf[NAME_LEN], line[LINE_LEN];
	const char *command =
		f->values.has_command ? name_or_hex(psp_command_name(number), number, buf) : NULL;
	bool marked = text->sure != SURE;

	snprintf(line, sizeof(line), "%s%s%s%s%s%s%s", text->cause, command ? " It is " : "",
		 command ? command : "", command ? "." : "", marked ? " (" : "",
		 marked ? certainty_name(text->sure) : "", marked ? ")" : "");
	text_labelled(style, f->pattern->source, line);
	if (f->detail)
		text_labelled(style, "", f->detail);
	if (text->hint)
		text_labelled(style, "do", text->hint);
}

static void print_answer(const struct log_finding *f, const struct text_style *style)
{
	struct entry entry;

	if (!finding_answered(f))
		return;
	entry_fill(&entry, &f->values.answer);
	text_label(style, "answer");
	entry_title(&entry, style, style->out);
	fputc('\n', style->out);
	if (entry.reading)
		text_labelled(style, "reading", entry.reading);
	if (entry.nr_causes)
		entry_print_causes(&entry, style);
}

static void print_summary(const struct log_scan *scan, const struct text_style *style)
{
	uint64_t kept = unknown_kept(scan);
	char a[TEXT_LEN], b[TEXT_LEN];

	fprintf(style->out, "%s line%s read, %s explained", text_count(scan->lines, a),
		scan->lines == 1 ? "" : "s", text_count(scan->explained, b));
	if (scan->more)
		fprintf(style->out, " (%s of them not shown)", text_count(scan->more, a));
	fprintf(style->out, ", %s about SEV that sevtrace does not know",
		text_count(scan->unknown, a));
	for (uint64_t i = 0; i < kept; i++)
		fprintf(style->out, "%s%s",
			i	 ? ", " :
			kept > 1 ? ": lines " :
				   ": line ",
			text_count(scan->unknown_lines[i], a));
	fprintf(style->out, "%s\n", scan->unknown > kept ? ", ..." : "");
}

void log_scan_print(const struct log_scan *scan, const struct text_style *style)
{
	for (size_t i = 0; i < scan->nr_findings; i++) {
		print_headline(&scan->findings[i], style);
		print_what(&scan->findings[i], style);
		print_answer(&scan->findings[i], style);
		fputc('\n', style->out);
	}
	print_summary(scan, style);
}
