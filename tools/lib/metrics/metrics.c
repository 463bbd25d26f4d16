// SPDX-License-Identifier: GPL-2.0-only
/* Sums the launch model into metrics; metrics/text.c writes them. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/internal.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/array.h"

/* Number of rows from which on new statuses of a family without a name share one row. */
#define MANY_ROWS 1024

/* Adds a launch to a family. */
struct adder {
	struct metrics_family family;
	enum metrics_part part;
	void (*add)(struct metrics_rows *rows, const struct model_launch *l);
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
		uint64_t longest = i == SEVTRACE_HIST_BUCKETS - 1 ? hist->max : hist_upper(i) - 1;

		while (longest > metrics_bound(bound))
			bound++;
		counts[bound] += hist->buckets[i];
	}
}

static int compare_labels(const void *labels, const void *row)
{
	return strcmp(labels, ((const struct metrics_row *)row)->labels);
}

/* Returns the row of these labels; inserts it in order if it is new. */
static struct metrics_row *insert(struct metrics_rows *rows, const char *labels)
{
	struct metrics_row *grown;
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
	rows->rows[at] = (struct metrics_row){ .value = 0 };
	snprintf(rows->rows[at].labels, sizeof(rows->rows[at].labels), "%s", labels);
	return &rows->rows[at];
}

static struct metrics_row *row_labelled(struct metrics_rows *rows, const char *labels)
{
	struct metrics_row *row;

	row = rows->nr ? bsearch(labels, rows->rows, rows->nr, sizeof(*row), compare_labels) : NULL;
	if (!row)
		row = insert(rows, labels);
	if (!row)
		rows->failed = true;
	return row;
}

__attribute__((format(printf, 2, 3))) static struct metrics_row *row_of(struct metrics_rows *rows,
									const char *format, ...)
{
	char labels[METRICS_LABELS_LEN];
	size_t used;
	va_list args;

	used = (size_t)snprintf(labels, sizeof(labels), "vm_type=\"%s\"", rows->vm_type);
	va_start(args, format);
	vsnprintf(labels + used, sizeof(labels) - used, format, args);
	va_end(args);
	return row_labelled(rows, labels);
}
static void add_count(struct metrics_row *row, uint64_t n)
{
	if (row)
		row->value += n;
}

static struct metrics_hist *hist_of(struct metrics_rows *rows, struct metrics_row *row)
{
	if (row && !row->hist)
		row->hist = calloc(1, sizeof(*row->hist));
	if (!row || !row->hist)
		rows->failed = true;
	return row ? row->hist : NULL;
}

static void merge_hist(struct metrics_hist *to, const struct metrics_hist *from)
{
	for (size_t i = 0; i <= METRICS_BOUNDS; i++)
		to->counts[i] += from->counts[i];
	to->count += from->count;
	to->sum += from->sum;
	if (from->slowest.ns > to->slowest.ns)
		to->slowest = from->slowest;
}

static void add_hist(struct metrics_rows *rows, struct metrics_row *row,
		     const struct sevtrace_hist *hist)
{
	struct metrics_hist *to = hist_of(rows, row),
			    from = { .count = hist->count, .sum = hist->sum };

	if (!to)
		return;
	metrics_buckets(hist, from.counts);
	from.slowest.ns = hist->max;
	from.slowest.launch = rows->launch->number;
	launch_vmm(rows->launch, from.slowest.vmm);
	merge_hist(to, &from);
}

static void add_launches(struct metrics_rows *rows, const struct model_launch *l)
{
	if (l->number)
		add_count(row_of(rows, ",result=\"%s\"", result_name(launch_result(l))), 1);
}

static void add_durations(struct metrics_rows *rows, const struct model_launch *l)
{
	struct metrics_row *row;
	struct sevtrace_hist one = { 0 };

	if (!l->number)
		return;
	hist_add(&one, launch_duration(l), 1, 0);
	row = row_of(rows, ",result=\"%s\"", result_name(launch_result(l)));
	add_hist(rows, row, &one);
}

static const char *known(const char *name)
{
	return name ? name : "unknown";
}

/* Adds the time of the VMM and of each ioctl, by part. */
static void add_times(struct metrics_rows *rows, const struct model_launch *l)
{
	uint64_t unknown = vmm_time_unknown(&l->times);

	for (uint32_t part = 0; part < VMM_TIME_COUNT; part++)
		if (l->times.vmm[part])
			add_count(row_of(rows, ",ioctl=\"\",part=\"%s\"", vmm_time_name(part)),
				  l->times.vmm[part]);
	if (unknown)
		add_count(row_of(rows, ",ioctl=\"\",part=\"unknown\""), unknown);
	for (size_t i = 0; i < l->nr_commands; i++) {
		const struct model_command *c = &l->commands[i];

		for (uint32_t part = 0; part < TIME_COUNT; part++)
			if (c->parts[part])
				add_count(row_of(rows, ",ioctl=\"%s\",part=\"%s\"",
						 known(ioctl_name(c->ioctl)), time_name(part)),
					  c->parts[part]);
	}
}

static void add_pages(struct metrics_rows *rows, const struct model_launch *l)
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

static void add_flushed(struct metrics_rows *rows, const struct model_launch *l)
{
	if (l->number && !rows->flushes_unknown)
		add_count(row_of(rows, "%s", ""), launch_flushes(l).pages);
}

static void add_not_flushed(struct metrics_rows *rows, const struct model_launch *l)
{
	if (l->number && !rows->flushes_unknown)
		add_count(row_of(rows, "%s", ""), launch_flushes(l).skipped_pages);
}

static void add_steps(struct metrics_rows *rows, const struct model_launch *l)
{
	for (uint32_t phase = 0; phase < SEVTRACE_PHASE_COUNT; phase++) {
		for (size_t i = 0; i < SEVTRACE_STEP_COUNT; i++) {
			uint32_t step = step_at(i);
			const struct sevtrace_hist *h = launch_phase_step(l, phase, step);

			if (h->count)
				add_hist(rows,
					 row_of(rows, ",phase=\"%s\",step=\"%s\"",
						phase_name(phase), step_name(step)),
					 h);
		}
	}
}

static void add_ioctls(struct metrics_rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		add_hist(rows,
			 row_of(rows, ",ioctl=\"%s\"", known(ioctl_name(l->commands[i].ioctl))),
			 series_hist(&l->commands[i].time));
}

/* Adds ioctls that failed. Length queries do not count: they fail by design. */
static void add_ioctl_failures(struct metrics_rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_commands; i++)
		add_count(row_of(rows, ",ioctl=\"%s\"", known(ioctl_name(l->commands[i].ioctl))),
			  l->commands[i].failed - l->commands[i].length_queries);
}

static void add_waits(struct metrics_rows *rows, const struct model_launch *l)
{
	const struct sevtrace_hist *h = series_hist(&l->attributes.wait);

	if (h->count)
		add_hist(rows, row_of(rows, "%s", ""), h);
}

static struct metrics_row *psp_row(struct metrics_rows *rows, const struct model_psp *psp)
{
	return row_of(rows, ",command=\"%s\"", known(psp_command_name(psp->cmd)));
}

static void add_psp(struct metrics_rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++)
		add_count(psp_row(rows, &l->psp[i]), psp_count(&l->psp[i]));
}

static void add_psp_wait(struct metrics_rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++)
		if (series_hist(&l->psp[i].wait)->count)
			add_hist(rows, psp_row(rows, &l->psp[i]), series_hist(&l->psp[i].wait));
}

static void add_psp_exec(struct metrics_rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++)
		if (series_hist(&l->psp[i].exec)->count)
			add_hist(rows, psp_row(rows, &l->psp[i]), series_hist(&l->psp[i].exec));
}

static void add_psp_error(struct metrics_rows *rows, const struct model_psp *psp,
			  const char *status, uint64_t n)
{
	if (n)
		add_count(row_of(rows, ",command=\"%s\",status=\"%s\"",
				 known(psp_command_name(psp->cmd)), status),
			  n);
}

static void add_psp_errors(struct metrics_rows *rows, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_psp; i++) {
		const struct model_psp *psp = &l->psp[i];

		for (size_t j = 0; j < psp->nr_errors; j++) {
			uint32_t status = psp->errors[j].status;
			const char *name = psp_status_name(status);
			char hex[NAME_LEN];

			/*
			 * Keeps statuses without a name: real firmware returns some. Limits their
			 * number, for damaged files.
			 */
			if (!name)
				name = rows->nr < MANY_ROWS ? name_or_hex(NULL, status, hex) :
							      "other";
			add_psp_error(rows, psp, name, psp->errors[j].count);
		}
		add_psp_error(rows, psp, "other", psp->other_errors);
		add_psp_error(rows, psp, "not_asked", psp->not_asked);
		add_psp_error(rows, psp, "not_answered", psp->not_answered);
	}
}

static const struct adder adders[] = {
	{ { "sevtrace_launches", "Launches by result.", METRIC_COUNTER },
	  METRICS_OUTCOME,
	  add_launches },
	{ { "sevtrace_launch_duration_seconds",
	    "Time from a launch's first ioctl to the end of LAUNCH_FINISH, else to its last event.",
	    METRIC_HISTOGRAM },
	  METRICS_OUTCOME,
	  add_durations },
	{ { "sevtrace_launch_time_seconds",
	    "Who owned the launches' time: parts of an ioctl, or of the VMM's time outside of them.",
	    METRIC_SECONDS },
	  METRICS_TIMES,
	  add_times },
	{ { "sevtrace_pages", "Pages populated.", METRIC_COUNTER }, METRICS_SAMPLES, add_pages },
	{ { "sevtrace_clflush_pages", "Pages flushed from the caches.", METRIC_COUNTER },
	  METRICS_SAMPLES,
	  add_flushed },
	{ { "sevtrace_clflush_skipped_pages",
	    "Pages not flushed, as the processor keeps its caches coherent.", METRIC_COUNTER },
	  METRICS_SAMPLES,
	  add_not_flushed },
	{ { "sevtrace_step_duration_seconds", "Time of a step of a page, or run of pages.",
	    METRIC_HISTOGRAM },
	  METRICS_SAMPLES,
	  add_steps },
	{ { "sevtrace_attributes_wait_seconds",
	    "Time that updates of memory attributes waited for slots_lock.", METRIC_HISTOGRAM },
	  METRICS_SAMPLES,
	  add_waits },
	{ { "sevtrace_ioctl_duration_seconds", "Time of an ioctl.", METRIC_HISTOGRAM },
	  METRICS_SAMPLES,
	  add_ioctls },
	{ { "sevtrace_ioctl_failures", "Ioctls that failed, queries of a length left out.",
	    METRIC_COUNTER },
	  METRICS_SAMPLES,
	  add_ioctl_failures },
	{ { "sevtrace_psp_commands", "Firmware commands.", METRIC_COUNTER },
	  METRICS_SAMPLES,
	  add_psp },
	{ { "sevtrace_psp_wait_seconds", "Time that firmware commands waited for the mailbox.",
	    METRIC_HISTOGRAM },
	  METRICS_SAMPLES,
	  add_psp_wait },
	{ { "sevtrace_psp_exec_seconds", "Time of firmware commands from doorbell to answer.",
	    METRIC_HISTOGRAM },
	  METRICS_SAMPLES,
	  add_psp_exec },
	{ { "sevtrace_psp_errors", "Firmware commands that did not end with SUCCESS.",
	    METRIC_COUNTER },
	  METRICS_SAMPLES,
	  add_psp_errors },
};

#define NR_FAMILIES (ARRAY_SIZE(adders))

struct metrics {
	struct metrics_rows families[NR_FAMILIES];
};

/* Adds a 0 for launches of every type and result, so that ratios can be computed from the start. */
static void add_zeros(struct metrics_rows *rows)
{
	static const uint32_t types[] = { SEVTRACE_VM_SEV, SEVTRACE_VM_SEV_ES, SEVTRACE_VM_SNP };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		rows->vm_type = vm_type_name(types[i]);
		for (uint32_t result = MODEL_OK; result <= MODEL_INCOMPLETE; result++)
			row_of(rows, ",result=\"%s\"", result_name(result));
	}
}

struct metrics *metrics_new(void)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	add_zeros(&m->families[0]);
	if (!m->families[0].failed)
		return m;
	metrics_free(m);
	return NULL;
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < NR_FAMILIES; i++) {
		for (size_t j = 0; j < m->families[i].nr; j++)
			free(m->families[i].rows[j].hist);
		free(m->families[i].rows);
	}
	free(m);
}

static bool failed(struct metrics_rows *rows)
{
	bool was = rows->failed;

	rows->failed = false;
	return was;
}

int metrics_add(struct metrics *m, const struct model *of, const struct model_launch *l,
		unsigned int parts)
{
	const struct model_flushes flushes = launch_flushes(l);
	bool unknown = launch_flushes_unknown(of, l, &flushes);

	for (size_t i = 0; i < NR_FAMILIES; i++) {
		struct metrics_rows *rows = &m->families[i];

		if (!(adders[i].part & parts))
			continue;
		rows->launch = l;
		rows->vm_type = l->number ? known(vm_type_name(l->vm_type)) : "none";
		rows->flushes_unknown = unknown;
		adders[i].add(rows, l);
		if (failed(rows))
			return -ENOMEM;
	}
	return 0;
}

static void merge_row(struct metrics_rows *to, const struct metrics_row *from)
{
	struct metrics_row *row = row_labelled(to, from->labels);
	struct metrics_hist *hist;

	add_count(row, from->value);
	if (!from->hist)
		return;
	hist = hist_of(to, row);
	if (hist)
		merge_hist(hist, from->hist);
}

int metrics_merge(struct metrics *to, const struct metrics *from)
{
	for (size_t i = 0; i < NR_FAMILIES; i++) {
		for (size_t j = 0; j < from->families[i].nr; j++)
			merge_row(&to->families[i], &from->families[i].rows[j]);
		if (failed(&to->families[i]))
			return -ENOMEM;
	}
	return 0;
}

const struct metrics_rows *metrics_rows(const struct metrics *m, size_t i,
					const struct metrics_family **family)
{
	if (i >= NR_FAMILIES)
		return NULL;
	*family = &adders[i].family;
	return &m->families[i];
}
