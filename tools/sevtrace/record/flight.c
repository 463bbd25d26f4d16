// SPDX-License-Identifier: GPL-2.0-only
#include "record/flight.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/session.h"
#include "cli/status.h"
#include "flight/file.h"
#include "flight/flight.h"
#include "flight/report.h"
#include "process/hook.h"
#include "stacks/user_stacks.h"

/*
 * How long to keep a finished launch's histograms in the kernel. A guest that runs for months does
 * not need them. Most test guests end within that time, and their histograms end with them.
 */
#define FINISHED_NS 2000000000ULL
#define MAX_FINISHED 256
#define MAX_ENDED 64 /* more than there are stacks to wait for */

#define HOOK_GRACE_NS 10000000000ULL /* to wait for hook commands when the recording has ended */

struct recording {
	const struct record_options *options;
	struct session session;
	struct flight *flight;
	struct host_info host;
	struct vmm_stacks *stacks;
	/* launches that are over, but wait for a stack */
	struct sevtrace_rec_launch_end ended[MAX_ENDED];
	size_t nr_ended;
	struct hook *hook; /* NULL: none */
	struct flight_limit limit;
	bool limit_said; /* the user was told of the limit since the last file was written */
	char *dir; /* absolute */
	struct flight_file file; /* the file that is being written */
	struct flight_report report; /* report of that file's launch */
	uint64_t written;
	uint64_t unwritten; /* files not written because of an error that was printed */
	struct finished {
		uint32_t launch;
		uint64_t since;
	} finished[MAX_FINISHED]; /* dropped launches whose VM still exists, oldest first */
	size_t nr_finished;
};

static void complain(struct recording *r, int err)
{
	fprintf(stderr,
		"sevtrace record: cannot write %s: %s; the records of this launch are lost, recording continues\n",
		r->file.path, strerror(-err));
	r->unwritten++;
}

static void on_hook_failed(void *ctx, const char *name, int status)
{
	const struct recording *r = ctx;

	if (status < 0)
		fprintf(stderr, "sevtrace record: cannot run '%s' for %s: %s\n", r->options->hook,
			name, strerror(-status));
	else
		fprintf(stderr, "sevtrace record: '%s' for %s ended with status %d\n",
			r->options->hook, name, status);
}

static void run_hook(struct recording *r)
{
	const char *variables[FLIGHT_VARIABLES + 1];
	int err;

	if (!r->hook)
		return;
	flight_report_variables(&r->report, r->file.path, variables);
	err = hook_run(r->hook, r->file.path, variables);
	if (err == -ENOBUFS)
		fprintf(stderr,
			"sevtrace record: cannot run '%s' for %s: %d are running and %d are waiting\n",
			r->options->hook, r->file.path, HOOK_AT_ONCE, HOOK_WAITING);
	else if (err)
		on_hook_failed(r, r->file.path, err);
}

/* Completes the file. */
static void end_file(struct recording *r)
{
	int err;

	if (!r->file.writer)
		return;
	err = flight_file_end(&r->file);
	if (err) {
		complain(r, err);
		return;
	}
	r->written++;
	r->limit_said = false;
	fprintf(stderr, "[ sevtrace record: wrote %s ]\n", r->file.path);
	run_hook(r);
}

static bool may_write(struct recording *r)
{
	if (flight_limit_take(&r->limit, monotonic()))
		return true;
	if (!r->limit_said)
		fprintf(stderr,
			"sevtrace record: no file for this launch: at most %d at once, then one every %" PRIu64
			" s, and %ld in all\n",
			FLIGHT_BURST, (uint64_t)(FLIGHT_INTERVAL_NS / 1000000000),
			r->options->max_files ? r->options->max_files : (long)FLIGHT_MAX_FILES);
	r->limit_said = true;
	return false;
}

static int on_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	struct recording *r = ctx;
	int err;

	if (!r->file.writer || r->file.launch != key->launch)
		return 0;
	err = tracefile_write_hist(r->file.writer, key, hist);
	if (err) {
		flight_file_abandon(&r->file);
		complain(r, err);
	}
	return 0;
}

/*
 * Writes a launch to a file. If the launch has ended, its histograms arrive before any other
 * record; otherwise this reads them from the kernel.
 */
static int on_found(void *ctx, struct flight_launch *l, bool ended)
{
	struct recording *r = ctx;
	struct flight_name name;
	int err;

	end_file(r);
	flight_report_fill(&r->report, r->flight, l);
	flight_report_print(&r->report, stderr);
	if (!may_write(r))
		return 0;
	name = flight_report_name(&r->report);
	err = flight_file_create(&r->file, r->dir, &name);
	if (!err)
		err = flight_file_write(&r->file, &r->host, l,
					collector_dropped_of(r->session.collector, l->number));
	if (!err && !ended)
		err = collector_look(r->session.collector, on_hist, r);
	if (err) {
		flight_file_abandon(&r->file);
		complain(r, err);
	} else if (!ended) {
		end_file(r);
	}
	return 0;
}

static void on_recovered(void *ctx, const struct flight_launch *l)
{
	(void)ctx;
	fprintf(stderr,
		"[ sevtrace record: launch %u of %.*s[%u] was tried again and succeeded ]\n",
		l->number, SEVTRACE_COMM_LEN, l->begin.comm, l->begin.pid);
}

static void remove_finished(struct recording *r, size_t at)
{
	r->nr_finished--;
	memmove(&r->finished[at], &r->finished[at + 1],
		(r->nr_finished - at) * sizeof(r->finished[0]));
}

static int release_oldest(struct recording *r)
{
	uint32_t launch = r->finished[0].launch;

	remove_finished(r, 0);
	collector_forget_drops(r->session.collector, launch);
	return collector_take_launch(r->session.collector, launch, false);
}

static int release_finished(struct recording *r, uint64_t now)
{
	int err = 0;

	while (!err && r->nr_finished && now - r->finished[0].since > FINISHED_NS)
		err = release_oldest(r);
	return err;
}

static void note_end(struct recording *r, uint32_t launch)
{
	for (size_t i = 0; i < r->nr_finished; i++) {
		if (r->finished[i].launch != launch)
			continue;
		remove_finished(r, i);
		break;
	}
}

static void on_dropped(void *ctx, uint32_t launch, bool ended)
{
	struct recording *r = ctx;

	vmm_stacks_end(r->stacks, launch);
	/* The launch's file has them by now; old entries would fill the map in weeks. */
	collector_forget_drops(r->session.collector, launch);
	if (ended)
		return;
	if (r->nr_finished == MAX_FINISHED)
		release_oldest(r);
	r->finished[r->nr_finished++] = (struct finished){ launch, monotonic() };
}

static void on_user_stack(void *ctx, const struct sevtrace_user_stack *copy)
{
	const struct recording *r = ctx;

	vmm_stacks_copy(r->stacks, copy, monotonic());
}

static int feed_stack(void *ctx, const struct vmm_stack *stack)
{
	struct recording *r = ctx;
	const struct kernel_names kernel = { collector_name_address, r->session.collector };
	struct symbols *symbols = flight_symbols(r->flight, stack->rec.h.launch);
	int err = symbols ? vmm_stack_names(stack, symbols, &kernel) : 0;
	union sevtrace_record buffer;

	end_file(r);
	return err ? err : flight_feed(r->flight, vmm_stack_write(stack, &buffer));
}

static int on_stack(struct recording *r, struct vmm_stack *stack)
{
	return vmm_stacks_record(r->stacks, stack, monotonic()) ? 0 : feed_stack(r, stack);
}

/* Ends a launch whose end had to wait. */
static int end_launch(struct recording *r, size_t at)
{
	const struct sevtrace_rec_launch_end rec = r->ended[at];
	int err;

	end_file(r);
	r->ended[at] = r->ended[--r->nr_ended];
	note_end(r, rec.h.launch);
	err = flight_feed(r->flight, &rec.h);
	return err ? err : collector_take_launch(r->session.collector, rec.h.launch, true);
}

/*
 * Takes the end of a launch. If one of its stacks is still to be unwound, the end waits, and so do
 * the launch's histograms, which come after it.
 */
static int on_launch_end(struct recording *r, const struct sevtrace_rec *rec)
{
	int err = 0;

	if (rec->size < sizeof(r->ended[0]) || !vmm_stacks_pending(r->stacks, rec->launch)) {
		note_end(r, rec->launch);
		return flight_feed(r->flight, rec);
	}
	if (r->nr_ended == MAX_ENDED)
		err = end_launch(r, 0);
	r->ended[r->nr_ended] = *(const struct sevtrace_rec_launch_end *)rec;
	r->ended[r->nr_ended++].h.size = sizeof(r->ended[0]);
	return err ? err : COLLECTOR_LATER;
}

/* Ends the launches that no longer wait for a stack. */
static int end_launches(struct recording *r)
{
	int err = 0;

	for (size_t i = r->nr_ended; i > 0 && !err; i--)
		if (!vmm_stacks_pending(r->stacks, r->ended[i - 1].h.launch))
			err = end_launch(r, i - 1);
	end_file(r);
	return err;
}

static int on_record(void *ctx, const struct sevtrace_rec *rec)
{
	struct recording *r = ctx;
	struct vmm_stack stack;

	end_file(r);
	if (vmm_stack_read(rec, &stack))
		return on_stack(r, &stack);
	if (rec->type == SEVTRACE_REC_LAUNCH_END)
		return on_launch_end(r, rec);
	if (rec->type == SEVTRACE_REC_LAUNCH_BEGIN)
		vmm_stacks_begin(r->stacks, (const struct sevtrace_rec_launch_begin *)rec);
	return flight_feed(r->flight, rec);
}

static int collect(void *ctx)
{
	struct recording *r = ctx;
	int err = collector_drain(r->session.collector);

	end_file(r);
	if (!err)
		err = vmm_stacks_poll(r->stacks, monotonic(), feed_stack, r);
	if (!err)
		err = end_launches(r);
	if (session_modules_came(&r->session)) {
		host_modules_loaded(&r->host);
		session_describe(&r->session, &r->host);
	}
	if (r->hook)
		hook_poll(r->hook);
	if (!err)
		err = release_finished(r, monotonic());
	return err ? err : flight_tick(r->flight, monotonic());
}

/* Waits for pending commands until HOOK_GRACE_NS have passed or a signal arrives. */
static void await_hooks(struct recording *r)
{
	struct pollfd signals = { .fd = r->session.signals, .events = POLLIN };
	const uint64_t end = monotonic() + HOOK_GRACE_NS;

	if (!r->hook)
		return;
	hook_poll(r->hook);
	while (hook_pending(r->hook) && monotonic() < end && poll(&signals, 1, 10) <= 0)
		hook_poll(r->hook);
	if (hook_pending(r->hook))
		fprintf(stderr,
			"sevtrace record: %zu of '%s' have not ended: those that run continue, the others are not run\n",
			hook_pending(r->hook), r->options->hook);
}

static int finish(struct recording *r)
{
	int err = collector_stop(r->session.collector);

	end_file(r);
	if (!err)
		err = session_await_stacks(&r->session, r->stacks, feed_stack, r);
	if (!err)
		err = end_launches(r);
	return err ? err : flight_finish(r->flight);
}

static void print_end(struct recording *r)
{
	const struct flight_end end = {
		.counts = flight_counts(r->flight),
		.written = r->written,
		.refused = r->limit.refused,
		.unwritten = r->unwritten,
		.dir = r->dir,
		.kernel_bytes = collector_map_bytes(r->session.collector),
	};
	const struct sevtrace_counters *counters;
	struct sevtrace_counters sum = { 0 };
	size_t nr;

	if (!collector_counters(r->session.collector, &counters, &nr))
		counters_sum(counters, nr, &sum);
	if (!r->options->watch.quiet || sum.dropped || end.refused || end.counts.forgotten)
		flight_report_end(&end, sum.emitted, sum.dropped, stderr);
}

/* An error of ours ends the recording, but not COMMAND. */
static int run(struct recording *r)
{
	int err = session_watch(&r->session, collect, r);

	if (!err)
		err = session_await_teardown(&r->session, collect, r);
	if (!err)
		err = finish(r);
	if (!err)
		print_end(r);
	else if (err != -ENOTSUP) /* the collector has printed what cannot be recorded */
		fprintf(stderr, "sevtrace record: cannot go on recording: %s\n", strerror(-err));
	session_end_waiting(&r->session);
	await_hooks(r);
	session_wait(&r->session, true);
	if (err || r->unwritten)
		return EXIT_RECORD_FAILURE;
	return session_status(&r->session, flight_counts(r->flight).failed);
}

static int check_dir(const char *dir)
{
	struct stat st;

	if (stat(dir, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return access(dir, W_OK | X_OK) ? -errno : 0;
}

/* Checks the folder now; otherwise an error would only appear when a launch has failed. */
static int open_dir(struct recording *r)
{
	const char *dir = r->options->output;
	int err = check_dir(dir);

	if (!err) {
		r->dir = realpath(dir, NULL);
		err = r->dir ? 0 : -errno;
	}
	if (err)
		fprintf(stderr,
			"sevtrace record: cannot write to the folder %s: %s; with --on-failure or "
			"--on-slow, -o names a folder that exists\n",
			dir, strerror(-err));
	return err ? EXIT_RECORD_FAILURE : 0;
}

static int make_parts(struct recording *r)
{
	const struct flight_sink sink = { on_found, on_recovered, on_dropped, r };
	const struct record_options *o = r->options;
	const struct flight_wants wants = {
		.keep = o->keep ? (size_t)o->keep : FLIGHT_KEEP,
		.failures = o->on_failure,
		.slow = o->slow,
	};
	const uint64_t max_files = o->max_files ? (uint64_t)o->max_files : FLIGHT_MAX_FILES;
	bool ok;

	r->flight = flight_new(&wants, &sink);
	if (o->hook)
		r->hook = hook_new(o->hook, on_hook_failed, r);
	flight_limit_init(&r->limit, max_files, monotonic());
	ok = r->flight && (r->hook || !o->hook) &&
	     !host_gather(&r->host, o->watch.command, o->filter, SEVTRACE_VERSION);
	if (!ok)
		fputs("sevtrace record: out of memory\n", stderr);
	return ok ? 0 : EXIT_RECORD_FAILURE;
}

static int begin(struct recording *r)
{
	const struct collector_sink sink = {
		.record = on_record, .hist = on_hist, .user_stack = on_user_stack, .ctx = r
	};
	const struct record_options *o = r->options;
	int status = session_open(&r->session, &sink);

	if (!status)
		status = session_attach(&r->session);
	if (!status)
		session_describe(&r->session, &r->host);
	if (!status)
		status = session_start(&r->session);
	/* Frees the memory that loading needed; the recording may run for days. */
	malloc_trim(0);
	if (!status && !o->watch.command && !o->watch.quiet)
		fprintf(stderr,
			"[ sevtrace record: recording; a launch that %s leaves a file in %s; Ctrl-C "
			"ends it ]\n",
			!o->slow_given ? "fails" :
			!o->on_failure ? "is slow" :
					 "fails or is slow",
			r->dir);
	return status;
}

int record_flight(const struct record_options *options)
{
	struct recording r = { .options = options };
	int status;

	/* Makes large blocks go back to the system when freed: loading BTF takes several MiB. */
	mallopt(M_MMAP_THRESHOLD, 64 << 10);

	status = session_prepare(&r.session, &options->watch, NULL);
	if (!status)
		status = open_dir(&r);
	/* COMMAND's process is created first, so that it inherits no other descriptors. */
	if (!status)
		status = session_command(&r.session);
	if (!status)
		status = session_stacks(&r.session, &r.stacks);
	if (!status)
		status = make_parts(&r);
	if (!status)
		status = begin(&r);
	if (!status)
		status = run(&r);
	session_close(&r.session);
	flight_file_abandon(&r.file);
	flight_free(r.flight);
	hook_free(r.hook);
	vmm_stacks_free(r.stacks);
	host_release(&r.host);
	free(r.dir);
	return status;
}
