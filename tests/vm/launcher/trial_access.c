// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trials of accesses that the guest itself makes. Its vCPU waits in KVM_RUN, as nothing here can
 * execute encrypted memory; the virtual host's module hands KVM the nested page faults.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "act.h"
#include "trial.h"
#include "uapi.h"

#define PAGES 16
#define LAUNCHED 8
#define POLL_NS 1000000L

struct runner {
	struct trial *trial;
	pthread_t thread;
	_Atomic pid_t tid;
	atomic_bool done;
	int ret;
};

static void *run(void *arg)
{
	struct runner *runner = arg;

	atomic_store(&runner->tid, gettid());
	runner->ret = ioctl(runner->trial->guest.vcpus[0], KVM_RUN, NULL) ? -errno : 0;
	atomic_store(&runner->done, true);
	return NULL;
}

static void pause_shortly(void)
{
	const struct timespec poll = { .tv_nsec = POLL_NS };

	nanosleep(&poll, NULL);
}

static int start(struct runner *runner)
{
	int ret = -pthread_create(&runner->thread, NULL, run, runner);

	while (!ret && !atomic_load(&runner->tid))
		pause_shortly();
	return ret;
}

static void stop(struct runner *runner)
{
	while (!atomic_load(&runner->done)) { /* repeat: a signal before KVM_RUN begins is lost */
		pthread_kill(runner->thread, SIGUSR1);
		pause_shortly();
	}
	pthread_join(runner->thread, NULL);
}

/*
 * Waits until KVM has handled the guest's access. Returns KVM's answer in *answer. Fails if KVM_RUN
 * ends without that.
 */
static int access_page(struct runner *runner, uint64_t gfn, uint64_t error, int *answer)
{
	unsigned int before = 0, handled = 0;
	bool done = false;
	int ret = act_answers(&before, answer);

	if (!ret)
		ret = act_access(atomic_load(&runner->tid), gfn, error);
	if (ret)
		return ret;
	do {
		pause_shortly();
		done = atomic_load(
			&runner->done); /* before the answers: the last one may come now */
		ret = act_answers(&handled, answer);
	} while (!ret && handled == before && !done);
	if (!ret && handled == before)
		ret = runner->ret ? runner->ret : -ECANCELED;
	return ret;
}

static int expect_on(struct runner *runner, const char *what, uint64_t gfn, uint64_t error)
{
	int answer;
	int ret = access_page(runner, gfn, error, &answer);

	if (ret || answer == ACT_GOES_ON)
		return ret;
	return trial_broken(runner->trial, "%s: KVM answers %d, wanted %d", what, answer,
			    ACT_GOES_ON);
}

static int trial_access(struct trial *trial)
{
	struct runner runner = { .trial = trial };
	int ret = trial_open(trial, PAGES, 0);

	if (!ret)
		ret = trial_launch(trial, 0, LAUNCHED);
	if (!ret)
		ret = start(&runner);
	if (ret)
		return ret;
	ret = expect_on(&runner, "a write to a private page", guest_gfn(&trial->guest, 1),
			FAULT_WRITE);
	if (!ret)
		ret = expect_on(&runner, "a read of a shared page",
				guest_gfn(&trial->guest, LAUNCHED), 0);
	stop(&runner);
	return ret ? ret : trial_check(trial);
}

static int trial_emulate(struct trial *trial)
{
	struct runner runner = { .trial = trial };
	int ret = trial_open(trial, PAGES, 0);

	if (!ret)
		ret = trial_nowhere_private(trial);
	if (!ret)
		ret = start(&runner);
	if (ret)
		return ret;
	ret = expect_on(&runner, "an access to it", TRIAL_NOWHERE, FAULT_PRESENT | FAULT_RESERVED);
	stop(&runner);
	return ret;
}

const struct trial_row trials_access[] = {
	{ "access", "the guest accesses private and shared pages", trial_access },
	{ "emulate", "the guest accesses a page without memslot that is set private",
	  trial_emulate },
	{ 0 },
};
