// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes what reads a history: the list of runs, each run as text and JSON, and a comparison of
 * each run with the one before. SQLite wants a file, not a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diff/render.h"
#include "history/db.h"
#include "history/render.h"
#include "limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_RUNS 16

struct runs {
	struct history_table *table;
	int64_t ids[MAX_RUNS];
	size_t nr;
};

static int take_run(void *ctx, const struct history_run *run)
{
	struct runs *runs = ctx;

	runs->ids[runs->nr++] = run->id;
	return runs->nr == MAX_RUNS ? -E2BIG : 0;
}

static void show_run(struct history *h, struct runs *runs, int64_t id,
		     const struct text_style *style)
{
	struct history_run run = { 0 };
	struct comparison c = { .path = { "fuzz", "fuzz" } };
	const struct history_figures figures = { &run, &c };
	json_t *json;

	if (!history_run(h, id, &run) && !history_fill(h, id, &c, COMPARE_A, "fuzz")) {
		json = history_json(&figures, true, 99.9);
		if (!json || history_table_add(runs->table, &figures))
			abort();
		history_text(&figures, 99.9, style);
		json_decref(json);
	}
	compare_free(&c);
	history_run_free(&run);
}

static void compare_runs(struct history *h, int64_t a, int64_t b, const struct text_style *style)
{
	struct comparison c = { .path = { "fuzz", "fuzz" } };

	if (!history_fill(h, a, &c, COMPARE_A, "a") && !history_fill(h, b, &c, COMPARE_B, "b") &&
	    !compare_judge(&c, 0))
		compare_text(&c, style);
	compare_free(&c);
}

static void read_history(const char *path, const struct text_style *style)
{
	const struct history_filter all = { 0 };
	struct runs runs = { .table = history_table_new() };
	struct history *h;

	if (!runs.table)
		abort();
	if (!history_open(path, HISTORY_EXISTING, &h)) {
		history_runs(h, &all, take_run, &runs);
		for (size_t i = 0; i < runs.nr; i++) {
			show_run(h, &runs, runs.ids[i], style);
			if (i)
				compare_runs(h, runs.ids[i - 1], runs.ids[i], style);
		}
		history_table_print(runs.table, style);
	}
	history_close(h);
	history_table_free(runs.table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char folder[] = "/dev/shm/sevtrace-fuzz.XXXXXX", path[64], journal[80], *text = NULL;
	size_t length;
	struct text_style style = { .width = 80, .utf8 = true };
	FILE *out;

	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/history.db", folder);
	snprintf(journal, sizeof(journal), "%s-journal", path);
	out = fopen(path, "we");
	if (!out || fwrite(data, 1, size, out) != size || fclose(out))
		abort();
	style.out = open_memstream(&text, &length);
	limits_begin();
	read_history(path, &style);
	limits_end(size);
	fclose(style.out);
	free(text);
	unlink(journal);
	unlink(path);
	if (rmdir(folder))
		abort(); /* nothing else may be left there */
	return 0;
}
