// SPDX-License-Identifier: GPL-2.0-only
#include "cli/watch_options.h"

#include <errno.h>
#include <limits.h>

#include "cli/numbers.h"
#include "cli/say.h"
#include "process/proc.h"

/*
 * Returns what is wrong with the options that select processes: they exclude each other, or the
 * host lacks something. NULL: nothing.
 */
static const char *check_whose(const struct watch_options *w)
{
	if (w->pid && w->collector.system_wide)
		return "-p and -a exclude each other";
	if (!w->pid && !w->collector.system_wide && !w->command)
		return "nothing to watch: give -- COMMAND, -p PID, or -a for the whole host";
	if (!w->collector.system_wide && !proc_sees_all_pids())
		return "process ids are not the kernel's inside this PID namespace; run outside "
		       "of it, or watch the whole host with -a";
	return NULL;
}

int watch_options_which(struct watch_options *w)
{
	int wish;

	if (w->buffer_text &&
	    parse_size(w->buffer_text, COLLECTOR_MAX_BUFFER, &w->collector.buffer_size))
		return say_invalid(w->name, "buffer size", w->buffer_text,
				   "bytes up to 1G, such as 512K or 16M");
	wish = w->source_text ? event_wish_parse(w->source_text) : EVENTS_AUTO;
	if (wish < 0)
		return say_invalid(w->name, "source of events", w->source_text,
				   "auto, tracepoints, or functions");
	w->collector.source = (enum event_wish)wish;
	return filters_take(&w->filters, w->name, &w->collector);
}

int watch_options_finish(struct watch_options *w)
{
	const char *problem;
	long pid;

	if (w->pid_text && parse_number(w->pid_text, INT_MAX, &pid))
		return say_invalid(w->name, "process id", w->pid_text, "a number from 1 on");
	if (w->pid_text)
		w->pid = (pid_t)pid;
	if (watch_options_which(w))
		return -EINVAL;
	problem = check_whose(w);
	if (!problem)
		return 0;
	say_error(w->name, "%s", problem);
	return -EINVAL;
}
