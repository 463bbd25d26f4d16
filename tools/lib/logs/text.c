// SPDX-License-Identifier: GPL-2.0-only
/* Prints what was found in a log: a block for each message. */
#include <inttypes.h>
#include <string.h>

#include "explain/entry.h"
#include "logs/internal.h"

#define LINE_LEN 1024
#define MAX_GUESTS 8 /* guests that the summary counts */

static void print_headline(const struct log_finding *f, const struct text_style *style)
{
	static const enum text_color colors[] = {
		[LOG_GOOD] = TEXT_GREEN,
		[LOG_NOTE] = TEXT_YELLOW,
		[LOG_BAD] = TEXT_RED,
	};
	char number[TEXT_LEN];

	fprintf(style->out, "%s%s %s%s: %s\n", text_on(style, colors[finding_level(f)]),
		f->text ? "line" : "after line", text_count(f->line, number), text_off(style),
		f->text ? f->text : "a line is missing");
	if (f->count > 1) {
		char times[TEXT_LEN], line[128];

		snprintf(line, sizeof(line), "%s more like it, the last in line %s",
			 text_count(f->count - 1, times), text_count(f->last_line, number));
		text_labelled(style, "again", line);
	}
}

static void print_what(const struct log_finding *f, const struct text_style *style)
{
	const struct explanation *text = finding_why(f);
	uint32_t number = f->values.command;
	char buf[NAME_LEN], line[LINE_LEN], count[TEXT_LEN];
	const char *command =
		f->values.has_command ? name_or_hex(psp_command_name(number), number, buf) : NULL;
	bool marked = text->sure != SURE;

	snprintf(line, sizeof(line), "%s%s%s%s%s%s%s%s",
		 f->doubtful ? "If the guest has SEV: " : "", text->cause, command ? " It is " : "",
		 command ? command : "", command ? "." : "", marked ? " (" : "",
		 marked ? certainty_name(text->sure) : "", marked ? ")" : "");
	text_labelled(style, log_origins[f->pattern->source].name, line);
	if (f->detail)
		text_labelled(style, "", f->detail);
	if (f->vm)
		text_labelled(style, "guest", f->vm);
	if (f->but) {
		snprintf(line, sizeof(line), "it did not stay so: see line %s",
			 text_count(f->but, count));
		text_labelled(style, "but", line);
	}
	if (f->because) {
		snprintf(line, sizeof(line), "line %s says why", text_count(f->because, count));
		text_labelled(style, "because", line);
	}
	if (text->hint && !(f->because && f->pattern->flags & LOG_FOLLOWS))
		text_labelled(style, "do", text->hint);
	if (f->version)
		text_labelled(style, "version", f->version);
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
	if (entry.nr_causes && !f->why)
		entry_print_causes(&entry, style);
}

/* Counts failures by guest; the last place is for those that name none. */
static void print_guests(const struct log_scan *scan, const struct text_style *style)
{
	const char *guests[MAX_GUESTS];
	uint64_t counts[MAX_GUESTS] = { 0 };
	size_t nr = 0;
	char count[TEXT_LEN];

	for (size_t i = 0; i < scan->nr_findings; i++) {
		const struct log_finding *f = &scan->findings[i];
		size_t g = 0;

		if (!f->vm || finding_level(f) != LOG_BAD)
			continue;
		while (g < nr && strcmp(guests[g], f->vm) != 0)
			g++;
		if (g == MAX_GUESTS)
			continue;
		if (g == nr)
			guests[nr++] = f->vm;
		counts[g] += f->count;
	}
	for (size_t g = 0; nr > 1 && g < nr; g++)
		fprintf(style->out, "%s%s: %s line%s of failure%s", g ? ", " : "", guests[g],
			text_count(counts[g], count), counts[g] == 1 ? "" : "s",
			g + 1 == nr ? "\n" : "");
}

static void print_unknown(const struct log_scan *scan, const struct text_style *style)
{
	size_t kept = unknown_kept(scan);
	char number[TEXT_LEN];

	for (size_t i = 0; i < kept; i++)
		fprintf(style->out, "line %s: %s\n", text_count(scan->unknowns[i].line, number),
			scan->unknowns[i].text);
	if (scan->unknown > kept)
		fprintf(style->out, "... and %s more\n", text_count(scan->unknown - kept, number));
}

static void print_summary(const struct log_scan *scan, const struct text_style *style)
{
	char a[TEXT_LEN], b[TEXT_LEN];

	print_guests(scan, style);
	fprintf(style->out, "%s line%s read, %s explained", text_count(scan->lines, a),
		scan->lines == 1 ? "" : "s", text_count(scan->explained, b));
	if (scan->more)
		fprintf(style->out, " (%s of them not shown)", text_count(scan->more, a));
	if (scan->unknown)
		fprintf(style->out, ", %s of a problem with SEV that sevtrace does not know:\n",
			text_count(scan->unknown, a));
	else if (!log_scan_failed(scan))
		fputs(scan->explained ? "; none of them is a failure of a guest with SEV\n" :
					": nothing in it is about a problem with SEV\n",
		      style->out);
	else
		fputc('\n', style->out);
	print_unknown(scan, style);
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
