// SPDX-License-Identifier: GPL-2.0-only
/* Parses lists of runs: "7", "1-20", "1,3,5-9". */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/say.h"
#include "history/history.h"

int64_t history_parse_id(const char *text)
{
	long id;

	if (!parse_number(text, LONG_MAX, &id))
		return id;
	say_invalid("history", "run", text, "a number that 'sevtrace history list' shows");
	return 0;
}

int history_selection_add(struct history_selection *s, int64_t id)
{
	int64_t *ids = reallocarray(s->ids, s->nr + 1, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	s->ids = ids;
	s->ids[s->nr++] = id;
	return 0;
}

void history_selection_free(struct history_selection *s)
{
	free(s->ids);
}

struct range {
	struct history_selection *to;
	int64_t first;
	int64_t last;
};

static int add_if_in_range(void *ctx, const struct history_run *run)
{
	const struct range *r = ctx;

	return run->id < r->first || run->id > r->last ? 0 : history_selection_add(r->to, run->id);
}

/* Adds the existing runs of a range; pruning may have left gaps. */
static int select_range(struct history *h, char *text, char *dash, struct history_selection *s)
{
	const struct history_filter all = { 0 };
	struct range r = { .to = s };
	size_t before = s->nr;

	*dash = '\0';
	r.first = history_parse_id(text);
	r.last = r.first ? history_parse_id(dash + 1) : 0;
	*dash = '-';
	if (!r.last)
		return EXIT_USAGE;
	if (r.last < r.first) {
		say_invalid("history", "range", text, "the lower number first");
		return EXIT_USAGE;
	}
	if (history_runs(h, &all, add_if_in_range, &r))
		return history_failed(h);
	if (s->nr > before)
		return EXIT_ALL_OK;
	say_error("history", "no run in %s; 'sevtrace history list' shows the runs", text);
	return EXIT_OWN_FAILURE;
}

static int select_item(struct history *h, char *text, struct history_selection *s)
{
	char *dash = strchr(text, '-');
	int64_t id;

	if (dash && dash != text)
		return select_range(h, text, dash, s);
	id = history_parse_id(text);
	if (!id)
		return EXIT_USAGE;
	return history_selection_add(s, id) ? EXIT_OWN_FAILURE : EXIT_ALL_OK;
}

static int compare_ids(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a;
	int64_t right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

static int check_once(const struct history_selection *s)
{
	for (size_t i = 1; i < s->nr; i++) {
		if (s->ids[i] != s->ids[i - 1])
			continue;
		say_error("history", "run %" PRId64 " is given twice", s->ids[i]);
		return EXIT_USAGE;
	}
	return EXIT_ALL_OK;
}

int history_select(struct history *h, const char *list, struct history_selection *s)
{
	char *copy = strdup(list);
	char *rest = copy;
	char *item;
	int status = copy ? EXIT_ALL_OK : EXIT_OWN_FAILURE;

	while (!status && (item = strsep(&rest, ",")))
		status = select_item(h, item, s);
	free(copy);
	if (status)
		return status;
	qsort(s->ids, s->nr, sizeof(*s->ids), compare_ids);
	return check_once(s);
}
