// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace top: shows the running launches of the host. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/session.h"
#include "collector/collector.h"
#include "cli/say.h"
#include "cli/screen.h"
#include "cli/status.h"
#include "commands.h"
#include "process/proc.h"
#include "sev/fields.h"
#include "top/launches.h"
#include "util/array.h"

#define DEFAULT_DELAY 1000000000ULL
#define MIN_DELAY 0.05 /* seconds */
#define MAX_DELAY 86400.0
#define BATCH_WIDTH 132 /* room for all columns */
#define MAX_FRAMES 1000000000L

struct top_options {
	struct watch_options watch;
	uint64_t delay; /* ns */
	long frames; /* 0: without end */
	bool batch;
};

struct top {
	const struct top_options *options;
	struct session session;
	struct live live;
	struct live_view view;
	struct screen screen;
	sigset_t mask; /* the signals that top handles besides those that end every session */
	uint64_t due; /* when the next frame is due */
	long frames; /* shown */
	bool quit;
};

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	union sevtrace_record copy;
	struct top *t = ctx;

	record_copy(&copy, rec);
	return live_feed(&t->live, &copy);
}

/*
 * Drops the kernel's histograms. The model builds its own from the records; reading the kernel's
 * frees them.
 */
static int on_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	(void)ctx;
	(void)key;
	(void)hist;
	return 0;
}

static int read_kernel(struct top *t, uint64_t now, struct live_kernel *kernel)
{
	struct sevtrace_psp_now psp = collector_psp_now(t->session.collector);
	const struct sevtrace_counters *counters;
	struct sevtrace_counters sum;
	size_t nr;
	int err = collector_counters(t->session.collector, &counters, &nr);

	if (err)
		return err;
	counters_sum(counters, nr, &sum);
	*kernel = (struct live_kernel){ .busy_ns = psp.busy_ns,
					.commands = psp.commands,
					.emitted = sum.emitted,
					.dropped = sum.dropped,
					.waiting = psp.waiting };
	if (psp.since && now > psp.since) {
		kernel->cmd = psp.cmd;
		kernel->launch = psp.launch;
		kernel->cmd_ns = now - psp.since;
		kernel->busy_ns += kernel->cmd_ns;
	}
	return 0;
}

static int draw(struct top *t)
{
	struct text_style style = text_style_of(stdout);
	char *frame = NULL;
	size_t size;
	int err;

	t->view.lines = 0;
	if (t->screen.entered)
		screen_size(&style.width, &t->view.lines);
	else if (!isatty(STDOUT_FILENO) && !getenv("COLUMNS"))
		style.width = BATCH_WIDTH;
	style.out = open_memstream(&frame, &size);
	if (!style.out)
		return -errno;
	render_live(&t->live, &t->view, &style);
	if (fclose(style.out)) {
		free(frame);
		return -ENOMEM;
	}
	if (t->screen.entered) {
		err = screen_draw(frame);
	} else {
		fprintf(stdout, "%s%s", t->frames ? "\n" : "", frame);
		err = fflush(stdout) || ferror(stdout) ? -EIO : 0;
	}
	free(frame);
	return err;
}

static int refresh(struct top *t)
{
	uint64_t now = monotonic();
	struct live_kernel kernel;
	int err = collector_tell_guests(t->session.collector, false);

	if (!err)
		err = collector_drain(t->session.collector);
	if (!err)
		err = read_kernel(t, now, &kernel);
	if (err)
		return err;
	live_refresh(&t->live, now, &kernel, proc_alive);
	if (!t->view.paused)
		err = draw(t);
	t->frames++;
	t->quit |= t->frames == t->options->frames;
	/* Skip the frames that could not be shown in time. */
	t->due += t->options->delay;
	if (t->due <= now)
		t->due = now + t->options->delay;
	return err;
}

/* Gives the terminal back to the shell until we are continued. */
static int suspend(struct top *t)
{
	screen_leave(&t->screen);
	raise(SIGSTOP);
	return t->options->batch ? 0 : screen_enter(&t->screen);
}

static int on_signal(struct top *t)
{
	struct signalfd_siginfo info;
	int err = 0;

	if (read(t->session.signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	switch (info.ssi_signo) {
	case SIGWINCH:
		break;
	case SIGTSTP:
		err = suspend(t);
		break;
	default:
		t->quit = true;
		return 0;
	}
	return err || t->options->batch ? err : draw(t);
}

static int on_key(struct top *t)
{
	char key;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	/* the terminal is gone */
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		t->quit = true;
	if (n != 1)
		return 0;
	switch (key) {
	case 'q':
		t->quit = true;
		return 0;
	case 's':
		t->view.sort = (t->view.sort + 1) % live_sort_columns();
		return draw(t);
	case 'p':
		t->view.paused = !t->view.paused;
		return draw(t);
	default:
		return 0;
	}
}

/*
 * Returns the milliseconds until the next frame, rounded up, so that we do not poll in a busy loop.
 */
static int wait_ms(const struct top *t)
{
	uint64_t now = monotonic();

	return t->due > now ? (int)((t->due - now + 999999) / 1000000) : 0;
}

static int watch(struct top *t)
{
	struct pollfd fds[] = {
		{ .fd = t->session.signals, .events = POLLIN },
		{ .fd = collector_fd(t->session.collector), .events = POLLIN },
		{ .fd = t->session.target, .events = POLLIN },
		{ .fd = t->options->batch ? -1 : STDIN_FILENO, .events = POLLIN },
	};
	int err = 0;

	t->due = monotonic();
	while (!err && !t->quit) {
		bool behind = collector_behind(t->session.collector);
		int n = poll(fds, ARRAY_SIZE(fds), behind ? 0 : wait_ms(t));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[0].revents)
			err = on_signal(t);
		if (!err && (behind || (n > 0 && fds[1].revents)))
			err = collector_drain(t->session.collector);
		if (!err && n > 0 && fds[3].revents)
			err = on_key(t);
		if (n > 0 && fds[2].revents)
			t->quit = true;
		if (!err && (t->quit ? t->frames != t->options->frames : !wait_ms(t)))
			err = refresh(t);
	}
	return err;
}

/* Prepares the signals: top handles the terminal's signals itself while it has the terminal. */
static int prepare(struct top *t)
{
	static const int signals[] = { SIGWINCH, SIGTSTP, SIGQUIT };

	sigemptyset(&t->mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&t->mask, signals[i]);
	return session_prepare(&t->session, &t->options->watch,
			       t->options->batch ? NULL : &t->mask);
}

static int top(const struct top_options *options)
{
	struct top t = { .options = options };
	struct collector_sink sink = { .record = on_record, .hist = on_hist, .ctx = &t };
	int status = prepare(&t), err;

	live_init(&t.live, monotonic());
	if (options->watch.collector.guests)
		t.live.guest_time = proc_guest_time;
	if (!status)
		status = session_open(&t.session, &sink);
	if (!status)
		status = session_attach(&t.session);
	if (!status)
		status = session_start(&t.session);
	if (status) {
		status = EXIT_OWN_FAILURE;
		goto out;
	}
	t.live.started = t.live.refreshed = monotonic();
	err = read_kernel(&t, t.live.started, &t.live.kernel);
	if (!err && !options->batch)
		err = screen_enter(&t.screen);
	if (!err)
		err = watch(&t);
	screen_leave(&t.screen);
	if (err) {
		fprintf(stderr, "sevtrace top: cannot go on: %s\n", strerror(-err));
		status = EXIT_OWN_FAILURE;
	}
out:
	session_close(&t.session);
	live_free(&t.live);
	return status;
}

static int finish(struct top_options *o, const char *delay, const char *frames)
{
	o->delay = DEFAULT_DELAY;
	o->watch.collector.first_run = o->watch.collector.guests;
	if (delay && parse_seconds(delay, MIN_DELAY, MAX_DELAY, &o->delay))
		return say_invalid("top", "delay", delay, "0.05 to 86400 seconds");
	if (frames && parse_number(frames, MAX_FRAMES, &o->frames))
		return say_invalid("top", "number of refreshes", frames, "a number from 1 on");
	if (!o->watch.pid_text)
		o->watch.collector.system_wide = true;
	if (!screen_possible())
		o->batch = true;
	return watch_options_finish(&o->watch);
}

static const char notes[] =
	"Keys: q quits, s sorts by the next column (marked *), p pauses. Without -p, top\n"
	"shows the whole host.\n"
	"OF: pages of the ranges begun so far. LEFT: time to the end of the range.\n"
	"With --guests, a launch that is done goes on as its guest: DONE of OF pages of\n"
	"its memory; STEP: it accepts memory, runs on so many processors, is idle, or\n"
	"its VMM has not run it yet.\n" WATCH_TYPE_NOTE;

int cmd_top(int argc, char **argv)
{
	struct top_options o = { .watch = { .name = "top", .command_stdout = STDOUT_FILENO } };
	const char *delay = NULL, *frames = NULL;

	filters_init(&o.watch.filters, false);

	const struct option_row rows[] = {
		OPT_VALUE('d', "delay", "SECONDS", "time between refreshes (1)", &delay),
		OPT_VALUE('n', "iterations", "N", "end after N refreshes", &frames),
		OPT_FLAG('b', "batch", "print frames one after the other; read no keys", &o.batch),
		OPT_FLAG(0, "guests", "follow guests after their launch, too",
			 &o.watch.collector.guests),
		WATCH_WHOSE_ROWS(&o.watch),
		WATCH_BUFFER_ROW(&o.watch, 'm'),
		WATCH_SOURCE_ROW(&o.watch),
		WATCH_FILTER_ROWS(&o.watch),
	};
	const struct command_usage usage = {
		.name = "top",
		.synopsis = "",
		.summary = "Show running launches",
		.options = rows,
		.nr_options = ARRAY_SIZE(rows),
		.notes = notes,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	return finish(&o, delay, frames) ? EXIT_USAGE : top(&o);
}
