// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the page with its data. tools/lib/dashboard/page/data.js reads the data and describes its
 * members.
 */
#include <math.h>

#include "dashboard/internal.h"
#include "history/render.h"
#include "html/html.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "stats/rank_test.h"
#include "util/json.h"

static json_t *launches_json(const struct comparison *c)
{
	json_t *types = json_array();

	for (size_t i = 0; i < c->nr_types && types; i++) {
		const struct compare_launches *t = &c->types[i];
		const uint64_t *results = t->results[COMPARE_A];

		types = append_json(types,
				    json_pack("[o,o,o,o,o]", clean_json(vm_type_name(t->vm_type)),
					      number_json(results[MODEL_OK]),
					      number_json(results[MODEL_FAILED]),
					      number_json(results[MODEL_INCOMPLETE]),
					      number_json(t->pages[COMPARE_A])));
	}
	return types;
}

static json_t *errors_json(const struct comparison *c)
{
	json_t *errors = json_array();
	char command[NAME_LEN];
	char status[NAME_LEN];

	for (size_t i = 0; i < c->nr_errors && errors; i++) {
		const struct compare_error *e = &c->errors[i];

		errors = append_json(
			errors,
			json_pack("[o,s,s,o]", clean_json(vm_type_name(e->vm_type)),
				  name_or_hex(psp_command_name(e->cmd), e->cmd, command),
				  name_or_hex(psp_status_name(e->status), e->status, status),
				  number_json(e->count[COMPARE_A])));
	}
	return errors;
}

static json_t *predictions_json(const struct history_run *run)
{
	json_t *all = json_array();

	for (size_t i = 0; i < run->nr_predictions && all; i++) {
		const struct history_prediction *p = &run->predictions[i];

		all = append_json(all, json_pack("[o,o,o]", clean_json(vm_type_name(p->vm_type)),
						 number_json(p->launches), number_json(p->p50)));
	}
	return all;
}

static json_t *runs_json(const struct dashboard *d)
{
	json_t *runs = json_array();
	char when[HISTORY_TIME_LEN];

	for (size_t i = 0; i < d->nr_runs && runs; i++) {
		const struct dashboard_run *r = &d->runs[i];

		runs = append_json(
			runs,
			json_pack("{s:I,s:s,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "id",
				  (json_int_t)r->run.id, "added", history_time(r->run.added, when),
				  "started", clean_json(r->run.started), "file",
				  clean_json(r->run.file), "complete", r->run.complete, "events",
				  number_json(r->run.events), "dropped",
				  number_json(r->run.dropped), "host",
				  history_pairs_json(r->run.host, r->run.nr_host), "labels",
				  history_pairs_json(r->run.labels, r->run.nr_labels), "group",
				  number_json(r->group), "launches", launches_json(&r->figures),
				  "errors", errors_json(&r->figures), "predictions",
				  predictions_json(&r->run)));
	}
	return runs;
}

static json_t *groups_json(const struct dashboard *d)
{
	json_t *groups = json_array();

	for (size_t i = 0; i < d->nr_groups && groups; i++)
		groups = append_json(groups,
				     json_pack("{s:o,s:o}", "host", clean_json(d->groups[i].host),
					       "labels", dashboard_group_json(d, &d->groups[i])));
	return groups;
}

static json_t *points_json(const struct dashboard_series *s)
{
	json_t *points = json_array();

	for (size_t i = 0; i < s->changes.nr_points && points; i++) {
		const struct change_point *p = &s->changes.points[i];

		points = append_json(
			points,
			json_pack("{s:o,s:o,s:o,s:o,s:f}", "at", number_json(p->at), "before",
				  number_json(p->before), "after", number_json(p->after), "change",
				  isfinite(p->change) ? json_real(p->change) : json_null(), "p",
				  p->p));
	}
	return points;
}

static json_t *series_json(const struct dashboard_series *s)
{
	json_t *runs = json_array();
	json_t *rows = json_array();
	char name[COMPARE_NAME_LEN];

	for (size_t i = 0; i < s->nr_runs && runs && rows; i++) {
		runs = append_json(runs, number_json(s->runs[i]));
		rows = append_json(rows, json_string(s->rows[i]));
	}
	return json_pack("{s:o,s:s,s:s,s:o,s:o,s:o,s:o}", "type",
			 clean_json(vm_type_name(s->key.vm_type)), "section",
			 compare_section_name(s->key.section), "name", compare_name(&s->key, name),
			 "group", number_json(s->group), "changes", points_json(s), "runs", runs,
			 "rows", rows);
}

static json_t *all_series_json(const struct dashboard *d)
{
	json_t *all = json_array();

	for (size_t i = 0; i < d->nr_series && all; i++)
		all = append_json(all, series_json(&d->series[i]));
	return all;
}

/* Returns what the page needs to judge two runs as diff does, and where histogram buckets begin. */
static json_t *method_json(void)
{
	json_t *bounds = json_array();
	json_t *keys = json_array();

	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS && bounds; i++)
		bounds = append_json(bounds, number_json(sevtrace_hist_lower(i)));
	if (bounds)
		bounds = append_json(bounds, number_json(hist_upper(SEVTRACE_HIST_BUCKETS - 1)));
	for (size_t i = 0; compare_host_key(i) && keys; i++)
		keys = append_json(keys, json_string(compare_host_key(i)));
	return json_pack("{s:f,s:i,s:i,s:f,s:f,s:f,s:i,s:i,s:i,s:i,s:o,s:o}", "level",
			 COMPARE_LEVEL, "minLaunches", COMPARE_MIN_LAUNCHES, "minSamples",
			 COMPARE_MIN_SAMPLES, "minChange", COMPARE_MIN_CHANGE, "minChangeSamples",
			 COMPARE_MIN_CHANGE_SAMPLES, "minSuperiority", COMPARE_MIN_SUPERIORITY,
			 "minNs", COMPARE_MIN_NS, "exact", RANK_EXACT, "minRuns",
			 (int)CHANGE_MIN_RUNS, "window", (int)CHANGE_WINDOW, "bounds", bounds,
			 "hostKeys", keys);
}

static json_t *page_json(const struct dashboard *d, const char *version, int64_t now)
{
	json_t *keys = json_array();
	char when[HISTORY_TIME_LEN];

	for (size_t i = 0; i < d->nr_keys && keys; i++)
		keys = append_json(keys, clean_json(d->keys[i]));
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "version", version, "made",
			 history_time(now, when), "title", clean_json(d->title), "by", keys,
			 "method", method_json(), "groups", groups_json(d), "runs", runs_json(d),
			 "series", all_series_json(d));
}

int dashboard_page(const struct dashboard *d, const char *version, int64_t now, FILE *out)
{
	return html_write(&html_dashboard, page_json(d, version, now), out);
}
