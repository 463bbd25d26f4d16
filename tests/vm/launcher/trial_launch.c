// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trials that issue LAUNCH_UPDATE_DATA while another thread changes the same pages. Each repeats
 * its launch several times, since hitting the right moment takes luck. The checked promises must
 * hold in any order.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "bytes.h"
#include "layout.h"
#include "trial.h"
#include "uapi.h"

#define ROUNDS 10
#define PAGES 32
#define TOUCHED 8 /* the page that the guest touches */
#define ELSEWHERE 512 /* guest frames between the memslot's old and new place */

struct other {
	struct trial *trial;
	int (*call)(struct trial *trial, uint64_t number);
	atomic_bool begun;
	atomic_bool stop;
};

static void *run_other(void *arg)
{
	struct other *other = arg;
	uint64_t number = 0;

	atomic_store(&other->begun, true);
	do {
		int ret = other->call(other->trial, number++);

		other->trial->calls++;
		if (ret)
			other->trial->refused++;
	} while (!atomic_load(&other->stop));
	return NULL;
}

/* Launches all pages while the other thread makes its calls. */
static int launch_against(struct trial *trial, int (*call)(struct trial *, uint64_t),
			  struct kvm_sev_launch_update_data *data, struct guest_progress *progress)
{
	struct other other = { .trial = trial, .call = call };
	pthread_t thread;
	int ret;

	*data = (struct kvm_sev_launch_update_data){
		.uaddr = (uintptr_t)trial->guest.memory,
		.len = PAGES * PAGE_BYTES,
	};
	ret = -pthread_create(&thread, NULL, run_other, &other);
	if (ret)
		return ret;
	while (!atomic_load(&other.begun))
		sched_yield();
	ret = guest_update_data(&trial->guest, data, progress);
	atomic_store(&other.stop, true);
	pthread_join(thread, NULL);
	if (progress->told)
		guest_note(&trial->guest, 0, progress->done, NOTE_DONE);
	return ret;
}

/* Finishes the launch and checks that the guest owner's measurement matches the guest's memory. */
static int finish_launch(struct trial *trial, unsigned int pages)
{
	uint8_t measurement[SHA256_BYTES + SEV_NONCE_BYTES];
	uint8_t expected[SHA256_BYTES];
	uint32_t fw_error;
	int ret = guest_measure(&trial->guest, measurement, sizeof(measurement), &fw_error);

	if (!ret)
		ret = guest_finish(&trial->guest, &fw_error);
	if (ret)
		return trial_broken(trial, "LAUNCH_MEASURE or LAUNCH_FINISH: %s", errno_name(-ret));
	/* skip SEV-ES: its measurement also covers the VMSAs */
	if (trial->type == GUEST_SEV) {
		ret = frames_measurement(&trial->guest, pages, measurement + SHA256_BYTES,
					 expected);
		if (ret)
			return ret;
		if (memcmp(expected, measurement, sizeof(expected)) != 0)
			return trial_broken(trial, "the measurement is not that of the plaintext");
	}
	return trial_check(trial);
}

static int repeat(struct trial *trial, int (*round)(struct trial *))
{
	int ret = 0;

	for (unsigned int i = 0; i < ROUNDS && !ret; i++) {
		trial->seed++;
		ret = trial_open(trial, PAGES, 0);
		if (!ret)
			ret = round(trial);
		guest_close(&trial->guest, i);
	}
	return ret;
}

static int call_fault(struct trial *trial, uint64_t number)
{
	return guest_fault(&trial->guest, number % GUEST_VCPUS, guest_gfn(&trial->guest, 0), PAGES);
}

/*
 * Faults pages during the launch. A page that the guest has touched stops the launch; punching a
 * hole drops its contents, and the launch goes on.
 */
static int round_fault(struct trial *trial)
{
	struct kvm_sev_launch_update_data data;
	struct guest_progress progress = { 0 };
	int ret = launch_against(trial, call_fault, &data, &progress);
	unsigned int done = progress.done;

	if (ret && ret != -EEXIST)
		return trial_expect(trial, "LAUNCH_UPDATE_DATA", ret, -EEXIST);
	if (ret) {
		ret = guest_punch(&trial->guest, done, PAGES - done);
		if (ret)
			return ret;
		ret = guest_update_data(&trial->guest, &data, &progress);
		guest_note(&trial->guest, done, progress.done, NOTE_DONE);
		if (ret)
			return trial_expect(trial, "LAUNCH_UPDATE_DATA once more", ret, 0);
	}
	return finish_launch(trial, PAGES);
}

static int trial_fault(struct trial *trial)
{
	return repeat(trial, round_fault);
}

/*
 * Lets the guest touch a page. The launch has made it private already, and is waiting for the
 * contents of an earlier page.
 */
static void touch(void *arg)
{
	struct trial *trial = arg;

	trial->calls++;
	if (guest_fault(&trial->guest, 0, guest_gfn(&trial->guest, TOUCHED), 1))
		trial->refused++;
}

/*
 * Needs no luck, as the trap decides the moment. Then finishes the launch with the pages so far,
 * like a VMM that ignores the error.
 */
static int trial_touched(struct trial *trial)
{
	struct guest_progress progress;
	int ret = trial_open(trial, PAGES, 0);

	if (!ret)
		ret = trap_page(guest_page(&trial->guest, TOUCHED / 2), touch, trial);
	if (ret)
		return ret;
	ret = trial_expect(trial, "LAUNCH_UPDATE_DATA",
			   guest_update(&trial->guest, 0, PAGES, &progress), -EEXIST);
	if (!ret && (progress.done != TOUCHED || !trial->calls || trial->refused))
		return trial_broken(trial,
				    "LAUNCH_UPDATE_DATA: EEXIST after %u pages, %u are right",
				    progress.done, TOUCHED);
	guest_note(&trial->guest, 0, progress.done, NOTE_DONE);
	return ret ? ret : finish_launch(trial, progress.done);
}

static int call_convert(struct trial *trial, uint64_t number)
{
	return guest_convert(&trial->guest, guest_gfn(&trial->guest, 0), PAGES, number % 2);
}

static int round_convert(struct trial *trial)
{
	struct kvm_sev_launch_update_data data;
	struct guest_progress progress = { 0 };
	int ret = launch_against(trial, call_convert, &data, &progress);

	/* it starts only if all pages are shared, and nobody can convert them before its end */
	if (ret && (ret != -EEXIST || progress.done))
		return trial_broken(trial, "LAUNCH_UPDATE_DATA: %s after %u pages",
				    errno_name(-ret), progress.done);
	return finish_launch(trial, progress.done);
}

static int trial_convert(struct trial *trial)
{
	return repeat(trial, round_convert);
}

/* Punches every other page; the contents of these are unknown afterwards. */
static int call_punch(struct trial *trial, uint64_t number)
{
	return guest_punch(&trial->guest, 2 * (number % (PAGES / 2)), 1);
}

static int round_punch(struct trial *trial)
{
	struct kvm_sev_launch_update_data data;
	struct guest_progress progress = { 0 };
	int ret;

	for (unsigned int i = 0; i < PAGES; i += 2)
		guest_note(&trial->guest, i, 1, NOTE_GONE);
	ret = launch_against(trial, call_punch, &data, &progress);
	return ret ? trial_expect(trial, "LAUNCH_UPDATE_DATA", ret, 0) :
		     finish_launch(trial, PAGES);
}

static int trial_punch(struct trial *trial)
{
	return repeat(trial, round_punch);
}

static int call_close(struct trial *trial, uint64_t number)
{
	(void)number;
	return guest_close_memfd(&trial->guest.slots[SLOT_STILL]);
}

static int round_close(struct trial *trial)
{
	struct kvm_sev_launch_update_data data;
	struct guest_progress progress = { 0 };
	int ret;

	guest_note(&trial->guest, 0, PAGES, NOTE_GONE);
	ret = launch_against(trial, call_close, &data, &progress);
	if (ret && ret != -EFAULT)
		return trial_expect(trial, "LAUNCH_UPDATE_DATA", ret, -EFAULT);
	return trial_check(trial);
}

static int trial_close(struct trial *trial)
{
	return repeat(trial, round_close);
}

static int call_slot(struct trial *trial, uint64_t number)
{
	int ret = guest_slot_delete(&trial->guest, SLOT_STILL);

	return ret ? ret : guest_slot_add(&trial->guest, SLOT_STILL, number % 2 ? 0 : ELSEWHERE);
}

/*
 * Moves the memslot during the launch. Memory that is in no memslot at that moment is encrypted in
 * place, as KVM has always done.
 */
static int round_slot(struct trial *trial)
{
	struct kvm_sev_launch_update_data data;
	struct guest_progress progress = { 0 };
	int ret = launch_against(trial, call_slot, &data, &progress);

	if (!progress.told)
		guest_note(&trial->guest, 0, PAGES, NOTE_WRITTEN);
	if (ret)
		return trial_expect(trial, "LAUNCH_UPDATE_DATA", ret, 0);
	return finish_launch(trial, PAGES);
}

static int trial_slot(struct trial *trial)
{
	return repeat(trial, round_slot);
}

const struct trial_row trials_launch[] = {
	{ "fault", "LAUNCH_UPDATE_DATA while the guest's page faults of the range come in",
	  trial_fault },
	{ "touched", "LAUNCH_UPDATE_DATA stops at a page that the guest touches meanwhile",
	  trial_touched },
	{ "convert", "LAUNCH_UPDATE_DATA while the range is converted", trial_convert },
	{ "punch", "LAUNCH_UPDATE_DATA while holes are punched into the guest_memfd", trial_punch },
	{ "close", "LAUNCH_UPDATE_DATA while the guest_memfd is closed", trial_close },
	{ "slot", "LAUNCH_UPDATE_DATA while the memslot goes, and comes again elsewhere",
	  trial_slot },
	{ 0 },
};
