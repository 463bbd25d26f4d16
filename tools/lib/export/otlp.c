// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes launches as OpenTelemetry traces: lines of JSON, as OTLP's file exporter writes them and
 * a collector reads them; each is an ExportTraceServiceRequest of opentelemetry-proto 1.x. A launch
 * is a trace: its span is the parent of its ioctls', and they are those of their PSP commands.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain/explain.h"
#include "export/export.h"
#include "export/thread_table.h"
#include "sev/host_keys.h"
#include "sev/names.h"
#include "util/array.h"
#include "util/text.h"

#define SPANS_IN_A_LINE 512 /* receivers limit the size of a request: 4 MiB by default */
#define LAUNCH_SPAN 1 /* the id of a launch's own span in its trace */
#define FNV_OFFSET 0xcbf29ce484222325ULL /* FNV-1a with 64 bits, RFC 9923 section 5 */
#define FNV_PRIME 0x100000001b3ULL

/* From opentelemetry-proto, trace.proto: Span.SpanKind and Status.StatusCode. */
#define SPAN_KIND_INTERNAL 1
#define STATUS_CODE_OK 1
#define STATUS_CODE_ERROR 2

struct otlp_thread {
	uint32_t tid;
	uint32_t number; /* of the ioctl under way */
	uint64_t ioctl; /* its span; 0: there is none */
	uint64_t start;
	uint64_t last; /* time of the thread's last record */
};

struct otlp {
	struct thread_table threads;
	bool begun; /* the next two are known */
	uint64_t recording; /* first half of the traces' ids */
	uint64_t offset; /* of the time of day to that of records, modulo 2^64; 0: not known */
	uint64_t last; /* the last span's id */
	unsigned int in_line; /* spans in the line that is being written */
	bool comma; /* the next attribute needs one */
};

struct span {
	uint32_t launch; /* 0: none */
	uint64_t id;
	uint64_t parent; /* 0: none */
	uint64_t start, end; /* as in records */
	const char *before; /* of the name; "" */
	const char *name;
	const char *error; /* NULL: it succeeded */
};

static uint64_t hashed(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

static void begin_attribute(struct otlp *o, FILE *out, const char *key, const char *type)
{
	fprintf(out, "%s{\"key\":\"%s\",\"value\":{\"%s\":", o->comma ? "," : "", key, type);
	o->comma = true;
}

static void put_text(struct otlp *o, FILE *out, const char *key, const char *untrusted)
{
	if (!untrusted || !*untrusted)
		return;
	begin_attribute(o, out, key, "stringValue");
	text_quote(out, untrusted);
	fputs("}}", out);
}

/* A number of 64 bits is a string in JSON: OTLP specification, JSON Protobuf Encoding. */
static void put_number(struct otlp *o, FILE *out, const char *key, int64_t number)
{
	begin_attribute(o, out, key, "intValue");
	fprintf(out, "\"%" PRId64 "\"}}", number);
}

static void put_unsigned(struct otlp *o, FILE *out, const char *key, uint64_t number)
{
	put_number(o, out, key, number > INT64_MAX ? INT64_MAX : (int64_t)number);
}

static void put_frame(struct otlp *o, FILE *out, const char *key, uint64_t frame)
{
	char text[NAME_LEN];

	if (frame == SEVTRACE_NO_FRAME)
		return;
	snprintf(text, sizeof(text), "0x%" PRIx64, frame);
	put_text(o, out, key, text);
}

static void begin_recording(struct otlp *o, const struct model *m)
{
	/* The offset is measured anew by each recorder, to the nanosecond. */
	static const enum host_key identities[] = { HOST_HOSTNAME, HOST_STARTED,
						    HOST_REALTIME_OFFSET };
	const char *offset = model_host_value(m, host_keys[HOST_REALTIME_OFFSET].key);

	o->begun = true;
	o->last = LAUNCH_SPAN;
	o->offset = offset ? (uint64_t)strtoll(offset, NULL, 10) : 0;
	o->recording = offset ? FNV_OFFSET : hashed(FNV_OFFSET, &m->first_ts, sizeof(m->first_ts));
	for (size_t i = 0; i < ARRAY_SIZE(identities); i++) {
		const char *value = model_host_value(m, host_keys[identities[i]].key);

		if (value)
			o->recording = hashed(o->recording, value, strlen(value) + 1);
	}
	o->recording |= !o->recording; /* an id of zeros is none */
}

static void begin_line(struct otlp *o, FILE *out, const struct model *m)
{
	char key[64];

	fputs("{\"resourceSpans\":[{\"resource\":{\"attributes\":[", out);
	o->comma = false;
	put_text(o, out, "service.name", "sevtrace");
	put_text(o, out, "os.type", "linux");
	put_text(o, out, "host.name", model_host_value(m, host_keys[HOST_HOSTNAME].key));
	put_text(o, out, "os.version", model_host_value(m, host_keys[HOST_KERNEL].key));
	for (size_t i = 0; i < HOST_KEY_COUNT; i++) {
		if (!(host_keys[i].uses & HOST_ALWAYS) || i == HOST_KERNEL)
			continue;
		snprintf(key, sizeof(key), "sevtrace.host.%s", host_keys[i].key);
		put_text(o, out, key, model_host_value(m, host_keys[i].key));
	}
	fputs("]},\"scopeSpans\":[{\"scope\":{\"name\":\"sevtrace\"},\"spans\":[", out);
}

static void end_line(struct otlp *o, FILE *out)
{
	if (o->in_line)
		fputs("]}]}]}\n", out);
	o->in_line = 0;
}

/* Begins a span; its attributes may follow, then end_span(). */
static void begin_span(struct otlp *o, FILE *out, const struct model *m, const struct span *span)
{
	char name[2 * NAME_LEN];

	if (o->in_line == SPANS_IN_A_LINE)
		end_line(o, out);
	if (!o->in_line)
		begin_line(o, out, m);
	snprintf(name, sizeof(name), "%s%s", span->before, span->name);
	fprintf(out, "%s{\"traceId\":\"%016" PRIx64 "%016x\",\"spanId\":\"%016" PRIx64 "\"",
		o->in_line++ ? "," : "", o->recording, span->launch, span->id);
	if (span->parent)
		fprintf(out, ",\"parentSpanId\":\"%016" PRIx64 "\"", span->parent);
	fputs(",\"name\":", out);
	text_quote(out, name);
	fprintf(out,
		",\"kind\":%d,\"startTimeUnixNano\":\"%" PRIu64 "\",\"endTimeUnixNano\":\"%" PRIu64
		"\",\"status\":{\"code\":%d",
		SPAN_KIND_INTERNAL, span->start + o->offset, span->end + o->offset,
		span->error ? STATUS_CODE_ERROR : STATUS_CODE_OK);
	if (span->error && *span->error) {
		fputs(",\"message\":", out);
		text_quote(out, span->error);
	}
	fputs("},\"attributes\":[", out);
	o->comma = false;
}

static void end_span(FILE *out)
{
	fputs("]}", out);
}

static void put_ioctl(struct otlp *o, FILE *out, const struct model *m,
		      const struct sevtrace_rec_ioctl_exit *rec, struct otlp_thread *t)
{
	char name[NAME_LEN], error[NAME_LEN];
	const struct span span = {
		.launch = rec->h.launch,
		.id = t->ioctl ? t->ioctl : ++o->last,
		.parent = rec->h.launch ? LAUNCH_SPAN : 0,
		.start = export_start(rec->h.ts, rec->duration),
		.end = rec->h.ts,
		.before = "",
		.name = name_or_hex(ioctl_name(rec->ioctl), rec->ioctl, name),
		.error = rec->ret ? export_errno(rec->ret, error) : NULL,
	};

	t->ioctl = 0;
	begin_span(o, out, m, &span);
	put_number(o, out, "sevtrace.ret", rec->ret);
	put_unsigned(o, out, "sevtrace.fw_error", rec->fw_error);
	put_unsigned(o, out, "thread.id", rec->h.tid);
	end_span(out);
}

/*
 * An ioctl whose return was not recorded: it was dropped, or the recording ended before. What it
 * did has it as a parent.
 */
static void put_endless(struct otlp *o, FILE *out, const struct model *m, uint32_t launch,
			struct otlp_thread *t)
{
	char name[NAME_LEN];
	const struct span span = {
		.launch = launch,
		.id = t->ioctl,
		.parent = launch ? LAUNCH_SPAN : 0,
		.start = t->start,
		.end = t->last > t->start ? t->last : t->start,
		.before = "",
		.name = name_or_hex(ioctl_name(t->number), t->number, name),
		.error = "its end was not recorded",
	};

	if (!t->ioctl)
		return;
	t->ioctl = 0;
	begin_span(o, out, m, &span);
	put_unsigned(o, out, "thread.id", t->tid);
	end_span(out);
}

/* An update of attributes outside of an ioctl of SEV is an ioctl of its own. */
static void put_attributes(struct otlp *o, FILE *out, const struct model *m,
			   const struct sevtrace_rec_attr *rec, const struct otlp_thread *t)
{
	char error[NAME_LEN];
	const struct span span = {
		.launch = rec->h.launch,
		.id = ++o->last,
		.parent = rec->h.launch ? LAUNCH_SPAN : 0,
		.start = export_start(rec->h.ts, rec->duration),
		.end = rec->h.ts,
		.before = "",
		.name = ioctl_name(SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES),
		.error = rec->ret ? export_errno(rec->ret, error) : NULL,
	};

	if (t->ioctl)
		return;
	begin_span(o, out, m, &span);
	put_number(o, out, "sevtrace.ret", rec->ret);
	put_unsigned(o, out, "sevtrace.pages", rec->end > rec->start ? rec->end - rec->start : 0);
	put_unsigned(o, out, "sevtrace.wait_ns", rec->wait);
	put_unsigned(o, out, "thread.id", rec->h.tid);
	end_span(out);
}

/* Returns what a command failed with; NULL: it did not. */
static const char *command_error(const struct sevtrace_rec_psp *rec, char buf[NAME_LEN])
{
	if (!rec->asked)
		return "not asked";
	if (!rec->answered)
		return "no answer";
	return rec->status ? name_or_hex(psp_status_name(rec->status), rec->status, buf) : NULL;
}

static void put_command(struct otlp *o, FILE *out, const struct model *m,
			const struct sevtrace_rec_psp *rec, const struct otlp_thread *t)
{
	char name[NAME_LEN], error[NAME_LEN];
	uint64_t spent = 0, parts[] = { rec->wait, rec->prep, rec->exec, rec->reclaim };
	static const char *const keys[] = { "sevtrace.wait_ns", "sevtrace.prepare_ns",
					    "sevtrace.execute_ns", "sevtrace.reclaim_ns" };
	struct span span = {
		.launch = rec->h.launch,
		.id = ++o->last,
		.parent = t->ioctl	? t->ioctl :
			  rec->h.launch ? LAUNCH_SPAN :
					  0,
		.end = rec->h.ts,
		.before = "PSP ",
		.name = name_or_hex(psp_command_name(rec->cmd), rec->cmd, name),
		.error = command_error(rec, error),
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		spent = parts[i] > UINT64_MAX - spent ? UINT64_MAX : spent + parts[i];
	span.start = export_start(span.end, spent);
	begin_span(o, out, m, &span);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		put_unsigned(o, out, keys[i], parts[i]);
	if (rec->answered)
		put_unsigned(o, out, "sevtrace.psp_status", rec->status);
	end_span(out);
}

static int put_record(void *state, FILE *out, const struct model *m,
		      const union sevtrace_record *rec)
{
	struct otlp *o = state;
	int err;
	struct launch_threads *l = threads_of(&o->threads, m, rec->h.launch, &err);
	struct otlp_thread *t = l ? thread_state(&o->threads, l, rec->h.tid) : NULL;

	if (!t)
		return l ? -ENOMEM : err;
	if (!o->begun)
		begin_recording(o, m);
	switch (rec->h.type) {
	case SEVTRACE_REC_IOCTL_ENTER:
		put_endless(o, out, m, rec->h.launch, t);
		t->ioctl = ++o->last;
		t->number = rec->ioctl_enter.ioctl;
		t->start = rec->h.ts;
		break;
	case SEVTRACE_REC_IOCTL_EXIT:
		put_ioctl(o, out, m, &rec->ioctl_exit, t);
		break;
	case SEVTRACE_REC_ATTR:
		put_attributes(o, out, m, &rec->attr, t);
		break;
	case SEVTRACE_REC_PSP:
		put_command(o, out, m, &rec->psp, t);
		break;
	default:
		break;
	}
	if (rec->h.ts > t->last)
		t->last = rec->h.ts;
	return 0;
}

/* An event of the launch's span: what failed, and why. */
static void put_failure(struct otlp *o, FILE *out, const struct model *m,
			const struct model_failure *f)
{
	const struct explanation why = explain_failure(f, m->lacks);
	uint32_t status = f->has_psp ? f->psp.status : f->fw_error;
	char buf[NAME_LEN];

	fprintf(out, "{\"timeUnixNano\":\"%" PRIu64 "\",\"name\":\"%s\",\"attributes\":[",
		f->ts + o->offset,
		f->recovered ? "recovered" :
		f->swallowed ? "stopped short" :
			       "failed");
	o->comma = false;
	put_text(o, out, "sevtrace.ioctl", name_or_hex(ioctl_name(f->ioctl), f->ioctl, buf));
	put_number(o, out, "sevtrace.ret", f->ret);
	put_text(o, out, "sevtrace.errno", export_errno(f->inner_ret ? f->inner_ret : f->ret, buf));
	if (f->has_step)
		put_text(o, out, "sevtrace.step", name_or_hex(step_name(f->step), f->step, buf));
	put_frame(o, out, "sevtrace.gfn", f->gfn);
	put_frame(o, out, "sevtrace.pfn", f->pfn);
	if (f->psp_answered)
		put_text(o, out, "sevtrace.psp_status",
			 name_or_hex(psp_status_name(status), status, buf));
	put_text(o, out, "sevtrace.cause", why.cause);
	put_text(o, out, "sevtrace.hint", why.hint);
	if (why.cause)
		put_text(o, out, "sevtrace.certainty", certainty_name(why.sure));
	fputs("]}", out);
}

static const char *launch_error(const struct model_launch *l, char buf[NAME_LEN])
{
	if (launch_result(l) == MODEL_FAILED)
		for (size_t i = l->nr_failures; i > 0; i--)
			if (!l->failures[i - 1].recovered)
				return export_errno(l->failures[i - 1].ret, buf);
	return launch_result(l) == MODEL_OK ? NULL : result_name(launch_result(l));
}

/* The keys of names, by OpenTelemetry's semantic conventions 1.x where they have one. */
static const char *const name_keys[SEVTRACE_NAME_COUNT] = {
	[SEVTRACE_NAME_VMM] = "sevtrace.guest.name",
	[SEVTRACE_NAME_DOMAIN] = "sevtrace.guest.domain",
	[SEVTRACE_NAME_POD] = "k8s.pod.uid",
	[SEVTRACE_NAME_CONTAINER] = "container.id",
	[SEVTRACE_NAME_UNIT] = "sevtrace.unit",
};

static void put_launch(struct otlp *o, FILE *out, const struct model *m,
		       const struct model_launch *l)
{
	char error[NAME_LEN], type[NAME_LEN];
	const struct span span = {
		.launch = l->number,
		.id = LAUNCH_SPAN,
		.start = l->first_ts,
		.end = l->first_ts + launch_duration(l),
		.before = "launch ",
		.name = vm_type_text(l->vm_type),
		.error = launch_error(l, error),
	};

	begin_span(o, out, m, &span);
	put_text(o, out, "sevtrace.result", result_name(launch_result(l)));
	put_unsigned(o, out, "sevtrace.launch", l->number);
	put_text(o, out, "sevtrace.vm_type",
		 name_or_hex(vm_type_name(l->vm_type), l->vm_type, type));
	put_unsigned(o, out, "sevtrace.asid", l->asid);
	put_unsigned(o, out, "sevtrace.pages", launch_pages(l, true) + launch_pages(l, false));
	put_unsigned(o, out, "sevtrace.dropped", l->dropped);
	put_unsigned(o, out, "process.pid", l->pid);
	put_text(o, out, "process.executable.name", l->comm);
	for (size_t kind = 0; kind < SEVTRACE_NAME_COUNT; kind++)
		put_text(o, out, name_keys[kind], l->names[kind]);
	for (size_t i = 0; i < l->nr_failures; i++) {
		fputs(i ? "," : "],\"events\":[", out);
		put_failure(o, out, m, &l->failures[i]);
	}
	end_span(out);
}

/* The threads of a launch may be in ioctls still, as far as is known. */
static int put_pending(struct otlp *o, FILE *out, const struct model *m,
		       const struct model_launch *l)
{
	int err;
	struct launch_threads *threads = threads_of(&o->threads, m, l->number, &err);

	for (size_t i = 0; threads && i < threads->nr; i++)
		put_endless(o, out, m, l->number, thread_at(&o->threads, threads, i));
	return err;
}

static int end(void *state, FILE *out, const struct report *report)
{
	const struct model *m = report->model;
	struct otlp *o = state;
	int err = 0;

	for (size_t i = 0; !err && i < m->nr_launches; i++) {
		if (!report_shows(report, i) || !m->launches[i]->has_span)
			continue;
		put_launch(o, out, m, m->launches[i]);
		err = put_pending(o, out, m, m->launches[i]);
	}
	end_line(o, out);
	return err;
}

static int begin(void *state, FILE *out, const struct report *report)
{
	(void)out;
	(void)report;
	((struct otlp *)state)->threads.state_size = sizeof(struct otlp_thread);
	return 0;
}

static void release(void *state)
{
	thread_table_free(&((struct otlp *)state)->threads);
}

const struct export_format export_otlp = {
	.name = "otlp",
	.help = "OpenTelemetry traces, for Tempo, Jaeger and collectors",
	.state_size = sizeof(struct otlp),
	.begin = begin,
	.record = put_record,
	.end = end,
	.free = release,
};
