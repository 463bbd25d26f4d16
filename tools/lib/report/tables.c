// SPDX-License-Identifier: GPL-2.0-only
/* Prints the tables of the text report: steps and PSP commands. */
#include <string.h>

#include "report/axis.h"
#include "report/cells.h"
#include "report/internal.h"
#include "sev/lacks.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/array.h"

#define STEP_NAME 14
#define PSP_NAME 20
#define FIGURES_OF_PSP (FIGURE_PSP | FIGURE_PSP_WAIT | FIGURE_PSP_PARTS | FIGURE_PSP_ASKED)
#define WIDE 100 /* tables show all columns from this width on */

static void step_row(const struct text_style *style, const char *name,
		     const struct sevtrace_hist *h, uint64_t whole, const struct axis *axis)
{
	fputs("  ", style->out);
	text_cell(style, name, STEP_NAME);
	number_cell(style, h->count);
	if (style->width >= WIDE)
		number_cell(style, h->pages);
	time_cell(style, h->sum);
	share_cell(style, h->sum, whole);
	time_cell(style, hist_percentile(h, 50));
	time_cell(style, hist_percentile(h, 99));
	time_cell(style, h->max);
	if (axis->bars)
		fputs("  ", style->out);
	axis_print_bars(h, axis, style);
	fputc('\n', style->out);
}

/* The steps of one table: those of one phase, or of all phases. */
struct section {
	const struct model_launch *launch;
	const char *title;
	bool all;
	enum sevtrace_phase phase;
	uint32_t unknown; /* steps, bits by number */
};

/* Returns the histogram of a step within the section, as launch_step() does for a launch. */
static const struct sevtrace_hist *section_step(const struct section *s, uint32_t step,
						struct sevtrace_hist *buffer)
{
	return s->all ? launch_step(s->launch, step, buffer) :
			launch_phase_step(s->launch, s->phase, step);
}

static struct model_flushes section_flushes(const struct section *s)
{
	return s->all ? launch_flushes(s->launch) : s->launch->flushes[s->phase];
}

static const struct sevtrace_hist *section_per_page(const struct section *s)
{
	return s->all || s->phase == SEVTRACE_PHASE_SHARED ? s->launch->psp_per_page : NULL;
}

static void steps_head(const struct section *s, const struct text_style *style,
		       const struct axis *axis)
{
	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, s->title, STEP_NAME);
	text_cell(style, "count", -CELL_COUNT);
	if (style->width >= WIDE)
		text_cell(style, "pages", -CELL_COUNT);
	HEADS(style, "total");
	text_cell(style, "share", -CELL_SHARE);
	HEADS(style, "p50", "p99", "max");
	axis_print_head(axis, style);
	fprintf(style->out, "%s\n", text_off(style));
}

static void skipped_row(const struct model_flushes *flushes, const struct text_style *style)
{
	char buf[TEXT_LEN];

	fputs("  ", style->out);
	text_cell(style, step_name(SEVTRACE_STEP_CLFLUSH), STEP_NAME);
	text_cell(style, "skipped", -CELL_COUNT);
	fprintf(style->out, "  for %s %s, as the processor is coherent\n",
		text_count(flushes->skipped_pages, buf),
		flushes->skipped_pages == 1 ? "page" : "pages");
}

void render_unseen(const struct text_style *style, uint32_t lacks)
{
	char text[LACKS_LEN];

	if (!lacks)
		return;
	fputs("  not seen: ", style->out);
	text_wrap(style, lacks_write(lacks, text, sizeof(text)), (int)strlen("  not seen: "));
}

/* Prints a step that the recording cannot know. */
static void unknown_row(const char *name, const struct text_style *style)
{
	fputs("  ", style->out);
	text_cell(style, name, STEP_NAME);
	text_cell(style, "-", -CELL_COUNT);
	if (style->width >= WIDE)
		text_cell(style, "-", -CELL_COUNT);
	text_cell(style, "-", -CELL_TIME);
	text_cell(style, "-", -CELL_SHARE);
	HEADS(style, "-", "-", "-");
	fputc('\n', style->out);
}

/* Was every flush skipped? */
static bool flush_skipped(const struct model_flushes *flushes)
{
	return flushes->skipped && !flushes->done;
}

static struct axis steps_axis(const struct model_launch *l, const struct text_style *style)
{
	int taken = 2 + STEP_NAME + CELL_COUNT + 4 * CELL_TIME + CELL_SHARE + 2 +
		    (style->width >= WIDE ? CELL_COUNT : 0);
	const struct model_flushes flushes = launch_flushes(l);
	struct sevtrace_hist buffer;
	uint32_t high = 0;
	uint32_t low = 64;

	for (uint32_t i = 0; i < SEVTRACE_STEP_COUNT; i++)
		if (i != SEVTRACE_STEP_CLFLUSH || !flush_skipped(&flushes))
			axis_include(launch_step(l, i, &buffer), &low, &high);
	if (l->psp_per_page)
		axis_include(l->psp_per_page, &low, &high);
	return axis_make(low, high, style->width - taken);
}

/* Prints one table of steps. Returns false if there are no steps to show. */
static bool render_section(const struct section *s, const struct text_style *style,
			   const struct axis *axis)
{
	const struct sevtrace_hist *per_page = section_per_page(s);
	const struct model_flushes flushes = section_flushes(s);
	uint64_t whole = launch_duration(s->launch);
	struct sevtrace_hist buffer;
	bool any = false;

	for (size_t place = 0; place < SEVTRACE_STEP_COUNT; place++) {
		uint32_t step = step_at(place);
		const struct sevtrace_hist *h = section_step(s, step, &buffer);

		bool unknown = s->unknown >> step & 1;

		if (!h->count && !unknown)
			continue;
		if (!any)
			steps_head(s, style, axis);
		any = true;
		if (!h->count)
			unknown_row(step_name(step), style);
		else if (step != SEVTRACE_STEP_CLFLUSH || !flush_skipped(&flushes))
			step_row(style, step_name(step), h, whole, axis);
		if (step == SEVTRACE_STEP_CLFLUSH && flushes.skipped)
			skipped_row(&flushes, style);
		if (step == SEVTRACE_STEP_PSP && per_page)
			step_row(style, "psp per page*", per_page, whole, axis);
	}
	return any;
}

/* Prints one table, or one each for shared and private pages if the launch populated both. */
static bool render_sections(const struct model_launch *l, uint32_t unknown,
			    const struct text_style *style, const struct axis *axis)
{
	const struct section whole = {
		.launch = l, .title = "step", .all = true, .unknown = unknown
	};
	const struct section apart[] = {
		{ .launch = l, .title = "shared pages", .phase = SEVTRACE_PHASE_SHARED },
		{ .launch = l,
		  .title = "private pages",
		  .phase = SEVTRACE_PHASE_PRIVATE,
		  .unknown = unknown },
		{ .launch = l, .title = "other steps", .phase = SEVTRACE_PHASE_OTHER },
	};

	if (!launch_has_phase(l, SEVTRACE_PHASE_SHARED) ||
	    !launch_has_phase(l, SEVTRACE_PHASE_PRIVATE))
		return render_section(&whole, style, axis);
	for (size_t i = 0; i < ARRAY_SIZE(apart); i++)
		render_section(&apart[i], style, axis);
	return true;
}

void render_steps(const struct model *m, const struct model_launch *l,
		  const struct text_style *style)
{
	struct axis axis = steps_axis(l, style);

	if (!render_sections(l, launch_unknown_steps(m, l), style, &axis))
		return;
	render_unseen(style, launch_lacks(m, l, FIGURE_FLUSHES, ~0U));
	if (l->psp_per_page) {
		fputs("  * ", style->out);
		text_wrap(
			style,
			"derived: one LAUNCH_UPDATE_DATA command covers a contiguous run of pages; "
			"its time is spread evenly over them.",
			4);
	}
}

/* Prints the times of a histogram, or dashes if it is empty. */
static void time_cells(const struct text_style *style, const struct sevtrace_hist *h,
		       const uint64_t *times, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (h->count)
			time_cell(style, times[i]);
		else
			text_cell(style, "-", -CELL_TIME);
	}
}

static void psp_row(const struct model_psp *psp, const struct text_style *style,
		    const struct axis *axis)
{
	const struct sevtrace_hist *wait = series_hist(&psp->wait);
	const struct sevtrace_hist *exec = series_hist(&psp->exec);
	const uint64_t waits[] = { wait->sum, hist_percentile(wait, 99) };
	const uint64_t execs[] = { exec->sum, hist_percentile(exec, 50), hist_percentile(exec, 99),
				   exec->max };
	const uint64_t few[] = { exec->sum, hist_percentile(exec, 50), exec->max };
	bool wide = style->width >= WIDE;
	char name[NAME_LEN];

	fputs("  ", style->out);
	text_cell(style, name_or_hex(psp_command_name(psp->cmd), psp->cmd, name), PSP_NAME);
	number_cell(style, psp_count(psp));
	time_cells(style, wait, waits, wide ? 2 : 1);
	time_cells(style, exec, wide ? execs : few, wide ? 4 : 3);
	if (axis->bars && exec->count)
		fputs("  ", style->out);
	axis_print_bars(exec, axis, style);
	fputc('\n', style->out);
}

static void psp_errors(const struct model_psp *psp, const struct text_style *style)
{
	char buf[TEXT_LEN];
	char name[NAME_LEN];

	for (size_t i = 0; i < psp->nr_errors; i++) {
		uint32_t status = psp->errors[i].status;

		fprintf(style->out, "    %s answered %s%s%s\n",
			text_count(psp->errors[i].count, buf), text_on(style, TEXT_YELLOW),
			name_or_hex(psp_status_name(status), status, name), text_off(style));
	}
	if (psp->other_errors)
		fprintf(style->out, "    %s answered with other statuses\n",
			text_count(psp->other_errors, buf));
	if (psp->not_answered)
		fprintf(style->out, "    %s %snever answered%s\n",
			text_count(psp->not_answered, buf), text_on(style, TEXT_RED),
			text_off(style));
	if (psp->not_asked)
		fprintf(style->out, "    %s %snot passed to the PSP%s by the driver\n",
			text_count(psp->not_asked, buf), text_on(style, TEXT_RED), text_off(style));
	if (psp->nested)
		fprintf(style->out, "    %s inside another command\n",
			text_count(psp->nested, buf));
	if (psp->prep_ns + psp->reclaim_ns > series_hist(&psp->exec)->sum / 4) {
		fprintf(style->out, "    plus %s preparing buffers",
			text_time(style, psp->prep_ns, buf));
		fprintf(style->out, " and %s taking them back\n",
			text_time(style, psp->reclaim_ns, buf));
	}
}

static void psp_head(const struct text_style *style, const struct axis *axis)
{
	bool wide = style->width >= WIDE;

	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, "", PSP_NAME);
	text_cell(style, "", -CELL_COUNT);
	text_cell(style, wide ? "  waiting" : "", (wide ? 2 : 1) * CELL_TIME);
	fprintf(style->out, "  executing%s\n  %s", text_off(style), text_on(style, TEXT_DIM));
	text_cell(style, "PSP command", PSP_NAME);
	text_cell(style, "count", -CELL_COUNT);
	if (wide)
		HEADS(style, "total", "p99", "total", "p50", "p99", "max");
	else
		HEADS(style, "waiting", "total", "p50", "max");
	axis_print_head(axis, style);
	fprintf(style->out, "%s\n", text_off(style));
}

void render_psp(const struct model *m, const struct model_launch *l, const struct text_style *style)
{
	int taken = 2 + PSP_NAME + CELL_COUNT + (style->width >= WIDE ? 6 : 4) * CELL_TIME + 2;
	uint32_t high = 0;
	uint32_t low = 64;
	struct axis axis;

	if (!l->nr_psp) {
		uint32_t lacks = launch_lacks(m, l, FIGURE_PSP, 0);

		fputs(lacks ? "\n" : "", style->out);
		render_unseen(style, lacks);
		return;
	}
	for (size_t i = 0; i < l->nr_psp; i++)
		axis_include(series_hist(&l->psp[i].exec), &low, &high);
	axis = axis_make(low, high, style->width - taken);
	psp_head(style, &axis);
	for (size_t i = 0; i < l->nr_psp; i++) {
		psp_row(&l->psp[i], style, &axis);
		psp_errors(&l->psp[i], style);
	}
	render_unseen(style, launch_lacks(m, l, FIGURES_OF_PSP, 0));
}
