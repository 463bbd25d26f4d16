// SPDX-License-Identifier: GPL-2.0-only
#include "record/options.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "cli/numbers.h"
#include "cli/say.h"
#include "cli/status.h"
#include "flight/flight.h"
#include "sev/milestones.h"
#include "util/array.h"

static const char notes[] =
	"With -p or -a, COMMAND only says how long to record.\n" WATCH_TYPE_NOTE
	"TIME: such as 500us or 2ms. The kernel filters. Histograms count every page and\n"
	"command of the launches and ioctls that -c, -G, -t and -i select, also what -l\n"
	"and --failures leave out.\n"
	"PORTS: PORT[:VALUE=NAME][,...], such as 0xf4:1=firmware,2=kernel.\n"
	"LIMIT: a time, or pN: longer than N % of the launches of its type before it.\n"
	"With --on-failure and --on-slow, -o names a folder (.); each such launch gets a\n"
	"file there.\n"
	"\n" WATCH_STATUS_NOTE;

#define MAX_SAMPLES 1000
#define SAMPLES "99"

/* The texts of options as given; NULL: not given. */
struct texts {
	const char *keep, *max_files, *slow, *slow_command, *profile;
};

/* Parses "30s", or "p99": longer than 99 % of the launches before. */
static int parse_limit(const char *text, struct flight_limits *slow)
{
	if (*text != 'p')
		return parse_time(text, &slow->launch) || !slow->launch ? -EINVAL : 0;
	return parse_percentile(text + 1, &slow->percentile) || slow->percentile <= 0 ? -EINVAL : 0;
}

static int parse_slow(struct record_options *o, const struct texts *t)
{
	const char *name = o->watch.name;

	o->slow_given = t->slow || t->slow_command;
	if (t->slow && parse_limit(t->slow, &o->slow))
		return say_invalid(name, "limit of a launch", t->slow,
				   "a time such as 30s, or a percentile such as p99");
	if (t->slow_command && (parse_time(t->slow_command, &o->slow.command) || !o->slow.command))
		return say_invalid(name, "limit of a PSP command", t->slow_command,
				   "a time such as 500ms");
	return 0;
}

static int finish(struct record_options *o, const struct texts *t)
{
	const char *name = o->watch.name, *keep = t->keep, *max_files = t->max_files;
	struct milestones milestones;

	long samples;

	if (parse_slow(o, t))
		return -EINVAL;
	if (t->profile && parse_number(t->profile, MAX_SAMPLES, &samples))
		return say_invalid(name, "samples a second", t->profile, "a number from 1 to 1000");
	if (t->profile)
		o->watch.collector.samples = (unsigned int)samples;
	if (keep && parse_number(keep, FLIGHT_MAX_KEEP, &o->keep))
		return say_invalid(name, "number of records", keep, "a number from 1 to 1000000");
	if (max_files && parse_number(max_files, LONG_MAX, &o->max_files))
		return say_invalid(name, "number of files", max_files, "a number from 1 on");
	if (!record_options_flight(o) && (o->hook || keep || max_files))
		return say_usage(name, "--exec, --keep and --max-files need --on-failure or "
				       "--on-slow");
	if (record_options_flight(o) && (o->milestones || o->watch.collector.guests))
		return say_usage(name, "--on-failure and --on-slow end with the launch: leave "
				       "--guests and --milestones out");
	if (o->milestones) {
		o->watch.collector.guests = true;
		if (milestones_parse(o->milestones, &milestones))
			return say_invalid(name, "milestones", o->milestones,
					   "PORT[:VALUE=NAME][,...], such as "
					   "0xf4:1=firmware,2=kernel");
		o->watch.collector.milestones = milestones.ports;
	}
	if (!o->output)
		o->output = record_options_flight(o) ? "." : DEFAULT_FILE;
	if (watch_options_finish(&o->watch))
		return -EINVAL;
	o->watch.collector.first_run = true;
	if (!o->watch.collector.buffer_size && record_options_flight(o))
		o->watch.collector.buffer_size = FLIGHT_BUFFER;
	filters_describe(&o->watch.filters, o->filter, sizeof(o->filter));
	return 0;
}

int record_options_parse(struct record_options *o, int argc, char **argv)
{
	struct texts texts = { NULL };

	*o = (struct record_options){ .watch = { .name = "record",
						 .command_stdout = STDOUT_FILENO } };
	filters_init(&o->watch.filters, true);

	const struct option_row rows[] = {
		OPT_VALUE('o', "output", "FILE", "write to FILE (" DEFAULT_FILE ")", &o->output),
		WATCH_WHOSE_ROWS(&o->watch),
		WATCH_BUFFER_ROW(&o->watch, 'b'),
		WATCH_SOURCE_ROW(&o->watch),
		WATCH_FILTER_ROWS(&o->watch),
		OPT_FLAG(0, "calls", "time the VMM's system calls and page faults, too",
			 &o->watch.collector.calls),
		OPT_MAYBE("profile", "HZ", SAMPLES,
			  "sample what the VMM runs, HZ times a second (" SAMPLES ")",
			  &texts.profile),
		OPT_FLAG(0, "guests", "follow guests after their launch, too",
			 &o->watch.collector.guests),
		OPT_VALUE(0, "milestones", "PORTS", "what guests write to these ports, too",
			  &o->milestones),
		OPT_FLAG('w', "wait-modules", "begin before ccp and kvm_amd are loaded",
			 &o->watch.collector.wait_modules),
		OPT_FLAG(0, "on-failure", "keep records in memory; write failed launches",
			 &o->on_failure),
		OPT_VALUE(0, "on-slow", "LIMIT", "the same of launches that took LIMIT",
			  &texts.slow),
		OPT_VALUE(0, "on-slow-psp", "TIME", "and if one of its PSP commands took TIME",
			  &texts.slow_command),
		OPT_VALUE(0, "exec", "COMMAND", "run COMMAND for each file, $SEVTRACE_FILE",
			  &o->hook),
		OPT_VALUE(0, "keep", "N", "keep the last N records of each launch (1000)",
			  &texts.keep),
		OPT_VALUE(0, "max-files", "N", "write at most N files (1000)", &texts.max_files),
		OPT_FLAG('q', "quiet", "print errors and warnings only", &o->watch.quiet),
	};
	const struct command_usage usage = {
		.wrong_status = EXIT_RECORD_FAILURE,
		.name = "record",
		.synopsis = "[-- COMMAND [ARG]...]",
		.summary =
			"Record launches of SEV guests for 'sevtrace report' and 'sevtrace script'",
		.options = rows,
		.nr_options = ARRAY_SIZE(rows),
		.takes_command = true,
		.notes = notes,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (operand < argc)
		o->watch.command = argv + operand;
	return finish(o, &texts) ? EXIT_RECORD_FAILURE : PARSE_GO_ON;
}
