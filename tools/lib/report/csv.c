// SPDX-License-Identifier: GPL-2.0-only
/* Renders launches as comma-separated values: a line for each figure of each launch. */
#include <inttypes.h>
#include <stdio.h>

#include "report/internal.h"
#include "sev/names.h"
#include "stats/hist.h"

/* Names that a VMM chose may hold anything: quoted as in RFC 4180, without control characters. */
static void print_text(FILE *out, const char *text)
{
	char clean[2 * SEVTRACE_COMM_LEN];

	fputc('"', out);
	for (const char *c = text_clean(clean, sizeof(clean), text); *c; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void print_launch(const struct model_launch *l, FILE *out)
{
	char type[NAME_LEN];

	fprintf(out, "%" PRIu32 ",%" PRIu32 ",", l->number, l->pid);
	print_text(out, l->comm);
	fprintf(out, ",%s,%s", name_or_hex(vm_type_name(l->vm_type), l->vm_type, type),
		result_name(launch_result(l)));
}

/* What came later than the first version of the table. */
static void end_line(const struct model_launch *l, FILE *out)
{
	fputc(',', out);
	print_text(out, launch_name(l) ? launch_name(l) : "");
	fputc('\n', out);
}

static void print_times(const struct model_launch *l, FILE *out, const char *section,
			const char *name, const struct sevtrace_hist *h)
{
	if (!h->count)
		return;
	print_launch(l, out);
	fprintf(out, ",%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, section,
		name, (uint64_t)h->count, (uint64_t)h->sum, hist_percentile(h, 50),
		hist_percentile(h, 99), (uint64_t)h->max);
	end_line(l, out);
}

/* The launch as a whole is one time. */
static void print_duration(const struct model_launch *l, FILE *out)
{
	uint64_t ns = launch_duration(l);

	print_launch(l, out);
	fprintf(out, ",launch,duration,1,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, ns, ns, ns,
		ns);
	end_line(l, out);
}

static void print_figures(const struct model_launch *l, FILE *out)
{
	struct sevtrace_hist sum;
	char buf[NAME_LEN];

	for (size_t i = 0; i < l->nr_commands; i++)
		print_times(l, out, "ioctl",
			    name_or_hex(ioctl_name(l->commands[i].ioctl), l->commands[i].ioctl,
					buf),
			    series_hist(&l->commands[i].time));
	for (size_t place = 0; place < SEVTRACE_STEP_COUNT; place++)
		print_times(l, out, "step", step_name(step_at(place)),
			    launch_step(l, step_at(place), &sum));
	for (size_t i = 0; i < l->nr_psp; i++) {
		const struct model_psp *psp = &l->psp[i];
		const char *name = name_or_hex(psp_command_name(psp->cmd), psp->cmd, buf);

		print_times(l, out, "psp_wait", name, series_hist(&psp->wait));
		print_times(l, out, "psp_exec", name, series_hist(&psp->exec));
	}
}

void render_csv(const struct report *report, FILE *out)
{
	const struct model *m = report->model;

	fputs("launch,pid,comm,vm_type,result,section,name,count,total_ns,p50_ns,p99_ns,max_ns,"
	      "guest\n",
	      out);
	for (size_t i = 0; i < m->nr_launches; i++) {
		size_t at = report_at(report, i);

		if (!report_shows(report, at))
			continue;
		print_duration(m->launches[at], out);
		print_figures(m->launches[at], out);
	}
}
