// SPDX-License-Identifier: GPL-2.0-only
/* What a log tells, as text: a block for each kind of line. */
#include <inttypes.h>
#include <string.h>

#include "explain/entry.h"
#include "explain/log_scan.h"

#define LINE_LEN 1024

static const char *string_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static long long number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void print_headline(const json_t *finding, const struct text_style *style)
{
	const char *level = string_of(finding, "level");
	enum text_color color = !strcmp(level, "bad")  ? TEXT_RED :
				!strcmp(level, "note") ? TEXT_YELLOW :
							 TEXT_GREEN;
	char number[TEXT_LEN];

	fprintf(style->out, "%sline %s%s: %s\n", text_on(style, color),
		text_count((uint64_t)number_of(finding, "line"), number), text_off(style),
		string_of(finding, "text"));
	if (number_of(finding, "count") > 1) {
		char times[TEXT_LEN], line[128];

		snprintf(line, sizeof(line), "%s more like it, the last in line %s",
			 text_count((uint64_t)number_of(finding, "count") - 1, times),
			 text_count((uint64_t)number_of(finding, "last_line"), number));
		text_labelled(style, "again", line);
	}
}

static void print_what(const json_t *finding, const struct text_style *style)
{
	const char *command = string_of(finding, "command");
	const char *sure = string_of(finding, "certainty");
	const char *detail = string_of(finding, "detail");
	bool marked = strcmp(sure, "sure") != 0;
	char line[LINE_LEN];

	snprintf(line, sizeof(line), "%s%s%s%s%s%s", string_of(finding, "what"),
		 command ? " It is " : "", command ? command : "", command ? "." : "",
		 marked ? " (" : "", marked ? sure : "");
	if (marked)
		strncat(line, ")", sizeof(line) - strlen(line) - 1);
	text_labelled(style, string_of(finding, "source"), line);
	if (detail)
		text_labelled(style, "", detail);
	if (string_of(finding, "hint"))
		text_labelled(style, "do", string_of(finding, "hint"));
}

static void print_answer(const json_t *answer, const struct text_style *style)
{
	const char *reading = string_of(answer, "reading");

	if (!json_is_object(answer))
		return;
	text_label(style, "answer");
	dossier_title(answer, style, style->out);
	fputc('\n', style->out);
	if (reading)
		text_labelled(style, "reading", reading);
	if (json_array_size(json_object_get(answer, "causes")))
		dossier_print_causes(answer, style);
}

static void print_summary(const json_t *json, const struct text_style *style)
{
	const json_t *lines = json_object_get(json, "unknown_lines");
	long long unknown = number_of(json, "unknown");
	char a[TEXT_LEN], b[TEXT_LEN];
	json_t *line;
	size_t i;

	fprintf(style->out, "%s lines read, %s explained",
		text_count((uint64_t)number_of(json, "lines"), a),
		text_count((uint64_t)number_of(json, "explained"), b));
	if (number_of(json, "not_shown"))
		fprintf(style->out, " (%s of them not shown)",
			text_count((uint64_t)number_of(json, "not_shown"), a));
	fprintf(style->out, ", %s about SEV that sevtrace does not know",
		text_count((uint64_t)unknown, a));
	json_array_foreach(lines, i, line) {
		fprintf(style->out, "%s%s",
			i			   ? ", " :
			json_array_size(lines) > 1 ? ": lines " :
						     ": line ",
			text_count((uint64_t)json_integer_value(line), a));
	}
	fprintf(style->out, "%s\n", (size_t)unknown > json_array_size(lines) ? ", ..." : "");
}

void log_scan_print(const json_t *json, const struct text_style *style)
{
	const json_t *findings = json_object_get(json, "findings");
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		print_headline(finding, style);
		print_what(finding, style);
		print_answer(json_object_get(finding, "answer"), style);
		fputc('\n', style->out);
	}
	print_summary(json, style);
}
