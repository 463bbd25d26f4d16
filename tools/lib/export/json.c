// SPDX-License-Identifier: GPL-2.0-only
/* Writes one line per record, a JSON object as in docs/schema/record.schema.json. */
#include <inttypes.h>

#include "export/export.h"
#include "sev/fields.h"

static int print_record(void *state, FILE *out, const struct model *m,
			const union sevtrace_record *rec)
{
	const struct record_event *event = record_event(rec->h.type);
	char comm[EXPORT_COMM_LEN];

	(void)state;
	if (!event)
		return 0;
	fprintf(out,
		"{\"ts\":%" PRIu64 ",\"event\":\"%s\",\"launch\":%u,\"comm\":", (uint64_t)rec->h.ts,
		event->name, rec->h.launch);
	text_quote(out, export_comm(m, rec->h.launch, comm));
	fprintf(out, ",\"tid\":%u,\"cpu\":%u", rec->h.tid, rec->h.cpu);
	record_json(out, event, rec);
	fputs("}\n", out);
	return 0;
}

const struct export_format export_json = {
	.name = "json",
	.help = "one JSON object a line for each record",
	.record = print_record,
};
