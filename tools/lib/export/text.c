// SPDX-License-Identifier: GPL-2.0-only
/* Writes a line per record, for people and for grep. */
#include <inttypes.h>

#include "export/export.h"
#include "sev/fields.h"
#include "util/text.h"

static int print_record(void *state, FILE *out, const struct model *m,
			const union sevtrace_record *rec)
{
	const struct record_event *event = record_event(rec->h.type);
	char comm[EXPORT_COMM_LEN];
	char value[RECORD_TEXT_LEN];

	(void)state;
	if (!event)
		return 0;
	fprintf(out, "%16s %7u [%03u] %6" PRIu64 ".%09" PRIu64 ": %s: launch=%u",
		export_comm(m, rec->h.launch, comm), rec->h.tid, rec->h.cpu,
		(uint64_t)rec->h.ts / 1000000000, (uint64_t)rec->h.ts % 1000000000, event->name,
		rec->h.launch);
	for (const struct record_field *f = event->fields; f->name; f++) {
		if (!record_is_valid(f, rec))
			continue;
		fprintf(out, " %s=", f->name);
		if (f->kind == FIELD_TEXT) /* may have blanks */
			text_quote(out, record_text(f, rec, value));
		else
			fputs(record_text(f, rec, value), out);
	}
	fputc('\n', out);
	return 0;
}

const struct export_format export_text = {
	.name = "text",
	.help = "one line a record",
	.record = print_record,
};
