// SPDX-License-Identifier: GPL-2.0-only
/* Renders launches as comma-separated values: a line for each figure of each launch. */
#include <inttypes.h>
#include <stdio.h>

#include "report/internal.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/array.h"

/* A line. */
struct line {
	const struct model_launch *launch;
	const char *section;
	const char *name;
	uint64_t count, total, p50, p99, max;
};

static void put_number(FILE *out, uint64_t n)
{
	fprintf(out, "%" PRIu64, n);
}

/* Names that a VMM chose may hold anything: they are cleaned of control characters. */
static void put_text(FILE *out, const char *text)
{
	char clean[2 * SEVTRACE_NAME_LEN];

	csv_value(out, text_clean(clean, sizeof(clean), text ? text : ""));
}

static void put_type(FILE *out, const struct line *line)
{
	char type[NAME_LEN];

	csv_value(out,
		  name_or_hex(vm_type_name(line->launch->vm_type), line->launch->vm_type, type));
}

/* clang-format off */
/* X(name, how to print it): append new columns, scripts may address columns by number. */
#define COLUMNS(X) \
	X(launch, put_number(out, line->launch->number)) \
	X(pid, put_number(out, line->launch->pid)) \
	X(comm, put_text(out, line->launch->comm)) \
	X(vm_type, put_type(out, line)) \
	X(result, csv_value(out, result_name(launch_result(line->launch)))) \
	X(section, csv_value(out, line->section)) \
	X(name, csv_value(out, line->name)) \
	X(count, put_number(out, line->count)) \
	X(total_ns, put_number(out, line->total)) \
	X(p50_ns, put_number(out, line->p50)) \
	X(p99_ns, put_number(out, line->p99)) \
	X(max_ns, put_number(out, line->max)) \
	X(guest, put_text(out, launch_name(line->launch)))
/* clang-format on */

#define COLUMN_NAME(name, print) #name,
static const char *const names[] = { COLUMNS(COLUMN_NAME) };
#undef COLUMN_NAME

#define COLUMN_PRINT(name, print)                                    \
	static void print_##name(FILE *out, const struct line *line) \
	{                                                            \
		print;                                               \
	}
COLUMNS(COLUMN_PRINT)
#undef COLUMN_PRINT

#define COLUMN_FUNCTION(name, print) print_##name,
static void (*const prints[])(FILE *out, const struct line *line) = { COLUMNS(COLUMN_FUNCTION) };
#undef COLUMN_FUNCTION

const struct csv_table report_csv = { names, ARRAY_SIZE(names) };

/* The file, and what is wanted of the table. */
struct csv {
	FILE *out;
	struct csv_columns columns;
};

static void print_line(const struct csv *csv, const struct line *line)
{
	for (size_t i = 0; i < csv->columns.nr; i++) {
		if (i)
			fputc(',', csv->out);
		prints[csv->columns.at[i]](csv->out, line);
	}
	fputc('\n', csv->out);
}

static void print_times(const struct csv *csv, const struct model_launch *l, const char *section,
			const char *name, const struct sevtrace_hist *h)
{
	const struct line line = {
		.launch = l,
		.section = section,
		.name = name,
		.count = h->count,
		.total = h->sum,
		.p50 = hist_percentile(h, 50),
		.p99 = hist_percentile(h, 99),
		.max = h->max,
	};

	if (h->count)
		print_line(csv, &line);
}

/* The launch as a whole is one time. */
static void print_duration(const struct csv *csv, const struct model_launch *l)
{
	uint64_t ns = launch_duration(l);
	const struct line line = { l, "launch", "duration", 1, ns, ns, ns, ns };

	print_line(csv, &line);
}

static void print_figures(const struct csv *csv, const struct model_launch *l)
{
	struct sevtrace_hist sum;
	char buf[NAME_LEN];

	for (size_t i = 0; i < l->nr_commands; i++)
		print_times(csv, l, "ioctl",
			    name_or_hex(ioctl_name(l->commands[i].ioctl), l->commands[i].ioctl,
					buf),
			    series_hist(&l->commands[i].time));
	for (size_t place = 0; place < SEVTRACE_STEP_COUNT; place++)
		print_times(csv, l, "step", step_name(step_at(place)),
			    launch_step(l, step_at(place), &sum));
	for (size_t i = 0; i < l->nr_psp; i++) {
		const struct model_psp *psp = &l->psp[i];
		const char *name = name_or_hex(psp_command_name(psp->cmd), psp->cmd, buf);

		print_times(csv, l, "psp_wait", name, series_hist(&psp->wait));
		print_times(csv, l, "psp_exec", name, series_hist(&psp->exec));
	}
}

void render_csv(const struct report *report, FILE *out)
{
	const struct model *m = report->model;
	struct csv csv = { .out = out };

	if (report->columns)
		csv.columns = *report->columns;
	else
		csv_choose_all(&report_csv, &csv.columns);
	csv_head(out, &report_csv, &csv.columns);
	for (size_t i = 0; i < m->nr_launches; i++) {
		size_t at = report_at(report, i);

		if (!report_shows(report, at))
			continue;
		print_duration(&csv, m->launches[at]);
		print_figures(&csv, m->launches[at]);
	}
}
