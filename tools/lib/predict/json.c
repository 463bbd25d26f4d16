// SPDX-License-Identifier: GPL-2.0-only
#include <math.h>

#include "predict/check.h"
#include "predict/predict.h"
#include "sev/names.h"
#include "util/json.h"

static json_t *value_json(double value, bool share)
{
	if (!isfinite(value))
		return json_null();
	return share ? json_real(value) : number_json((uint64_t)fmin(value, 1e18));
}

static json_t *figure_json(const struct predict_value *v, bool share)
{
	return json_pack("{s:o,s:o,s:o}", "value", value_json(v->value, share), "low",
			 value_json(v->low, share), "high", value_json(v->high, share));
}

static json_t *prediction_json(const struct prediction *p)
{
	json_t *json = json_pack("{s:o,s:o,s:o}", "launches", number_json(p->launches), "cpus",
				 p->cpus ? number_json(p->cpus) : json_null(), "batch",
				 number_json(p->batch));

	for (size_t f = 0; f < PREDICT_FIGURE_COUNT; f++)
		json = set_json(json, predict_figures[f].name,
				figure_json(&p->figures[f], predict_figures[f].share));
	return json;
}

static json_t *predictions_json(const struct predict_result *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->nr_predictions; i++)
		all = append_json(all, prediction_json(&r->predictions[i]));
	return all;
}

static json_t *changed_json(const struct predict_result *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->nr_changed; i++)
		all = append_json(all, json_pack("{s:s,s:s,s:o}", "change", r->changed[i].name,
						 "text", r->changed[i].text, "prediction",
						 prediction_json(&r->changed[i].prediction)));
	return all;
}

static json_t *warnings_json(const struct predict_result *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->nr_warnings; i++)
		all = append_json(all, clean_json(r->warnings[i].text));
	return all;
}

static json_t *recorded_json(const struct predict_result *r)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "launches", number_json(r->chains->nr), "recordings",
			 number_json(r->chains->nr_recordings), "fewest_pages",
			 number_json(r->fewest_pages), "most_pages", number_json(r->most_pages));
}

static json_t *asked_json(const struct predict_result *r)
{
	const struct predict_request *q = r->request;

	return json_pack("{s:o,s:o,s:o,s:o}", "pages",
			 q->pages ? number_json(q->pages) : json_null(), "arrivals_per_second",
			 q->rate > 0 ? json_real(q->rate) : json_null(), "hosts",
			 number_json(q->hosts), "seed", number_json(q->seed));
}

static json_t *alone_json(const struct predict_result *r)
{
	char name[NAME_LEN];

	return json_pack("{s:o,s:o,s:o,s:s,s:o}", "psp_ns", value_json(r->hold_ns, false),
			 "think_ns", value_json(r->think_ns, false), "commands",
			 value_json(r->commands, true), "largest_command",
			 name_or_hex(psp_command_name(r->peak_cmd), r->peak_cmd, name),
			 "largest_share", value_json(r->peak_share, true));
}

json_t *predict_json(const struct predict_result *r, const char *version)
{
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "version", version, "recorded",
			 recorded_json(r), "asked", asked_json(r), "alone", alone_json(r),
			 "handover_ns", value_json(r->handover_ns, false), "launches_per_hour",
			 figure_json(&r->per_hour, true), "predictions", predictions_json(r),
			 "changes", changed_json(r), "warnings", warnings_json(r));
}

static json_t *check_json(const struct predict_check *check)
{
	json_t *json = json_pack("{s:o,s:o}", "launches", number_json(check->launches), "times",
				 number_json(check->times));

	for (size_t f = 0; f < PREDICT_CHECK_FIGURES; f++) {
		enum predict_figure figure = predict_check_figures[f];
		double off = predict_check_off(check, (enum predict_check_figure)f);

		json = set_json(json, predict_figures[figure].name,
				json_pack("{s:o,s:o,s:o}", "measured",
					  value_json(check->measured[f], false), "predicted",
					  value_json(check->predicted.figures[figure].value, false),
					  "too_long", value_json(off, true)));
	}
	return json;
}

json_t *predict_check_json(const struct predict_checks *checks)
{
	json_t *all = json_array();

	for (size_t i = 0; i < checks->nr; i++)
		all = append_json(all, check_json(&checks->of[i]));
	return all;
}
