// SPDX-License-Identifier: GPL-2.0-only
/* Ends the timeline: prints what is known of launches only after the last record, and all names. */
#include <errno.h>
#include <inttypes.h>

#include "explain/explain.h"
#include "export/chrome.h"
#include "sev/names.h"

/* "Trace Event Format", section "Metadata Events". */
static void put_metadata(struct chrome *c, FILE *out, uint32_t pid, uint32_t tid, const char *name)
{
	fprintf(out, "%s{\"ph\":\"M\",\"pid\":%u,\"tid\":%u,\"name\":\"%s\",\"args\":{",
		c->any ? ",\n" : "", pid, tid, name);
	c->any = true;
}

static void name_lane(struct chrome *c, FILE *out, uint32_t launch, const struct chrome_thread *t,
		      enum chrome_lane lane, uint32_t place)
{
	static const char *const names[NR_LANES] = {
		[LANE_LAUNCH] = "launch",
		[LANE_IOCTL] = "ioctl",
		[LANE_RANGE] = "range",
		[LANE_PAGE] = "page",
		[LANE_STEP] = "step",
		[LANE_PSP] = "PSP",
		[LANE_NESTED] = "PSP, inside another command",
		[LANE_CACHES] = "caches",
	};

	put_metadata(c, out, launch, t->tracks[lane].id, "thread_name");
	fprintf(out, "\"name\":\"%s", names[lane]);
	if (t->tid != CHROME_LAUNCH)
		fprintf(out, " (thread %u)", t->tid);
	fputs("\"}}", out);
	put_metadata(c, out, launch, t->tracks[lane].id, "thread_sort_index");
	fprintf(out, "\"sort_index\":%u}}", place);
}

static void name_lanes(struct chrome *c, FILE *out, const struct launch_threads *l)
{
	for (size_t i = 0; i < l->nr; i++) {
		const struct chrome_thread *t = thread_at(&c->threads, l, i);

		for (uint32_t lane = 0; lane < NR_LANES; lane++)
			if (t->tracks[lane].id)
				name_lane(c, out, l->launch, t, lane,
					  /* the launch's lane is above those of its threads */
					  lane == LANE_LAUNCH ?
						  0 :
						  (uint32_t)(i + 1) * NR_LANES + lane);
	}
}

static void name_launch(struct chrome *c, FILE *out, const struct model_launch *l)
{
	char name[128], vmm[LAUNCH_VMM_LEN];
	char type[NAME_LEN];

	put_metadata(c, out, l->number, 0, "process_name");
	snprintf(name, sizeof(name), "launch %u: %s %s", l->number, launch_vmm(l, vmm),
		 name_or_hex(vm_type_name(l->vm_type), l->vm_type, type));
	fputs("\"name\":", out);
	text_quote(out, name);
	fputs("}}", out);
	put_metadata(c, out, l->number, 0, "process_labels");
	fprintf(out, "\"labels\":\"%s, ASID %u\"}}", result_name(launch_result(l)), l->asid);
	put_metadata(c, out, l->number, 0, "process_sort_index");
	fprintf(out, "\"sort_index\":%u}}", l->number);
}

static void name_host(struct chrome *c, FILE *out)
{
	put_metadata(c, out, 0, 0, "process_name");
	fputs("\"name\":\"host, outside of launches\"}}", out);
	put_metadata(c, out, 0, 0, "process_sort_index");
	fputs("\"sort_index\":-1}}", out);
}

static void put_launch(struct chrome *c, FILE *out, struct chrome_thread *t,
		       const struct model_launch *l)
{
	char name[64];
	const struct chrome_event launch = { LANE_LAUNCH, l->first_ts,
					     l->first_ts + launch_duration(l), "launch", name };
	const struct chrome_event teardown = { LANE_LAUNCH, t->teardown_start, t->teardown_end,
					       "launch", "teardown" };

	snprintf(name, sizeof(name), "launch %s", result_name(launch_result(l)));
	if (l->first_ts) {
		chrome_open(c, out, l->number, t, &launch);
		fprintf(out,
			",\"result\":\"%s\",\"private_pages\":%" PRIu64
			",\"shared_pages\":%" PRIu64,
			result_name(launch_result(l)), launch_pages(l, true),
			launch_pages(l, false));
		chrome_close(out);
	}
	if (t->teardown_end) {
		chrome_open(c, out, l->number, t, &teardown);
		chrome_close(out);
	}
}

/* Prints ioctls that had not returned when the recording ended. */
static int put_pending(struct chrome *c, FILE *out, struct launch_threads *threads,
		       const struct model *m, const struct model_launch *l)
{
	for (size_t i = 0; i < l->nr_ops; i++) {
		const struct model_op *op = &l->ops[i];
		struct chrome_thread *t = thread_state(&c->threads, threads, op->tid);
		char buf[NAME_LEN];
		const char *name = ioctl_name(op->seen.ioctl);
		const struct chrome_event event = { LANE_IOCTL, op->start, m->last_ts, "ioctl",
						    name_or_hex(name, op->seen.ioctl, buf) };

		if (!t)
			return -ENOMEM;
		if (!op->entered)
			continue;
		chrome_open(c, out, l->number, t, &event);
		fputs(",\"unfinished\":true", out);
		chrome_close(out);
	}
	return 0;
}

static void print_text(FILE *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(out, ",\"%s\":", key);
	text_quote(out, value);
}

static void put_failure(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t,
			const struct model_failure *f, uint32_t lacks)
{
	struct explanation why = explain_failure(f, lacks);
	uint32_t status = f->has_psp ? f->psp.status : f->fw_error;
	char name[96];
	char buf[NAME_LEN];
	const struct chrome_event event = { LANE_LAUNCH, 0, f->ts, "failure", name };

	snprintf(name, sizeof(name), "%s: %s",
		 f->recovered ? "recovered" :
		 f->swallowed ? "stopped short" :
				"FAILED",
		 name_or_hex(ioctl_name(f->ioctl), f->ioctl, buf));
	chrome_open_instant(c, out, 'p', launch, t, &event);
	fprintf(out, ",\"ret\":%d,\"inner_ret\":%d", f->ret, f->inner_ret);
	print_text(out, "errno", errno_name(f->inner_ret ? f->inner_ret : f->ret));
	if (f->has_step)
		print_text(out, "step", name_or_hex(step_name(f->step), f->step, buf));
	if (f->gfn != SEVTRACE_NO_FRAME)
		fprintf(out, ",\"gfn\":\"0x%" PRIx64 "\"", f->gfn);
	if (f->pfn != SEVTRACE_NO_FRAME)
		fprintf(out, ",\"pfn\":\"0x%" PRIx64 "\"", f->pfn);
	fprintf(out, ",\"psp_asked\":%s,\"psp_answered\":%s", f->psp_asked ? "true" : "false",
		f->psp_answered ? "true" : "false");
	if (f->psp_answered)
		print_text(out, "status", name_or_hex(psp_status_name(status), status, buf));
	print_text(out, "cause", why.cause);
	print_text(out, "hint", why.hint);
	if (why.cause)
		print_text(out, "certainty", certainty_name(why.sure));
	chrome_close(out);
}

/* Marks dropped records. The mark is at the end, since nothing tells when they were dropped. */
static void put_drops(struct chrome *c, FILE *out, uint32_t launch, struct chrome_thread *t,
		      uint64_t ts, uint64_t dropped)
{
	char name[64];
	const struct chrome_event event = { LANE_LAUNCH, 0, ts, "drops", name };

	if (!dropped)
		return;
	snprintf(name, sizeof(name), "%" PRIu64 " records dropped", dropped);
	chrome_open_instant(c, out, 'p', launch, t, &event);
	fprintf(out, ",\"dropped\":%" PRIu64, dropped);
	chrome_close(out);
}

static int put_launch_end(struct chrome *c, FILE *out, const struct model *m,
			  const struct model_launch *l)
{
	int err;
	struct launch_threads *threads = threads_of(&c->threads, m, l->number, &err);
	struct chrome_thread *t = threads ? thread_state(&c->threads, threads, CHROME_LAUNCH) :
					    NULL;
	uint64_t last = t && t->teardown_end > l->last_ts ? t->teardown_end : l->last_ts;

	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < threads->nr; i++)
		chrome_close_page(c, out, l->number, thread_at(&c->threads, threads, i));
	put_launch(c, out, t, l);
	for (size_t i = 0; i < l->nr_failures; i++)
		put_failure(c, out, l->number, t, &l->failures[i], m->lacks);
	put_drops(c, out, l->number, t, last, l->dropped);
	err = put_pending(c, out, threads, m, l);
	if (err)
		return err;
	name_launch(c, out, l);
	name_lanes(c, out, threads);
	return 0;
}

/* Prints the total of dropped records, and names the lanes of commands outside of launches. */
static int put_host_end(struct chrome *c, FILE *out, const struct model *m)
{
	struct tracefile_cpu_drops sum;
	int err;
	struct launch_threads *threads = threads_of(&c->threads, m, 0, &err);
	struct chrome_thread *t;

	if (!threads)
		return -ENOMEM;
	if (model_drops(m, &sum) && sum.dropped) {
		t = thread_state(&c->threads, threads, CHROME_LAUNCH);
		if (!t)
			return -ENOMEM;
		put_drops(c, out, 0, t, m->last_ts, sum.dropped);
	}
	if (!threads->nr)
		return 0;
	name_host(c, out);
	name_lanes(c, out, threads);
	return 0;
}

static void print_other_data(FILE *out, const struct report *report)
{
	const struct model *m = report->model;
	const char *comma = "";

	fputs("\n],\"otherData\":{\"sevtrace\":", out);
	text_quote(out, report->version);
	fprintf(out, ",\"clock\":\"CLOCK_MONOTONIC\",\"records\":%" PRIu64 ",\"complete\":%s",
		m->records, report->state->complete ? "true" : "false");
	fputs(",\"host\":{", out);
	for (size_t i = 0; i < m->nr_host; i++, comma = ",") {
		fputs(comma, out);
		text_quote(out, m->host[2 * i]);
		fputc(':', out);
		text_quote(out, m->host[2 * i + 1]);
	}
	fputs("}}}\n", out);
}

int chrome_finish(struct chrome *c, FILE *out, const struct report *report)
{
	const struct model *m = report->model;
	int err = 0;

	for (size_t i = 0; !err && i < m->nr_launches; i++)
		if (report_shows(report, i))
			err = put_launch_end(c, out, m, m->launches[i]);
	if (!err && !report->shown)
		err = put_host_end(c, out, m);
	if (!err)
		print_other_data(out, report);
	return err;
}
