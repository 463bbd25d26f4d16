// SPDX-License-Identifier: GPL-2.0-only
/* Runs the guest for a moment after its launch. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "act.h"
#include "launch.h"
#include "ops.h"

#define RUN_TIME_NS 20000000L /* how long a vCPU stays in KVM_RUN */
#define RUN_POLL_NS 1000000L

struct runner {
	struct launch *launch;
	_Atomic pid_t tid;
	atomic_bool stop;
	atomic_bool done;
};

/* An exit to user space needs nothing of a VMM here: the guest goes on. */
static void *run_vcpu(void *arg)
{
	struct runner *runner = arg;

	atomic_store(&runner->tid, gettid());
	/* any result is fine: the vCPU was parked and interrupted, or ran and was stopped */
	do {
		launch_ioctl(runner->launch, OP_RUN, runner->launch->vcpus[0], KVM_RUN, NULL);
	} while (!atomic_load(&runner->stop));
	atomic_store(&runner->done, true);
	return NULL;
}

static void pause_shortly(void)
{
	const struct timespec poll = { .tv_nsec = RUN_POLL_NS };

	nanosleep(&poll, NULL);
}

/* Waits until KVM has handled what the guest did last. */
static int await_answer(const struct runner *runner, unsigned int before)
{
	unsigned int handled = before;
	int answer, ret = 0;

	while (!ret && handled == before) {
		pause_shortly();
		ret = atomic_load(&runner->done) ? -ECANCELED : act_answers(&handled, &answer);
	}
	return ret;
}

/* Accesses the pages behind the last one that was launched. */
static int accept_pages(const struct runner *runner)
{
	const struct plan *plan = &runner->launch->plan;
	const struct slot *slot = &plan->slots[plan->slot_count - 1];
	uint64_t first = slot->gfn + slot->lead + slot->pages;
	unsigned int before;
	int answer, ret = 0;

	for (uint64_t i = 0; i < runner->launch->options->accept && !ret; i++) {
		ret = act_answers(&before, &answer);
		if (!ret)
			ret = act_access(atomic_load(&runner->tid), first + i,
					 FAULT_WRITE | FAULT_ENCRYPTED | FAULT_RMP);
		if (!ret)
			ret = await_answer(runner, before);
	}
	return ret;
}

static int write_port(const struct runner *runner)
{
	unsigned int before;
	char *rest;
	unsigned long port = strtoul(runner->launch->options->write, &rest, 0);
	int answer, ret = *rest == ':' ? act_answers(&before, &answer) : -EINVAL;

	if (!ret)
		ret = act_write(atomic_load(&runner->tid), (uint16_t)port,
				(uint32_t)strtoul(rest + 1, NULL, 0));
	return ret ? ret : await_answer(runner, before);
}

static int act(const struct runner *runner)
{
	const struct options *options = runner->launch->options;
	int ret = 0;

	while (!atomic_load(&runner->tid))
		pause_shortly();
	if (options->accept)
		ret = accept_pages(runner);
	if (options->write && !ret)
		ret = write_port(runner);
	return ret;
}

int phase_run(struct launch *launch)
{
	struct runner runner = { .launch = launch };
	const struct timespec stay = { .tv_nsec = RUN_TIME_NS };
	pthread_t thread;
	int ret;

	if (!launch->options->run || !launch->vcpu_count) {
		usleep((useconds_t)launch->options->stay * 1000);
		return 0;
	}
	ret = pthread_create(&thread, NULL, run_vcpu, &runner);
	if (ret)
		return launch_failed(launch, -ret, "cannot start a vCPU's thread");
	nanosleep(&stay, NULL);
	ret = act(&runner);
	usleep((useconds_t)launch->options->stay * 1000);
	atomic_store(&runner.stop, true);
	while (!atomic_load(&runner.done)) { /* repeat: a signal before KVM_RUN begins is lost */
		pthread_kill(thread, SIGUSR1);
		pause_shortly();
	}
	pthread_join(thread, NULL);
	return ret ? launch_failed(launch, ret, "the guest cannot do what it was asked to") : 0;
}
