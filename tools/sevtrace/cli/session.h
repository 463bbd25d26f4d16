/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session, shared by record, stat and top: watches launches while COMMAND or a process runs, or
 * until a signal arrives. Prints errors on stderr, in the name of the subcommand.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>

#include "cli/watch_options.h"
#include "host/identity.h"
#include "process/traced_command.h"
#include "stacks/user_stacks.h"
#include "tracefile/tracefile.h"
#include "util/clock.h"

#define SESSION_DRAIN_MS 100 /* how long a record waits in the buffer at most */

struct session {
	const struct watch_options *options;
	struct collector *collector;
	struct workload workload;
	sigset_t old_mask;
	int signals; /* signalfd */
	int target; /* pidfd of the process whose end ends the session, or -1 */
	int status; /* of COMMAND */
	int signalled; /* signals received that end the session */
	uint64_t deadline; /* monotonic ns; 0: none */
	bool waiting; /* kvm_amd is not loaded yet */
};

/*
 * Takes the records that the collector has. Returns 0, or a negative errno, which ends the session.
 */
typedef int (*session_collect)(void *ctx);

/*
 * The steps of a start, to be called in this order; each returns 0 or the exit status.
 * prepare blocks the signals that end a session and those of `more` (NULL: none).
 * command creates COMMAND's process without running it.
 * open opens the collector and changes nothing in the kernel yet.
 * attach makes the kernel record.
 * start follows the process to watch and runs COMMAND. command and start need no COMMAND: without
 * one they create no process.
 */
int session_prepare(struct session *s, const struct watch_options *options, const sigset_t *more);
int session_command(struct session *s);
int session_open(struct session *s, const struct collector_sink *sink); /* prints warnings itself */
int session_attach(struct session *s);
int session_start(struct session *s);

/*
 * Checks, after collecting, whether kvm_amd has been loaded meanwhile. Returns true once, after it
 * has printed so.
 */
bool session_modules_came(struct session *s);

/*
 * Notes for a recording where its events come from and what they do not tell. Valid as long as the
 * session; call it again after modules came.
 */
void session_describe(const struct session *s, struct host_info *host);

/* Warns, at the end of a session, if kvm_amd was never loaded. */
void session_end_waiting(const struct session *s);

/*
 * Starts what unwinds the stacks of VMMs. Call it before session_open(), so that its process gets
 * nothing of the collector. Returns 0 or the exit status.
 */
int session_stacks(struct session *s, struct vmm_stacks **stacks);

/*
 * Hands out the stacks that are still to be unwound, as vmm_stacks_poll() does. Waits for them for
 * a limited time, and not after a signal.
 */
int session_await_stacks(struct session *s, struct vmm_stacks *stacks,
			 int (*done)(void *ctx, const struct vmm_stack *stack), void *ctx);

/* Collects until COMMAND or the process has ended or a signal has arrived. */
int session_watch(struct session *s, session_collect collect, void *ctx);

/*
 * Handles a signal that ends the session. Passes it to COMMAND, unless the terminal sent it: then
 * COMMAND has received it, too.
 */
void session_signal(struct session *s, const struct signalfd_siginfo *info);

/*
 * Collects for a limited time while launches are being torn down: a teardown may outlive its
 * process.
 */
int session_await_teardown(struct session *s, session_collect collect, void *ctx);

/*
 * Waits until COMMAND has ended. last: no run follows, so signals are unblocked and may end us; the
 * caller must have finished all other work. If COMMAND ignores the signal that it got, it is left
 * running.
 */
void session_wait(struct session *s, bool last);

/* Returns the exit status of a session that has not failed itself. */
int session_status(const struct session *s, bool launch_failed);

void session_close(struct session *s);

#endif /* CLI_SESSION_H */
