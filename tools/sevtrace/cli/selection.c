// SPDX-License-Identifier: GPL-2.0-only
#include "cli/selection.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/say.h"
#include "sev/host_keys.h"
#include "sev/names.h"
#include "util/array.h"

void selection_init(struct selection *s)
{
	const struct option_row rows[SELECTION_OPTIONS] = {
		OPT_VALUE(0, "launch", "LIST", "only these launches, such as 1,3,5-9", &s->numbers),
		OPT_FLAG(0, "failed", "only launches that failed", &s->launches.failed),
		OPT_VALUE(0, "slowest", "N", "of these, only the N that took longest", &s->slowest),
		OPT_VALUE('c', "comm", "NAME", "only launches of processes with this name",
			  &s->launches.comm),
		OPT_VALUE(0, "name", "PATTERN", "only of guests, domains, pods called so",
			  &s->launches.name),
		OPT_VALUE('p', "pid", "PID", "only launches of this process", &s->pid),
		OPT_VALUE('i', "ioctl", "NAME", "only launches that called it; --failed: in it",
			  &s->ioctl),
		OPT_VALUE(0, "step", "NAME", "only launches with this step; --failed: in it",
			  &s->step),
		OPT_VALUE('l', "min-latency", "TIME", "only launches that took so long",
			  &s->min_latency),
		OPT_VALUE('s', "since", "TIME", "only launches begun since, such as 90d or",
			  &s->since),
		OPT_VALUE('u', "until", "TIME", "2026-11-23T18:00 (UTC), or before that",
			  &s->until),
	};

	*s = (struct selection){ .numbers = NULL };
	memcpy(s->options, rows, sizeof(rows));
}

void selection_without_letter(struct selection *s, char letter)
{
	for (size_t i = 0; i < SELECTION_OPTIONS; i++)
		if (s->options[i].letter == letter)
			s->options[i].letter = 0;
}

void selection_free(struct selection *s)
{
	free(s->launches.numbers);
	s->launches.numbers = NULL;
}

/* Parses "7", "1-20", "1,3,5-9". */
static int parse_launches(struct report_selection *s, const char *command, const char *text)
{
	char *list = strdup(text), *rest = list, *item;
	int err = list ? 0 : say_out_of_memory(command);

	while (!err && (item = strsep(&rest, ","))) {
		char *dash = strchr(item, '-');
		struct report_range *range = ARRAY_ADD(s->numbers, s->nr_numbers);
		long first, last;

		if (dash)
			*dash = '\0';
		if (!range)
			err = say_out_of_memory(command);
		else if (parse_number(item, UINT32_MAX, &first) ||
			 parse_number(dash ? dash + 1 : item, UINT32_MAX, &last) || last < first)
			err = say_invalid(command, "list of launches", text,
					  "numbers and ranges of them, such as 1,3,5-9");
		else
			*range = (struct report_range){ (uint32_t)first, (uint32_t)last };
	}
	free(list);
	return err;
}

/* Parses a name of an ioctl or a step. */
static int parse_name(bool (*named)(const char *name, size_t size, uint32_t *number),
		      const char *name, bool *given, uint32_t *number)
{
	*given = name;
	return !name || named(name, strlen(name), number) ? 0 : -EINVAL;
}

static int parse_times(struct selection *s, const char *command)
{
	struct report_selection *to = &s->launches;

	if (s->min_latency && parse_time(s->min_latency, &to->min_ns))
		return say_invalid(command, "time", s->min_latency, "a time such as 500ms or 2s");
	if (s->since && parse_date(s->since, &to->since))
		return say_invalid(command, "time", s->since, PARSE_DATE_EXPECTED);
	if (s->until && parse_date(s->until, &to->until))
		return say_invalid(command, "time", s->until, PARSE_DATE_EXPECTED);
	return 0;
}

static int parse_places(struct selection *s, const char *command)
{
	struct report_selection *to = &s->launches;

	if (parse_name(ioctl_named, s->ioctl, &to->by_ioctl, &to->ioctl))
		return say_invalid(command, "ioctl", s->ioctl, "a name such as SNP_LAUNCH_UPDATE");
	if (parse_name(step_named, s->step, &to->by_step, &to->step))
		return say_invalid(command, "step", s->step, "a name such as rmp_update");
	return 0;
}

int selection_take(struct selection *s, const char *command)
{
	static const char number[] = "a number from 1 on";
	long pid = 0, slowest = 0;
	int err = s->numbers ? parse_launches(&s->launches, command, s->numbers) : 0;

	if (err)
		return err;
	if (s->pid && parse_number(s->pid, INT_MAX, &pid))
		return say_invalid(command, "process id", s->pid, number);
	if (s->slowest && parse_number(s->slowest, INT_MAX, &slowest))
		return say_invalid(command, "number of launches", s->slowest, number);
	s->launches.pid = (uint32_t)pid;
	s->launches.slowest = (size_t)slowest;
	err = parse_times(s, command);
	return err ? err : parse_places(s, command);
}

int selection_of(const struct selection *s, const char *command, const struct model *m,
		 bool **shown)
{
	*shown = NULL;
	if (!selection_is_some(&s->launches))
		return 0;
	if (selection_is_timed(&s->launches) &&
	    !model_host_value(m, host_keys[HOST_REALTIME_OFFSET].key)) {
		say_error(command, "this recording does not tell the time of day: leave --since "
				   "and --until out");
		return -ENODATA;
	}
	*shown = selection_choose(&s->launches, m);
	if (*shown)
		return 0;
	say_out_of_memory(command);
	return -ENOMEM;
}
