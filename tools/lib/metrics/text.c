// SPDX-License-Identifier: GPL-2.0-only
/* Writes metrics as text. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "metrics/internal.h"
#include "sev/lacks.h"
#include "util/array.h"
#include "util/text.h"

static const char *suffix(enum metric_type type)
{
	return type == METRIC_COUNTER || type == METRIC_SECONDS ? "_total" : "";
}

void metrics_head(const struct metrics_out *out, const char *name, const char *help,
		  enum metric_type type)
{
	static const char *const types[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_SECONDS] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
	};
	const char *end = out->strict ? "" : suffix(type);

	fprintf(out->file, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, end, help, name, end,
		types[type]);
}

void metrics_print_seconds(const struct metrics_out *out, uint64_t ns)
{
	fprintf(out->file, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

/* Returns a float as OpenMetrics writes it: "2.5e-06", "0.001", "1.0", "+Inf". */
static const char *bound_text(size_t i, char buf[TEXT_LEN])
{
	if (i == METRICS_BOUNDS)
		return "+Inf";
	if (metrics_bound(i) % 1000000000)
		snprintf(buf, TEXT_LEN, "%g", (double)metrics_bound(i) / 1e9);
	else
		snprintf(buf, TEXT_LEN, "%" PRIu64 ".0", metrics_bound(i) / 1000000000);
	return buf;
}

/*
 * Prints the slowest sample as the exemplar of the bucket that it belongs to: OpenMetrics 1.0,
 * "Exemplars". It fits their limit of 128 characters.
 */
static void print_slowest(const struct metrics_out *out, const struct metrics_slowest *slowest,
			  size_t bound)
{
	bool here = slowest->ns <= metrics_bound(bound) &&
		    (!bound || slowest->ns > metrics_bound(bound - 1));

	if (!out->strict || !out->exemplars || !slowest->launch || !slowest->ns || !here) {
		fputc('\n', out->file);
		return;
	}
	fprintf(out->file, " # {launch=\"%" PRIu32 "\",vmm=", slowest->launch);
	text_quote(out->file, slowest->vmm);
	fputs("} ", out->file);
	metrics_print_seconds(out, slowest->ns);
}

/*
 * Prints a histogram. Limits buckets to the total count, which those of a damaged file may exceed.
 */
static void print_hist(const struct metrics_out *out, const char *name,
		       const struct metrics_row *row)
{
	const struct metrics_hist *h = row->hist;
	char bound[TEXT_LEN];
	uint64_t sum = 0;

	for (size_t i = 0; i <= METRICS_BOUNDS; i++) {
		sum += h->counts[i];
		if (sum > h->count || i == METRICS_BOUNDS)
			sum = h->count;
		fprintf(out->file, "%s_bucket{%s,le=\"%s\"} %" PRIu64, name, row->labels,
			bound_text(i, bound), sum);
		print_slowest(out, &h->slowest, i);
	}
	fprintf(out->file, "%s_sum{%s} ", name, row->labels);
	metrics_print_seconds(out, h->sum);
	fprintf(out->file, "%s_count{%s} %" PRIu64 "\n", name, row->labels, h->count);
}

static void print_seconds_row(const struct metrics_out *out, const char *name,
			      const struct metrics_row *row)
{
	fprintf(out->file, "%s_total{%s} ", name, row->labels);
	metrics_print_seconds(out, row->value);
}

static void print_family(const struct metrics_out *out, const struct metrics_family *f,
			 const struct metrics_rows *rows)
{
	if (rows->nr)
		metrics_head(out, f->name, f->help, f->type);
	for (size_t i = 0; i < rows->nr; i++) {
		const struct metrics_row *row = &rows->rows[i];

		if (row->hist)
			print_hist(out, f->name, row);
		else if (f->type == METRIC_COUNTER)
			fprintf(out->file, "%s_total{%s} %" PRIu64 "\n", f->name, row->labels,
				row->value);
		else if (f->type == METRIC_SECONDS)
			print_seconds_row(out, f->name, row);
	}
}

void metrics_write(const struct metrics_out *out, const struct metrics *m)
{
	const struct metrics_family *family;
	const struct metrics_rows *rows;

	for (size_t i = 0; (rows = metrics_rows(m, i, &family)); i++)
		print_family(out, family, rows);
}

void metrics_end(const struct metrics_out *out)
{
	fputs("# EOF\n", out->file);
}

void metrics_simple(const struct metrics_out *out, const char *name, const char *help,
		    enum metric_type type, uint64_t value)
{
	metrics_head(out, name, help, type);
	fprintf(out->file, "%s%s %" PRIu64 "\n", name, suffix(type), value);
}

void metrics_seconds(const struct metrics_out *out, const char *name, const char *help,
		     enum metric_type type, uint64_t ns)
{
	metrics_head(out, name, help, type);
	fprintf(out->file, "%s%s ", name, suffix(type));
	metrics_print_seconds(out, ns);
}

void metrics_info(const struct metrics_out *out, const char *version,
		  const char *const host[HOST_KEY_COUNT])
{
	const char *before = "sevtrace_host_info{";

	metrics_head(out, "sevtrace_build_info", "The version of sevtrace that printed this.",
		     METRIC_GAUGE);
	fputs("sevtrace_build_info{version=", out->file);
	text_quote(out->file, version);
	fputs("} 1\n", out->file);
	metrics_head(out, "sevtrace_host_info", "The host that was recorded.", METRIC_GAUGE);
	for (size_t i = 0; i < HOST_KEY_COUNT; i++) {
		if (!(host_keys[i].uses & HOST_ALWAYS))
			continue;
		fprintf(out->file, "%s%s=", before, host_keys[i].key);
		text_quote(out->file, host[i] ? host[i] : "");
		before = ",";
	}
	fputs("} 1\n", out->file);
}

/* Prints a text as the value of a label: in small letters, other characters as one "_". */
static void print_slug(const struct metrics_out *out, const char *text)
{
	bool gap = false, any = false;

	fputc('"', out->file);
	for (; *text; text++) {
		if (!isalnum((unsigned char)*text)) {
			gap = any;
			continue;
		}
		if (gap)
			fputc('_', out->file);
		fputc(tolower((unsigned char)*text), out->file);
		any = true;
		gap = false;
	}
	fputc('"', out->file);
}

/* A figure that is absent may be among what the source does not tell. */
void metrics_lacks(const struct metrics_out *out, const char *lacks)
{
	uint32_t set = lacks_read(lacks);

	metrics_head(out, "sevtrace_source_lacks",
		     "1 for each thing that the source of events does not tell; 0: it tells all.",
		     METRIC_GAUGE);
	if (!set)
		fputs("sevtrace_source_lacks{what=\"nothing\"} 0\n", out->file);
	for (uint32_t i = 0; i < LACK_COUNT; i++) {
		if (!(set & LACK_BIT(i)))
			continue;
		fputs("sevtrace_source_lacks{what=", out->file);
		print_slug(out, lack_name(i));
		fputs("} 1\n", out->file);
	}
}

void metrics_losses_head(const struct metrics_out *out)
{
	metrics_head(out, "sevtrace_losses", "What else was lost, by kind.", METRIC_COUNTER);
}

void metrics_loss(const struct metrics_out *out, const char *name, uint64_t count)
{
	fputs("sevtrace_losses_total{kind=", out->file);
	print_slug(out, name);
	fprintf(out->file, "} %" PRIu64 "\n", count);
}
