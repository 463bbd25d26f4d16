// SPDX-License-Identifier: GPL-2.0-only
/* Predicts launches at once from those that were made one at a time, to stand beside them. */
#include <errno.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/chains.h"
#include "predict/predict.h"

static bool same_size(const struct bench_result *a, const struct bench_result *b)
{
	return a->size && b->size ? !strcmp(a->size, b->size) : a->size == b->size;
}

/* Is there anything to hold a prediction from this one against? */
static bool is_alone(const struct bench_report *report, const struct bench_result *alone)
{
	if (!alone->done || alone->concurrency != 1)
		return false;
	for (size_t i = 0; i < report->nr; i++)
		if (report->results[i].concurrency > 1 && report->results[i].done &&
		    same_size(&report->results[i], alone))
			return true;
	return false;
}

static int predict_from(struct bench_report *report, const struct bench_result *alone)
{
	struct tracefile_state state;
	struct chains chains;
	struct model model;
	int err;

	chains_init(&chains);
	model_init(&model);
	err = chains_read("bench", alone->path, NULL, &chains, &model, &state);
	model_free(&model);
	for (size_t i = 0; i < report->nr && !err && chains_alone(&chains); i++) {
		struct bench_result *r = &report->results[i];
		struct prediction p;

		if (!r->done || r->concurrency < 2 || !same_size(r, alone))
			continue;
		err = predict_at_once(&chains, (uint32_t)r->concurrency, &p);
		if (err)
			break;
		r->predicted_type = chains.chains[0].vm_type;
		r->predicted_p50 = (uint64_t)p.figures[PREDICT_P50].value;
	}
	chains_free(&chains);
	return err;
}

int bench_predict(struct bench_report *report)
{
	int err = 0;

	for (size_t i = 0; i < report->nr && !err; i++)
		if (is_alone(report, &report->results[i]))
			err = predict_from(report, &report->results[i]);
	return err;
}
