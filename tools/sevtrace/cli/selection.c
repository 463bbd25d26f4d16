// SPDX-License-Identifier: GPL-2.0-only
#include "cli/selection.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/say.h"
#include "util/array.h"

void selection_init(struct selection *s)
{
	const struct option_row rows[SELECTION_OPTIONS] = {
		OPT_VALUE(0, "launch", "LIST", "only these launches, such as 1,3,5-9", &s->numbers),
		OPT_FLAG(0, "failed", "only launches that failed", &s->launches.failed),
		OPT_VALUE(0, "slowest", "N", "of these, only the N that took longest", &s->slowest),
		OPT_VALUE('c', "comm", "NAME", "only launches of processes with this name",
			  &s->launches.comm),
		OPT_VALUE('p', "pid", "PID", "only launches of this process", &s->pid),
	};

	*s = (struct selection){ .numbers = NULL };
	memcpy(s->options, rows, sizeof(rows));
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
	return 0;
}

int selection_of(const struct selection *s, const char *command, const struct model *m,
		 bool **shown)
{
	*shown = NULL;
	if (!selection_is_some(&s->launches))
		return 0;
	*shown = selection_choose(&s->launches, m);
	if (*shown)
		return 0;
	say_out_of_memory(command);
	return -ENOMEM;
}
