// SPDX-License-Identifier: GPL-2.0-only
/* Writes metrics for node_exporter's textfile collector. */
#include <errno.h>

#include "export/export.h"
#include "metrics/metrics.h"

/* Prints counts of events. An unfinished recording does not say how many were dropped. */
static void print_events(const struct metrics_out *out, const struct report *report)
{
	const struct model *m = report->model;
	struct tracefile_cpu_drops sum;

	metrics_simple(out, "sevtrace_recording_complete",
		       "1 when the recording was finished and read to its end.", METRIC_GAUGE,
		       report->state->complete);
	metrics_simple(out, "sevtrace_events_recorded", "Events recorded.", METRIC_COUNTER,
		       m->records);
	if (model_drops(m, &sum)) {
		metrics_simple(out, "sevtrace_events_emitted", "Events of the kernel.",
			       METRIC_COUNTER, sum.emitted);
		metrics_simple(out, "sevtrace_events_dropped",
			       "Events that did not fit the ring buffer.", METRIC_COUNTER,
			       sum.dropped);
	}
	if (m->nr_losses)
		metrics_losses_head(out);
	for (size_t i = 0; i < m->nr_losses; i++)
		metrics_loss(out, m->losses[i].name, m->losses[i].count);
}

static int end(void *state, FILE *file, const struct report *report)
{
	const struct model *m = report->model;
	const char *host[HOST_KEY_COUNT];
	const struct metrics_out out = { .file = file };
	struct metrics *sums = metrics_new();
	int err = sums ? 0 : -ENOMEM;

	(void)state;
	for (size_t i = 0; i < HOST_KEY_COUNT; i++)
		host[i] = model_host_value(m, host_keys[i].key);
	metrics_info(&out, report->version, host);
	metrics_lacks(&out, host[HOST_LACKS]);
	print_events(&out, report);
	for (size_t i = 0; !err && i < m->nr_launches; i++)
		if (report_shows(report, i))
			err = metrics_add(sums, m, m->launches[i],
					  METRICS_OUTCOME | METRICS_SAMPLES | METRICS_TIMES);
	if (!err && m->outside && !report->shown)
		err = metrics_add(sums, m, m->outside, METRICS_OUTCOME | METRICS_SAMPLES);
	if (!err)
		metrics_write(&out, sums);
	metrics_end(&out);
	metrics_free(sums);
	return err;
}

const struct export_format export_openmetrics = {
	.name = "openmetrics",
	.help = "metrics for node_exporter's textfile collector",
	.end = end,
};
