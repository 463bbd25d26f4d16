// SPDX-License-Identifier: GPL-2.0-only
/*
 * sevtrace exporter: offers metrics of a host's launches to Prometheus and compatible scrapers. It
 * has two processes: this one collects and never touches the network; the other one answers
 * requests and has no privileges.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>

#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/status.h"
#include "cli/watch_options.h"
#include "commands.h"
#include "exporter/watch.h"
#include "sev/host_keys.h"
#include "util/array.h"
#include "util/clock.h"
#include "web/child.h"
#include "web/keeper.h"
#include "web/listen.h"

#define DEFAULT_ADDRESS "127.0.0.1:9877"
#define DEFAULT_WITHIN 60
#define MAX_WITHIN 86400
#define MAX_PER_LAUNCH 10000
#define USER_WEB 65533 /* of the process that answers; nobody if the collector has it */
#define TICK_MS 1000
#define SETTLE_NS 5000000000ULL /* without scrapes: time between two looks for finished launches */
#define RESTART_NS 1000000000ULL

struct exporter_options {
	struct watch_options watch;
	const char *address;
	const char *config;
	const char *user;
	long per_launch;
	long within; /* seconds */
};

struct exporter {
	const struct exporter_options *options;
	struct watch watch;
	struct child child;
	struct web_config config;
	struct user user; /* the user that this process becomes */
	struct utsname uts;
	char *texts[WEB_FORMATS]; /* the last answer */
	size_t sizes[WEB_FORMATS];
	uint64_t answered; /* when the last answer was made */
	uint64_t settled;
	uint64_t started_child;
	double started;
	int listen_fd;
	int signals;
	sigset_t old_mask;
	bool quit;
};

static void say(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "sevtrace exporter: %s\n", text);
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "sevtrace exporter: %s: %s\n", what, strerror(-err));
	return EXIT_OWN_FAILURE;
}

/* Returns what launches are seen by; "": they are not seen now. */
static const char *backend_of(const struct exporter *e)
{
	return e->watch.collector ? watch_source(&e->watch) : "";
}

static void describe(const struct exporter *e, struct page *page, uint64_t now)
{
	*page = (struct page){
		.version = SEVTRACE_VERSION,
		.host = { [HOST_KERNEL] = e->uts.release, [HOST_BACKEND] = backend_of(e) },
		.per_launch = (unsigned int)e->options->per_launch,
		.within = (unsigned int)e->options->within,
		.now = now,
		.collector = cost_of(getpid()),
		.web = cost_of(e->child.pid),
		.web_starts = e->child.starts,
		.answers = e->child.counts,
		.started = e->started
	};
	watch_describe(&e->watch, page);
}

/* Renders the answer in every format. */
static int write_texts(struct exporter *e, const struct page *page, const struct metrics *sums)
{
	int err = 0;

	for (size_t i = 0; i < WEB_FORMATS && !err; i++) {
		struct metrics_out out = { .strict = i == WEB_OPENMETRICS,
					   .exemplars = page->per_launch };

		free(e->texts[i]);
		e->texts[i] = NULL;
		e->sizes[i] = 0;
		out.file = open_memstream(&e->texts[i], &e->sizes[i]);
		if (!out.file)
			return -ENOMEM;
		err = page_write(&out, page, sums);
		if (fclose(out.file))
			err = -ENOMEM;
	}
	return err;
}

static int render(struct exporter *e, uint64_t now)
{
	struct metrics *sums;
	struct page page;
	int err = watch_refresh(&e->watch, now);

	if (err)
		return err;
	sums = tally_sums(&e->watch.tally);
	if (!sums)
		return -ENOMEM;
	describe(e, &page, now);
	err = write_texts(e, &page, sums);
	metrics_free(sums);
	e->settled = e->answered = now;
	return err;
}

/*
 * Replies to a request. Renders a new answer at most twice a second, however many requests arrive.
 */
static int answer(struct exporter *e)
{
	uint64_t number, now = monotonic();
	int err = child_request(&e->child, &number);

	if (err > 0)
		return 0;
	if (err < 0) {
		say(e, "the process that answers has ended; starting another one");
		child_stop(&e->child);
		return 0;
	}
	if (!e->texts[0] || now - e->answered > WEB_FRESH_NS / 2)
		err = render(e, now);
	if (!err)
		child_reply(&e->child, number, e->texts, e->sizes, e->watch.trouble);
	return err;
}

static int start_child(struct exporter *e)
{
	int err;

	e->started_child = monotonic();
	err = child_start(&e->child, e->listen_fd, &e->config);
	if (err)
		fail("cannot start the process that answers", err);
	return err;
}

/* Reloads the configuration; keeps the old one if the new one has errors. */
static int reload(struct exporter *e)
{
	struct web_config config;
	char why[512];

	if (!e->options->config)
		return 0;
	if (web_config_read(e->options->config, &config, why, sizeof(why))) {
		say(e, why);
		say(e, "the old configuration stays in effect");
		return 0;
	}
	web_config_free(&e->config);
	e->config = config;
	child_stop(&e->child);
	say(e, "read the configuration again");
	return start_child(e);
}

static int on_signal(struct exporter *e)
{
	struct signalfd_siginfo info;

	if (read(e->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	switch (info.ssi_signo) {
	case SIGHUP:
		return reload(e);
	case SIGUSR1:
		say(e, "detached from the kernel modules until they are loaded again");
		return watch_let_go(&e->watch, monotonic());
	default:
		e->quit = true;
		return 0;
	}
}

static int attach_again(struct exporter *e, uint64_t now)
{
	int err = privileges_raise(true);

	if (!err)
		err = watch_retry(&e->watch, now);
	privileges_raise(false);
	return err;
}

static int tick(struct exporter *e)
{
	uint64_t now = monotonic();
	int err = 0;

	if (watch_wants(&e->watch, now))
		err = attach_again(e, now);
	if (!err && now - e->settled > SETTLE_NS) {
		err = watch_refresh(&e->watch, now);
		e->settled = now;
	}
	if (!err && !e->child.pid && now - e->started_child > RESTART_NS)
		err = start_child(e);
	return err;
}

static int loop(struct exporter *e)
{
	int err = 0;

	while (!err && !e->quit) {
		struct pollfd fds[] = {
			{ .fd = e->signals, .events = POLLIN },
			{ .fd = e->child.pid ? e->child.socket : -1, .events = POLLIN },
			{ .fd = e->watch.collector ? collector_fd(e->watch.collector) : -1,
			  .events = POLLIN },
		};

		if (poll(fds, ARRAY_SIZE(fds), watch_behind(&e->watch) ? 0 : TICK_MS) < 0 &&
		    errno != EINTR)
			return -errno;
		if (fds[0].revents)
			err = on_signal(e);
		if (!err)
			err = watch_drain(&e->watch);
		if (!err && fds[1].revents && e->child.pid)
			err = answer(e);
		if (!err)
			err = tick(e);
	}
	return err;
}

static int prepare_signals(struct exporter *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&mask, signals[i]);
	sigprocmask(SIG_BLOCK, &mask, &e->old_mask);
	signal(SIGPIPE, SIG_IGN);
	e->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	return e->signals < 0 ? -errno : 0;
}

/* Opens all files and sockets while we still have the privileges to do so. */
static int open_all(struct exporter *e)
{
	const struct exporter_options *o = e->options;
	char why[512];

	if (o->config && web_config_read(o->config, &e->config, why, sizeof(why))) {
		say(e, why);
		return EXIT_OWN_FAILURE;
	}
	e->user = (struct user){ .uid = USER_NOBODY, .gid = USER_NOBODY };
	if (o->user && user_find(o->user, &e->user)) {
		say_error("exporter", "no user '%s'", o->user);
		return EXIT_OWN_FAILURE;
	}
	e->listen_fd = listen_at(o->address, why, sizeof(why));
	if (e->listen_fd < 0) {
		say(e, why);
		return EXIT_OWN_FAILURE;
	}
	return 0;
}

static int attach_first(struct exporter *e)
{
	const sigset_t blocked = signals_may_end(&e->old_mask);
	char why[512];
	int err = watch_attach(&e->watch, why, sizeof(why));

	sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (err && !*why && !privileges_may_attach())
		snprintf(why, sizeof(why),
			 "recording needs root, or CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN");
	if (err && *why) {
		say(e, why);
		return EXIT_OWN_FAILURE;
	}
	if (err)
		say(e, "kvm_amd is not loaded; launches are counted once it is");
	return 0;
}

static int start(struct exporter *e)
{
	int status = open_all(e), err;

	if (status)
		return status;
	/* Before anything is attached, and with a user of its own. */
	err = child_open(&e->child, e->user.uid == USER_WEB ? USER_NOBODY : USER_WEB);
	if (err)
		return fail("cannot start the process that answers", err);
	status = attach_first(e);
	if (status)
		return status;
	err = privileges_keep_attach(e->options->user || !geteuid() ? &e->user : NULL);
	if (err)
		return fail("cannot give up privileges", err);
	if (start_child(e))
		return EXIT_OWN_FAILURE;
	fprintf(stderr, "sevtrace exporter: listening on %s://%s/metrics\n",
		e->config.certificate ? "https" : "http", e->options->address);
	notify_ready();
	return 0;
}

static int exporter(const struct exporter_options *options)
{
	struct exporter e = { .options = options,
			      .listen_fd = -1,
			      .child = { .keeper_socket = -1 },
			      .started = cost_started() };
	int status, err = watch_init(&e.watch, &options->watch.collector, say, &e);

	uname(&e.uts);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core dump, which would hold passwords' hashes */
	if (!err)
		err = prepare_signals(&e);
	status = err ? fail("cannot start", err) : start(&e);
	if (!status) {
		err = loop(&e);
		status = err ? fail("cannot go on", err) : EXIT_ALL_OK;
	}
	child_close(&e.child);
	watch_free(&e.watch);
	web_config_free(&e.config);
	for (size_t i = 0; i < WEB_FORMATS; i++)
		free(e.texts[i]);
	if (e.listen_fd >= 0)
		close(e.listen_fd);
	return status;
}

static int finish(struct exporter_options *o, const char *per_launch, const char *within)
{
	if (within && parse_number(within, MAX_WITHIN, &o->within))
		return say_invalid("exporter", "number of seconds", within,
				   "a number from 1 to 86400");
	if (per_launch && parse_number(per_launch, MAX_PER_LAUNCH, &o->per_launch))
		return say_invalid("exporter", "number of launches", per_launch,
				   "a number from 1 to 10000");
	return watch_options_which(&o->watch);
}

static const char notes[] =
	"ADDR may be an IPv6 address in brackets; without ADDR, every address. FILE is\n"
	"what other exporters call web.config.file: TLS, and users with their passwords.\n"
	"SIGHUP reads it again. SIGUSR1 detaches from the kernel modules, so that they\n"
	"can be reloaded.\n" WATCH_TYPE_NOTE;

int cmd_exporter(int argc, char **argv)
{
	struct exporter_options o = { .address = DEFAULT_ADDRESS,
				      .within = DEFAULT_WITHIN,
				      .watch = { .name = "exporter",
						 .collector = { .system_wide = true } } };
	const char *per_launch = NULL;
	const char *within = NULL;

	filters_init(&o.watch.filters, false);

	const struct option_row rows[] = {
		OPT_VALUE('l', "listen", "ADDR:PORT", "address to listen on (" DEFAULT_ADDRESS ")",
			  &o.address),
		OPT_VALUE('w', "web-config", "FILE", "TLS and passwords, as YAML", &o.config),
		OPT_VALUE('u', "user", "USER", "run as USER once attached (for root: 65534)",
			  &o.user),
		OPT_VALUE('L', "per-launch", "N", "also metrics of each of the last N launches",
			  &per_launch),
		OPT_VALUE(0, "within", "SECONDS", "count launches that fit: done in SECONDS (60)",
			  &within),
		OPT_FLAG(0, "bpf-stats", "count what the BPF programs of this exporter take",
			 &o.watch.collector.count_cost),
		WATCH_BUFFER_ROW(&o.watch, 'b'),
		WATCH_SOURCE_ROW(&o.watch),
		WATCH_FILTER_ROWS(&o.watch),
	};
	const struct command_usage usage = {
		.name = "exporter",
		.synopsis = "",
		.summary = "Serve metrics of the host's launches for Prometheus",
		.options = rows,
		.nr_options = ARRAY_SIZE(rows),
		.notes = notes,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (!WEB_HAS_SERVER) {
		say_error("exporter",
			  "this is the build without shared libraries, which has no web "
			  "server: take sevtrace as the package or make builds it");
		return EXIT_OWN_FAILURE;
	}
	return finish(&o, per_launch, within) ? EXIT_USAGE : exporter(&o);
}
