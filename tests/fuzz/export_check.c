// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "export_check.h"
#include "util/array.h"

/* Numbers of 64 bits are more than jansson's integers. */
#define JSON_FLAGS (JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES)

/* A double tells nanoseconds apart up to here, in microseconds. */
#define EXACT 1e12
#define SLACK 0.0006

/* What is on a lane of the timeline so far, in microseconds. */
struct lane {
	double end; /* of the latest event */
	double part; /* of the latest part of that */
	bool inexact; /* it went beyond EXACT, where it stays */
};

static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "export: %s\n", what);
	abort();
}

static void check_event(struct lane *lane, const json_t *event)
{
	double start = json_real_value(json_object_get(event, "ts"));
	double end = start + json_real_value(json_object_get(event, "dur"));
	const char *category = json_string_value(json_object_get(event, "cat"));

	lane->inexact |= end > EXACT;
	if (lane->inexact)
		return;
	if (!strcmp(category, "part")) {
		expect(start >= lane->part - SLACK && end <= lane->end + SLACK,
		       "a part is not in its event");
		lane->part = end;
		return;
	}
	expect(start >= lane->end - SLACK, "two events of a lane overlap");
	lane->end = end;
	lane->part = start;
}

static void check_timeline(const char *text, size_t size)
{
	json_error_t error;
	json_t *trace = json_loadb(text, size, JSON_FLAGS & ~JSON_REJECT_DUPLICATES, &error);
	const json_t *events = json_object_get(trace, "traceEvents");
	size_t nr = json_array_size(events);
	struct lane *lanes = calloc(nr + 1, sizeof(*lanes));

	expect(trace && json_is_array(events) && lanes, error.text);
	for (size_t i = 0; i < nr; i++) {
		const json_t *event = json_array_get(events, i);
		double tid = json_real_value(json_object_get(event, "tid"));

		if (strcmp(json_string_value(json_object_get(event, "ph")), "X") != 0)
			continue;
		expect(tid >= 1 && tid <= (double)nr, "a lane's number is not one of a few");
		check_event(&lanes[(size_t)tid], event);
	}
	free(lanes);
	json_decref(trace);
}

static void check_json(const char *line, size_t length)
{
	json_error_t error;
	json_t *object = json_loadb(line, length, JSON_FLAGS, &error);

	expect(object, error.text);
	json_decref(object);
}

/* As many cells as the header has; quotes are paired. */
static void check_csv(const char *line, size_t length)
{
	static size_t columns;
	size_t commas = 0;
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		quoted ^= line[i] == '"';
		commas += line[i] == ',' && !quoted;
	}
	if (!strncmp(line, "ts,event,", 9))
		columns = commas;
	expect(!quoted && commas == columns, "a line of the table is not as wide as its header");
}

/* Frames and a number. */
static void check_folded(const char *line, size_t length)
{
	size_t frames = strcspn(line, " \n");
	size_t digits = length > frames ? strspn(line + frames + 1, "0123456789") : 0;

	expect(frames && digits && frames + 1 + digits == length,
	       "a stack is not frames and a number");
}

void export_check(const char *name, const char *text, size_t size)
{
	static const struct {
		const char *name;
		void (*check)(const char *line, size_t length);
	} by_line[] = { { "json", check_json }, { "csv", check_csv }, { "folded", check_folded } };
	const char *end = text + size;

	expect(!memchr(text, '\0', size) && (!size || end[-1] == '\n'), "the last line has no end");
	if (!strcmp(name, "chrome"))
		check_timeline(text, size);
	for (size_t i = 0; i < ARRAY_SIZE(by_line); i++) {
		const char *line = text;

		while (!strcmp(name, by_line[i].name) && line < end) {
			size_t length =
				(size_t)((const char *)memchr(line, '\n', (size_t)(end - line)) -
					 line);

			by_line[i].check(line, length);
			line += length + 1;
		}
	}
}
