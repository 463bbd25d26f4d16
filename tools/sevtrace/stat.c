// SPDX-License-Identifier: GPL-2.0-only
/*
 * sevtrace stat: prints figures of a command's launches, and repeats the command if asked. The
 * kernel counts in histograms and records only those pages and commands that failed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/session.h"
#include "collector/collector.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "sev/fields.h"
#include "sev/lacks.h"
#include "stat/interval.h"
#include "stat/summary.h"
#include "util/array.h"

#define MAX_REPEAT 1000000

struct stat_options {
	struct watch_options watch;
	const char *output; /* NULL: stdout or stderr */
	long repeat;
	uint64_t interval; /* ns; 0: none */
	bool as_json;
};

struct statistics {
	const struct stat_options *options;
	struct session session;
	struct model model; /* of the current run */
	struct stat_interval last; /* what there was when an interval was printed last */
	FILE *out;
	struct summary summary;
	struct sevtrace_counters before; /* the counters at the end of the previous run */
	uint64_t started; /* when the current run started */
	bool failed; /* a launch has failed */
};

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	struct statistics *s = ctx;
	union sevtrace_record copy;

	record_copy(&copy, rec);
	return model_feed(&s->model, &copy);
}

static int on_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	struct statistics *s = ctx;

	return model_hist(&s->model, key, hist);
}

static int sum_counters(const struct statistics *s, struct sevtrace_counters *sum)
{
	const struct sevtrace_counters *counters;
	size_t nr;
	int err = collector_counters(s->session.collector, &counters, &nr);

	if (!err)
		counters_sum(counters, nr, sum);
	return err;
}

static int add_live(void *ctx, const struct sevtrace_hist_key *key,
		    const struct sevtrace_hist *hist)
{
	stat_interval_add_live(ctx, key, hist);
	return 0;
}

/* Prints the interval that ends now. */
static int end_interval(struct statistics *s, uint64_t now)
{
	struct stat_interval all = { .at_ns = now - s->started }, i;
	struct text_style style = text_style_of(s->out);
	struct sevtrace_counters sum;
	int err = sum_counters(s, &sum);

	if (!err)
		err = collector_look(s->session.collector, add_live, &all);
	if (err)
		return err;
	all.dropped = sum.dropped;
	stat_interval_add(&all, &s->model);
	i = stat_interval_between(&s->last, &all);
	if (!s->options->as_json && !s->last.at_ns)
		stat_interval_heading(&style);
	if (s->options->as_json)
		stat_interval_json(&i, s->out);
	else
		stat_interval_text(&i, &style);
	s->last = all;
	return 0;
}

static int collect(void *ctx)
{
	struct statistics *s = ctx;
	uint64_t now = monotonic();
	int err = collector_drain(s->session.collector);

	if (err || !s->options->interval || now - s->started < s->last.at_ns + s->options->interval)
		return err;
	return end_interval(s, now);
}

static int fail(int err)
{
	fprintf(stderr, "sevtrace stat: cannot go on: %s\n", strerror(-err));
	return EXIT_RECORD_FAILURE;
}

/* Computes what the counters have counted during this run. */
static int count_run(struct statistics *s, struct sevtrace_counters *run)
{
	struct sevtrace_counters sum;
	int err = sum_counters(s, &sum);

	if (err)
		return err;
	*run = sum;
	run->emitted -= s->before.emitted;
	run->recorded -= s->before.recorded;
	run->dropped -= s->before.dropped;
	run->skipped_flushes -= s->before.skipped_flushes;
	run->skipped_pages -= s->before.skipped_pages;
	for (size_t i = 0; i < SEVTRACE_LOSS_COUNT; i++)
		run->losses[i] -= s->before.losses[i];
	s->before = sum;
	return 0;
}

static int end_run(struct statistics *s, bool last)
{
	struct summary_run run = { .elapsed_ns = monotonic() - s->started };
	int err = session_await_teardown(&s->session, collect, s);

	if (!err)
		err = last ? collector_finish(s->session.collector) :
			     collector_harvest(s->session.collector);
	if (!err && s->options->interval)
		err = end_interval(s, monotonic());
	if (!err)
		err = count_run(s, &run.counters);
	if (!err)
		err = summary_add(&s->summary, &s->model, &run);
	s->failed |= model_failed(&s->model);
	model_free(&s->model);
	return err;
}

/* Runs COMMAND once, or watches once. Returns 0 or the exit status. */
static int run_once(struct statistics *s, bool last)
{
	int status = session_start(&s->session), err;

	if (status)
		return status;
	s->started = monotonic();
	s->model.lacks = lacks_read(collector_lacks(s->session.collector));
	err = session_watch(&s->session, collect, s);
	/* A signal also ends the repetition. */
	last |= s->session.signalled != 0;
	if (!err)
		err = end_run(s, last);
	session_wait(&s->session, last);
	return err ? fail(err) : 0;
}

static int run_all(struct statistics *s)
{
	const struct stat_options *o = s->options;
	int status = session_attach(&s->session);

	for (long i = 1; !status && i <= o->repeat && !s->session.signalled; i++) {
		if (i > 1)
			status = session_command(&s->session);
		if (!status)
			status = run_once(s, i == o->repeat);
	}
	return status;
}

static int print_json(const struct statistics *s, FILE *out)
{
	json_t *json = summary_json(&s->summary, s->options->watch.command, SEVTRACE_VERSION);

	if (!json) {
		fputs("sevtrace stat: out of memory\n", stderr);
		return EXIT_RECORD_FAILURE;
	}
	if (!json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12)))
		putc('\n', out);
	json_decref(json);
	return 0;
}

/* Opens the output before anything runs: a run may take long. */
static FILE *open_output(const struct stat_options *o)
{
	FILE *out;

	if (!o->output)
		return o->as_json ? stdout : stderr;
	out = fopen(o->output, "we");
	if (!out)
		fprintf(stderr, "sevtrace stat: cannot create %s: %s\n", o->output,
			strerror(errno));
	return out;
}

static int print(struct statistics *s, FILE *out)
{
	const struct stat_options *o = s->options;
	struct text_style style = text_style_of(out);
	char what[64] = "the whole host";
	int status = 0;

	/* Lines of JSON are for programs, which add up by themselves. */
	if (o->interval && o->as_json)
		return 0;
	summary_finish(&s->summary);
	if (o->watch.pid)
		snprintf(what, sizeof(what), "process %d", o->watch.pid);
	if (o->as_json)
		status = print_json(s, out);
	else
		render_summary(&s->summary, o->watch.command, what, &style);
	if (fflush(out) || ferror(out)) {
		perror("sevtrace stat: cannot write the figures");
		return EXIT_RECORD_FAILURE;
	}
	return status;
}

static int statistics(const struct stat_options *options)
{
	struct statistics s = { .options = options };
	struct collector_sink sink = { .record = on_record, .hist = on_hist, .ctx = &s };
	FILE *out = NULL;
	int status;

	model_init(&s.model);
	status = session_prepare(&s.session, &options->watch, NULL);
	if (!status)
		status = session_command(&s.session);
	if (!status)
		status = session_open(&s.session, &sink);
	if (!status) {
		out = s.out = open_output(options);
		status = out ? run_all(&s) : EXIT_RECORD_FAILURE;
	}
	if (!status)
		status = print(&s, out);
	if (!status)
		status = session_status(&s.session, s.failed);
	session_close(&s.session);
	if (out && out != stdout && out != stderr && fclose(out) && !status) {
		perror("sevtrace stat: cannot write the figures");
		status = EXIT_RECORD_FAILURE;
	}
	summary_free(&s.summary);
	model_free(&s.model);
	return status;
}

static int finish(struct stat_options *o, const char *repeat, const char *interval)
{
	if (interval && parse_seconds(interval, 0.1, 86400, &o->interval))
		return say_invalid("stat", "interval", interval, "seconds from 0.1 to 86400");

	if (repeat && parse_number(repeat, MAX_REPEAT, &o->repeat))
		return say_invalid("stat", "number of runs", repeat, "a number from 1 to 1000000");
	if (watch_options_finish(&o->watch))
		return -EINVAL;
	if (o->repeat > 1 && o->interval)
		return say_usage("stat", "use either --repeat or --interval");
	if (o->repeat > 1 && !o->watch.command)
		return say_usage("stat", "-r needs a COMMAND to repeat");
	/* Records are needed for failures only; histograms have all other figures. */
	o->watch.collector.filter.failures = 1;
	/* stdout shall have nothing but JSON. */
	if (o->as_json && !o->output)
		o->watch.command_stdout = STDERR_FILENO;
	return 0;
}

static const char notes[] =
	"With -p or -a, COMMAND only says how long to watch; without it, until Ctrl-C.\n"
	"Figures go to stderr. With -j and no -o, COMMAND's stdout goes to stderr.\n" WATCH_TYPE_NOTE
	"\n" WATCH_STATUS_NOTE;

int cmd_stat(int argc, char **argv)
{
	struct stat_options o = { .watch = { .name = "stat", .command_stdout = STDOUT_FILENO },
				  .repeat = 1 };
	const char *repeat = NULL, *interval = NULL;

	filters_init(&o.watch.filters, false);

	const struct option_row rows[] = {
		OPT_VALUE('o', "output", "FILE", "write the figures to FILE", &o.output),
		OPT_FLAG('j', "json", "print one JSON object, on stdout, instead of text",
			 &o.as_json),
		OPT_VALUE('r', "repeat", "N", "run COMMAND N times; print means and spread",
			  &repeat),
		OPT_VALUE('I', "interval", "SECONDS", "print a line every so often, too",
			  &interval),
		WATCH_WHOSE_ROWS(&o.watch),
		WATCH_BUFFER_ROW(&o.watch, 'b'),
		WATCH_SOURCE_ROW(&o.watch),
		WATCH_FILTER_ROWS(&o.watch),
	};
	const struct command_usage usage = {
		.wrong_status = EXIT_RECORD_FAILURE,
		.name = "stat",
		.synopsis = "[-- COMMAND [ARG]...]",
		.summary = "Run COMMAND and print figures of the launches in it",
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
		o.watch.command = argv + operand;
	return finish(&o, repeat, interval) ? EXIT_RECORD_FAILURE : statistics(&o);
}
