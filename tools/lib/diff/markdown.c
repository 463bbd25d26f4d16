// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders a comparison as Markdown tables, for the summary page of a CI run or a comment on a
 * change.
 */
#include <inttypes.h>
#include <string.h>

#include "diff/render.h"
#include "sev/names.h"

#define CLEAN_LEN 256

/* Writes untrusted text; escapes what Markdown, or HTML inside it, would interpret. */
static void print_text(FILE *out, const char *s)
{
	char clean[CLEAN_LEN];

	for (const char *p = text_clean(clean, sizeof(clean), s); *p; p++) {
		if (*p == '<')
			fputs("&lt;", out);
		else if (*p == '&')
			fputs("&amp;", out);
		else if (strchr("\\`*_{}[]()#+!|~@>", *p))
			fprintf(out, "\\%c", *p);
		else
			fputc(*p, out);
	}
}

static void print_time(const struct compare_side *side, uint64_t ns, FILE *out)
{
	struct text_style style = { .out = out, .utf8 = true };
	char buf[TEXT_LEN];

	fprintf(out, " %s |", side->nr ? text_time(&style, ns, buf) : "-");
}

static void print_row(const struct comparison *c, const struct compare_row *row, FILE *out)
{
	const struct compare_side *a = &row->side[COMPARE_A];
	const struct compare_side *b = &row->side[COMPARE_B];
	char change[COMPARE_PERCENT_LEN];
	char name[COMPARE_NAME_LEN];

	fprintf(out, "| %s | ", vm_type_text(row->vm_type));
	print_text(out, compare_name(row, name));
	fputs(" |", out);
	print_time(a, a->median, out);
	print_time(b, b->median, out);
	fprintf(out, " %s |", a->nr && b->nr ? compare_percent(row->change, change) : "-");
	print_time(a, compare_p99(a), out);
	print_time(b, compare_p99(b), out);
	fprintf(out, " %s%s%s%s |\n", compare_too_slow(c, row) ? "**" : "",
		compare_verdict_name(row->verdict), compare_too_slow(c, row) ? "**" : "",
		row->over == COMPARE_OVER_SAMPLES && row->verdict != COMPARE_SAME ? " \\*" : "");
}

static bool stands_out(const struct compare_row *row)
{
	return row->verdict == COMPARE_SLOWER || row->verdict == COMPARE_FASTER;
}

/* Prints either the rows that stand out or the other ones. Returns how many. */
static size_t print_rows(const struct comparison *c, bool out_standing, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nr_rows; i++) {
		if (stands_out(&c->rows[i]) != out_standing)
			continue;
		if (!n++)
			fputs("| guest | what | p50 A | p50 B | change | p99 A | p99 B | verdict |\n"
			      "|---|---|---:|---:|---:|---:|---:|---|\n",
			      out);
		print_row(c, &c->rows[i], out);
	}
	return n;
}

/* Prints one line that states the result, the same as the exit status. */
static void print_verdict(const struct comparison *c, const char *gate, FILE *out)
{
	uint64_t failed = compare_failed(c, COMPARE_A) + compare_failed(c, COMPARE_B);
	size_t counts[COMPARE_ONLY_B + 1] = { 0 };
	const char *comma = "";
	char basis[COMPARE_BASIS_LEN];
	const char *nothing = compare_basis_text(c, basis);
	size_t too_slow = 0;

	for (size_t i = 0; i < c->nr_rows; i++) {
		counts[c->rows[i].verdict]++;
		too_slow += compare_too_slow(c, &c->rows[i]);
	}
	fputs("### Guest launches: ", out);
	if (failed)
		fprintf(out, "❌ %" PRIu64 " failed%s", failed, too_slow ? ", and " : "\n\n");
	if (too_slow)
		fprintf(out, "%s%zu of %zu times slower by more than %s\n\n", failed ? "" : "❌ ",
			too_slow, c->nr_rows, gate);
	if (!failed && !too_slow && nothing)
		fprintf(out, "%s nothing to compare: %s\n\n", c->allow_empty ? "✅" : "❌", nothing);
	else if (!failed && !too_slow)
		fprintf(out, "✅ %s\n\n",
			gate		       ? "nothing slower than allowed" :
			counts[COMPARE_SLOWER] ? "none failed" :
						 "nothing slower");
	for (int i = 0; i <= COMPARE_ONLY_B; i++) {
		if (!counts[i])
			continue;
		fprintf(out, "%s%zu %s", comma, counts[i], compare_verdict_name(i));
		comma = ", ";
	}
	fputs(c->nr_rows ? ".\n\n" : "", out);
}

static void print_side(const struct comparison *c, enum compare_which which, const char *name,
		       FILE *out)
{
	fprintf(out, "- %s: ", name);
	print_text(out, c->path[which]);
	for (size_t i = 0; i < c->nr_types; i++)
		for (int result = 0; result <= MODEL_INCOMPLETE; result++)
			if (c->types[i].results[which][result])
				fprintf(out, ", %" PRIu64 " %s %s",
					c->types[i].results[which][result],
					vm_type_text(c->types[i].vm_type), result_name(result));
	fputc('\n', out);
}

static void print_differences(const struct comparison *c, FILE *out)
{
	for (size_t i = 0; i < c->nr_differences; i++) {
		const struct compare_difference *d = &c->differences[i];

		fprintf(out, "- differs: %s, ", d->what);
		print_text(out, d->value[COMPARE_A]);
		fputs(" in A, ", out);
		print_text(out, d->value[COMPARE_B]);
		fputs(" in B\n", out);
	}
}

static void print_errors(const struct comparison *c, FILE *out)
{
	char command[NAME_LEN];
	char status[NAME_LEN];

	for (size_t i = 0; i < c->nr_errors; i++) {
		const struct compare_error *e = &c->errors[i];

		fprintf(out, "- %s, ", vm_type_text(e->vm_type));
		print_text(out, name_or_hex(psp_command_name(e->cmd), e->cmd, command));
		fputs(" answered ", out);
		print_text(out, name_or_hex(psp_status_name(e->status), e->status, status));
		fprintf(out, " (%#x): %" PRIu64 " in A, %" PRIu64 " in B\n", e->status,
			e->count[COMPARE_A], e->count[COMPARE_B]);
	}
}

void compare_markdown(const struct comparison *c, const char *gate, FILE *out)
{
	print_verdict(c, gate, out);
	print_side(c, COMPARE_A, "A", out);
	print_side(c, COMPARE_B, "B", out);
	print_differences(c, out);
	print_errors(c, out);
	fputc('\n', out);
	if (print_rows(c, true, out))
		fputc('\n', out);
	fputs("<details><summary>All other times</summary>\n\n", out);
	print_rows(c, false, out);
	fputs("\n</details>\n", out);
}
