// SPDX-License-Identifier: GPL-2.0-only
#include "process/hook.h"
#include "util/array.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

struct run {
	pid_t pid; /* 0: the run is waiting */
	char *name;
	char **variables; /* copies, ended by NULL */
};

struct hook {
	const char *command;
	hook_failed failed;
	void *ctx;
	struct run runs[HOOK_AT_ONCE + HOOK_WAITING]; /* in the order of the calls */
	size_t nr;
};

static void run_free(struct run *r)
{
	for (size_t i = 0; r->variables && r->variables[i]; i++)
		free(r->variables[i]);
	free(r->variables);
	free(r->name);
}

struct hook *hook_new(const char *command, hook_failed failed, void *ctx)
{
	struct hook *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->command = command;
	h->failed = failed;
	h->ctx = ctx;
	return h;
}

void hook_free(struct hook *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->nr; i++)
		run_free(&h->runs[i]);
	free(h);
}

static void report(const struct hook *h, const struct run *r, int status)
{
	if (status && h->failed)
		h->failed(h->ctx, r->name, status);
}

static bool has_name(char *const *variables, const char *variable)
{
	size_t length = strcspn(variable, "=") + 1;

	for (; *variables; variables++)
		if (!strncmp(*variables, variable, length))
			return true;
	return false;
}

/*
 * Returns the variables, and those of this process's environment that they do not replace. NULL:
 * out of memory.
 */
static char **make_environment(char *const *variables)
{
	size_t own = 0, nr = 0, used = 0;
	char **all;

	while (environ[own])
		own++;
	while (variables[nr])
		nr++;
	all = calloc(own + nr + 1, sizeof(*all));
	if (!all)
		return NULL;
	for (; used < nr; used++)
		all[used] = variables[used];
	for (size_t i = 0; i < own; i++)
		if (!has_name(variables, environ[i]))
			all[used++] = environ[i];
	return all;
}

/* Starts a run. Returns 0 or a negative errno. */
static int start(const struct hook *h, struct run *r)
{
	char shell[] = "sh", option[] = "-c";
	char *command = strdup(h->command), **environment = make_environment(r->variables);
	char *argv[] = { shell, option, command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	int err = ENOMEM;

	if (!command || !environment)
		goto free;
	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	err = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSID);
	if (!err)
		err = posix_spawn(&r->pid, "/bin/sh", &files, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
free:
	free(command);
	free(environment);
	return -err;
}

static void remove_run(struct hook *h, size_t i)
{
	run_free(&h->runs[i]);
	h->nr--;
	memmove(&h->runs[i], &h->runs[i + 1], (h->nr - i) * sizeof(h->runs[0]));
}

/* Tells whether a run has ended or never existed. Reports how it ended. */
static bool is_over(const struct hook *h, const struct run *r)
{
	int status = 0;
	pid_t pid = waitpid(r->pid, &status, WNOHANG);

	if (!pid || (pid < 0 && errno == EINTR))
		return false;
	if (pid > 0)
		report(h, r, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return true;
}

void hook_poll(struct hook *h)
{
	size_t running = 0;

	for (size_t i = 0; i < h->nr;) {
		struct run *r = &h->runs[i];
		int err = 0;

		if (r->pid && is_over(h, r)) {
			remove_run(h, i);
			continue;
		}
		if (!r->pid && running < HOOK_AT_ONCE)
			err = start(h, r);
		if (err) {
			report(h, r, err);
			remove_run(h, i);
			continue;
		}
		running += r->pid != 0;
		i++;
	}
}

static char **copy_variables(const char *const *variables)
{
	size_t nr = 0;
	char **copies;

	while (variables[nr])
		nr++;
	copies = calloc(nr + 1, sizeof(*copies));
	for (size_t i = 0; copies && i < nr; i++) {
		copies[i] = strdup(variables[i]);
		if (copies[i])
			continue;
		while (i > 0)
			free(copies[--i]);
		free(copies);
		return NULL;
	}
	return copies;
}

int hook_run(struct hook *h, const char *name, const char *const *variables)
{
	struct run *r = &h->runs[h->nr];

	if (h->nr == ARRAY_SIZE(h->runs))
		return -ENOBUFS;
	*r = (struct run){ .name = strdup(name), .variables = copy_variables(variables) };
	if (!r->name || !r->variables) {
		run_free(r);
		return -ENOMEM;
	}
	h->nr++;
	hook_poll(h);
	return 0;
}

size_t hook_pending(const struct hook *h)
{
	return h->nr;
}
