// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders runs of the history as JSON. jansson's "o" takes NULL for an error, so where memory runs
 * out, the top object becomes NULL.
 */
#include <inttypes.h>
#include <math.h>

#include "history/render.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "stats/hist_json.h"
#include "util/json.h"

/* "snp", or a number in hexadecimal. */
static json_t *type_json(uint32_t vm_type)
{
	char hex[NAME_LEN];

	return json_string(name_or_hex(vm_type_name(vm_type), vm_type, hex));
}

json_t *history_pairs_json(const struct history_pair *pairs, size_t nr)
{
	json_t *object = json_object();

	for (size_t i = 0; i < nr && object; i++)
		object = set_json(object, pairs[i].key, clean_json(pairs[i].value));
	return object;
}

static json_t *launches_json(const struct comparison *c)
{
	json_t *types = json_array();

	for (size_t i = 0; i < c->nr_types && types; i++) {
		const struct compare_launches *t = &c->types[i];
		const uint64_t *results = t->results[COMPARE_A];
		const struct compare_row *row = history_launch_row(c, t->vm_type);

		types = append_json(
			types,
			json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "vm_type", type_json(t->vm_type),
				  result_name(MODEL_OK), number_json(results[MODEL_OK]),
				  result_name(MODEL_FAILED), number_json(results[MODEL_FAILED]),
				  result_name(MODEL_INCOMPLETE),
				  number_json(results[MODEL_INCOMPLETE]), "pages",
				  number_json(t->pages[COMPARE_A]), "p50_ns",
				  row ? number_json(row->side[COMPARE_A].median) : json_null()));
	}
	return types;
}

static json_t *medians_json(const struct compare_side *side)
{
	json_t *values = json_array();

	for (size_t i = 0; i < side->nr && values; i++)
		values = append_json(values, number_json(side->values[i]));
	return values;
}

static json_t *row_json(const struct compare_row *row, double percent)
{
	const struct compare_side *side = &row->side[COMPARE_A];
	char name[COMPARE_NAME_LEN];
	json_t *json = hist_json(side->samples);

	json = set_json(json, "vm_type", type_json(row->vm_type));
	json = set_json(json, "section", json_string(compare_section_name(row->section)));
	json = set_json(json, "name", clean_json(compare_name(row, name)));
	json = set_json(json, "calls", number_json(side->calls));
	json = set_json(json, "launch_medians_ns", medians_json(side));
	if (percent >= 0)
		json = set_json(json, "percentile_ns",
				number_json(hist_percentile(side->samples, percent)));
	return json;
}

static json_t *series_json(const struct comparison *c, double percent)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < c->nr_rows && rows; i++)
		rows = append_json(rows, row_json(&c->rows[i], percent));
	return rows;
}

json_t *history_series_json(const struct comparison *figures)
{
	return series_json(figures, -1);
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
			json_pack("{s:o,s:s,s:s,s:o,s:o}", "vm_type", type_json(e->vm_type),
				  "command", name_or_hex(psp_command_name(e->cmd), e->cmd, command),
				  "status_name",
				  name_or_hex(psp_status_name(e->status), e->status, status),
				  "status", number_json(e->status), "count",
				  number_json(e->count[COMPARE_A])));
	}
	return errors;
}

static json_t *predictions_json(const struct history_run *run)
{
	json_t *all = json_array();

	for (size_t i = 0; i < run->nr_predictions && all; i++) {
		const struct history_prediction *p = &run->predictions[i];

		all = append_json(all,
				  json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "vm_type",
					    type_json(p->vm_type), "launches",
					    number_json(p->launches), "p50_ns", number_json(p->p50),
					    "p90_ns", number_json(p->p90), "p99_ns",
					    number_json(p->p99), "last_ns", number_json(p->last)));
	}
	return all;
}

json_t *history_json(const struct history_figures *f, bool whole, double percent)
{
	const struct history_run *run = f->run;
	char when[HISTORY_TIME_LEN];
	json_t *json;

	json = json_pack("{s:I,s:s,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "run",
			 (json_int_t)run->id, "added", history_time(run->added, when), "started",
			 clean_json(run->started), "file", clean_json(run->file), "complete",
			 run->complete, "events", number_json(run->events), "dropped",
			 number_json(run->dropped), "host",
			 history_pairs_json(run->host, run->nr_host), "labels",
			 history_pairs_json(run->labels, run->nr_labels), "launches",
			 launches_json(f->figures), "errors", errors_json(f->figures),
			 "predictions", predictions_json(run));
	return whole ? set_json(json, "series", series_json(f->figures, percent)) : json;
}

void history_csv_heading(FILE *out)
{
	fputs("run,added,vm_type,section,name,launches,calls,count,sum_ns,min_ns,p50_ns,p90_ns,p99_ns,max_ns,"
	      "launch_median_ns\n",
	      out);
}

void history_csv(const struct history_figures *f, FILE *out)
{
	char when[HISTORY_TIME_LEN];
	char name[COMPARE_NAME_LEN];
	char hex[NAME_LEN];

	for (size_t i = 0; i < f->figures->nr_rows; i++) {
		const struct compare_row *row = &f->figures->rows[i];
		const struct compare_side *side = &row->side[COMPARE_A];
		const struct sevtrace_hist *h = side->samples;

		fprintf(out, "%" PRId64 ",%s,%s,%s,%s,%zu,%" PRIu64 ",%" PRIu64, f->run->id,
			history_time(f->run->added, when),
			name_or_hex(vm_type_name(row->vm_type), row->vm_type, hex),
			compare_section_name(row->section), compare_name(row, name), side->nr,
			side->calls, (uint64_t)h->count);
		fprintf(out,
			",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			",%" PRIu64 "\n",
			(uint64_t)h->sum, hist_min(h), hist_percentile(h, 50),
			hist_percentile(h, 90), hist_percentile(h, 99), (uint64_t)h->max,
			side->median);
	}
}
