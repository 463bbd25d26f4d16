// SPDX-License-Identifier: GPL-2.0-only
/* What many launches have in common, before each of them is told of. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/internal.h"
#include "sev/names.h"
#include "util/array.h"

#define FEW 3 /* so many launches need no overview */
#define MOST_SLOWEST 3
#define MOST_NUMBERS 8 /* of launches that failed alike */
#define TYPE_WIDTH 21
#define COUNT_WIDTH 7
#define TIME_WIDTH 9

struct shown_launch {
	const struct model_launch *launch;
	const struct model_failure *failure; /* that it is told by; NULL: it did not fail */
};

/* The launches that are shown, the longest first. */
struct shown {
	struct shown_launch *launches;
	size_t nr;
};

static int compare_durations(const void *a, const void *b)
{
	uint64_t left = launch_duration(((const struct shown_launch *)a)->launch);
	uint64_t right = launch_duration(((const struct shown_launch *)b)->launch);

	return left < right ? 1 : -(left > right);
}

/* Returns the duration that a part of the launches of this type that succeeded stay below. */
static uint64_t percentile(const struct shown *s, uint8_t vm_type, size_t ok, unsigned int percent)
{
	size_t rank = (ok * percent + 99) / 100, left = ok - (rank ? rank : 1);

	for (size_t i = 0; i < s->nr; i++) {
		const struct model_launch *l = s->launches[i].launch;

		if (l->vm_type == vm_type && launch_result(l) == MODEL_OK && !left--)
			return launch_duration(l);
	}
	return 0;
}

static void print_count(const struct text_style *style, size_t count)
{
	char buf[TEXT_LEN];

	text_cell(style, count ? text_count(count, buf) : "-", -COUNT_WIDTH);
}

static void print_type(const struct shown *s, uint8_t vm_type, const struct text_style *style)
{
	static const unsigned int percents[] = { 50, 90, 99, 100 };
	size_t results[MODEL_INCOMPLETE + 1] = { 0 };
	char buf[TEXT_LEN];

	for (size_t i = 0; i < s->nr; i++)
		if (s->launches[i].launch->vm_type == vm_type)
			results[launch_result(s->launches[i].launch)]++;
	fputs("  ", style->out);
	text_cell(style, vm_type_text(vm_type), TYPE_WIDTH);
	print_count(style, results[MODEL_OK]);
	print_count(style, results[MODEL_FAILED]);
	print_count(style, results[MODEL_INCOMPLETE]);
	for (size_t i = 0; i < ARRAY_SIZE(percents); i++) {
		uint64_t ns = percentile(s, vm_type, results[MODEL_OK], percents[i]);

		text_cell(style, results[MODEL_OK] ? text_time(style, ns, buf) : "-", -TIME_WIDTH);
	}
	fputc('\n', style->out);
}

static void print_types(const struct shown *s, const struct text_style *style)
{
	static const char *const results[] = { "ok", "failed", "open" };
	static const char *const times[] = { "p50", "p90", "p99", "max" };
	bool told[UINT8_MAX + 1] = { false };

	fprintf(style->out, "\n  %s", text_on(style, TEXT_DIM));
	text_cell(style, "launches, time if ok", TYPE_WIDTH);
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		text_cell(style, results[i], -COUNT_WIDTH);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		text_cell(style, times[i], -TIME_WIDTH);
	fprintf(style->out, "%s\n", text_off(style));
	for (size_t i = 0; i < s->nr; i++) {
		if (!told[s->launches[i].launch->vm_type])
			print_type(s, s->launches[i].launch->vm_type, style);
		told[s->launches[i].launch->vm_type] = true;
	}
}

static void print_slowest(const struct shown *s, const struct text_style *style)
{
	char line[TEXT_LIST_LEN] = "", before[TEXT_LEN + LAUNCH_VMM_LEN], buf[TEXT_LEN];
	char vmm[LAUNCH_VMM_LEN];

	for (size_t i = 0; i < s->nr && i < MOST_SLOWEST; i++) {
		const struct model_launch *l = s->launches[i].launch;

		snprintf(before, sizeof(before), "launch %" PRIu32 " %s%s", l->number,
			 launch_name(l) ? launch_vmm(l, vmm) : "", launch_name(l) ? " " : "");
		text_list_add(line, before,
			      text_time(style, launch_duration(s->launches[i].launch), buf));
	}
	text_labelled(style, "slowest", line);
}

/* Returns the failure that a launch is told by: the last that was not made good. */
static const struct model_failure *failure_of(const struct model_launch *l)
{
	const struct model_failure *found = NULL;

	if (launch_result(l) != MODEL_FAILED)
		return NULL;
	for (size_t i = 0; i < l->nr_failures; i++)
		if (!l->failures[i].recovered)
			found = &l->failures[i];
	return found;
}

static bool has_status(const struct model_failure *f)
{
	return f->has_psp && f->psp_answered && f->psp.status;
}

static bool are_alike(const struct model_failure *a, const struct model_failure *b)
{
	return a->ioctl == b->ioctl && a->ret == b->ret && a->swallowed == b->swallowed &&
	       a->has_step == b->has_step && (!a->has_step || a->step == b->step) &&
	       has_status(a) == has_status(b) && (!has_status(a) || a->psp.status == b->psp.status);
}

static void print_alike(const struct shown *s, size_t first, const struct text_style *style)
{
	const struct model_failure *f = s->launches[first].failure;
	char line[TEXT_LIST_LEN], numbers[TEXT_LIST_LEN] = "", number[TEXT_LEN];
	char ioctl[NAME_LEN], step[NAME_LEN], status[NAME_LEN], buf[TEXT_LEN];
	size_t nr = 0;

	for (size_t i = first; i < s->nr; i++) {
		if (!s->launches[i].failure || !are_alike(f, s->launches[i].failure))
			continue;
		snprintf(number, sizeof(number), "%" PRIu32, s->launches[i].launch->number);
		if (nr++ < MOST_NUMBERS)
			text_list_add(numbers, "", number);
	}
	snprintf(line, sizeof(line), "%s %s%s%s%s%s: launch%s %.200s%s",
		 name_or_hex(ioctl_name(f->ioctl), f->ioctl, ioctl),
		 f->swallowed ? "stopped short" : errno_text(f->ret, buf),
		 f->has_step ? ", step " : "",
		 f->has_step ? name_or_hex(step_name(f->step), f->step, step) : "",
		 has_status(f) ? ", " : "",
		 has_status(f) ?
			 name_or_hex(psp_status_name(f->psp.status), f->psp.status, status) :
			 "",
		 nr == 1 ? "" : "es", numbers, nr > MOST_NUMBERS ? " and more" : "");
	snprintf(number, sizeof(number), "%zu failed", nr);
	text_labelled(style, number, line);
}

static void print_failed(const struct shown *s, const struct text_style *style)
{
	for (size_t i = 0; i < s->nr; i++) {
		const struct model_failure *f = s->launches[i].failure;
		bool told = !f;

		for (size_t k = 0; k < i && !told; k++)
			told = s->launches[k].failure && are_alike(s->launches[k].failure, f);
		if (!told)
			print_alike(s, i, style);
	}
}

void render_overview(const struct report *report, const struct text_style *style)
{
	const struct model *m = report->model;
	struct shown s = { .launches = calloc(m->nr_launches + 1, sizeof(*s.launches)) };

	for (size_t i = 0; s.launches && i < m->nr_launches; i++)
		if (report_shows(report, i))
			s.launches[s.nr++] =
				(struct shown_launch){ m->launches[i], failure_of(m->launches[i]) };
	if (s.nr > FEW) {
		qsort(s.launches, s.nr, sizeof(*s.launches), compare_durations);
		print_types(&s, style);
		print_slowest(&s, style);
		print_failed(&s, style);
	}
	free(s.launches);
}
