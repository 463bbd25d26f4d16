// SPDX-License-Identifier: GPL-2.0-only
#include "report/selection.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "sev/host_keys.h"

#define SECOND 1000000000LL /* ns */

bool selection_is_some(const struct report_selection *s)
{
	return s->nr_numbers || s->comm || s->name || s->pid || s->failed || s->slowest ||
	       s->by_ioctl || s->by_step || s->min_ns || selection_is_timed(s);
}

bool selection_is_timed(const struct report_selection *s)
{
	return s->since || s->until;
}

static bool has_number(const struct report_selection *s, uint32_t number)
{
	for (size_t i = 0; i < s->nr_numbers; i++)
		if (number >= s->numbers[i].first && number <= s->numbers[i].last)
			return true;
	return !s->nr_numbers;
}

/* Did the launch fail for good in this ioctl, in this step? */
static bool failed_in(const struct model_launch *l, bool by_ioctl, uint32_t ioctl, bool by_step,
		      uint32_t step)
{
	for (size_t i = 0; i < l->nr_failures; i++) {
		const struct model_failure *f = &l->failures[i];

		if (!f->recovered && (!by_ioctl || f->ioctl == ioctl) &&
		    (!by_step || (f->has_step && f->step == step)))
			return true;
	}
	return false;
}

static bool called(const struct model_launch *l, uint32_t ioctl)
{
	bool is = false;

	for (size_t i = 0; i < l->nr_commands; i++)
		is |= l->commands[i].ioctl == ioctl;
	return is;
}

static bool stepped(const struct model_launch *l, uint32_t step)
{
	struct sevtrace_hist buffer;

	return launch_step(l, step, &buffer)->count || failed_in(l, false, 0, true, step);
}

static bool lets_place(const struct report_selection *s, const struct model_launch *l)
{
	if (s->failed)
		return launch_result(l) == MODEL_FAILED &&
		       ((!s->by_ioctl && !s->by_step) ||
			failed_in(l, s->by_ioctl, s->ioctl, s->by_step, s->step));
	return (!s->by_ioctl || called(l, s->ioctl)) && (!s->by_step || stepped(l, s->step));
}

static bool lets_time(const struct report_selection *s, const struct model *m,
		      const struct model_launch *l)
{
	const char *offset = model_host_value(m, host_keys[HOST_REALTIME_OFFSET].key);
	int64_t began;

	if (!selection_is_timed(s))
		return true;
	if (!offset || !l->has_span)
		return false;
	began = (int64_t)((uint64_t)strtoll(offset, NULL, 10) + l->first_ts) / SECOND;
	return (!s->since || began >= s->since) && (!s->until || began < s->until);
}

static bool lets_name(const struct report_selection *s, const struct model_launch *l)
{
	bool is = !s->name;

	for (size_t kind = 0; kind < SEVTRACE_NAME_COUNT && !is; kind++)
		is = l->names[kind] && !fnmatch(s->name, l->names[kind], 0);
	return is;
}

static bool lets(const struct report_selection *s, const struct model *m,
		 const struct model_launch *l)
{
	return has_number(s, l->number) && (!s->pid || l->pid == s->pid) &&
	       (!s->comm || !strncmp(s->comm, l->comm, sizeof(l->comm))) && lets_name(s, l) &&
	       lets_place(s, l) && launch_duration(l) >= s->min_ns && lets_time(s, m, l);
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
		if (lets(s, m, m->launches[i]))
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
