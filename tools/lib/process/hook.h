/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a shell command again and again, each time with other variables in its environment. A few
 * runs go on at once, and nobody waits for them. The command has its own session, so Ctrl-C does
 * not reach it.
 */
#ifndef PROCESS_HOOK_H
#define PROCESS_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HOOK_AT_ONCE 4
#define HOOK_WAITING 64

/*
 * Called for a failed run. name: the reason for the run, as the caller named it. status: exit
 * status, 128+N for signal N; negative: the errno with which the command could not be started.
 */
typedef void (*hook_failed)(void *ctx, const char *name, int status);

struct hook;

/*
 * command has to live as long as the hook. failed: called for each run that did not end with status
 * 0; may be NULL. Returns NULL if memory is short.
 */
struct hook *hook_new(const char *command, hook_failed failed, void *ctx);

/* Frees the hook. Runs under way continue. */
void hook_free(struct hook *h);

/*
 * Runs the command as soon as fewer than HOOK_AT_ONCE run. variables: "NAME=value", ended by NULL.
 * -ENOBUFS: HOOK_WAITING runs wait already; -ENOMEM.
 */
int hook_run(struct hook *h, const char *name, const char *const *variables);

/* Handles runs that have ended and starts waiting ones. Does not block. */
void hook_poll(struct hook *h);

/* Returns the number of runs under way or waiting. */
size_t hook_pending(const struct hook *h);

#endif /* PROCESS_HOOK_H */
