// SPDX-License-Identifier: GPL-2.0-only
/*
 * 20 launches of 512 pages recorded
 *
 *   alone    1.81 s; the PSP works for 612 ms of it, in 520 commands,
 *            98 % of that in SNP_LAUNCH_UPDATE
 *   limit    5,880 launches an hour (5,790 to 5,990) keep the PSP busy
 *
 *   at once       p50       p90       p99  the last  PSP busy   waiting
 *   1          1.81 s    1.83 s    1.90 s    1.81 s    33.8 %     0.0 %
 *     from     1.79 s    1.82 s    1.84 s    1.79 s    33.1 %     0.0 %
 *     to       1.82 s    1.84 s    1.93 s    1.82 s    34.2 %     0.0 %
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "predict/check.h"
#include "predict/predict.h"
#include "sev/names.h"
#include "util/array.h"

#define COLUMN 10
#define AT_ONCE 20 /* columns of a row's name; that and all figures fit 80 */
#define CHANGED 40 /* the same where there are fewer figures */

/* Figures of the table of changes. */
static const enum predict_figure changed_figures[] = { PREDICT_P50, PREDICT_P99, PREDICT_LAST,
						       PREDICT_BUSY };

static const enum predict_figure all_figures[] = {
#define PREDICT_FIGURE_ID(id, name, heading, share) PREDICT_##id,
	PREDICT_FIGURES(PREDICT_FIGURE_ID)
#undef PREDICT_FIGURE_ID
};

/* Writes a time, also one of hours. Returns buf. */
static const char *long_time(const struct text_style *style, double ns, char buf[TEXT_LEN])
{
	if (ns >= 2 * 3.6e12)
		snprintf(buf, TEXT_LEN, "%.1f h", ns / 3.6e12);
	else if (ns >= 10 * 6e10)
		snprintf(buf, TEXT_LEN, "%.1f min", ns / 6e10);
	else
		text_time(style, (uint64_t)ns, buf);
	return buf;
}

/* Writes a figure with its unit. Returns buf. */
static const char *figure_text(const struct text_style *style, enum predict_figure f, double value,
			       char buf[TEXT_LEN])
{
	if (isnan(value))
		snprintf(buf, TEXT_LEN, "-");
	else if (predict_figures[f].share)
		snprintf(buf, TEXT_LEN, "%.1f %%", 100 * value);
	else
		long_time(style, value, buf);
	return buf;
}

static void heading(const struct text_style *style, const char *what, int width,
		    const enum predict_figure *figures, size_t nr)
{
	fputs(text_on(style, TEXT_DIM), style->out);
	text_cell(style, what, width);
	for (size_t i = 0; i < nr; i++)
		text_cell(style, predict_figures[figures[i]].heading, -COLUMN);
	fprintf(style->out, "%s\n", text_off(style));
}

/* The values of one row: those of the figures themselves, or an end of their intervals. */
enum which { VALUE, LOW, HIGH };

static void row(const struct text_style *style, const char *what, int width,
		const struct prediction *p, enum which which, const enum predict_figure *figures,
		size_t nr)
{
	char buf[TEXT_LEN];

	fputs(which == VALUE ? "" : text_on(style, TEXT_DIM), style->out);
	text_cell(style, what, width);
	for (size_t i = 0; i < nr; i++) {
		const struct predict_value *v = &p->figures[figures[i]];
		double value = which == LOW ? v->low : which == HIGH ? v->high : v->value;

		text_cell(style, figure_text(style, figures[i], value, buf), -COLUMN);
	}
	fprintf(style->out, "%s\n", which == VALUE ? "" : text_off(style));
}

static void prediction_text(const struct predict_result *r, const struct text_style *style,
			    const struct prediction *p)
{
	char count[TEXT_LEN], what[TEXT_LEN + 4];

	snprintf(what, sizeof(what), "  %s",
		 r->request->rate > 0 ? "as they arrive" : text_count(p->launches, count));
	row(style, what, AT_ONCE, p, VALUE, all_figures, ARRAY_SIZE(all_figures));
	if (isnan(p->figures[PREDICT_P50].low))
		return;
	row(style, "    from", AT_ONCE, p, LOW, all_figures, ARRAY_SIZE(all_figures));
	row(style, "    to", AT_ONCE, p, HIGH, all_figures, ARRAY_SIZE(all_figures));
}

static void headline(const struct predict_result *r, const struct text_style *style)
{
	char nr[TEXT_LEN], a[TEXT_LEN], b[TEXT_LEN];

	fprintf(style->out, "%s%s launch%s", text_on(style, TEXT_BOLD),
		text_count(r->chains->nr, nr), r->chains->nr == 1 ? "" : "es");
	if (r->fewest_pages == r->most_pages)
		fprintf(style->out, " of %s pages", text_count(r->most_pages, a));
	else
		fprintf(style->out, " of %s to %s pages", text_count(r->fewest_pages, a),
			text_count(r->most_pages, b));
	fprintf(style->out, " recorded");
	if (r->request->pages)
		fprintf(style->out, ", guests of %s pages predicted",
			text_count(r->request->pages, a));
	fprintf(style->out, "%s\n\n", text_off(style));
}

static void summary(const struct predict_result *r, const struct text_style *style)
{
	char alone[TEXT_LEN], hold[TEXT_LEN], commands[TEXT_LEN], name[NAME_LEN], text[256];
	char low[TEXT_LEN], high[TEXT_LEN];

	snprintf(text, sizeof(text),
		 "%s; the PSP works for %s of it, in %s commands, %.0f %% of "
		 "that in %s",
		 long_time(style, r->hold_ns + r->think_ns, alone),
		 long_time(style, r->hold_ns, hold), text_count((uint64_t)r->commands, commands),
		 100 * r->peak_share,
		 name_or_hex(psp_command_name(r->peak_cmd), r->peak_cmd, name));
	text_labelled(style, "  alone", text);
	snprintf(text, sizeof(text), "%s launches an hour keep the PSP busy",
		 text_count((uint64_t)r->per_hour.value, alone));
	if (!isnan(r->per_hour.low))
		snprintf(text, sizeof(text), "%s launches an hour (%s to %s) keep the PSP busy",
			 alone, text_count((uint64_t)fmin(r->per_hour.low, 1e18), low),
			 text_count((uint64_t)fmin(r->per_hour.high, 1e18), high));
	text_labelled(style, "  limit", text);
	putc('\n', style->out);
}

static void changes(const struct predict_result *r, const struct text_style *style)
{
	const struct prediction *base = &r->predictions[0];
	char count[TEXT_LEN], what[PREDICT_TEXT_LEN + 4];

	for (size_t i = 1; i < r->nr_predictions; i++)
		if (r->predictions[i].launches > base->launches)
			base = &r->predictions[i];
	snprintf(what, sizeof(what), "  with %s at once", text_count(base->launches, count));
	putc('\n', style->out);
	heading(style, r->request->rate > 0 ? "  what changes what" : what, CHANGED,
		changed_figures, ARRAY_SIZE(changed_figures));
	row(style, "  as it is", CHANGED, base, VALUE, changed_figures,
	    ARRAY_SIZE(changed_figures));
	for (size_t i = 0; i < r->nr_changed; i++) {
		snprintf(what, sizeof(what), "  %s", r->changed[i].text);
		row(style, what, CHANGED, &r->changed[i].prediction, VALUE, changed_figures,
		    ARRAY_SIZE(changed_figures));
	}
}

void predict_text(const struct predict_result *r, const struct text_style *style)
{
	const char *first = "  at once";

	headline(r, style);
	summary(r, style);
	heading(style, r->request->rate > 0 ? "" : first, AT_ONCE, all_figures,
		ARRAY_SIZE(all_figures));
	for (size_t i = 0; i < r->nr_predictions; i++)
		prediction_text(r, style, &r->predictions[i]);
	changes(r, style);
	if (r->nr_warnings)
		putc('\n', style->out);
	for (size_t i = 0; i < r->nr_warnings; i++)
		text_labelled(style, "  note", r->warnings[i].text);
}

void predict_check_text(const struct predict_checks *checks, const char *file,
			const struct text_style *style)
{
	char clean[256], what[TEXT_LEN + 24], count[TEXT_LEN], buf[TEXT_LEN];

	fprintf(style->out, "\n  held against %s\n", text_clean(clean, sizeof(clean), file));
	for (size_t i = 0; i < checks->nr; i++) {
		const struct predict_check *check = &checks->of[i];

		snprintf(what, sizeof(what), "  %s at once", text_count(check->launches, count));
		fputs(text_on(style, TEXT_DIM), style->out);
		text_cell(style, what, AT_ONCE);
		text_cell(style, "measured", -COLUMN);
		text_cell(style, "predicted", -(COLUMN + 1));
		text_cell(style, "too long by", -(COLUMN + 3));
		fprintf(style->out, "%s\n", text_off(style));
		for (size_t f = 0; f < PREDICT_CHECK_FIGURES; f++) {
			enum predict_figure figure = predict_check_figures[f];

			snprintf(what, sizeof(what), "    %s", predict_figures[figure].heading);
			text_cell(style, what, AT_ONCE);
			text_cell(style, long_time(style, check->measured[f], buf), -COLUMN);
			text_cell(style,
				  long_time(style, check->predicted.figures[figure].value, buf),
				  -(COLUMN + 1));
			snprintf(buf, sizeof(buf), "%.1f %%",
				 100 * predict_check_off(check, (enum predict_check_figure)f));
			text_cell(style, buf, -(COLUMN + 3));
			putc('\n', style->out);
		}
	}
	if (checks->left_out)
		text_labelled(style, "  note", "there are more numbers of launches at once in it");
}
