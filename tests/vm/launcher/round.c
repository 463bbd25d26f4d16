// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs launches that start together.
 */
#include "round.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* One launch of a round. */
struct entrant {
	const struct options *options;
	struct launch_result *result;
	struct gate *gate;
	unsigned int index;
	pthread_t thread;
	pid_t pid;
};

static void gate_init(struct gate *gate, uint64_t expected)
{
	pthread_mutexattr_t lock;
	pthread_condattr_t changed;

	memset(gate, 0, sizeof(*gate));
	gate->expected = expected;
	pthread_mutexattr_init(&lock);
	pthread_mutexattr_setpshared(&lock, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&gate->lock, &lock);
	pthread_mutexattr_destroy(&lock);
	pthread_condattr_init(&changed);
	pthread_condattr_setpshared(&changed, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&gate->changed, &changed);
	pthread_condattr_destroy(&changed);
}

/* Waits until all launches have arrived. Returns false if the round was cancelled. */
static bool gate_pass(void *arg)
{
	struct gate *gate = arg;
	bool go;

	pthread_mutex_lock(&gate->lock);
	gate->arrived++;
	pthread_cond_broadcast(&gate->changed);
	while (gate->arrived < gate->expected && !gate->cancelled)
		pthread_cond_wait(&gate->changed, &gate->lock);
	go = !gate->cancelled;
	pthread_mutex_unlock(&gate->lock);
	return go;
}

static void gate_cancel(struct gate *gate)
{
	pthread_mutex_lock(&gate->lock);
	gate->cancelled = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
}

static void *entrant_run(void *arg)
{
	struct entrant *entrant = arg;

	launch_run(entrant->options, entrant->index, entrant->result, gate_pass, entrant->gate);
	return NULL;
}

static int run_threads(struct entrant *entrants, uint64_t count)
{
	uint64_t started = 0;
	int ret = 0;

	while (started < count && !ret) {
		ret = pthread_create(&entrants[started].thread, NULL, entrant_run,
				     &entrants[started]);
		if (!ret)
			started++;
	}
	if (ret) {
		fprintf(stderr, "launcher: cannot start thread %" PRIu64 ": %s\n", started,
			strerrordesc_np(ret));
		gate_cancel(entrants[0].gate);
	}
	for (uint64_t i = 0; i < started; i++)
		pthread_join(entrants[i].thread, NULL);
	return -ret;
}

static void kill_children(const struct entrant *entrants, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		if (entrants[i].pid > 0)
			kill(entrants[i].pid, SIGKILL);
	}
}

static struct entrant *find_child(struct entrant *entrants, uint64_t count, pid_t pid)
{
	for (uint64_t i = 0; i < count; i++) {
		if (entrants[i].pid == pid)
			return &entrants[i];
	}
	return NULL;
}

/* Waits for @count children. If one is killed, kills the others: they may be waiting for it. */
static int reap(struct entrant *entrants, uint64_t count)
{
	int ret = 0;

	for (uint64_t ended = 0; ended < count; ended++) {
		int status;
		pid_t pid = wait(&status);
		struct entrant *entrant = pid > 0 ? find_child(entrants, count, pid) : NULL;

		if (!entrant)
			continue;
		entrant->pid = 0;
		if (!WIFSIGNALED(status) || ret)
			continue;
		fprintf(stderr, "launcher: launch %u was killed by signal %d\n", entrant->index,
			WTERMSIG(status));
		kill_children(entrants, count);
		ret = -EINTR;
	}
	return ret;
}

static int run_processes(struct entrant *entrants, uint64_t count)
{
	int ret;

	fflush(NULL);
	for (uint64_t i = 0; i < count; i++) {
		struct entrant *entrant = &entrants[i];

		entrant->pid = fork();
		if (!entrant->pid) {
			entrant_run(entrant);
			_exit(0); /* the parent reads the result from shared memory */
		}
		if (entrant->pid < 0) {
			ret = -errno;
			fprintf(stderr, "launcher: cannot fork: %s\n", strerrordesc_np(-ret));
			gate_cancel(entrant->gate);
			reap(entrants, i);
			return ret;
		}
	}
	return reap(entrants, count);
}

int round_run(const struct options *options, struct launch_result *results, struct gate *gate,
	      uint64_t round)
{
	struct entrant *entrants = calloc(options->launches, sizeof(*entrants));
	int ret;

	if (!entrants)
		return -ENOMEM;
	gate_init(gate, options->launches);
	for (uint64_t i = 0; i < options->launches; i++) {
		entrants[i].options = options;
		entrants[i].result = &results[i];
		entrants[i].gate = gate;
		entrants[i].index = (unsigned int)(round * options->launches + i);
	}
	ret = options->fork ? run_processes(entrants, options->launches) :
			      run_threads(entrants, options->launches);
	free(entrants);
	return ret;
}
