// SPDX-License-Identifier: GPL-2.0-only
/* Renders what was found in a log as JSON. */
#include "explain/entry.h"
#include "explain/internal.h"
#include "util/json.h"

static const char *const level_names[] = {
	[LOG_GOOD] = "good",
	[LOG_NOTE] = "note",
	[LOG_BAD] = "bad",
};

static json_t *optional(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *answer_json(const struct log_finding *f)
{
	struct entry entry;

	if (!finding_answered(f))
		return json_null();
	entry_fill(&entry, &f->values.answer);
	return entry_json(&entry);
}

static json_t *finding_json(const struct log_finding *f)
{
	const struct log_pattern *pattern = f->pattern;
	const struct log_values *v = &f->values;
	char buf[NAME_LEN];
	const char *command =
		v->has_command ? name_or_hex(psp_command_name(v->command), v->command, buf) : NULL;

	return json_pack("{s:I,s:I,s:I,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:o,s:o}", "line",
			 (json_int_t)f->line, "count", (json_int_t)f->count, "last_line",
			 (json_int_t)f->last_line, "text", f->text, "source", pattern->source,
			 "level", level_names[pattern->level], "what", pattern->text.cause,
			 "detail", optional(f->detail), "hint", optional(pattern->text.hint),
			 "certainty", certainty_name(pattern->text.sure), "command",
			 optional(command), "answer", answer_json(f));
}

json_t *log_scan_json(const struct log_scan *scan)
{
	json_t *findings = json_array(), *lines = json_array();

	for (size_t i = 0; i < scan->nr_findings; i++)
		findings = append_json(findings, finding_json(&scan->findings[i]));
	for (uint64_t i = 0; i < unknown_kept(scan); i++)
		lines = append_json(lines, json_integer((json_int_t)scan->unknown_lines[i]));
	return json_pack("{s:I,s:I,s:I,s:I,s:o,s:o}", "lines", (json_int_t)scan->lines, "explained",
			 (json_int_t)scan->explained, "not_shown", (json_int_t)scan->more,
			 "unknown", (json_int_t)scan->unknown, "unknown_lines", lines, "findings",
			 findings);
}
