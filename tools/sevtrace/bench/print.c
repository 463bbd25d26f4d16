// SPDX-License-Identifier: GPL-2.0-only
/* Prints the figures of sevtrace bench, as text and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "bench/bench.h"
#include "diff/render.h"
#include "history/render.h"
#include "host/identity.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "stats/hist_json.h"
#include "stats/mean.h"
#include "util/array.h"
#include "util/json.h"

#define COLUMN 10
#define CLEAN_LEN 256

/* The figures of one type of guest in one configuration. */
struct figures {
	const struct compare_launches *type;
	const struct compare_side *launch; /* NULL: no launch finished */
	const struct compare_row *psp; /* the command that took most of the time; NULL: none */
	const struct compare_side *wait; /* time that launches waited for the PSP */
	struct spread spread; /* of launches */
	double pages_per_second; /* of all concurrent launches together */
	double psp_busy; /* fraction of the time, 0 to 1 */
};

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static const struct compare_side *wait_of(const struct comparison *c,
					  const struct compare_row *exec)
{
	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];

		if (row->vm_type == exec->vm_type && row->section == COMPARE_PSP &&
		    row->id == exec->id && row->waiting)
			return &row->side[COMPARE_A];
	}
	return NULL;
}

static struct figures figures_of(const struct bench_result *r, const struct compare_launches *type)
{
	const struct compare_row *launch = history_launch_row(&r->figures, type->vm_type);
	struct figures f = { .type = type, .launch = launch ? &launch->side[COMPARE_A] : NULL };
	double elapsed = seconds(r->outcome.elapsed_ns);
	uint64_t busy = 0;

	for (size_t i = 0; f.launch && i < f.launch->nr; i++)
		spread_add(&f.spread, (double)f.launch->values[i]);
	for (size_t i = 0; i < r->figures.nr_rows; i++) {
		const struct compare_row *row = &r->figures.rows[i];

		if (row->vm_type != type->vm_type || row->section != COMPARE_PSP || row->waiting)
			continue;
		busy += row->side[COMPARE_A].samples->sum;
		if (!f.psp ||
		    row->side[COMPARE_A].samples->sum > f.psp->side[COMPARE_A].samples->sum)
			f.psp = row;
	}
	if (f.psp)
		f.wait = wait_of(&r->figures, f.psp);
	if (elapsed > 0) {
		f.pages_per_second = (double)type->pages[COMPARE_A] / elapsed;
		f.psp_busy = seconds(busy) / elapsed;
	}
	return f;
}

/* --- text ------------------------------------------------------------------------------------- */

static void cell(const struct text_style *style, const char *text)
{
	text_cell(style, text, -COLUMN);
}

static void time_cell(const struct text_style *style, const struct compare_side *side,
		      double percent)
{
	char buf[TEXT_LEN];

	cell(style, side ? text_time(style, hist_percentile(side->samples, percent), buf) : "-");
}

static void print_psp(const struct figures *f, const struct text_style *style)
{
	char name[NAME_LEN];
	char exec[TEXT_LEN];
	char wait[TEXT_LEN];

	if (!f->psp)
		return;
	fprintf(style->out, "  %s %s", name_or_hex(psp_command_name(f->psp->id), f->psp->id, name),
		text_time(style, f->psp->side[COMPARE_A].median, exec));
	if (f->wait)
		fprintf(style->out, ", waits %s", text_time(style, f->wait->median, wait));
}

static void print_figures(const struct bench_result *r, const struct figures *f,
			  const struct text_style *style)
{
	const uint64_t *results = f->type->results[COMPARE_A];
	char buf[TEXT_LEN];
	double error = spread_error_percent(&f->spread);

	fputs("  ", style->out);
	text_cell(style, vm_type_text(f->type->vm_type), COLUMN);
	cell(style, r->size ? r->size : "-");
	snprintf(buf, sizeof(buf), "%ld", r->concurrency);
	cell(style, buf);
	cell(style, text_count(results[MODEL_OK], buf));
	cell(style, text_count(results[MODEL_FAILED], buf));
	time_cell(style, f->launch, 50);
	time_cell(style, f->launch, 90);
	time_cell(style, f->launch, 99);
	snprintf(buf, sizeof(buf), error >= 0 ? "%.1f %%" : "-", error);
	cell(style, buf);
	cell(style, text_count((uint64_t)f->pages_per_second, buf));
	snprintf(buf, sizeof(buf), "%.1f %%", 100 * f->psp_busy);
	cell(style, buf);
	print_psp(f, style);
	fputc('\n', style->out);
}

static void print_table(const struct bench_report *report, const struct text_style *style)
{
	static const char *const heads[] = { "size", "at once", "ok", "failed",	 "p50",
					     "p90",  "p99",	"+-", "pages/s", "PSP busy" };

	fputs("\n  ", style->out);
	text_cell(style, "guests", COLUMN);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		cell(style, heads[i]);
	fputs("  longest PSP command\n", style->out);
	for (size_t i = 0; i < report->nr; i++) {
		const struct bench_result *r = &report->results[i];

		for (size_t type = 0; r->done && type < r->figures.nr_types; type++) {
			struct figures f = figures_of(r, &r->figures.types[type]);

			print_figures(r, &f, style);
		}
	}
}

static void print_what(const struct bench_result *r, const struct text_style *style)
{
	if (r->size)
		fprintf(style->out, "size %s, ", r->size);
	fprintf(style->out, "%ld at once", r->concurrency);
}

/* Returns what launches at once took by the measurement; NULL: there is nothing to hold against. */
static const struct compare_side *predicted_side(const struct bench_result *r)
{
	const struct compare_row *row =
		r->predicted_p50 ? history_launch_row(&r->figures, r->predicted_type) : NULL;

	return row ? &row->side[COMPARE_A] : NULL;
}

/* Prints launches at once beside what launches one at a time say of them. */
static void print_predicted(const struct bench_report *report, const struct text_style *style)
{
	static const char *const heads[] = { "at once", "p50", "predicted", "too long by" };
	bool headed = false;
	char buf[TEXT_LEN];

	for (size_t i = 0; i < report->nr; i++) {
		const struct bench_result *r = &report->results[i];
		const struct compare_side *side = predicted_side(r);
		uint64_t p50 = side ? hist_percentile(side->samples, 50) : 0;

		if (!p50)
			continue;
		if (!headed) {
			fputs("\n  ", style->out);
			text_cell(style, "size", COLUMN);
			for (size_t head = 0; head < ARRAY_SIZE(heads); head++)
				text_cell(style, heads[head], -(COLUMN + 3));
			fputc('\n', style->out);
		}
		headed = true;
		fputs("  ", style->out);
		text_cell(style, r->size ? r->size : "-", COLUMN);
		snprintf(buf, sizeof(buf), "%ld", r->concurrency);
		text_cell(style, buf, -(COLUMN + 3));
		text_cell(style, text_time(style, p50, buf), -(COLUMN + 3));
		text_cell(style, text_time(style, r->predicted_p50, buf), -(COLUMN + 3));
		snprintf(buf, sizeof(buf), "%.1f %%",
			 100 * ((double)r->predicted_p50 / (double)p50 - 1));
		text_cell(style, buf, -(COLUMN + 3));
		fputc('\n', style->out);
	}
}

/* Prints what went wrong. */
static void print_troubles(const struct bench_report *report, const struct text_style *style)
{
	for (size_t i = 0; i < report->nr; i++) {
		const struct bench_result *r = &report->results[i];

		if (r->done && !r->outcome.failed && r->figures.nr_types)
			continue;
		fputs("  ", style->out);
		print_what(r, style);
		if (!r->done)
			fputs(": not measured\n", style->out);
		else if (r->outcome.failed)
			fprintf(style->out,
				": %ld of %ld commands failed, the first with status %d\n",
				r->outcome.failed, r->outcome.runs, r->outcome.status);
		else
			fprintf(style->out, ": no launch was seen in %ld commands\n",
				r->outcome.runs);
	}
}

void bench_print(const struct bench_report *report, const struct text_style *style)
{
	char clean[CLEAN_LEN];
	char *command = host_quote_command(report->command);

	fprintf(style->out, "%sbench%s: %s\n", text_on(style, TEXT_BOLD), text_off(style),
		command ? text_clean(clean, sizeof(clean), command) : "");
	free(command);
	fprintf(style->out, "  %ld runs each after %ld of warm-up, in random order (--seed=%u)\n\n",
		report->repeat, report->warmup, report->seed);
	fputs("  conditions that bench does not set:\n", style->out);
	conditions_print(report->conditions, style);
	print_table(report, style);
	print_predicted(report, style);
	print_troubles(report, style);
	for (size_t i = 0; i < report->nr; i++) {
		if (!report->results[i].against)
			continue;
		fprintf(style->out, "\n%s", text_on(style, TEXT_BOLD));
		print_what(&report->results[i], style);
		fprintf(style->out, "%s\n", text_off(style));
		compare_text(report->results[i].against, style);
	}
}

/* --- JSON ------------------------------------------------------------------------------------- */

static json_t *figures_json(const struct figures *f)
{
	const uint64_t *results = f->type->results[COMPARE_A];
	char hex[NAME_LEN];
	double error = spread_error_percent(&f->spread);

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:f,s:f}", "vm_type",
			 name_or_hex(vm_type_name(f->type->vm_type), f->type->vm_type, hex), "ok",
			 number_json(results[MODEL_OK]), "failed",
			 number_json(results[MODEL_FAILED]), "incomplete",
			 number_json(results[MODEL_INCOMPLETE]), "duration",
			 f->launch ? hist_json(f->launch->samples) : json_null(), "error_percent",
			 error >= 0 ? json_real(error) : json_null(), "pages_per_second",
			 f->pages_per_second, "psp_busy_percent", 100 * f->psp_busy);
}

static json_t *guests_json(const struct bench_result *r)
{
	json_t *array = json_array();

	for (size_t i = 0; i < r->figures.nr_types; i++) {
		struct figures f = figures_of(r, &r->figures.types[i]);

		array = append_json(array, figures_json(&f));
	}
	return array;
}

static json_t *result_json(const struct bench_result *r)
{
	return json_pack("{s:o,s:I,s:o,s:b,s:I,s:I,s:i,s:o,s:o,s:o,s:o,s:o}", "size",
			 clean_json(r->size), "concurrency", (json_int_t)r->concurrency, "file",
			 clean_json(r->path), "measured", r->done, "commands",
			 (json_int_t)r->outcome.runs, "failed_commands",
			 (json_int_t)r->outcome.failed, "status", r->outcome.status, "elapsed_ns",
			 number_json(r->outcome.elapsed_ns), "guests", guests_json(r), "series",
			 history_series_json(&r->figures), "predicted_p50_ns",
			 r->predicted_p50 ? number_json(r->predicted_p50) : json_null(),
			 "comparison",
			 r->against ? compare_json(r->against, SEVTRACE_VERSION) : json_null());
}

static json_t *results_json(const struct bench_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->nr; i++)
		array = append_json(array, result_json(&report->results[i]));
	return array;
}

static json_t *command_json(char *const *command)
{
	json_t *array = json_array();

	for (size_t i = 0; command[i]; i++)
		array = append_json(array, clean_json(command[i]));
	return array;
}

json_t *bench_json(const struct bench_report *report)
{
	return json_pack("{s:s,s:o,s:I,s:I,s:I,s:o,s:o}", "version", SEVTRACE_VERSION, "command",
			 command_json(report->command), "repeat", (json_int_t)report->repeat,
			 "warmup", (json_int_t)report->warmup, "seed", (json_int_t)report->seed,
			 "conditions", conditions_json(report->conditions), "results",
			 results_json(report));
}
