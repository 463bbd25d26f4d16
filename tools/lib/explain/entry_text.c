// SPDX-License-Identifier: GPL-2.0-only
/* Prints an entry as a block of labelled lines. */
#include <string.h>

#include "explain/entry.h"
#include "util/array.h"

#define PLACE_LEN 256

static void print_names(const struct text_style *style, const char *label,
			const char *(*name)(uint32_t), const struct entry_names *names)
{
	char line[2048] = "";
	char buf[NAME_LEN];
	size_t used = 0;

	for (size_t i = 0; i < names->nr && used < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i ? ", " : "",
					 name_or_hex(name(names->numbers[i]), names->numbers[i],
						     buf));
	if (*line)
		text_labelled(style, label, line);
}

static void answer_title(const struct topic *s, FILE *out)
{
	const char *ioctl = answer_ioctl(s), *error = answer_error(s);
	char buf[NAME_LEN];

	if (ioctl)
		fprintf(out, "%s%s", ioctl, s->has_ret ? " " : ": ");
	if (s->has_ret) {
		fprintf(out, "%s %d", ioctl ? "returned" : "Returned", s->ret);
		if (error)
			fprintf(out, " (%s)", error);
		if (s->has_status)
			fputs(", ", out);
	}
	if (s->has_status)
		fprintf(out, "firmware status 0x%x (%s)", s->status, answer_status(s, buf));
}

void entry_title(const struct entry *e, const struct text_style *style, FILE *out)
{
	const struct topic *s = &e->topic;
	char buf[NAME_LEN];

	fputs(text_on(style, TEXT_BOLD), out);
	if (s->kind == TOPIC_ANSWER)
		answer_title(s, out);
	else
		fprintf(out, "%s: %s", topic_name(s, buf, sizeof(buf)), topic_types[s->kind].title);
	if (s->kind == TOPIC_ERRNO)
		fprintf(out, " %u, returned as -%u", s->number, s->number);
	if (s->kind == TOPIC_STATUS || s->kind == TOPIC_COMMAND)
		fprintf(out, " 0x%02x (%d)", s->number, (int)s->number);
	fputs(text_off(style), out);
}

/* Writes "cpuid page, step copy, EFAULT"; names the ioctl only if the title does not. */
static void cause_place(const struct entry *e, const struct cause *cause, char line[PLACE_LEN])
{
	const char *own = e->topic.kind == TOPIC_ANSWER ? answer_ioctl(&e->topic) : NULL;
	const char *ioctl = cause_ioctl(cause);
	const struct {
		const char *before, *text, *after;
	} parts[] = {
		{ "", own && ioctl && !strcmp(own, ioctl) ? NULL : ioctl, "" },
		{ "", cause_page_type(cause), " page" },
		{ "step ", cause_step(cause), "" },
		{ "", cause_error(cause), "" },
	};
	size_t used = 0;

	*line = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].text && used < PLACE_LEN)
			used += (size_t)snprintf(line + used, PLACE_LEN - used, "%s%s%s%s",
						 used ? ", " : "", parts[i].before, parts[i].text,
						 parts[i].after);
}

void entry_print_causes(const struct entry *e, const struct text_style *style)
{
	for (size_t i = 0; i < e->nr_causes; i++) {
		const struct explanation *why = e->causes[i].why;
		bool marked = why->sure != SURE;
		char place[PLACE_LEN], line[1024];

		cause_place(e, &e->causes[i], place);
		snprintf(line, sizeof(line), "%s%s%s%s%s%s", place, *place ? ": " : "", why->cause,
			 marked ? " (" : "", marked ? certainty_name(why->sure) : "",
			 marked ? ")" : "");
		text_labelled(style, "why", line);
		if (why->hint)
			text_labelled(style, "do", why->hint);
	}
	if (e->has_causes && !e->nr_causes)
		text_labelled(style, "why", "not known to sevtrace");
}

static void print_checks(const struct entry *e, const struct text_style *style)
{
	const struct check_fact *fact;
	const char *label = "checks";
	size_t next = 0;

	while ((fact = entry_check(e, &next))) {
		char line[512], buf[NAME_LEN];

		snprintf(line, sizeof(line), "%s: %s",
			 name_or_hex(psp_status_name(fact->status), fact->status, buf), fact->text);
		text_labelled(style, label, line);
		label = "";
	}
}

static void print_text(const struct text_style *style, const char *label, const char *text)
{
	if (text)
		text_labelled(style, label, text);
}

void entry_print(const struct entry *e, const struct text_style *style)
{
	entry_title(e, style, style->out);
	fputc('\n', style->out);
	print_text(style, "what", e->text);
	print_text(style, "reading", e->reading);
	print_names(style, "from", psp_command_name, &e->answered_by);
	print_text(style, "issuer", e->issuer);
	print_names(style, "in", ioctl_name, &e->ioctls);
	print_names(style, "steps", step_name, &e->steps);
	print_names(style, "issues", psp_command_name, &e->commands);
	print_text(style, "see", *e->document ? e->document : NULL);
	print_checks(e, style);
	entry_print_causes(e, style);
}
