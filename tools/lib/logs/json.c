// SPDX-License-Identifier: GPL-2.0-only
/* Renders what was found in a log as JSON. */
#include "util/json.h"
#include "explain/entry.h"
#include "logs/internal.h"

static const char *const level_names[] = {
	[LOG_KNOWN] = "known",
	[LOG_GOOD] = "good",
	[LOG_NOTE] = "note",
	[LOG_BAD] = "bad",
};

static json_t *optional(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *optional_line(uint64_t line)
{
	return line ? number_json(line) : json_null();
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
	const struct explanation *why = finding_why(f);
	const struct log_values *v = &f->values;
	char buf[NAME_LEN];
	const char *command =
		v->has_command ? name_or_hex(psp_command_name(v->command), v->command, buf) : NULL;

	return json_pack("{s:o,s:o,s:o,s:o,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:s,s:b,s:o,s:o,s:o}",
			 "line", number_json(f->line), "count", number_json(f->count), "last_line",
			 number_json(f->last_line), "text", optional(f->text), "source",
			 log_origins[f->pattern->source].name, "level",
			 level_names[finding_level(f)], "what", why->cause, "detail",
			 optional(f->detail), "guest", optional(f->vm), "because_line",
			 optional_line(f->because), "but_line", optional_line(f->but), "hint",
			 optional(why->hint), "certainty", certainty_name(why->sure), "only_if_sev",
			 f->doubtful, "version", optional(f->version), "command", optional(command),
			 "answer", answer_json(f));
}

json_t *log_scan_json(const struct log_scan *scan)
{
	json_t *findings = json_array(), *lines = json_array();

	for (size_t i = 0; i < scan->nr_findings; i++)
		findings = append_json(findings, finding_json(&scan->findings[i]));
	for (size_t i = 0; i < unknown_kept(scan); i++)
		lines = append_json(lines, json_pack("{s:o,s:s}", "line",
						     number_json(scan->unknowns[i].line), "text",
						     scan->unknowns[i].text));
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "lines", number_json(scan->lines),
			 "explained", number_json(scan->explained), "not_shown",
			 number_json(scan->more), "unknown", number_json(scan->unknown),
			 "unknown_lines", lines, "findings", findings);
}
