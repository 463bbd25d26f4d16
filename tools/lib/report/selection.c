// SPDX-License-Identifier: GPL-2.0-only
#include "report/selection.h"

#include <stdlib.h>
#include <string.h>

#include "report/report.h"

bool selection_is_some(const struct report_selection *s)
{
	return s->nr_numbers || s->comm || s->pid || s->failed || s->slowest;
}

static bool has_number(const struct report_selection *s, uint32_t number)
{
	for (size_t i = 0; i < s->nr_numbers; i++)
		if (number >= s->numbers[i].first && number <= s->numbers[i].last)
			return true;
	return !s->nr_numbers;
}

static bool lets(const struct report_selection *s, const struct model_launch *l)
{
	return has_number(s, l->number) && (!s->pid || l->pid == s->pid) &&
	       (!s->comm || !strncmp(s->comm, l->comm, sizeof(l->comm))) &&
	       (!s->failed || launch_result(l) == MODEL_FAILED);
}

struct candidate {
	uint64_t duration;
	size_t place; /* among all launches */
};

/* The longest first; of those that took as long, the earlier one. */
static int compare(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->duration != right->duration)
		return left->duration < right->duration ? 1 : -1;
	return left->place < right->place ? -1 : left->place > right->place;
}

bool *selection_choose(const struct report_selection *s, const struct model *m)
{
	struct candidate *candidates = calloc(m->nr_launches + 1, sizeof(*candidates));
	bool *shown = calloc(m->nr_launches + 1, sizeof(*shown));
	size_t nr = 0;

	if (!candidates || !shown) {
		free(candidates);
		free(shown);
		return NULL;
	}
	for (size_t i = 0; i < m->nr_launches; i++)
		if (lets(s, m->launches[i]))
			candidates[nr++] = (struct candidate){ launch_duration(m->launches[i]), i };
	qsort(candidates, nr, sizeof(*candidates), compare);
	for (size_t i = 0; i < nr && (!s->slowest || i < s->slowest); i++)
		shown[candidates[i].place] = true;
	free(candidates);
	return shown;
}

bool report_any(const struct report *report)
{
	bool any = false;

	for (size_t i = 0; i < report->model->nr_launches; i++)
		any |= report_shows(report, i);
	return any;
}

bool report_failed(const struct report *report)
{
	const struct model *m = report->model;
	bool failed = !report->shown && model_failed(m);

	for (size_t i = 0; i < m->nr_launches; i++)
		failed |= report_shows(report, i) && launch_result(m->launches[i]) == MODEL_FAILED;
	return failed;
}
