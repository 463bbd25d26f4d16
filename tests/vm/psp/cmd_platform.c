// SPDX-License-Identifier: GPL-2.0-only
/* Platform commands of SEV: API chapter "Platform management API". */
#include <string.h>

#include "handlers.h"
#include "identity.h"

/* Checks the trusted memory region that SEV-ES needs. */
static uint32_t check_tmr(const struct firmware *firmware, uint64_t address, uint32_t len)
{
	bool snp = firmware->snp_state == PSTATE_INIT;
	uint32_t size = snp ? TMR_SIZE_SNP : TMR_SIZE;

	if (len < size)
		return SEVTRACE_PSP_INVALID_LEN;
	if ((address & PSP_ADDRESS_MASK) % size)
		return SEVTRACE_PSP_INVALID_ADDRESS;
	return check_writable(firmware, address, len);
}

static uint32_t init_common(struct firmware *firmware, uint32_t flags, uint64_t tmr,
			    uint32_t tmr_len)
{
	uint32_t status;

	if (flags & ~CONFIG_ES)
		return SEVTRACE_PSP_INVALID_CONFIG;
	if (flags & CONFIG_ES) {
		status = check_tmr(firmware, tmr, tmr_len);
		if (status)
			return status;
	}
	status = identity_load(firmware);
	if (status)
		return status;
	/* Once SNP is initialised it controls the ASIDs, and SNP_INIT has made them dirty. */
	if (firmware->snp_state == PSTATE_UNINIT)
		asids_mark_dirty(firmware);
	firmware->es = flags & CONFIG_ES;
	firmware->sev_state = PSTATE_INIT;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_init(struct firmware *firmware, struct command *command)
{
	struct buf_init buf;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.tmr_address, buf.tmr_len);
	firmware->nv_address = 0;
	return init_common(firmware, buf.flags, buf.tmr_address, buf.tmr_len);
}

static bool overlap(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	a &= PSP_ADDRESS_MASK;
	b &= PSP_ADDRESS_MASK;
	return a < b ? b - a < a_len : a - b < b_len;
}

uint32_t sev_init_ex(struct firmware *firmware, struct command *command)
{
	struct buf_init_ex buf;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.tmr_address, buf.tmr_len);
	if (buf.length != sizeof(buf))
		return SEVTRACE_PSP_INVALID_LEN;
	if (buf.nv_address) {
		if (buf.nv_address % PSP_PAGE_SIZE)
			return SEVTRACE_PSP_INVALID_ADDRESS;
		if (buf.nv_len != NV_SIZE)
			return SEVTRACE_PSP_INVALID_LEN;
		status = check_writable(firmware, buf.nv_address, NV_SIZE);
		if (status)
			return status;
		if ((buf.flags & CONFIG_ES) &&
		    overlap(buf.tmr_address, buf.tmr_len, buf.nv_address, NV_SIZE))
			return SEVTRACE_PSP_INVALID_ADDRESS;
	}
	firmware->nv_address = buf.nv_address;
	return init_common(firmware, buf.flags, buf.tmr_address, buf.tmr_len);
}

uint32_t sev_shutdown(struct firmware *firmware, struct command *command)
{
	(void)command;
	guests_drop(firmware, GUEST_SEV);
	firmware->sev_state = PSTATE_UNINIT;
	firmware->es = false;
	firmware->nv_address = 0;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_factory_reset(struct firmware *firmware, struct command *command)
{
	(void)command;
	return identity_new_pek(firmware) ? SEVTRACE_PSP_SUCCESS : SEVTRACE_PSP_HWSEV_RET_PLATFORM;
}

uint32_t sev_platform_status(struct firmware *firmware, struct command *command)
{
	struct buf_platform_status buf = {
		.api_major = firmware->platform.api_major,
		.api_minor = firmware->platform.api_minor,
		.state = (uint8_t)firmware->sev_state,
		.build = PSP_BUILD,
	};

	if (firmware->sev_state != PSTATE_UNINIT) {
		buf.flags = (firmware->es ? PLATFORM_FLAG_ES : 0) |
			    (firmware->identity.owned ? PLATFORM_FLAG_OWNED : 0);
		buf.guest_count = guest_count(firmware, GUEST_SEV);
	}
	memcpy(command->bytes, &buf, sizeof(buf));
	return SEVTRACE_PSP_SUCCESS;
}

/*
 * DF_FLUSH and SNP_DF_FLUSH. Never returns WBINVD_REQUIRED, since the emulator cannot see WBINVD.
 */
uint32_t sev_df_flush(struct firmware *firmware, struct command *command)
{
	(void)command;
	asids_flush(firmware);
	return SEVTRACE_PSP_SUCCESS;
}

/* Fails the signature check of any image that gets so far: only AMD can sign one. */
uint32_t sev_download_firmware(struct firmware *firmware, struct command *command)
{
	struct buf_region buf;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, buf.len);
	if (!buf.len)
		return SEVTRACE_PSP_INVALID_LEN;
	if (buf.address % 16 || !ram_at(firmware->ram, buf.address, buf.len))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	return SEVTRACE_PSP_BAD_SIGNATURE;
}

uint32_t sev_get_id(struct firmware *firmware, struct command *command)
{
	uint8_t id[CHIP_ID_SIZE];
	struct buf_region buf;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, buf.len);
	if (buf.len < sizeof(id)) {
		status = SEVTRACE_PSP_INVALID_LEN;
	} else {
		if (!psp_guest_key(firmware->root, "chip-id", 0, id, sizeof(id)))
			return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
		status = check_writable(firmware, buf.address, buf.len);
		if (!status)
			status = write_out(firmware, buf.address, id, sizeof(id));
	}
	buf.len = sizeof(id);
	memcpy(command->bytes, &buf, sizeof(buf));
	return status;
}

uint32_t sev_nop(struct firmware *firmware, struct command *command)
{
	(void)firmware;
	(void)command;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t sev_unsupported(struct firmware *firmware, struct command *command)
{
	(void)firmware;
	(void)command;
	return SEVTRACE_PSP_UNSUPPORTED;
}
