// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace record: record the launches of a command, of a running process, or of the whole host. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>

#include "collector.h"
#include "commands.h"
#include "host.h"
#include "model.h"
#include "record_options.h"
#include "symbols.h"
#include "tracefile.h"
#include "workload.h"

#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127

#define DRAIN_MS 100 /* how long a record waits at most */
#define FLUSH_NS 1000000000ULL /* what a killed recorder loses at most */
#define GRACE_NS 5000000000ULL /* for COMMAND to end after a signal, and for teardowns */

struct recording {
	const struct record_options *options;
	struct tracefile_writer *writer;
	struct collector *collector;
	struct symbols *symbols;
	struct model model;
	struct workload workload;
	sigset_t old_mask;
	int signals; /* signalfd */
	int target; /* pidfd of what the recording ends with, or -1 */
	int status; /* of COMMAND */
	int signalled; /* signals received */
	uint64_t deadline; /* 0: none */
	uint64_t flushed; /* when */
	uint64_t launches;
	uint64_t dropped; /* records, when that was last written */
};

static void complain(const char *text)
{
	fprintf(stderr, "sevtrace record: %s\n", text);
}

static void complain_file(const struct recording *r, int err)
{
	fprintf(stderr, "sevtrace record: cannot write %s: %s; what was recorded before is kept\n",
		r->options->output, strerror(-err));
}

static uint64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/*
 * The verdict at the end needs ioctls, ranges and failures, not each page; so the recorder's memory
 * does not grow with pages.
 */
static int feed_model(struct recording *r, const struct sevtrace_rec *rec)
{
	union tracefile_record copy;

	switch (rec->type) {
	case SEVTRACE_REC_LAUNCH_BEGIN:
		r->launches++;
		break;
	case SEVTRACE_REC_LAUNCH_END:
	case SEVTRACE_REC_IOCTL_ENTER:
	case SEVTRACE_REC_IOCTL_EXIT:
	case SEVTRACE_REC_RANGE_START:
	case SEVTRACE_REC_RANGE_END:
		break;
	case SEVTRACE_REC_STEP:
		if (!((const struct sevtrace_rec_step *)rec)->ret)
			return 0;
		break;
	default:
		return 0;
	}
	memset(&copy, 0, sizeof(copy));
	memcpy(&copy, rec, rec->size < sizeof(copy) ? rec->size : sizeof(copy));
	return model_feed(&r->model, &copy);
}

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	struct recording *r = ctx;
	int err = tracefile_write_records(r->writer, rec, rec->size, 1);

	if (!err && rec->type == SEVTRACE_REC_STACK)
		err = symbols_add_stack(r->symbols, (const struct sevtrace_rec_stack *)rec);
	return err ? err : feed_model(r, rec);
}

static int on_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	struct recording *r = ctx;

	return tracefile_write_hist(r->writer, key, hist);
}

static void on_warning(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "sevtrace record: warning: %s\n", text);
}

/* What was lost besides records, by name. */
static size_t sum_losses(const struct sevtrace_counters *counters, size_t nr,
			 struct tracefile_loss losses[SEVTRACE_LOSS_COUNT])
{
#define SEVTRACE_LOSS_NAME(id, name) name,
	static const char *const names[] = { SEVTRACE_LOSSES(SEVTRACE_LOSS_NAME) };
#undef SEVTRACE_LOSS_NAME
	size_t used = 0;

	for (size_t loss = 0; loss < SEVTRACE_LOSS_COUNT; loss++) {
		struct tracefile_loss *to = &losses[used];

		memset(to, 0, sizeof(*to));
		for (size_t cpu = 0; cpu < nr; cpu++)
			to->count += counters[cpu].losses[loss];
		snprintf(to->name, sizeof(to->name), "%s", names[loss]);
		used += to->count != 0;
	}
	return used;
}

static int write_launch_drops(void *ctx, __u32 launch, __u64 dropped)
{
	const struct tracefile_launch_drops drops = { .launch = launch, .dropped = dropped };
	struct recording *r = ctx;

	return tracefile_write_launch_drops(r->writer, &drops);
}

/* Writes the counts of every CPU that has any. sum: over all. */
static int write_drops(struct recording *r, struct tracefile_cpu_drops *sum)
{
	struct tracefile_loss losses[SEVTRACE_LOSS_COUNT];
	const struct sevtrace_counters *counters;
	struct tracefile_cpu_drops *cpus;
	struct tracefile_drops drops;
	size_t nr, used = 0;
	int err = collector_counters(r->collector, &counters, &nr);

	if (err)
		return err;
	cpus = calloc(nr, sizeof(*cpus));
	if (!cpus)
		return -ENOMEM;
	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < nr; i++) {
		if (!counters[i].emitted)
			continue;
		cpus[used].cpu = (__u32)i;
		cpus[used].emitted = counters[i].emitted;
		cpus[used].recorded = counters[i].recorded;
		cpus[used].dropped = counters[i].dropped;
		sum->emitted += counters[i].emitted;
		sum->recorded += counters[i].recorded;
		sum->dropped += counters[i].dropped;
		used++;
	}
	drops = (struct tracefile_drops){ cpus, used, losses, sum_losses(counters, nr, losses) };
	err = tracefile_write_drops(r->writer, &drops);
	free(cpus);
	if (!err && sum->dropped != r->dropped)
		err = collector_launch_drops(r->collector, write_launch_drops, r);
	r->dropped = sum->dropped;
	return err;
}

/* Brings the file up to date, so that a killed recorder leaves what it has seen. */
static int flush_file(struct recording *r)
{
	struct tracefile_cpu_drops sum;
	uint64_t time = monotonic();
	int err;

	if (time - r->flushed < FLUSH_NS)
		return 0;
	r->flushed = time;
	err = symbols_write(r->symbols, r->writer);
	if (!err)
		err = write_drops(r, &sum);
	return err ? err : tracefile_flush(r->writer);
}

static int collect(struct recording *r)
{
	int err = collector_drain(r->collector);

	return err ? err : flush_file(r);
}

/*
 * A signal ends the recording. COMMAND gets it too, unless the terminal sent it, which has told
 * COMMAND itself; what it does until it ends is recorded, for a while or until the next signal.
 */
static void on_signal(struct recording *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return;
	r->signalled++;
	r->deadline = monotonic() + (r->signalled == 1 && r->workload.pid ? GRACE_NS : 0);
	if (r->workload.pid && info.ssi_code != SI_KERNEL)
		kill(r->workload.pid, (int)info.ssi_signo);
}

/* Records until COMMAND or the process has ended or a signal has come. */
static int record_loop(struct recording *r)
{
	struct pollfd fds[] = {
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = collector_fd(r->collector), .events = POLLIN },
		{ .fd = r->target, .events = POLLIN },
	};
	int err = 0;

	while (!err) {
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), DRAIN_MS) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents)
			on_signal(r);
		err = collect(r);
		if (fds[2].revents || (r->deadline && monotonic() >= r->deadline))
			break;
	}
	return err;
}

/* A VM goes with the last reference to it, which may be after the end of its process. */
static int await_teardown(struct recording *r)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	uint64_t end = monotonic() + GRACE_NS;
	int err = 0;

	while (!err && collector_teardown_pending(r->collector) && monotonic() < end) {
		nanosleep(&pause, NULL);
		err = collect(r);
	}
	return err;
}

static void group_digits(uint64_t value, char *text, size_t size)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	size_t used = 0;

	for (int i = 0; i < n && used + 2 < size; i++) {
		if (i && (n - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

static void print_end(const struct recording *r, const struct tracefile_cpu_drops *sum)
{
	char launches[32], events[32], dropped[32];

	if (r->options->quiet)
		return;
	group_digits(r->launches, launches, sizeof(launches));
	group_digits(sum->emitted, events, sizeof(events));
	group_digits(sum->dropped, dropped, sizeof(dropped));
	fprintf(stderr,
		"[ sevtrace record: %s launch%s, %s events, %s dropped, %.1f MB written to %s ]\n",
		launches, r->launches == 1 ? "" : "es", events, dropped,
		(double)tracefile_written(r->writer) / 1e6, r->options->output);
	if (sum->dropped)
		fprintf(stderr, "[ sevtrace record: a larger --buffer-size loses less ]\n");
}

static int finish_file(struct recording *r)
{
	struct tracefile_cpu_drops sum;
	int err = collector_finish(r->collector);

	if (!err)
		err = symbols_write(r->symbols, r->writer);
	if (!err)
		err = write_drops(r, &sum);
	if (!err)
		err = tracefile_finish(r->writer);
	if (!err)
		print_end(r, &sum);
	return err;
}

/* Returns the exit status when something fails, else 0. */
static int start_command(struct recording *r)
{
	const char *name = r->options->command[0];
	int err = workload_start(&r->workload);

	if (!err) {
		r->target = r->workload.pidfd;
		return 0;
	}
	fprintf(stderr, "sevtrace record: cannot run %s: %s\n", name, strerror(-err));
	workload_wait(&r->workload);
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static int track(struct recording *r)
{
	const struct record_options *o = r->options;

	if (o->collector.system_wide)
		return 0;
	return o->pid ? collector_track_tree(r->collector, o->pid) :
			collector_track(r->collector, r->workload.pid);
}

/* Opens the file, which a recording that cannot be leaves alone. Returns 0 or the exit status. */
static int begin(struct recording *r)
{
	struct collector_sink sink = { on_record, on_hist, on_warning, r };
	const struct record_options *o = r->options;
	char why[512];
	int err;

	if (collector_open(&o->collector, &sink, &r->collector, why, sizeof(why))) {
		complain(why);
		return EXIT_RECORD_FAILURE;
	}
	err = tracefile_create(o->output, &r->writer);
	if (err) {
		fprintf(stderr, "sevtrace record: cannot create %s: %s\n", o->output,
			strerror(-err));
		return EXIT_RECORD_FAILURE;
	}
	err = host_describe(r->writer, o->command, o->filter, SEVTRACE_VERSION);
	if (err) {
		complain_file(r, err);
		return EXIT_RECORD_FAILURE;
	}
	if (collector_start(r->collector, why, sizeof(why))) {
		complain(why);
		return EXIT_RECORD_FAILURE;
	}
	err = track(r);
	if (err) {
		fprintf(stderr, "sevtrace record: cannot follow the process: %s\n", strerror(-err));
		return EXIT_RECORD_FAILURE;
	}
	if (o->command)
		return start_command(r);
	if (!o->quiet)
		fprintf(stderr, "[ sevtrace record: recording, Ctrl-C ends it ]\n");
	return 0;
}

/*
 * The file is closed, so a signal may end us now. COMMAND goes on if it does not heed the signal
 * that it got.
 */
static void wait_for_command(struct recording *r)
{
	struct pollfd ended = { .fd = r->workload.pidfd, .events = POLLIN };

	if (!r->workload.pid)
		return;
	sigprocmask(SIG_SETMASK, &r->old_mask, NULL);
	if (r->signalled && poll(&ended, 1, 0) != 1) {
		fprintf(stderr, "sevtrace record: %s goes on as process %d\n",
			r->options->command[0], r->workload.pid);
		return;
	}
	r->status = workload_wait(&r->workload);
}

/* An own failure ends the recording, not COMMAND. */
static int run(struct recording *r)
{
	int err = record_loop(r);

	if (!err)
		err = await_teardown(r);
	if (!err)
		err = finish_file(r);
	if (err) {
		complain_file(r, err);
		collector_close(r->collector);
		r->collector = NULL;
	}
	wait_for_command(r);
	if (err)
		return EXIT_RECORD_FAILURE;
	if (r->status)
		return r->status;
	return model_failed(&r->model) ? EXIT_LAUNCH_FAILED : 0;
}

/* COMMAND's process is made before any descriptor it should not inherit. */
static int prepare(struct recording *r)
{
	const struct record_options *o = r->options;
	sigset_t mask;
	int err;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_BLOCK, &mask, &r->old_mask);
	signal(SIGPIPE, SIG_IGN);
	r->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	if (r->signals < 0)
		return -errno;
	r->symbols = symbols_new();
	if (!r->symbols)
		return -ENOMEM;
	if (o->command) {
		err = workload_prepare(&r->workload, o->command);
		if (err)
			return err;
	}
	if (o->pid && !o->command) {
		r->target = pidfd_open(o->pid, 0);
		if (r->target < 0)
			return -errno;
	}
	return 0;
}

static int record(const struct record_options *options)
{
	struct recording r = { .options = options,
			       .signals = -1,
			       .target = -1,
			       .workload = { .go = -1, .failed = -1, .pidfd = -1 } };
	int status = EXIT_RECORD_FAILURE, err;

	model_init(&r.model);
	r.flushed = monotonic();
	err = prepare(&r);
	if (err) {
		fprintf(stderr, "sevtrace record: cannot start%s: %s\n",
			options->pid ? " with this process" : "", strerror(-err));
		goto out;
	}
	status = begin(&r);
	if (!status)
		status = run(&r);
out:
	collector_close(r.collector);
	tracefile_close(r.writer);
	if (r.target >= 0 && r.target != r.workload.pidfd)
		close(r.target);
	workload_close(&r.workload);
	symbols_free(r.symbols);
	model_free(&r.model);
	if (r.signals >= 0)
		close(r.signals);
	return status;
}

int cmd_record(int argc, char **argv)
{
	struct record_options options = { .output = DEFAULT_FILE };
	int status = record_options_parse(&options, argc, argv);

	return status < 0 ? record(&options) : status;
}
