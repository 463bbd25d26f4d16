// SPDX-License-Identifier: GPL-2.0-only
/* A dossier as a block of labelled lines. */
#include <string.h>

#include "explain/entry.h"
#include "util/array.h"

static const char *string_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void print_names(const struct text_style *style, const char *label, const json_t *list)
{
	char line[2048] = "";
	size_t used = 0, i;
	json_t *name;

	json_array_foreach(list, i, name) {
		if (used < sizeof(line))
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
						 i ? ", " : "", json_string_value(name));
	}
	if (*line)
		text_labelled(style, label, line);
}

static const struct subject_type *type_of(const json_t *meaning)
{
	const char *kind = string_of(meaning, "kind");

	for (int i = 0; i < SUBJECT_KINDS; i++)
		if (kind && !strcmp(kind, subject_types[i].id))
			return &subject_types[i];
	return NULL;
}

static void answer_title(const json_t *meaning, FILE *out)
{
	const json_t *ret = json_object_get(meaning, "ret");
	const json_t *fw = json_object_get(meaning, "fw_error");
	const char *ioctl = string_of(meaning, "ioctl"), *name = string_of(meaning, "errno");

	if (ioctl)
		fprintf(out, "%s%s", ioctl, json_is_integer(ret) ? " " : ": ");
	if (json_is_integer(ret)) {
		fprintf(out, "%s %lld", ioctl ? "returned" : "Returned",
			(long long)json_integer_value(ret));
		if (name)
			fprintf(out, " (%s)", name);
		if (json_is_integer(fw))
			fputs(", ", out);
	}
	if (json_is_integer(fw))
		fprintf(out, "firmware status 0x%llx (%s)", (long long)json_integer_value(fw),
			string_of(meaning, "status"));
}

void dossier_title(const json_t *meaning, const struct text_style *style, FILE *out)
{
	const struct subject_type *type = type_of(meaning);
	long long number = json_integer_value(json_object_get(meaning, "number"));
	const char *name = string_of(meaning, "name");

	fputs(text_on(style, TEXT_BOLD), out);
	if (!type) {
		answer_title(meaning, out);
	} else if (type == &subject_types[SUBJECT_STEP] || type == &subject_types[SUBJECT_IOCTL]) {
		fprintf(out, "%s: %s", name, type->title);
	} else if (type == &subject_types[SUBJECT_ERRNO]) {
		fprintf(out, "%s: %s %lld, returned as -%lld", name, type->title, number, number);
	} else {
		fprintf(out, "%s: %s 0x%02llx (%d)", name, type->title, number, (int)number);
	}
	fputs(text_off(style), out);
}

/* "in KVM_SEV_SNP_LAUNCH_UPDATE, cpuid page, step copy (EFAULT): " */
static void cause_place(const json_t *cause, char *line, size_t size)
{
	const struct {
		const char *key, *before, *after;
	} parts[] = {
		{ "ioctl", "", "" },
		{ "page_type", "", " page" },
		{ "step", "step ", "" },
		{ "inner_errno", "", "" },
	};
	size_t used = 0;

	*line = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const char *s = string_of(cause, parts[i].key);

		if (s && used < size)
			used += (size_t)snprintf(line + used, size - used, "%s%s%s%s",
						 used ? ", " : "", parts[i].before, s,
						 parts[i].after);
	}
}

void dossier_print_causes(const json_t *meaning, const struct text_style *style)
{
	const json_t *causes = json_object_get(meaning, "causes");
	const char *own = string_of(meaning, "ioctl");
	size_t i;
	json_t *cause;

	json_array_foreach(causes, i, cause) {
		const char *hint = string_of(cause, "hint"), *sure = string_of(cause, "certainty");
		char place[256], line[1024];

		cause_place(cause, place, sizeof(place));
		/* what the title says already */
		if (own && !strncmp(place, own, strlen(own))) {
			const char *rest = place + strlen(own);

			rest += strspn(rest, ", ");
			memmove(place, rest, strlen(rest) + 1);
		}
		snprintf(line, sizeof(line), "%s%s%s%s%s%s", place, *place ? ": " : "",
			 string_of(cause, "cause"), strcmp(sure, "sure") ? " (" : "",
			 strcmp(sure, "sure") ? sure : "", strcmp(sure, "sure") ? ")" : "");
		text_labelled(style, "why", line);
		if (hint)
			text_labelled(style, "do", hint);
	}
	if (causes && !json_array_size(causes))
		text_labelled(style, "why", "not known to sevtrace");
}

static void print_checks(const json_t *checks, const struct text_style *style)
{
	size_t i;
	json_t *check;

	json_array_foreach(checks, i, check) {
		char line[512];

		snprintf(line, sizeof(line), "%s: %s", string_of(check, "status"),
			 string_of(check, "condition"));
		text_labelled(style, i ? "" : "checks", line);
	}
}

/* What is a string or a list of names, in the order of the lines. */
static const struct {
	const char *key, *label;
} lines[] = {
	{ "text", "what" },	   { "reading", "reading" }, { "answered_by", "from" },
	{ "issued_by", "issuer" }, { "ioctls", "in" },	     { "steps", "steps" },
	{ "commands", "issues" },  { "document", "see" },
};

void dossier_print(const json_t *meaning, const struct text_style *style)
{
	dossier_title(meaning, style, style->out);
	fputc('\n', style->out);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const json_t *value = json_object_get(meaning, lines[i].key);

		if (json_is_string(value))
			text_labelled(style, lines[i].label, json_string_value(value));
		else
			print_names(style, lines[i].label, value);
	}
	print_checks(json_object_get(meaning, "checks"), style);
	dossier_print_causes(meaning, style);
}
