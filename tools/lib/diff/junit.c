// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders a comparison as JUnit XML, which CI systems read as test results: a suite with one case,
 * which fails if there was nothing to compare; then one suite per guest type, with one case per
 * row, and one per recording for its launches. All untrusted text is escaped in this file.
 */
#include <inttypes.h>
#include <string.h>

#include "diff/render.h"
#include "sev/names.h"

#define CLEAN_LEN 256

/*
 * Writes an attribute's value. Of the characters that XML 1.0 (2.2, Char) forbids, text_clean()
 * lets only U+FFFE and U+FFFF through.
 */
static void quote(FILE *out, const char *s)
{
	char clean[CLEAN_LEN];

	fputc('"', out);
	for (const char *p = text_clean(clean, sizeof(clean), s); *p; p++) {
		switch (*p) {
		case '<':
			fputs("&lt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			if (!strncmp(p, "\xef\xbf\xbe", 3) || !strncmp(p, "\xef\xbf\xbf", 3)) {
				fputc('?', out);
				p += 2;
			} else {
				fputc(*p, out);
			}
		}
	}
	fputc('"', out);
}

static void attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=", name);
	quote(out, value);
}

static void property(FILE *out, const char *side, const char *name, const char *value)
{
	char key[64];

	snprintf(key, sizeof(key), "%s.%s", side, name);
	fputs("   <property", out);
	attribute(out, "name", key);
	attribute(out, "value", value);
	fputs("/>\n", out);
}

/* Writes which recordings were compared, and their hosts. */
static void print_properties(const struct comparison *c, FILE *out)
{
	static const char *const sides[] = { "A", "B" };

	fputs("  <properties>\n", out);
	for (int which = COMPARE_A; which <= COMPARE_B; which++) {
		property(out, sides[which], "file", c->path[which]);
		for (size_t i = 0; compare_host_key(i); i++)
			if (c->host[which][i])
				property(out, sides[which], compare_host_key(i), c->host[which][i]);
	}
	fputs("  </properties>\n", out);
}

/* Counts the failed cases of a suite. */
static size_t failures_of(const struct comparison *c, const struct compare_launches *type)
{
	size_t n =
		!!type->results[COMPARE_A][MODEL_FAILED] + !!type->results[COMPARE_B][MODEL_FAILED];

	for (size_t i = 0; i < c->nr_rows; i++)
		n += c->rows[i].vm_type == type->vm_type && compare_too_slow(c, &c->rows[i]);
	return n;
}

static size_t cases_of(const struct comparison *c, const struct compare_launches *type)
{
	size_t n = 2;

	for (size_t i = 0; i < c->nr_rows; i++)
		n += c->rows[i].vm_type == type->vm_type;
	return n;
}

static size_t skipped_of(const struct comparison *c, const struct compare_launches *type)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nr_rows; i++)
		n += c->rows[i].vm_type == type->vm_type && c->rows[i].verdict >= COMPARE_ONLY_A;
	return n;
}

static void begin_case(FILE *out, uint32_t vm_type, const char *section, const char *name,
		       double seconds)
{
	char class[64];

	snprintf(class, sizeof(class), "%s.%s", vm_type_text(vm_type), section);
	fputs("  <testcase", out);
	attribute(out, "classname", class);
	attribute(out, "name", name);
	fprintf(out, " time=\"%.9f\"", seconds);
}

static void print_launches(const struct compare_launches *type, enum compare_which which,
			   const char *path, FILE *out)
{
	static const char *const names[] = { "launches of A", "launches of B" };
	const uint64_t *results = type->results[which];
	char what[CLEAN_LEN + 128];
	uint64_t all = 0;

	for (int i = 0; i <= MODEL_INCOMPLETE; i++)
		all += results[i];
	begin_case(out, type->vm_type, "launch", names[which], 0);
	if (!results[MODEL_FAILED]) {
		fputs("/>\n", out);
		return;
	}
	snprintf(what, sizeof(what),
		 "%" PRIu64 " of %" PRIu64 " failed; sevtrace report %s says why",
		 results[MODEL_FAILED], all, path);
	fputs(">\n   <failure type=\"failed\"", out);
	attribute(out, "message", what);
	fputs("/>\n  </testcase>\n", out);
}

static void print_row(const struct comparison *c, const struct compare_row *row, const char *gate,
		      FILE *out)
{
	const struct compare_side *a = &row->side[COMPARE_A];
	const struct compare_side *b = &row->side[COMPARE_B];
	struct text_style plain = { .out = out };
	char change[COMPARE_PERCENT_LEN];
	char name[COMPARE_NAME_LEN];
	char times[4][TEXT_LEN];
	char what[CLEAN_LEN / 2 + 64];

	begin_case(out, row->vm_type, compare_section_name(row->section), compare_name(row, name),
		   (double)b->median / 1e9);
	fputs(">\n", out);
	if (row->verdict >= COMPARE_ONLY_A) {
		fputs("   <skipped", out);
		attribute(out, "message", compare_verdict_name(row->verdict));
		fputs("/>\n  </testcase>\n", out);
		return;
	}
	snprintf(what, sizeof(what), "p50 %s in A, %s in B (%s); p99 %s in A, %s in B",
		 text_time(&plain, a->median, times[0]), text_time(&plain, b->median, times[1]),
		 compare_percent(row->change, change), text_time(&plain, compare_p99(a), times[2]),
		 text_time(&plain, compare_p99(b), times[3]));
	if (compare_too_slow(c, row)) {
		char message[CLEAN_LEN + 64];

		snprintf(message, sizeof(message), "slower by %.1f %%, more than %s; %s",
			 100 * row->change, gate, what);
		fputs("   <failure type=\"slower\"", out);
		attribute(out, "message", message);
		fputs("/>\n", out);
	} else {
		fprintf(out, "   <system-out>%s: %s</system-out>\n",
			compare_verdict_name(row->verdict), what);
	}
	fputs("  </testcase>\n", out);
}

static void print_suite(const struct comparison *c, const struct compare_launches *type,
			const char *gate, FILE *out)
{
	fputs(" <testsuite", out);
	attribute(out, "name", vm_type_text(type->vm_type));
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
		cases_of(c, type), failures_of(c, type), skipped_of(c, type));
	print_properties(c, out);
	print_launches(type, COMPARE_A, c->path[COMPARE_A], out);
	print_launches(type, COMPARE_B, c->path[COMPARE_B], out);
	for (size_t i = 0; i < c->nr_rows; i++)
		if (c->rows[i].vm_type == type->vm_type)
			print_row(c, &c->rows[i], gate, out);
	fputs(" </testsuite>\n", out);
}

static bool basis_missing(const struct comparison *c)
{
	return c->basis != COMPARE_HAS_BASIS && !c->allow_empty;
}

static void print_basis(const struct comparison *c, FILE *out)
{
	char basis[COMPARE_BASIS_LEN];
	const char *nothing = compare_basis_text(c, basis);

	fprintf(out,
		" <testsuite name=\"comparison\" tests=\"1\" failures=\"%d\" errors=\"0\" "
		"skipped=\"%d\">\n",
		basis_missing(c), nothing && c->allow_empty);
	print_properties(c, out);
	fputs("  <testcase classname=\"comparison\" name=\"something to compare\" time=\"0\"", out);
	if (nothing) {
		fprintf(out, ">\n   <%s", c->allow_empty ? "skipped" : "failure type=\"empty\"");
		attribute(out, "message", nothing);
		fputs("/>\n  </testcase>\n", out);
	} else {
		fputs("/>\n", out);
	}
	fputs(" </testsuite>\n", out);
}

void compare_junit(const struct comparison *c, const char *gate, FILE *out)
{
	size_t failures = basis_missing(c);
	size_t cases = 1;

	for (size_t i = 0; i < c->nr_types; i++) {
		failures += failures_of(c, &c->types[i]);
		cases += cases_of(c, &c->types[i]);
	}
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"sevtrace diff\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
		cases, failures);
	print_basis(c, out);
	for (size_t i = 0; i < c->nr_types; i++)
		print_suite(c, &c->types[i], gate, out);
	fputs("</testsuites>\n", out);
}
