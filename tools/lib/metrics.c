// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "metrics.h"
#include "names.h"

#define LABELS_LEN 160

/* Rows that a family may have before statuses without a name share one. */
#define MANY_ROWS 1024

/* One combination of labels of a family, summed over launches. */
struct row {
	char labels[LABELS_LEN]; /* vm_type="snp",step="copy" */
	uint64_t value;
	struct sevtrace_hist *hist; /* of a histogram */
};

/* The rows of the family under way, sorted by labels. */
struct rows {
	struct row *rows;
	size_t nr;
	const char *vm_type; /* of the launch that is added */
	bool failed; /* no memory */
};

enum family_type { COUNTER, HISTOGRAM };

/* A metric: what it is, and how a launch adds to it. */
struct family {
	const char *name;
	const char *help;
	enum family_type type;
	void (*add)(struct rows *rows, const struct model_launch *l);
};

uint64_t metrics_bound(size_t i)
{
	static const uint64_t steps[] = { 1000, 2500, 5000 };
	uint64_t bound;

	if (i >= METRICS_BOUNDS)
		return UINT64_MAX;
	bound = steps[i % 3];
	for (size_t decade = 0; decade < i / 3; decade++)
		bound *= 10;
	return bound;
}

void metrics_buckets(const struct sevtrace_hist *hist, uint64_t counts[METRICS_BOUNDS + 1])
{
	size_t bound = 0;

	memset(counts, 0, (METRICS_BOUNDS + 1) * sizeof(*counts));
	for (uint32_t i = 0; i < SEVTRACE_HIST_BUCKETS; i++) {
		uint64_t longest = hist_upper(i) - 1;

		if (i == SEVTRACE_HIST_BUCKETS - 1 || longest > hist->max)
			longest = hist->max;
		while (longest > metrics_bound(bound))
			bound++;
		counts[bound] += hist->buckets[i];
	}
}

static int compare_labels(const void *labels, const void *row)
{
	return strcmp(labels, ((const struct row *)row)->labels);
}

/* The row of these labels, where it is or where it belongs. */
static struct row *insert(struct rows *rows, const char *labels)
{
	struct row *grown;
	size_t at = 0;

	if (!(rows->nr & (rows->nr - 1))) {
		grown = reallocarray(rows->rows, rows->nr ? 2 * rows->nr : 1, sizeof(*grown));
		if (!grown)
			return NULL;
		rows->rows = grown;
	}
	while (at < rows->nr && strcmp(rows->rows[at].labels, labels) < 0)
		at++;
	memmove(&rows->rows[at + 1], &rows->rows[at], (rows->nr - at) * sizeof(*rows->rows));
	rows->nr++;
	rows->rows[at] = (struct row){ .value = 0 };
	snprintf(rows->rows[at].labels, sizeof(rows->rows[at].labels), "%s", labels);
	return &rows->rows[at];
}

__attribute__((format(printf, 2, 3))) static struct row *row_of(struct rows *rows,
								const char *format, ...)
{
	char labels[LABELS_LEN];
	struct row *row;
	size_t used;
	va_list args;

	used = (size_t)snprintf(labels, sizeof(labels), "vm_type=\"%s\"", rows->vm_type);
	va_start(args, format);
	vsnprintf(labels + used, sizeof(labels) - used, format, args);
	va_end(args);
	row = rows->nr ? bsearch(labels, rows->rows, rows->nr, sizeof(*row), compare_labels) : NULL;
	if (!row)
		row = insert(rows, labels);
	if (!row)
		rows->failed = true;
	return row;
}

static void add_count(struct row *row, uint64_t n)
{
	if (row)
		row->value += n;
}

static void add_hist(struct rows *rows, struct row *row, const struct sevtrace_hist *hist)
{
	if (row && !row->hist)
		row->hist = calloc(1, sizeof(*row->hist));
	if (row && row->hist)
		hist_merge(row->hist, hist);
	else
		rows->failed = true;
}

static void add_launches(struct rows *rows, const struct model_launch *l)
{
	if (l->number)
		add_count(row_of(rows, ",result=\"%s\"", result_name(launch_result(l))), 1);
}

static void add_durations(struct rows *rows, const struct model_launch *l)
{
	struct row *row;
	struct sevtrace_hist one = { 0 };

	if (!l->number)
		return;
	hist_add(&one, launch_duration(l), 1, 0);
	row = row_of(rows, ",result=\"%s\"", result_name(launch_result(l)));
	add_hist(rows, row, &one);
}

static void add_pages(struct rows *rows, const struct model_launch *l)
{
	for (uint32_t type = 0; type < SEVTRACE_PAGE_TYPE_COUNT; type++) {
		const char *name = page_type_name(type);

		for (int private = 0; private < 2; private ++) {
			uint64_t pages = launch_pages_of(l, private, type);

			if (pages)
				add_count(row_of(rows, ",page_type=\"%s\",memory=\"%s\"",
						 name ? name : "unknown",
						 private ? "private" : "shared"),
					  pages);
		}
	}
}

static void add_flushed(struct rows *rows, const struct model_launch *l)
{
	if (l->number)
		add_count(row_of(rows, "%s", ""), launch_flushes(l).pages);
}

static void add_not_flushed(struct rows *rows, const struct model_launch *l)
{
	if (l->number)
		add_count(row_of(rows, "%s", ""), launch_flushes(l).skipped_pages);
}

static const char *known(const char *name)
{
	return name ? name : "unknown";
}

static void add_steps(struct rows *rows, const struct model_launch *l)
{
	for (uint32_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++) {
		for (uint32_t step = 0; step < SEVTRACE_STEP_COUNT; step++) {
			const struct sevtrace_hist *h = launch_phase_step(l, phase, step);

			if (h->count)
				add_hist(rows,
					 row_of(rows, ",phase=\"%s\",step=\"%s\"",
						phase_name(phase), step_name(step)),
					 h);
		}
	}
}

static void add_ioctls(struct rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		add_hist(rows,
			 row_of(rows, ",ioctl=\"%s\"", known(ioctl_name(l->commands[i].ioctl))),
			 series_hist(&l->commands[i].time));
}

/* What failed by design, as a length query does, is no failure. */
static void add_ioctl_failures(struct rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		add_count(row_of(rows, ",ioctl=\"%s\"", known(ioctl_name(l->commands[i].ioctl))),
			  l->commands[i].failed - l->commands[i].probes);
}

static void add_waits(struct rows *rows, const struct model_launch *l)
{
	const struct sevtrace_hist *h = series_hist(&l->attributes.wait);

	if (h->count)
		add_hist(rows, row_of(rows, "%s", ""), h);
}

static struct row *psp_row(struct rows *rows, const struct model_psp *psp)
{
	return row_of(rows, ",command=\"%s\"", known(psp_command_name(psp->cmd)));
}

static void add_psp(struct rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++)
		add_count(psp_row(rows, &l->psp[i]), psp_count(&l->psp[i]));
}

static void add_psp_wait(struct rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++)
		if (series_hist(&l->psp[i].wait)->count)
			add_hist(rows, psp_row(rows, &l->psp[i]), series_hist(&l->psp[i].wait));
}

static void add_psp_exec(struct rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++)
		if (series_hist(&l->psp[i].exec)->count)
			add_hist(rows, psp_row(rows, &l->psp[i]), series_hist(&l->psp[i].exec));
}

static void add_psp_error(struct rows *rows, const struct model_psp *psp, const char *status,
			  uint64_t n)
{
	if (n)
		add_count(row_of(rows, ",command=\"%s\",status=\"%s\"",
				 known(psp_command_name(psp->cmd)), status),
			  n);
}

static void add_psp_errors(struct rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++) {
		const struct model_psp *psp = &l->psp[i];

		for (size_t j = 0; j < psp->nr_errors; j++) {
			uint32_t status = psp->errors[j].status;
			const char *name = psp_status_name(status);
			char hex[NAME_LEN];

			/* Codes in no table occur, and matter; a damaged file has any number. */
			if (!name)
				name = rows->nr < MANY_ROWS ? name_or_hex(NULL, status, hex) :
							      "other";
			add_psp_error(rows, psp, name, psp->errors[j].count);
		}
		add_psp_error(rows, psp, "not_asked", psp->not_asked);
		add_psp_error(rows, psp, "not_answered", psp->not_answered);
	}
}

static const struct family families[] = {
	{ "sevtrace_launches_total", "Launches by result.", COUNTER, add_launches },
	{ "sevtrace_launch_duration_seconds",
	  "Time from a launch's first ioctl to the end of LAUNCH_FINISH, else to its last event.",
	  HISTOGRAM, add_durations },
	{ "sevtrace_pages_total", "Pages populated.", COUNTER, add_pages },
	{ "sevtrace_clflush_pages_total", "Pages flushed from the caches.", COUNTER, add_flushed },
	{ "sevtrace_clflush_skipped_pages_total",
	  "Pages not flushed, as the processor keeps its caches coherent.", COUNTER,
	  add_not_flushed },
	{ "sevtrace_step_duration_seconds", "Time of a step of a page, or run of pages.", HISTOGRAM,
	  add_steps },
	{ "sevtrace_attributes_wait_seconds",
	  "Time that updates of memory attributes waited for slots_lock.", HISTOGRAM, add_waits },
	{ "sevtrace_ioctl_duration_seconds", "Time of an ioctl.", HISTOGRAM, add_ioctls },
	{ "sevtrace_ioctl_failures_total", "Ioctls that failed, queries of a length left out.",
	  COUNTER, add_ioctl_failures },
	{ "sevtrace_psp_commands_total", "Firmware commands.", COUNTER, add_psp },
	{ "sevtrace_psp_wait_seconds", "Time that firmware commands waited for the mailbox.",
	  HISTOGRAM, add_psp_wait },
	{ "sevtrace_psp_exec_seconds", "Time of firmware commands from doorbell to answer.",
	  HISTOGRAM, add_psp_exec },
	{ "sevtrace_psp_errors_total", "Firmware commands that did not end with SUCCESS.", COUNTER,
	  add_psp_errors },
};

static void print_head(FILE *out, const char *name, const char *help, const char *type)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

/* A float as OpenMetrics has it, "2.5e-06", "0.001", "1.0", "+Inf". */
static const char *bound_text(size_t i, char buf[TEXT_LEN])
{
	if (i == METRICS_BOUNDS)
		return "+Inf";
	if (metrics_bound(i) % 1000000000)
		snprintf(buf, TEXT_LEN, "%g", (double)metrics_bound(i) / 1e9);
	else
		snprintf(buf, TEXT_LEN, "%" PRIu64 ".0", metrics_bound(i) / 1000000000);
	return buf;
}

/* What is under the last bound is all there is, whatever a damaged file has in its buckets. */
static void print_hist(FILE *out, const char *name, const struct row *row)
{
	const struct sevtrace_hist *h = row->hist;
	uint64_t counts[METRICS_BOUNDS + 1];
	char bound[TEXT_LEN];
	uint64_t sum = 0;

	metrics_buckets(h, counts);
	for (size_t i = 0; i <= METRICS_BOUNDS; i++) {
		sum += counts[i];
		if (sum > h->count || i == METRICS_BOUNDS)
			sum = h->count;
		fprintf(out, "%s_bucket{%s,le=\"%s\"} %" PRIu64 "\n", name, row->labels,
			bound_text(i, bound), sum);
	}
	fprintf(out, "%s_sum{%s} ", name, row->labels);
	print_seconds(out, h->sum);
	fprintf(out, "%s_count{%s} %" PRIu64 "\n", name, row->labels, (uint64_t)h->count);
}

static void add_launch(struct rows *rows, const struct family *f, const struct model_launch *l)
{
	rows->vm_type = l->number ? known(vm_type_name(l->vm_type)) : "none";
	f->add(rows, l);
}

/* Launches of every type and result are there from the start, so that a ratio always exists. */
static void add_zeros(struct rows *rows)
{
	static const uint32_t types[] = { SEVTRACE_VM_SEV, SEVTRACE_VM_SEV_ES, SEVTRACE_VM_SNP };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		rows->vm_type = vm_type_name(types[i]);
		for (uint32_t result = MODEL_OK; result <= MODEL_INCOMPLETE; result++)
			row_of(rows, ",result=\"%s\"", result_name(result));
	}
}

static int print_family(FILE *out, const struct family *f, const struct model *m)
{
	struct rows rows = { 0 };

	if (f->add == add_launches)
		add_zeros(&rows);
	for (size_t i = 0; i < m->nr_launches; i++)
		add_launch(&rows, f, m->launches[i]);
	if (m->outside)
		add_launch(&rows, f, m->outside);
	if (rows.nr)
		print_head(out, f->name, f->help, f->type == COUNTER ? "counter" : "histogram");
	for (size_t i = 0; i < rows.nr; i++) {
		const struct row *row = &rows.rows[i];

		if (row->hist)
			print_hist(out, f->name, row);
		else if (f->type == COUNTER)
			fprintf(out, "%s{%s} %" PRIu64 "\n", f->name, row->labels, row->value);
		free(row->hist);
	}
	free(rows.rows);
	return rows.failed ? -ENOMEM : 0;
}

static void print_simple(FILE *out, const char *name, const char *help, const char *type,
			 uint64_t value)
{
	print_head(out, name, help, type);
	fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void print_info(FILE *out, const struct report *report)
{
	static const char *const keys[] = { "kernel", "fw_api", "backend" };

	print_head(out, "sevtrace_build_info", "The version of sevtrace that printed this.",
		   "gauge");
	fputs("sevtrace_build_info{version=", out);
	text_quote(out, report->version);
	fputs("} 1\n", out);
	print_head(out, "sevtrace_host_info", "The host that was recorded.", "gauge");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = model_host_value(report->model, keys[i]);

		fprintf(out, "%s%s=", i ? "," : "sevtrace_host_info{", keys[i]);
		text_quote(out, value ? value : "");
	}
	fputs("} 1\n", out);
}

/* Where the recording was not finished, nobody knows what was dropped. */
static void print_events(FILE *out, const struct report *report)
{
	const struct model *m = report->model;
	struct tracefile_cpu_drops sum;

	print_simple(out, "sevtrace_recording_complete",
		     "1 when the recording was finished and read to its end.", "gauge",
		     report->state->complete);
	print_simple(out, "sevtrace_events_recorded_total", "Events recorded.", "counter",
		     m->records);
	if (model_drops(m, &sum)) {
		print_simple(out, "sevtrace_events_emitted_total", "Events of the kernel.",
			     "counter", sum.emitted);
		print_simple(out, "sevtrace_events_dropped_total",
			     "Events that did not fit the ring buffer.", "counter", sum.dropped);
	}
	if (m->nr_losses)
		print_head(out, "sevtrace_losses_total", "What else was lost, by kind.", "counter");
	for (size_t i = 0; i < m->nr_losses; i++) {
		fputs("sevtrace_losses_total{kind=", out);
		text_quote(out, m->losses[i].name);
		fprintf(out, "} %" PRIu64 "\n", (uint64_t)m->losses[i].count);
	}
}

int metrics_render(FILE *out, const struct report *report)
{
	int err = 0;

	print_info(out, report);
	print_events(out, report);
	for (size_t i = 0; !err && i < sizeof(families) / sizeof(families[0]); i++)
		err = print_family(out, &families[i], report->model);
	fputs("# EOF\n", out);
	return err;
}
