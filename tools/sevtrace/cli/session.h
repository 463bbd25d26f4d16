/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What record, stat and top share: launches are watched while COMMAND or a process runs, or until a
 * signal comes. What is wrong is said on stderr, in the name of the subcommand.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>

#include "cli/watch_options.h"
#include "process/traced_command.h"
#include "tracefile/tracefile.h"
#include "util/clock.h"

#define SESSION_DRAIN_MS 100 /* how long a record waits at most */

struct session {
	const struct watch_options *options;
	struct collector *collector;
	struct workload workload;
	sigset_t old_mask;
	int signals; /* signalfd */
	int target; /* pidfd of what the session ends with, or -1 */
	int status; /* of COMMAND */
	int signalled; /* signals received that end the session */
	uint64_t deadline; /* 0: none */
	bool waiting; /* for kvm_amd */
};

/* Takes what the collector has. 0, or a negative errno that ends the session. */
typedef int (*session_collect)(void *ctx);

/*
 * To be called in this order; each returns 0 or the exit status. prepare: signals, and those of
 * `more` (NULL: none). open: of the collector, nothing is changed by then. attach: the kernel
 * records. COMMAND's process is made (command) before it is started (start), which needs neither.
 */
int session_prepare(struct session *s, const struct watch_options *options, const sigset_t *more);
int session_command(struct session *s);
int session_open(struct session *s, const struct collector_sink *sink); /* prints warnings itself */
int session_attach(struct session *s);
int session_start(struct session *s);

/*
 * After collecting: has the module that was waited for come? Says so, and what it means; true once.
 */
bool session_modules_came(struct session *s);

/* It is over, and the module never came: says so. */
void session_end_waiting(const struct session *s);

/* Collects until COMMAND or the process has ended or a signal has come. */
int session_watch(struct session *s, session_collect collect, void *ctx);

/*
 * Deals with a signal that ends the session. COMMAND gets it too, unless the terminal sent it,
 * which has told COMMAND itself.
 */
void session_signal(struct session *s, const struct signalfd_siginfo *info);

/*
 * Collects while the teardown of a launch is under way, which may outlive its process, for a while.
 */
int session_await_teardown(struct session *s, session_collect collect, void *ctx);

/*
 * Waits for COMMAND's end. A signal may end us now, so nothing may be left to do; but where a
 * further run is to come, it stays blocked. COMMAND goes on if it does not heed the signal that it
 * got.
 */
void session_wait(struct session *s, bool last);

/* The exit status of a session that has not failed itself. */
int session_status(const struct session *s, bool launch_failed);

void session_close(struct session *s);

#endif /* CLI_SESSION_H */
