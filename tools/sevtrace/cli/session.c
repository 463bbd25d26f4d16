// SPDX-License-Identifier: GPL-2.0-only
#include "cli/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include "cli/say.h"
#include "cli/signals.h"
#include "cli/status.h"
#include "stacks/helper.h"
#include "util/array.h"

/* How long we wait for stacks, of VMMs that may want to delay us, and for how long silently. */
#define STACKS_NS (STACKS_JOB_NS + 5000000000ULL)
#define SILENT_NS 3000000000ULL
#define GRACE_NS 5000000000ULL /* how long we wait for COMMAND after a signal, and for teardowns */

static int complain(const struct session *s, const char *what, int err)
{
	say_error(s->options->name, "%s: %s", what, strerror(-err));
	return EXIT_RECORD_FAILURE;
}

static bool is_ignored(int number)
{
	struct sigaction now;

	return !sigaction(number, NULL, &now) && now.sa_handler == SIG_IGN;
}

int session_prepare(struct session *s, const struct watch_options *options, const sigset_t *more)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t mask;

	*s = (struct session){
		.options = options, .signals = -1, .target = -1, .workload = WORKLOAD_NONE
	};
	if (more)
		mask = *more;
	else
		sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		if (ending[i] != SIGHUP || !is_ignored(SIGHUP)) /* nohup has it ignored */
			sigaddset(&mask, ending[i]);
	/* No core dump: it would hold the kernel's addresses, and what VMMs had on their stacks. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	sigprocmask(SIG_BLOCK, &mask, &s->old_mask);
	signal(SIGPIPE, SIG_IGN);
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	if (s->signals < 0)
		return complain(s, "cannot start", -errno);
	if (options->pid && !options->command) {
		s->target = pidfd_open(options->pid, 0);
		if (s->target < 0)
			return complain(s, "cannot start with this process", -errno);
	}
	return 0;
}

int session_command(struct session *s)
{
	const struct watch_options *o = s->options;
	int err;

	if (!o->command)
		return 0;
	err = workload_prepare(&s->workload, o->command, o->command_stdout);
	return err ? complain(s, "cannot start", err) : 0;
}

static void on_warning(void *ctx, const char *text)
{
	const struct session *s = ctx;

	fprintf(stderr, "sevtrace %s: warning: %s\n", s->options->name, text);
}

int session_open(struct session *s, const struct collector_sink *sink)
{
	struct collector_sink own = *sink;
	char why[512];

	own.warn = on_warning;
	own.warn_ctx = s;
	if (!collector_open(&s->options->collector, &own, &s->collector, why, sizeof(why)))
		return 0;
	say_error(s->options->name, "%s", why);
	return EXIT_RECORD_FAILURE;
}

int session_attach(struct session *s)
{
	const sigset_t blocked = signals_may_end(&s->old_mask);
	char why[512];
	int err = collector_start(s->collector, why, sizeof(why));

	sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (!err) {
		s->waiting = collector_waiting(s->collector);
		if (s->waiting && !s->options->quiet)
			fprintf(stderr, "[ sevtrace %s: waiting for kvm_amd to be loaded ]\n",
				s->options->name);
		return 0;
	}
	say_error(s->options->name, "%s", why);
	return EXIT_RECORD_FAILURE;
}

int session_stacks(struct session *s, struct vmm_stacks **stacks)
{
	int err = vmm_stacks_new(stacks);

	return err ? complain(s, "cannot start the process that unwinds stacks", err) : 0;
}

int session_await_stacks(struct session *s, struct vmm_stacks *stacks,
			 int (*done)(void *ctx, const struct vmm_stack *stack), void *ctx)
{
	struct pollfd fds[] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = vmm_stacks_fd(stacks), .events = POLLIN },
	};
	uint64_t now = monotonic(), end = now + STACKS_NS, tell = now + SILENT_NS;
	int err = vmm_stacks_poll(stacks, now, done, ctx);

	while (!err && now < end && vmm_stacks_pending(stacks, 0)) {
		if (now >= tell && !s->options->quiet) {
			fprintf(stderr,
				"[ sevtrace %s: unwinding the stack of a failure, Ctrl-C skips it ]\n",
				s->options->name);
			tell = end;
		}
		if (poll(fds, ARRAY_SIZE(fds), SESSION_DRAIN_MS) < 0 && errno != EINTR)
			return -errno;
		now = fds[0].revents ? end : monotonic();
		err = vmm_stacks_poll(stacks, now, done, ctx);
	}
	return err ? err : vmm_stacks_give_up(stacks, done, ctx);
}

void session_describe(const struct session *s, struct host_info *host)
{
	host->backend = event_choice_name(collector_choice(s->collector));
	host->lacks = collector_lacks(s->collector);
}

static int track(struct session *s)
{
	const struct watch_options *o = s->options;

	if (o->collector.system_wide)
		return 0;
	return o->pid ? collector_track_tree(s->collector, o->pid) :
			collector_track(s->collector, s->workload.pid);
}

int session_start(struct session *s)
{
	int err = track(s);

	if (err)
		return complain(s, "cannot follow the process", err);
	if (!s->options->command)
		return 0;
	err = workload_start(&s->workload);
	if (!err) {
		s->target = s->workload.pidfd;
		return 0;
	}
	say_error(s->options->name, "cannot run %s: %s", s->options->command[0], strerror(-err));
	workload_wait(&s->workload);
	return err == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

void session_signal(struct session *s, const struct signalfd_siginfo *info)
{
	s->signalled++;
	s->deadline = monotonic() + (s->signalled == 1 && s->workload.pid ? GRACE_NS : 0);
	if (s->workload.pid && info->ssi_code != SI_KERNEL)
		kill(s->workload.pid, (int)info->ssi_signo);
}

bool session_modules_came(struct session *s)
{
	if (!s->waiting || collector_waiting(s->collector))
		return false;
	s->waiting = false;
	if (!s->options->quiet)
		fprintf(stderr, "[ sevtrace %s: kvm_amd is loaded, launches are recorded ]\n",
			s->options->name);
	return true;
}

void session_end_waiting(const struct session *s)
{
	if (s->waiting)
		say_error(s->options->name,
			  "warning: kvm_amd was never loaded: only PSP commands were "
			  "recorded");
}

/* After a signal, records what COMMAND still does, for GRACE_NS or until the next signal. */
int session_watch(struct session *s, session_collect collect, void *ctx)
{
	struct pollfd fds[] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = collector_fd(s->collector), .events = POLLIN },
		{ .fd = s->target, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int err = 0;

	while (!err) {
		int wait = collector_behind(s->collector) ? 0 : SESSION_DRAIN_MS;

		if (poll(fds, ARRAY_SIZE(fds), wait) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents && read(s->signals, &info, sizeof(info)) == sizeof(info))
			session_signal(s, &info);
		err = collect(ctx);
		if (fds[2].revents || (s->deadline && monotonic() >= s->deadline))
			break;
	}
	return err;
}

/*
 * The kernel destroys a VM when its last reference goes, which may be after its process has ended.
 */
int session_await_teardown(struct session *s, session_collect collect, void *ctx)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	uint64_t end = monotonic() + GRACE_NS;
	int err = 0;

	while (!err && collector_teardown_pending(s->collector) && monotonic() < end) {
		nanosleep(&pause, NULL);
		err = collect(ctx);
	}
	return err;
}

void session_wait(struct session *s, bool last)
{
	struct pollfd ended = { .fd = s->workload.pidfd, .events = POLLIN };
	int status;

	if (!s->workload.pid)
		return;
	if (last)
		sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	if (s->signalled && poll(&ended, 1, 0) != 1) {
		say_error(s->options->name, "%s still runs, as process %d", s->options->command[0],
			  s->workload.pid);
		return;
	}
	status = workload_wait(&s->workload);
	if (!s->status)
		s->status = status;
}

int session_status(const struct session *s, bool launch_failed)
{
	if (s->status)
		return s->status;
	return launch_failed ? EXIT_LAUNCH_FAILED : EXIT_ALL_OK;
}

void session_close(struct session *s)
{
	collector_close(s->collector);
	if (s->target >= 0 && s->target != s->workload.pidfd)
		close(s->target);
	workload_close(&s->workload);
	if (s->signals >= 0)
		close(s->signals);
}
