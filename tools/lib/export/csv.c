// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes records as CSV, a line each, quoted as in RFC 4180. All types of records share one table;
 * a field that a record does not have is empty. Lines end with a newline alone, like other text
 * files.
 */
#include <inttypes.h>
#include <string.h>

#include "export/export.h"
#include "sev/fields.h"
#include "util/array.h"

/* Append new columns at the end: scripts may address columns by number. */
/* clang-format off */
static const char *const columns[] = {
	"ts", "event", "launch", "comm", "tid", "cpu",
	"pid", "vm_type", "joined", "asid", "destroyed",
	"ioctl", "addr", "len", "ret", "fw_error", "psp_asked", "psp_answered",
	"gfn", "pfn", "uaddr", "npages", "done", "page_type", "private_pages", "slot",
	"step", "skipped",
	"cmd", "depth", "asked", "answered", "status", "err_lo", "err_hi",
	"wait", "prep", "exec", "reclaim", "duration",
	"start", "end", "attributes", "kernel", "user",
	"exit_signal", "exit_status", "inferred",
	"ran", "ready", "minor_faults", "major_faults", "started", "vcpu",
	"exits", "given", "to_private", "to_shared", "rmp_faults", "memory", "port", "value",
	"in_kernel", "in_ioctl", "period", "kind", "text",
};
/* clang-format on */

#define NR_COLUMNS (ARRAY_SIZE(columns))
#define NR_HEAD 6 /* ts to cpu, which every record has */

struct csv {
	const struct record_field *fields[SEVTRACE_REC_END][NR_COLUMNS]; /* NULL: no such field */
};

static const struct record_field *find_field(const struct record_event *event, const char *name)
{
	for (const struct record_field *f = event->fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static int begin(void *state, FILE *out)
{
	struct csv *csv = state;

	for (size_t i = 0; i < NR_COLUMNS; i++)
		fprintf(out, "%s%s", i ? "," : "", columns[i]);
	fputc('\n', out);
	for (uint32_t type = 0; type < SEVTRACE_REC_END; type++)
		for (size_t i = NR_HEAD; record_event(type) && i < NR_COLUMNS; i++)
			csv->fields[type][i] = find_field(record_event(type), columns[i]);
	return 0;
}

static void print_value(FILE *out, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		fputs(s, out);
		return;
	}
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

static int print_record(void *state, FILE *out, const struct model *m,
			const union sevtrace_record *rec)
{
	const struct csv *csv = state;
	const struct record_event *event = record_event(rec->h.type);
	char comm[EXPORT_COMM_LEN];
	char value[RECORD_TEXT_LEN];

	if (!event)
		return 0;
	fprintf(out, "%" PRIu64 ",%s,%u,", (uint64_t)rec->h.ts, event->name, rec->h.launch);
	print_value(out, export_comm(m, rec->h.launch, comm));
	fprintf(out, ",%u,%u", rec->h.tid, rec->h.cpu);
	for (size_t i = NR_HEAD; i < NR_COLUMNS; i++) {
		const struct record_field *f = csv->fields[rec->h.type][i];

		fputc(',', out);
		if (f && record_has_value(f, rec))
			print_value(out, record_text(f, rec, value));
	}
	fputc('\n', out);
	return 0;
}

const struct export_format export_csv = {
	.name = "csv",
	.help = "a table, one line a record",
	.state_size = sizeof(struct csv),
	.begin = begin,
	.record = print_record,
};
