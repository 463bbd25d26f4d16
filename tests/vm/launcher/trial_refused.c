// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trials of calls that make no sense; KVM refuses them before it changes anything.
 */
#include <errno.h>
#include <string.h>

#include "bytes.h"
#include "session.h"
#include "trial.h"
#include "uapi.h"

#define PAGES 16
#define MARK 0xa5

static int open_launched(struct trial *trial, unsigned int launched)
{
	int ret = trial_open(trial, PAGES, 0);

	return ret || !launched ? ret : trial_launch(trial, 0, launched);
}

static int finish(struct trial *trial, uint8_t *measurement)
{
	uint32_t fw_error;
	int ret = guest_measure(&trial->guest, measurement, SHA256_BYTES + SEV_NONCE_BYTES,
				&fw_error);

	return ret ? ret : guest_finish(&trial->guest, &fw_error);
}

/* Injects a valid packet: only the place is wrong. */
static int trial_secret(struct trial *trial)
{
	uint8_t measurement[SHA256_BYTES + SEV_NONCE_BYTES];
	uint8_t header[SEV_PACKET_HEADER_BYTES];
	uint8_t secret[GUEST_SECRET_BYTES];
	uint8_t packet[GUEST_SECRET_BYTES];
	struct sev_session session = { 0 };
	uint32_t fw_error;
	int ret = open_launched(trial, PAGES);

	if (!ret)
		ret = guest_measure(&trial->guest, measurement, sizeof(measurement), &fw_error);
	if (!ret)
		ret = frames_key(&trial->guest, "tek", session.tek, sizeof(session.tek));
	if (!ret)
		ret = frames_key(&trial->guest, "tik", session.tik, sizeof(session.tik));
	fill_pattern(secret, sizeof(secret), trial->seed, TRIAL_NOWHERE);
	if (!ret)
		ret = sev_secret_packet(&session, measurement, secret, sizeof(secret), packet,
					header);
	if (!ret)
		ret = trial_expect(trial, "LAUNCH_SECRET to private memory",
				   guest_secret(&trial->guest, header, packet, 1, &fw_error),
				   -EINVAL);
	if (!ret)
		ret = trial_check(trial);
	if (!ret)
		ret = guest_convert(&trial->guest, guest_gfn(&trial->guest, 1), 1, false);
	guest_note(&trial->guest, 1, 1, NOTE_WRITTEN);
	if (!ret)
		ret = trial_expect(trial, "LAUNCH_SECRET to a page that is shared",
				   guest_secret(&trial->guest, header, packet, 1, &fw_error), 0);
	return ret ? ret : trial_check(trial);
}

static int debug_page(struct trial *trial, bool decrypt, unsigned int page, int wanted)
{
	static _Thread_local uint8_t buffer[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
	uint32_t fw_error;
	int ret;

	memset(buffer, MARK, sizeof(buffer));
	ret = trial_expect(trial, decrypt ? "DBG_DECRYPT" : "DBG_ENCRYPT",
			   guest_debug(&trial->guest, decrypt, page, buffer, &fw_error), wanted);
	if (!ret && wanted &&
	    (buffer[0] != MARK || memcmp(buffer, buffer + 1, sizeof(buffer) - 1) != 0))
		return trial_broken(trial, "DBG_DECRYPT was refused and wrote something");
	return ret;
}

static int trial_debug(struct trial *trial)
{
	uint8_t measurement[SHA256_BYTES + SEV_NONCE_BYTES];
	int ret = open_launched(trial, PAGES);

	if (!ret)
		ret = finish(trial, measurement);
	if (!ret)
		ret = debug_page(trial, true, 2, -EINVAL);
	if (!ret)
		ret = debug_page(trial, false, 3, -EINVAL);
	if (!ret)
		ret = trial_check(trial);
	if (!ret)
		ret = guest_convert(&trial->guest, guest_gfn(&trial->guest, 2), 2, false);
	guest_note(&trial->guest, 3, 1, NOTE_WRITTEN);
	if (!ret)
		ret = debug_page(trial, true, 2, 0);
	if (!ret)
		ret = debug_page(trial, false, 3, 0);
	return ret ? ret : trial_check(trial);
}

/*
 * Sends and receives a page. With a shared page this also fails, but for other reasons: the PSP
 * lacks these commands here (EIO). On an SNP host ccp cannot give the PSP the page that KVM names
 * (EFAULT), as KVM sets the C-bit in its address even if the host's own is off.
 */
static int trial_transfer(struct trial *trial)
{
	uint8_t buffer[PAGE_BYTES] = { 0 };
	uint8_t measurement[SHA256_BYTES + SEV_NONCE_BYTES];
	uint32_t fw_error;
	int ret = open_launched(trial, PAGES);

	if (!ret)
		ret = finish(trial, measurement);
	if (!ret)
		ret = trial_expect(trial, "SEND_UPDATE_DATA of private memory",
				   guest_send(&trial->guest, 4, buffer, &fw_error), -EINVAL);
	if (!ret)
		ret = trial_expect(trial, "RECEIVE_UPDATE_DATA to private memory",
				   guest_receive(&trial->guest, 4, buffer, &fw_error), -EINVAL);
	if (!ret)
		ret = guest_convert(&trial->guest, guest_gfn(&trial->guest, 4), 1, false);
	if (!ret)
		ret = trial_expect(trial, "SEND_UPDATE_DATA of a page that is shared",
				   guest_send(&trial->guest, 4, buffer, &fw_error), -EIO);
	if (ret)
		return ret;
	ret = guest_receive(&trial->guest, 4, buffer, &fw_error);
	if (ret != -EFAULT)
		ret = trial_expect(trial, "RECEIVE_UPDATE_DATA to a page that is shared", ret,
				   -EIO);
	return ret && ret != -EFAULT ? ret : trial_check(trial);
}

/*
 * Launches a range in which one page already has contents in the guest_memfd, though its attribute
 * is shared.
 */
static int trial_prepared(struct trial *trial)
{
	const unsigned int page = PAGES / 2;
	struct guest_progress progress;
	uint64_t gfn;
	int ret = open_launched(trial, 0);

	if (ret)
		return ret;
	gfn = guest_gfn(&trial->guest, page);
	ret = guest_convert(&trial->guest, gfn, 1, true);
	if (!ret)
		ret = guest_fault(&trial->guest, 0, gfn, 1);
	if (!ret)
		ret = guest_convert(&trial->guest, gfn, 1, false);
	if (ret)
		return ret;
	ret = trial_expect(trial, "LAUNCH_UPDATE_DATA over a page that has contents",
			   guest_update(&trial->guest, 0, PAGES, &progress), -EEXIST);
	if (!ret && progress.done)
		return trial_broken(trial,
				    "LAUNCH_UPDATE_DATA: EEXIST after %u pages were encrypted",
				    progress.done);
	if (!ret)
		ret = guest_punch(&trial->guest, page, 1);
	if (!ret)
		ret = trial_launch(trial, 0, PAGES);
	return ret ? ret : trial_check(trial);
}

/*
 * Adds a second memslot of the same memory at @gfn; callers place it before and behind the first.
 */
static int alias_at(struct trial *trial, uint64_t gfn)
{
	struct guest_progress progress;
	int ret = guest_alias_add(&trial->guest, 0, 0, PAGES, gfn);

	if (ret)
		return ret;
	ret = trial_expect(trial, "LAUNCH_UPDATE_DATA of memory in two memslots",
			   guest_update(&trial->guest, 0, PAGES, &progress), -EINVAL);
	if (!ret && progress.done)
		return trial_broken(trial,
				    "LAUNCH_UPDATE_DATA: EINVAL after %u pages were encrypted",
				    progress.done);
	if (!ret)
		ret = trial_check(trial);
	return ret ? ret : guest_alias_delete(&trial->guest, 0);
}

static int trial_alias(struct trial *trial)
{
	int ret = open_launched(trial, 0);

	if (!ret)
		ret = guest_slot_delete(&trial->guest, SLOT_STILL);
	if (!ret)
		ret = guest_slot_add(&trial->guest, SLOT_STILL, TRIAL_NOWHERE);
	if (!ret)
		ret = alias_at(trial, 0);
	if (!ret)
		ret = alias_at(trial, 2UL * TRIAL_NOWHERE);
	if (!ret)
		ret = trial_launch(trial, 0, PAGES);
	return ret ? ret : trial_check(trial);
}

static int trial_smm(struct trial *trial)
{
	int ret = open_launched(trial, 0);

	if (!ret)
		ret = trial_expect(trial, "a memslot for SMM beside private memory",
				   guest_alias_add(&trial->guest, 1, 0, PAGES, 0), -EINVAL);
	if (!ret)
		ret = guest_slot_delete(&trial->guest, SLOT_STILL);
	if (!ret)
		ret = trial_expect(trial, "a memslot for SMM",
				   guest_alias_add(&trial->guest, 1, 0, PAGES, 0), 0);
	if (!ret)
		ret = trial_expect(trial, "private memory beside a memslot for SMM",
				   guest_slot_add(&trial->guest, SLOT_STILL, 0), -EINVAL);
	if (!ret)
		ret = guest_alias_delete(&trial->guest, 1);
	if (!ret)
		ret = trial_expect(trial, "private memory again",
				   guest_slot_add(&trial->guest, SLOT_STILL, 0), 0);
	return ret;
}

static int trial_mmio(struct trial *trial)
{
	int ret = open_launched(trial, 0);

	if (!ret)
		ret = trial_nowhere_private(trial);
	if (!ret)
		ret = trial_expect(trial, "the fault again",
				   guest_fault(&trial->guest, 1, TRIAL_NOWHERE, 1), -EFAULT);
	if (!ret)
		ret = trial_expect(trial, "setting that shared",
				   guest_convert(&trial->guest, TRIAL_NOWHERE, 1, false), 0);
	return ret ? ret :
		     trial_expect(trial, "and again",
				  guest_fault(&trial->guest, 0, TRIAL_NOWHERE, 1), -ENOENT);
}

const struct trial_row trials_refused[] = {
	{ "mmio", "a page without memslot is touched, set private, and touched again", trial_mmio },
	{ "secret", "LAUNCH_SECRET to the user memory of a private page", trial_secret },
	{ "debug", "DBG_DECRYPT and DBG_ENCRYPT of the user memory of a private page",
	  trial_debug },
	{ "transfer", "SEND_ and RECEIVE_UPDATE_DATA of the user memory of a private page",
	  trial_transfer },
	{ "prepared", "LAUNCH_UPDATE_DATA over a page that the guest has touched as private",
	  trial_prepared },
	{ "alias", "LAUNCH_UPDATE_DATA of user memory that two memslots have", trial_alias },
	{ "smm", "private memory and memslots for SMM exclude each other", trial_smm },
	{ 0 },
};
