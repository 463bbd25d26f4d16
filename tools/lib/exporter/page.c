// SPDX-License-Identifier: GPL-2.0-only
#include "exporter/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sev/names.h"
#include "util/text.h"

static void write_losses(const struct metrics_out *out, const struct sevtrace_counters *counters)
{
#define LOSS_NAME(id, name) name,
	static const char *const names[] = { SEVTRACE_LOSSES(LOSS_NAME) };
#undef LOSS_NAME

	metrics_losses_head(out);
	for (size_t i = 0; i < SEVTRACE_LOSS_COUNT; i++)
		metrics_loss(out, names[i], counters->losses[i]);
}

static void write_recording(const struct metrics_out *out, const struct page *page)
{
	const struct sevtrace_counters *counters = &page->counters;

	metrics_simple(
		out, "sevtrace_attached",
		"1 while launches are seen; 0: the kernel's modules are not there, or were let go.",
		METRIC_GAUGE, page->attached);
	metrics_simple(out, "sevtrace_attachments",
		       "Times that the source of events was attached to.", METRIC_COUNTER,
		       page->attachments);
	metrics_simple(out, "sevtrace_events_emitted", "Events of the kernel.", METRIC_COUNTER,
		       counters->emitted);
	metrics_simple(out, "sevtrace_events_recorded", "Events recorded.", METRIC_COUNTER,
		       counters->recorded);
	metrics_simple(out, "sevtrace_events_dropped", "Events that did not fit the ring buffer.",
		       METRIC_COUNTER, counters->dropped);
	write_losses(out, counters);
}

/* Returns for how long the command under way has been executed. */
static uint64_t command_age(const struct page *page)
{
	return page->psp.since && page->now > page->psp.since ? page->now - page->psp.since : 0;
}

static void write_psp(const struct metrics_out *out, const struct page *page)
{
	metrics_simple(out, "sevtrace_psp_waiting", "Threads that wait for the PSP's mailbox now.",
		       METRIC_GAUGE, page->psp.waiting);
	metrics_seconds(out, "sevtrace_psp_command_age_seconds",
			"For how long the PSP executes the command under way; 0: there is none.",
			METRIC_GAUGE, command_age(page));
	metrics_seconds(out, "sevtrace_psp_busy_seconds", "Time that the PSP executed commands.",
			METRIC_COUNTER, page->psp.busy_ns);
}

static void write_asids_of(const struct metrics_out *out, const char *name, int64_t sev,
			   int64_t sev_es)
{
	if (sev >= 0)
		fprintf(out->file, "%s{type=\"sev\"} %" PRId64 "\n", name, sev);
	if (sev_es >= 0)
		fprintf(out->file, "%s{type=\"sev-es\"} %" PRId64 "\n", name, sev_es);
}

static void write_asids(const struct metrics_out *out, const struct page *page)
{
	metrics_head(out, "sevtrace_asids",
		     "Address space ids of this host; sev-es has those of SNP guests.",
		     METRIC_GAUGE);
	write_asids_of(out, "sevtrace_asids", page->sev.all, page->sev_es.all);
	metrics_head(out, "sevtrace_asids_in_use", "Those that a guest has.", METRIC_GAUGE);
	write_asids_of(out, "sevtrace_asids_in_use", page->sev.used, page->sev_es.used);
}

static void write_capacity(const struct metrics_out *out, const struct page *page)
{
	const struct capacity *c = &page->tally->capacity;

	if (!capacity_psp(c) || !page->within)
		return;
	metrics_seconds(out, "sevtrace_launch_psp_seconds",
			"For how long a launch has the PSP, mean of the latest that finished.",
			METRIC_GAUGE, capacity_psp(c));
	metrics_head(out, "sevtrace_launches_that_fit",
		     "Launches that could begin now and be done within so many seconds.",
		     METRIC_GAUGE);
	fprintf(out->file, "sevtrace_launches_that_fit{within=\"%u\"} %" PRIu64 "\n", page->within,
		capacity_fit(c, page->within * 1000000000ULL, tally_under_way(page->tally)));
}

static void launch_labels(const struct metrics_out *out, const char *name,
			  const struct model_launch *l)
{
	const char *type = vm_type_name(l->vm_type);

	fprintf(out->file,
		"%s{launch=\"%" PRIu32 "\",pid=\"%" PRIu32 "\",vm_type=\"%s\",asid=\"%" PRIu32
		"\",result=\"%s\",comm=",
		name, l->number, l->pid, type ? type : "unknown", l->asid,
		result_name(launch_result(l)));
	text_quote(out->file, l->comm);
	fputs(",name=", out->file);
	text_quote(out->file, launch_name(l) ? launch_name(l) : "");
	fputs("} ", out->file);
}

/* Prints a line for each of the latest launches that are still there. */
static void write_launches(const struct metrics_out *out, const struct page *page)
{
	const struct model *m = &page->tally->model;
	size_t first = m->nr_launches > page->per_launch ? m->nr_launches - page->per_launch : 0;

	if (!page->per_launch)
		return;
	metrics_head(out, "sevtrace_launch_seconds",
		     "Time of a launch by now; result is incomplete until it is over.",
		     METRIC_GAUGE);
	for (size_t i = first; i < m->nr_launches; i++) {
		launch_labels(out, "sevtrace_launch_seconds", m->launches[i]);
		metrics_print_seconds(out, launch_duration(m->launches[i]));
	}
}

static void write_answers(const struct metrics_out *out, const struct page *page)
{
#define ANSWER_STATUS(id, status) status,
	static const unsigned int statuses[] = { WEB_ANSWERS(ANSWER_STATUS) };
#undef ANSWER_STATUS

	metrics_head(out, "sevtrace_exporter_http_responses", "Requests answered, by status.",
		     METRIC_COUNTER);
	for (size_t i = 0; i < WEB_ANSWER_COUNT; i++)
		fprintf(out->file,
			"sevtrace_exporter_http_responses_total{code=\"%u\"} %" PRIu64 "\n",
			statuses[i], page->answers.answers[i]);
	metrics_simple(out, "sevtrace_exporter_http_connections", "Connections accepted.",
		       METRIC_COUNTER, page->answers.connections);
	metrics_simple(out, "sevtrace_exporter_http_connections_cut",
		       "Connections that were cut for taking too long.", METRIC_COUNTER,
		       page->answers.cut);
	metrics_simple(out, "sevtrace_exporter_http_starts",
		       "Times that the process that answers was started.", METRIC_COUNTER,
		       page->web_starts);
}

static void write_cost(const struct metrics_out *out, const struct page *page)
{
	metrics_head(out, "sevtrace_exporter_cpu_seconds",
		     "Processor time of the exporter itself, by process.", METRIC_COUNTER);
	fputs("sevtrace_exporter_cpu_seconds_total{process=\"collector\"} ", out->file);
	metrics_print_seconds(out, page->collector.cpu_ns);
	fputs("sevtrace_exporter_cpu_seconds_total{process=\"web\"} ", out->file);
	metrics_print_seconds(out, page->web.cpu_ns);
	metrics_head(out, "sevtrace_exporter_resident_memory_bytes",
		     "Resident memory of the exporter itself, by process.", METRIC_GAUGE);
	fprintf(out->file,
		"sevtrace_exporter_resident_memory_bytes{process=\"collector\"} %" PRIu64 "\n"
		"sevtrace_exporter_resident_memory_bytes{process=\"web\"} %" PRIu64 "\n",
		page->collector.resident, page->web.resident);
	metrics_simple(out, "sevtrace_exporter_kernel_map_bytes",
		       "Memory of the kernel that the exporter's BPF maps take.", METRIC_GAUGE,
		       page->map_bytes);
	if (page->programs_counted) {
		metrics_simple(out, "sevtrace_exporter_bpf_runs",
			       "Runs of the exporter's BPF programs.", METRIC_COUNTER,
			       page->program_runs);
		metrics_seconds(out, "sevtrace_exporter_bpf_seconds",
				"Processor time of the exporter's BPF programs, on all processors.",
				METRIC_COUNTER, page->program_ns);
	}
	write_answers(out, page);
	metrics_head(out, "process_start_time_seconds",
		     "When the exporter was started, in seconds since 1970; counters begin there.",
		     METRIC_GAUGE);
	fprintf(out->file, "process_start_time_seconds %.2f\n", page->started);
}

int page_write(const struct metrics_out *out, const struct page *page, const struct metrics *sums)
{
	metrics_info(out, page->version, page->host);
	metrics_lacks(out, page->host[HOST_LACKS]);
	write_recording(out, page);
	metrics_simple(out, "sevtrace_launches_begun", "Launches begun.", METRIC_COUNTER,
		       page->tally->begun);
	metrics_simple(out, "sevtrace_launches_under_way", "Launches that go on now.", METRIC_GAUGE,
		       tally_under_way(page->tally));
	metrics_write(out, sums);
	write_psp(out, page);
	write_capacity(out, page);
	write_asids(out, page);
	write_launches(out, page);
	write_cost(out, page);
	metrics_end(out);
	return ferror(out->file) ? -ENOMEM : 0;
}
