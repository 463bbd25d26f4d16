// SPDX-License-Identifier: GPL-2.0-only
/* Prints the report as text that fits a screen's width. */
#include <inttypes.h>
#include <string.h>

#include "explain/explain.h"
#include "report/internal.h"
#include "report/report.h"
#include "sev/host_keys.h"
#include "sev/lacks.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/array.h"

#define NAME_MAX_LEN 256
#define IOCTL_NAME 30

static void print_count(const struct text_style *style, uint64_t n, const char *one,
			const char *many)
{
	char buf[TEXT_LEN];

	fprintf(style->out, "%s %s", text_count(n, buf), n == 1 ? one : many);
}

#define NOT_KNOWN "not known this way: "

static void print_host(const struct report *report, const struct text_style *style)
{
	const struct host_key_row *row;
	char clean[NAME_MAX_LEN];
	const char *filter, *lacks;
	char line[TEXT_LIST_LEN] = "";

	for (size_t i = 0; (row = host_key_at(HOST_IN_REPORT, i)); i++) {
		const char *value = model_host_value(report->model, row->key);

		if (value && *value)
			text_list_add(line, row->before, value);
	}
	if (*line)
		text_wrap(style, line, 2);
	lacks = model_host_value(report->model, host_keys[HOST_LACKS].key);
	if (lacks) {
		char text[sizeof(NOT_KNOWN) + LACKS_LEN] = NOT_KNOWN;

		text_clean(text + strlen(NOT_KNOWN), LACKS_LEN, lacks);
		text_wrap(style, text, 2);
	}
	filter = model_host_value(report->model, host_keys[HOST_FILTER].key);
	if (filter)
		fprintf(style->out,
			"recorded with %s: counts from records lack what that leaves out\n",
			text_clean(clean, sizeof(clean), filter));
}

/* Prints losses, even if there are none; by processor if there are some. */
static void print_drops(const struct report *report, const struct text_style *style)
{
	const struct model *m = report->model;
	struct tracefile_cpu_drops sum;
	char buf[TEXT_LEN];
	char clean[NAME_MAX_LEN];

	if (!model_drops(m, &sum)) {
		print_count(style, m->records, "event", "events");
		fprintf(style->out, ", %slosses unknown%s\n", text_on(style, TEXT_YELLOW),
			text_off(style));
		return;
	}
	print_count(style, sum.emitted, "event", "events");
	fprintf(style->out, ", %s%s dropped%s\n",
		text_on(style, sum.dropped ? TEXT_RED : TEXT_PLAIN), text_count(sum.dropped, buf),
		text_off(style));
	for (size_t i = 0; i < m->nr_cpus; i++) {
		char total[TEXT_LEN];

		if (m->cpus[i].dropped)
			fprintf(style->out, "  CPU %u dropped %s of %s\n", m->cpus[i].cpu,
				text_count(m->cpus[i].dropped, buf),
				text_count(m->cpus[i].emitted, total));
	}
	if (sum.dropped) {
		fputs("  ", style->out);
		text_wrap(style,
			  m->kernel_hists ?
				  "times and counts are the kernel's and whole; pages, flushes, "
				  "failures and results may lack what was dropped" :
				  "all figures lack what was dropped, and a step after a gap "
				  "seems longer than it was",
			  2);
	}
	for (size_t i = 0; i < m->nr_losses; i++)
		if (m->losses[i].count)
			fprintf(style->out, "  %slost: %s %s%s\n", text_on(style, TEXT_RED),
				text_count(m->losses[i].count, buf),
				text_clean(clean, sizeof(clean), m->losses[i].name),
				text_off(style));
}

/*
 * Explains a file without launches: a VMM that gave up before it asked the kernel was not refused.
 */
static void print_no_launch(const struct model *m, const struct text_style *style)
{
	const char *status = model_host_value(m, host_keys[HOST_COMMAND_STATUS].key);
	struct explanation why = explain_no_launch(status);
	char clean[NAME_MAX_LEN];

	fputs("No launch of a confidential guest was recorded", style->out);
	if (status)
		fprintf(style->out, "; the command ended with status %s",
			text_clean(clean, sizeof(clean), status));
	fputs(".\n", style->out);
	if (!why.cause)
		return;
	text_labelled(style, "why", why.cause);
	text_labelled(style, "do", why.hint);
}

/* Prints how many launches follow, if not all do. */
static void print_shown(const struct report *report, const struct text_style *style)
{
	char buf[TEXT_LEN];
	size_t shown = 0;

	for (size_t i = 0; i < report->model->nr_launches; i++)
		shown += report_shows(report, i);
	if (report->shown)
		fprintf(style->out, " (%s shown)", text_count(shown, buf));
}

static void print_header(const struct report *report, const struct text_style *style)
{
	const struct model *m = report->model;
	char clean[NAME_MAX_LEN];

	fprintf(style->out, "%s: ", text_clean(clean, sizeof(clean), report->path));
	print_count(style, m->nr_launches, "launch", "launches");
	print_shown(report, style);
	fputs(", ", style->out);
	print_drops(report, style);
	print_host(report, style);
	if (!report->state->complete)
		fprintf(style->out, "%sincomplete%s: %s\n", text_on(style, TEXT_YELLOW),
			text_off(style), report->state->text);
	if (!m->nr_launches)
		print_no_launch(m, style);
	if (m->more_launches) {
		print_count(style, m->more_launches, "record", "records");
		fprintf(style->out, " of launches beyond the first %d left out",
			MODEL_MAX_LAUNCHES);
		if (model_rest_failed(m)) {
			fputs("; ", style->out);
			print_count(style, model_rest_failed(m), "of these launches",
				    "of these launches");
			fputs(" failed", style->out);
		}
		fputc('\n', style->out);
	}
}

static enum text_color result_color(enum model_result result)
{
	static const enum text_color colors[] = {
		[MODEL_OK] = TEXT_GREEN,
		[MODEL_FAILED] = TEXT_RED,
		[MODEL_INCOMPLETE] = TEXT_YELLOW,
	};

	return colors[result];
}

#define FIGURE_PAGES (FIGURE_SHARED_PAGES | FIGURE_PRIVATE_PAGES | FIGURE_VMSAS)

/* Prints "24+" where the number may not be all, and "-" where nothing is seen. */
static void print_seen(const struct text_style *style, uint64_t n, bool unknown, const char *one,
		       const char *many)
{
	char buf[TEXT_LEN];

	if (unknown && !n) {
		fprintf(style->out, "- %s", many);
		return;
	}
	if (unknown)
		fprintf(style->out, "%s+ %s", text_count(n, buf), many);
	else
		print_count(style, n, one, many);
}

static void print_headline(const struct model *m, const struct model_launch *l,
			   const struct text_style *style)
{
	enum model_result result = launch_result(l);
	char vmm[LAUNCH_VMM_LEN], buf[TEXT_LEN];

	fprintf(style->out, "%slaunch %u: %s  %s", text_on(style, TEXT_BOLD), l->number,
		launch_vmm(l, vmm), vm_type_text(l->vm_type));
	if (l->asid)
		fprintf(style->out, "  ASID %u", l->asid);
	fputs("  ", style->out);
	print_seen(style, launch_pages(l, false) + launch_pages(l, true),
		   launch_unknown_figures(m, l) & FIGURE_PAGES, "page", "pages");
	fprintf(style->out, "  %s%s  %s%s%s\n", text_time(style, launch_duration(l), buf),
		text_off(style), text_on(style, result_color(result)), result_name(result),
		text_off(style));
}

/*
 * "qemu-system-x86, libvirt domain web1, unit web1.service": what the headline does not tell of the
 * VMM's names, or not in full.
 */
static void print_names(const struct model_launch *l, const struct text_style *style)
{
	char line[TEXT_LIST_LEN] = "", kind[NAME_LEN];

	if (launch_name(l))
		text_list_add(line, "", *l->comm ? l->comm : "?");
	for (uint32_t i = 0; i < SEVTRACE_NAME_COUNT; i++) {
		snprintf(kind, sizeof(kind), "%s ", name_kind_text(i));
		if (l->names[i] &&
		    (l->names[i] != launch_name(l) || strlen(l->names[i]) > LAUNCH_VMM_NAME))
			text_list_add(line, kind, l->names[i]);
	}
	if (!*line)
		return;
	fputs("  ", style->out);
	text_wrap(style, line, 4);
}

/*
 * "2,006 private pages: 2,000 normal, 4 zero, 1 secrets, 1 cpuid", or, where VMSAs are not seen,
 * "24+ shared pages encrypted in place: 24 normal, - vmsa"
 */
static void print_pages(const struct model *m, const struct model_launch *l,
			const struct text_style *style, bool private)
{
	uint32_t unknown = launch_unknown_pages(m, l, private);
	const char *before = ": ";
	char buf[TEXT_LEN];
	char name[NAME_LEN];

	if (!launch_pages(l, private) && !unknown)
		return;
	fputs("  ", style->out);
	print_seen(style, launch_pages(l, private), unknown,
		   private ? "private page" : "shared page",
		   private ? "private pages" : "shared pages");
	if (!private)
		fputs(" encrypted in place", style->out);
	for (uint32_t i = 0; i < SEVTRACE_PAGE_TYPE_COUNT; i++) {
		if (!launch_pages_of(l, private, i))
			continue;
		fprintf(style->out, "%s%s %s", before,
			text_count(launch_pages_of(l, private, i), buf),
			name_or_hex(page_type_name(i), i, name));
		before = ", ";
	}
	if (unknown & FIGURE_VMSAS && !launch_pages_of(l, private, SEVTRACE_PAGE_VMSA))
		fprintf(style->out, "%s- %s", before, page_type_name(SEVTRACE_PAGE_VMSA));
	fputc('\n', style->out);
}

static void print_attributes(const struct model *m, const struct model_launch *l,
			     const struct text_style *style)
{
	const struct model_attributes *a = &l->attributes;
	uint32_t unknown = launch_unknown_figures(m, l);
	char buf[TEXT_LEN];

	if (!a->updates) {
		if (unknown & FIGURE_ATTRIBUTES)
			fputs("  attributes of - pages set in - updates\n", style->out);
		return;
	}
	fputs("  attributes of ", style->out);
	print_count(style, a->pages, "page", "pages");
	fputs(" set in ", style->out);
	print_count(style, a->updates, "update", "updates");
	fprintf(style->out, ", %s of it waiting for slots_lock",
		unknown & FIGURE_SLOTS_WAIT ? "-" :
					      text_time(style, series_hist(&a->wait)->sum, buf));
	if (a->failed)
		fprintf(style->out, ", %s failed", text_count(a->failed, buf));
	fputc('\n', style->out);
}

/* The launch is one part of what people wait for. */
static void print_around(const struct model_launch *l, const struct text_style *style)
{
	uint64_t before, after;
	bool began = launch_before(l, &before), ran = launch_until_run(l, &after);
	char buf[TEXT_LEN];

	if (!began && !ran)
		return;
	fputs("  ", style->out);
	if (began)
		fprintf(style->out, "the VMM began %s before", text_time(style, before, buf));
	if (ran)
		fprintf(style->out, "%sthe guest first ran %s after the launch", began ? "; " : "",
			text_time(style, after, buf));
	fputc('\n', style->out);
}

static void print_notes(const struct model *m, const struct model_launch *l,
			const struct text_style *style)
{
	char buf[TEXT_LEN];

	if (l->dropped) {
		fprintf(style->out, "  %s", text_on(style, TEXT_RED));
		print_count(style, l->dropped, "record", "records");
		fprintf(style->out, " of it dropped%s: tables are %s\n", text_off(style),
			launch_source(l) == SOURCE_KERNEL ? "the kernel's and whole" :
							    "lacking what was dropped");
	}
	if (l->joined)
		fputs("  began before the recording: what came first is missing\n", style->out);
	if (l->destroyed)
		fprintf(style->out, "  torn down later in %s (not part of the launch)\n",
			launch_unknown_figures(m, l) & FIGURE_TEARDOWN ?
				"-" :
				text_time(style, l->teardown_ns, buf));
}

static void print_ioctls(const struct model *m, const struct model_launch *l,
			 const struct text_style *style)
{
	char buf[TEXT_LEN];

	if (!l->nr_commands)
		return;
	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, "ioctl", IOCTL_NAME);
	text_cell(style, "count", -9);
	text_cell(style, "total", -10);
	text_cell(style, "failed", -8);
	fprintf(style->out, "%s\n", text_off(style));
	for (size_t i = 0; i < l->nr_commands; i++) {
		const struct model_command *c = &l->commands[i];
		const struct sevtrace_hist *h = series_hist(&c->time);
		char name[NAME_LEN];

		fputs("  ", style->out);
		text_cell(style, name_or_hex(ioctl_name(c->ioctl), c->ioctl, name), IOCTL_NAME);
		text_cell(style, text_count(h->count, buf), -9);
		text_cell(style, text_time(style, h->sum, buf), -10);
		text_cell(style, text_count(c->failed - c->length_queries, buf), -8);
		if (c->length_queries)
			fprintf(style->out, "  + %s length %s", text_count(c->length_queries, buf),
				c->length_queries == 1 ? "query" : "queries");
		fputc('\n', style->out);
	}
	render_unseen(style, launch_lacks(m, l, FIGURE_REGIONS | FIGURE_ATTRIBUTES, 0));
}

/* Ioctls that had not returned when the recording ended. */
static void print_pending(const struct model_launch *l, const struct text_style *style)
{
	char name[NAME_LEN];

	for (size_t i = 0; i < l->nr_ops; i++) {
		uint32_t ioctl = l->ops[i].seen.ioctl;

		if (l->ops[i].entered)
			fprintf(style->out, "  %sended inside %s%s\n", text_on(style, TEXT_YELLOW),
				name_or_hex(ioctl_name(ioctl), ioctl, name), text_off(style));
	}
}

/*
 * Prints what ended a launch that was not finished. Always says that the VMM was killed, but says
 * that it gave up only if nothing had been refused before: after a refusal that is expected.
 */
static void print_ending(const struct model_launch *l, const struct text_style *style)
{
	enum launch_ending ending = launch_ending(l);
	struct explanation why = explain_ending(ending);
	const char *signal = sigabbrev_np(l->vmm_signal);
	char line[NAME_MAX_LEN] = "the VM was destroyed";
	char name[NAME_LEN];

	if (!why.cause || (ending != LAUNCH_KILLED && launch_result(l) == MODEL_FAILED))
		return;
	if (ending == LAUNCH_KILLED)
		snprintf(line, sizeof(line), "the VMM, by signal %u%s%s%s,", l->vmm_signal,
			 signal ? " (SIG" : "", signal ? signal : "", signal ? ")" : "");
	else if (ending == LAUNCH_EXITED)
		snprintf(line, sizeof(line), "the VMM ended with status %u", l->vmm_status);
	fprintf(style->out, "\n  %s%s%s  %s after %s had returned\n", text_on(style, TEXT_RED),
		ending == LAUNCH_KILLED ? "KILLED" : "GIVEN UP", text_off(style), line,
		name_or_hex(ioctl_name(l->last_ioctl), l->last_ioctl, name));
	snprintf(line, sizeof(line), "%s (%s)", why.cause, certainty_name(why.sure));
	text_labelled(style, "why", line);
	text_labelled(style, "do", why.hint);
}

static void print_failures(struct model *m, const struct model_launch *l,
			   const struct text_style *style)
{
	for (size_t i = 0; i < l->nr_failures; i++) {
		if (failure_retried(&l->failures[i]))
			continue;
		fputc('\n', style->out);
		render_failure(m, l, &l->failures[i], style);
	}
	if (l->more_failures) {
		fputs("\n  and ", style->out);
		print_count(style, l->more_failures, "more failure", "more failures");
		fputc('\n', style->out);
	}
}

static void print_launch(const struct report *report, size_t place, const struct text_style *style)
{
	struct model *m = report->model;
	const struct model_launch *l = m->launches[place];

	fputc('\n', style->out);
	print_headline(m, l, style);
	print_names(l, style);
	print_pages(m, l, style, true);
	print_pages(m, l, style, false);
	print_attributes(m, l, style);
	print_around(l, style);
	print_notes(m, l, style);
	render_retried(l, style);
	print_pending(l, style);
	print_failures(m, l, style);
	print_ending(l, style);
	render_times(m, l, style);
	render_timeline(l, style);
	render_calls(l, style);
	render_profile(m, l, style);
	render_guest(m, l, style);
	render_steps(m, l, style);
	if (report->detail)
		render_slowest(detail_at(report->detail, place), l, style);
	render_psp(m, l, style);
	print_ioctls(m, l, style);
}

void render_text(const struct report *report, const struct text_style *style)
{
	struct model *m = report->model;

	print_header(report, style);
	render_overview(report, style);
	for (size_t i = 0; i < m->nr_launches; i++)
		if (report_shows(report, report_at(report, i)))
			print_launch(report, report_at(report, i), style);
	render_psp_timeline(m, style);
	if (m->outside && m->outside->nr_psp) {
		fprintf(style->out, "\n%sPSP commands outside launches%s\n",
			text_on(style, TEXT_BOLD), text_off(style));
		render_host_failures(m, style);
		render_psp(m, m->outside, style);
	}
}
