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

/* The first columns, which every record has. */
enum head_column {
	COLUMN_TS,
	COLUMN_EVENT,
	COLUMN_LAUNCH,
	COLUMN_COMM,
	COLUMN_TID,
	COLUMN_CPU,
	NR_HEAD
};

static const struct csv_table table = { columns, NR_COLUMNS };

struct csv {
	struct csv_columns columns;
	const struct record_field *fields[SEVTRACE_REC_END][NR_COLUMNS]; /* NULL: no such field */
};

static const struct record_field *find_field(const struct record_event *event, const char *name)
{
	for (const struct record_field *f = event->fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static int begin(void *state, FILE *out, const struct report *report)
{
	struct csv *csv = state;

	if (report->columns)
		csv->columns = *report->columns;
	else
		csv_choose_all(&table, &csv->columns);
	csv_head(out, &table, &csv->columns);
	for (uint32_t type = 0; type < SEVTRACE_REC_END; type++)
		for (size_t i = NR_HEAD; record_event(type) && i < NR_COLUMNS; i++)
			csv->fields[type][i] = find_field(record_event(type), columns[i]);
	return 0;
}

/* Prints a column that every record has. */
static void print_head(FILE *out, enum head_column column, const struct model *m,
		       const union sevtrace_record *rec)
{
	char comm[EXPORT_COMM_LEN];

	switch (column) {
	case COLUMN_TS:
		fprintf(out, "%" PRIu64, (uint64_t)rec->h.ts);
		break;
	case COLUMN_EVENT:
		fputs(record_event(rec->h.type)->name, out);
		break;
	case COLUMN_LAUNCH:
		fprintf(out, "%u", rec->h.launch);
		break;
	case COLUMN_COMM:
		csv_value(out, export_comm(m, rec->h.launch, comm));
		break;
	case COLUMN_TID:
		fprintf(out, "%u", rec->h.tid);
		break;
	default:
		fprintf(out, "%u", rec->h.cpu);
		break;
	}
}

static int print_record(void *state, FILE *out, const struct model *m,
			const union sevtrace_record *rec)
{
	const struct csv *csv = state;
	char value[RECORD_TEXT_LEN];

	if (!record_event(rec->h.type))
		return 0;
	for (size_t i = 0; i < csv->columns.nr; i++) {
		size_t column = csv->columns.at[i];
		const struct record_field *f;

		if (i)
			fputc(',', out);
		if (column < NR_HEAD) {
			print_head(out, (enum head_column)column, m, rec);
			continue;
		}
		f = csv->fields[rec->h.type][column];
		if (f && record_has_value(f, rec))
			csv_value(out, record_text(f, rec, value));
	}
	fputc('\n', out);
	return 0;
}

const struct export_format export_csv = {
	.name = "csv",
	.help = "a table, one line a record",
	.state_size = sizeof(struct csv),
	.table = &table,
	.begin = begin,
	.record = print_record,
};
