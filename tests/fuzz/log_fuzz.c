// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes what explain does with a log: its lines, causes, text and JSON. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "logs/logs.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *in = size ? fmemopen((void *)data, size, "r") : NULL;
	struct log_scan *scan;
	char *text = NULL, *dump;
	size_t length;
	struct text_style style = { .width = 80, .utf8 = true };
	json_t *json;

	if (!in)
		return 0;
	limits_begin();
	if (log_scan_new(&scan) || log_scan_read(scan, in, true))
		abort();
	json = log_scan_json(scan);
	dump = json ? json_dumps(json, 0) : NULL;
	/* Memory is not short here: what cannot be JSON is a bug. */
	if (!dump)
		abort();
	style.out = open_memstream(&text, &length);
	log_scan_print(scan, &style);
	fclose(style.out);
	json_decref(json);
	log_scan_free(scan);
	free(dump);
	free(text);
	fclose(in);
	limits_end(size);
	return 0;
}
