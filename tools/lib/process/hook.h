/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A shell command that is run again and again, each time with other variables in its environment: a
 * few at once, without anybody waiting for it. It has its own session, so Ctrl-C is not for it.
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
 * name: what it is run for, as the caller calls it. status: 128+N for signal N; negative: an errno,
 * it could not be run.
 */
typedef void (*hook_failed)(void *ctx, const char *name, int status);

struct hook;

/*
 * command lives as long as the hook. NULL: out of memory. failed: of a run that did not end with
 * status 0; a null pointer: nobody wants to know.
 */
struct hook *hook_new(const char *command, hook_failed failed, void *ctx);

/* Those that run go on. */
void hook_free(struct hook *h);

/*
 * Runs the command as soon as fewer than HOOK_AT_ONCE run. variables: "NAME=value", ended by NULL.
 * -ENOBUFS: HOOK_WAITING of them wait already; -ENOMEM.
 */
int hook_run(struct hook *h, const char *name, const char *const *variables);

/* Looks which have ended and starts those that wait. Does not wait itself. */
void hook_poll(struct hook *h);

/* How many run or wait. */
size_t hook_pending(const struct hook *h);

#endif /* PROCESS_HOOK_H */
