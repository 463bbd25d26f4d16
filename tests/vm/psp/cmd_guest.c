// SPDX-License-Identifier: GPL-2.0-only
/* Commands to manage, debug and attest SEV guests: API chapter "Guest management API". */
#include <string.h>

#include "handlers.h"
#include "memory.h"

uint32_t sev_decommission(struct firmware *firmware, struct command *command)
{
	struct buf_handle buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->asid)
		return SEVTRACE_PSP_ACTIVE;
	guest_free(firmware, guest);
	if (!guest_count(firmware, GUEST_SEV))
		firmware->sev_state = PSTATE_INIT;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_activate(struct firmware *firmware, struct command *command)
{
	struct buf_activate buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_handle(firmware, buf.handle);
	command->detail.asid = buf.asid;
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	command->detail.guest = guest->id;
	return guest_activate(firmware, guest, buf.asid);
}

uint32_t sev_deactivate(struct firmware *firmware, struct command *command)
{
	struct buf_handle buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (!guest->asid)
		return SEVTRACE_PSP_INACTIVE;
	guest_deactivate(firmware, guest);
	return SEVTRACE_PSP_SUCCESS;
}

/* Returns a guest's status. A handle without a guest is no error: its state is UNINIT. */
uint32_t sev_guest_status(struct firmware *firmware, struct command *command)
{
	struct buf_guest_status buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_handle(firmware, buf.handle);
	if (guest) {
		detail_guest(command, guest);
		buf.policy = (uint32_t)guest->policy;
		buf.asid = guest->asid;
	}
	buf.state = guest ? guest->state : GSTATE_UNINIT;
	memcpy(command->bytes, &buf, sizeof(buf));
	return SEVTRACE_PSP_SUCCESS;
}

static uint32_t debug(struct firmware *firmware, struct command *command, bool encrypt)
{
	struct buf_dbg buf;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, encrypt ? buf.dst_address : buf.src_address, buf.len);
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->policy & POLICY_NODBG)
		return SEVTRACE_PSP_POLICY_FAILURE;
	if (!guest->asid)
		return SEVTRACE_PSP_INACTIVE;
	if (!buf.len || buf.len % 16)
		return SEVTRACE_PSP_INVALID_LEN;
	if (buf.src_address % 16 || buf.dst_address % 16 ||
	    !ram_at(firmware->ram, buf.src_address, buf.len))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	status = check_writable(firmware, buf.dst_address, buf.len);
	if (status)
		return status;
	if (!memory_debug(firmware, guest, encrypt, buf.src_address, buf.dst_address, buf.len))
		return SEVTRACE_PSP_HWSEV_RET_UNSAFE;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_dbg_decrypt(struct firmware *firmware, struct command *command)
{
	return debug(firmware, command, false);
}

uint32_t sev_dbg_encrypt(struct firmware *firmware, struct command *command)
{
	return debug(firmware, command, true);
}

static uint32_t write_report(struct firmware *firmware, const struct guest *guest,
			     const struct buf_attestation *buf)
{
	struct attestation_report report = {
		.policy = (uint32_t)guest->policy,
		.sig_usage = CERT_PEK,
		.sig_algo = CERT_ALGO_ECDSA_SHA256,
	};
	struct ecc_signature sig;
	uint32_t status;

	status = check_writable(firmware, buf->address, buf->len);
	if (status)
		return status;
	memcpy(report.mnonce, buf->mnonce, sizeof(report.mnonce));
	memcpy(report.launch_digest, guest->digest, sizeof(report.launch_digest));
	if (!ecc_sign(firmware->identity.pek, false, &report,
		      offsetof(struct attestation_report, sig_usage), &sig))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	memcpy(report.signature, &sig, sizeof(report.signature));
	return write_out(firmware, buf->address, &report, sizeof(report));
}

uint32_t sev_attestation_report(struct firmware *firmware, struct command *command)
{
	struct buf_attestation buf;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_handle(firmware, buf.handle);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->state != GSTATE_LSECRET && guest->state != GSTATE_RUNNING)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	status = buf.len < sizeof(struct attestation_report) ? SEVTRACE_PSP_INVALID_LEN :
							       write_report(firmware, guest, &buf);
	buf.len = sizeof(struct attestation_report);
	memcpy(command->bytes, &buf, sizeof(buf));
	return status;
}
