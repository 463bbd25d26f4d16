// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trials that give a VM's encryption context to another VM.
 */
#include <errno.h>
#include <unistd.h>

#include "bytes.h"
#include "trial.h"
#include "uapi.h"

#define PAGES 16

/* Opens a launched guest with private memory, and another VM as the target. */
static int open_both(struct trial *trial, struct guest *target, unsigned int target_pages)
{
	const struct guest_shape shape = {
		.type = trial->type,
		.pages = { [SLOT_STILL] = target_pages },
		.bare = true,
	};
	uint8_t measurement[SHA256_BYTES + SEV_NONCE_BYTES];
	uint32_t fw_error;
	int ret = trial_open(trial, PAGES, PAGES);

	if (!ret)
		ret = trial_launch(trial, 0, PAGES);
	if (!ret)
		ret = trial_launch(trial, PAGES, PAGES);
	if (!ret)
		ret = guest_measure(&trial->guest, measurement, sizeof(measurement), &fw_error);
	if (!ret)
		ret = guest_finish(&trial->guest, &fw_error);
	return ret ? ret : guest_open(target, trial->kvm, trial->sev, &shape);
}

/* Asks for the guest's status, which shows whether the VM has a context. */
static int status(const struct guest *guest)
{
	struct kvm_sev_guest_status data = { 0 };
	uint32_t fw_error;

	return guest_command(guest, KVM_SEV_GUEST_STATUS, &data, &fw_error);
}

/*
 * Migrates a guest: refused with private memory, allowed without. The memory of the other memslots
 * is pinned and moves with the context.
 */
static int trial_migrate(struct trial *trial)
{
	struct guest target;
	int mirror = -1;
	int ret = open_both(trial, &target, 0);

	if (ret)
		return ret;
	ret = trial_expect(trial, "migration of a VM with private memory",
			   guest_migrate(&target, &trial->guest), -EINVAL);
	if (!ret)
		ret = trial_expect(trial, "the source's context", status(&trial->guest), 0);
	if (!ret)
		ret = trial_expect(trial, "the target's context", status(&target), -ENOTTY);
	if (!ret)
		ret = trial_check(trial);
	if (!ret)
		ret = guest_slot_delete(&trial->guest, SLOT_STILL);
	if (!ret)
		ret = trial_expect(trial, "migration without the private memslot",
				   guest_migrate(&target, &trial->guest), 0);
	if (!ret)
		ret = trial_expect(trial, "the source, which is dead", status(&trial->guest), -EIO);
	/*
	 * KVM does not take the file to reach the PSP along, so use a mirror to show that the
	 * context has moved
	 */
	if (!ret)
		ret = trial_expect(trial, "a mirror of the target", guest_mirror(&target, &mirror),
				   0);
	if (!ret)
		ret = trial_check(trial);
	if (mirror >= 0)
		close(mirror);
	guest_close(&target, 0);
	return ret;
}

/*
 * Migrates to a VM that has private pages of its own. Does not check who flushes the cache lines of
 * those pages: the launcher's caller can see that.
 */
static int trial_target(struct trial *trial)
{
	struct guest target;
	int ret = open_both(trial, &target, PAGES);

	if (ret)
		return ret;
	ret = trial_expect(trial, "setting the target's pages private",
			   guest_convert(&target, 0, PAGES, true), 0);
	if (!ret)
		ret = trial_expect(trial, "faults of the target's pages",
				   guest_fault(&target, 0, 0, PAGES), 0);
	if (!ret)
		ret = guest_slot_delete(&trial->guest, SLOT_STILL);
	if (!ret)
		ret = trial_expect(trial, "migration to a VM with private memory",
				   guest_migrate(&target, &trial->guest), 0);
	guest_close(&target, 1);
	return ret;
}

static int trial_mirror(struct trial *trial)
{
	struct guest target;
	int mirror = -1;
	int ret = open_both(trial, &target, 0);

	if (ret)
		return ret;
	guest_close(&target, 0);
	ret = trial_expect(trial, "a mirror of a VM with private memory",
			   guest_mirror(&trial->guest, &mirror), -EINVAL);
	if (mirror >= 0)
		close(mirror);
	mirror = -1;
	if (!ret)
		ret = guest_slot_delete(&trial->guest, SLOT_STILL);
	if (!ret)
		ret = trial_expect(trial, "a mirror of a VM without",
				   guest_mirror(&trial->guest, &mirror), 0);
	if (!ret)
		ret = trial_check(trial);
	if (mirror >= 0)
		close(mirror);
	return ret;
}

const struct trial_row trials_context[] = {
	{ "migrate", "a VM with private memory is not migrated, one that gave it up is",
	  trial_migrate },
	{ "target", "pages that a VM has faulted before a context comes to it", trial_target },
	{ "mirror", "a VM with private memory is not mirrored, one that gave it up is",
	  trial_mirror },
	{ 0 },
};
