// SPDX-License-Identifier: GPL-2.0-only
/* Metrics as node_exporter's textfile collector takes them. */
#include "export.h"
#include "metrics.h"

static int end(void *state, FILE *out, const struct report *report)
{
	(void)state;
	return metrics_render(out, report);
}

const struct export_format export_openmetrics = {
	.name = "openmetrics",
	.help = "metrics for node_exporter's textfile collector",
	.end = end,
};
