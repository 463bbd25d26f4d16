// SPDX-License-Identifier: GPL-2.0-only
/* Renders the changes that were found, as JSON and as text. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/internal.h"
#include "diff/render.h"
#include "history/render.h"
#include "sev/names.h"
#include "util/json.h"

#define CLEAN_LEN 128
#define NAME 28
#define NUMBER 9

const struct dashboard_run *dashboard_before(const struct dashboard *d,
					     const struct dashboard_change *c)
{
	return &d->runs[c->series->runs[c->point->at - 1]];
}

const struct dashboard_run *dashboard_after(const struct dashboard *d,
					    const struct dashboard_change *c)
{
	return &d->runs[c->series->runs[c->point->at]];
}

static size_t first_run(const struct dashboard_change *c)
{
	return c->series->runs[c->point->at];
}

static int compare_changes(const void *a, const void *b)
{
	const struct dashboard_change *left = a;
	const struct dashboard_change *right = b;

	if (first_run(left) != first_run(right))
		return first_run(left) < first_run(right) ? -1 : 1;
	/* Sorts the larger change first: it is where to look. */
	if (fabs(left->point->change) != fabs(right->point->change))
		return fabs(left->point->change) > fabs(right->point->change) ? -1 : 1;
	return left->series < right->series ? -1 : left->series > right->series;
}

struct dashboard_change *dashboard_changes(const struct dashboard *d, size_t *nr)
{
	struct dashboard_change *all;
	size_t count = 0;

	*nr = 0;
	for (size_t i = 0; i < d->nr_series; i++)
		count += d->series[i].changes.nr_points;
	all = calloc(count + 1, sizeof(*all));
	if (!all)
		return NULL;
	for (size_t i = 0; i < d->nr_series; i++)
		for (size_t j = 0; j < d->series[i].changes.nr_points; j++)
			all[(*nr)++] = (struct dashboard_change){ &d->series[i],
								  &d->series[i].changes.points[j] };
	if (count)
		qsort(all, count, sizeof(*all), compare_changes);
	return all;
}

json_t *dashboard_group_json(const struct dashboard *d, const struct dashboard_group *g)
{
	json_t *object = json_object();

	for (size_t i = 0; i < d->nr_keys && object; i++)
		if (*g->values[i])
			object = set_json(object, d->keys[i], clean_json(g->values[i]));
	return object;
}

static json_t *side_json(const struct dashboard_run *r, uint64_t median, size_t runs)
{
	char when[HISTORY_TIME_LEN];

	return json_pack("{s:I,s:s,s:o,s:o,s:o}", "run", (json_int_t)r->run.id, "added",
			 history_time(r->run.added, when), "median_ns", number_json(median), "runs",
			 number_json(runs), "labels",
			 history_pairs_json(r->run.labels, r->run.nr_labels));
}

/* Returns the host values that differ between the run before a change and the run after it. */
static json_t *differences_json(const struct history_run *a, const struct history_run *b)
{
	json_t *differences = json_array();

	for (size_t i = 0; compare_host_key(i) && differences; i++) {
		const char *left = history_host(a, compare_host_key(i));
		const char *right = history_host(b, compare_host_key(i));

		if (!strcmp(left ? left : "", right ? right : ""))
			continue;
		differences = append_json(differences,
					  json_pack("{s:s,s:o,s:o}", "what", compare_host_key(i),
						    "a", clean_json(left), "b", clean_json(right)));
	}
	return differences;
}

static json_t *change_json(const struct dashboard *d, const struct dashboard_change *c)
{
	const struct dashboard_group *g = &d->groups[c->series->group];
	const struct dashboard_run *before = dashboard_before(d, c);
	const struct dashboard_run *after = dashboard_after(d, c);
	const struct change_point *p = c->point;
	char name[COMPARE_NAME_LEN];

	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:s,s:o,s:f,s:o,s:o,s:o}", "vm_type",
			 clean_json(vm_type_name(c->series->key.vm_type)), "section",
			 compare_section_name(c->series->key.section), "name",
			 clean_json(compare_name(&c->series->key, name)), "host",
			 clean_json(g->host), "labels", dashboard_group_json(d, g), "verdict",
			 compare_verdict_name(p->change > 0 ? COMPARE_SLOWER : COMPARE_FASTER),
			 "change", isfinite(p->change) ? json_real(p->change) : json_null(), "p",
			 p->p, "before", side_json(before, p->before, p->nr_before), "after",
			 side_json(after, p->after, p->nr_after), "differences",
			 differences_json(&before->run, &after->run));
}

size_t dashboard_judged(const struct dashboard *d)
{
	size_t judged = 0;

	for (size_t i = 0; i < d->nr_series; i++)
		judged += d->series[i].nr_runs >= 2 * CHANGE_MIN_RUNS;
	return judged;
}

json_t *dashboard_changes_json(const struct dashboard *d, const char *version)
{
	json_t *list = json_array();
	struct dashboard_change *all;
	size_t nr;

	all = dashboard_changes(d, &nr);
	if (!all) {
		json_decref(list);
		return NULL;
	}
	for (size_t i = 0; i < nr && list; i++)
		list = append_json(list, change_json(d, &all[i]));
	free(all);
	return json_pack("{s:s,s:{s:f,s:f,s:i},s:o,s:o,s:o,s:o,s:o}", "version", version, "method",
			 "level", COMPARE_LEVEL, "min_change", COMPARE_MIN_CHANGE, "min_runs",
			 (int)CHANGE_MIN_RUNS, "runs", number_json(d->nr_runs), "series",
			 number_json(d->nr_series), "judged", number_json(dashboard_judged(d)),
			 "changes", list, "failures", dashboard_failures_json(d));
}

/* "SEV-SNP, host-1, size=32M concurrency=8" */
static void print_group(const struct dashboard *d, const struct dashboard_change *c,
			const struct text_style *style)
{
	const struct dashboard_group *g = &d->groups[c->series->group];
	char clean[CLEAN_LEN];

	fprintf(style->out, "  %s", vm_type_text(c->series->key.vm_type));
	if (*g->host)
		fprintf(style->out, ", %s", text_clean(clean, sizeof(clean), g->host));
	for (size_t i = 0; i < d->nr_keys; i++) {
		if (!*g->values[i])
			continue;
		fprintf(style->out, ", %s", text_clean(clean, sizeof(clean), d->keys[i]));
		fprintf(style->out, "=%s", text_clean(clean, sizeof(clean), g->values[i]));
	}
	fputc('\n', style->out);
}

/* "run 21, 2026-11-23T18:04:11Z, build=1 commit=4f1c2d, after run 20, commit=1b2a3c" */
static void print_run(const char *before, const struct history_run *run,
		      const struct text_style *style)
{
	char when[HISTORY_TIME_LEN];
	char clean[CLEAN_LEN];

	fprintf(style->out, "%s run %" PRId64 " (%s", before, run->id,
		history_time(run->added, when));
	for (size_t i = 0; i < run->nr_labels; i++) {
		fprintf(style->out, ", %s", text_clean(clean, sizeof(clean), run->labels[i].key));
		fprintf(style->out, "=%s", text_clean(clean, sizeof(clean), run->labels[i].value));
	}
	fputs(")\n", style->out);
}

static void print_change(const struct dashboard_change *c, const struct text_style *style)
{
	bool slower = c->point->change > 0;
	char buf[COMPARE_PERCENT_LEN];
	char name[COMPARE_NAME_LEN];
	char from[TEXT_LEN];
	char to[TEXT_LEN];

	fputs("    ", style->out);
	text_cell(style, compare_name(&c->series->key, name), NAME);
	fputs(text_on(style, slower ? TEXT_RED : TEXT_GREEN), style->out);
	text_cell(style, compare_percent(c->point->change, buf), -NUMBER);
	fputs(text_off(style), style->out);
	text_cell(style, text_time(style, c->point->before, from), -NUMBER);
	text_cell(style, text_time(style, c->point->after, to), -NUMBER);
	fprintf(style->out, "  %s\n",
		compare_verdict_name(slower ? COMPARE_SLOWER : COMPARE_FASTER));
}

static void print_count(size_t n, const char *one, const char *many, const struct text_style *style)
{
	char buf[TEXT_LEN];

	fprintf(style->out, "%s %s", text_count(n, buf), n == 1 ? one : many);
}

/* Says of how many series nothing can be said: without enough runs there is no change to find. */
static void print_judged(const struct dashboard *d, const struct text_style *style)
{
	size_t judged = dashboard_judged(d);
	char buf[TEXT_LEN];

	if (judged == d->nr_series)
		return;
	fprintf(style->out,
		"%s of the series %s too short for a change to be found: that takes %zu runs.\n",
		judged ? text_count(d->nr_series - judged, buf) : "Each",
		judged && d->nr_series - judged > 1 ? "are" : "is", 2 * CHANGE_MIN_RUNS);
}

void dashboard_text(const struct dashboard *d, const struct text_style *style)
{
	size_t nr;
	struct dashboard_change *all = dashboard_changes(d, &nr);

	print_count(d->nr_runs, "run, ", "runs, ", style);
	print_count(d->nr_series, "series, ", "series, ", style);
	print_count(nr, "change\n", "changes\n", style);
	print_judged(d, style);
	for (size_t i = 0; all && i < nr; i++) {
		bool same = i && first_run(&all[i]) == first_run(&all[i - 1]);

		if (!same) {
			fputc('\n', style->out);
			print_run("since", &dashboard_after(d, &all[i])->run, style);
			print_run("after", &dashboard_before(d, &all[i])->run, style);
		}
		if (!same || all[i].series->group != all[i - 1].series->group ||
		    all[i].series->key.vm_type != all[i - 1].series->key.vm_type)
			print_group(d, &all[i], style);
		print_change(&all[i], style);
	}
	free(all);
	dashboard_failures_text(d, style);
}
