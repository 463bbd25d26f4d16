// SPDX-License-Identifier: GPL-2.0-only
/* Commands to manage and debug SNP guests: ABI chapter 8. */
#include <string.h>

#include "handlers.h"
#include "memory.h"

static const struct rmp_entry entry_firmware = { .assigned = true, .immutable = true };
static const struct rmp_entry entry_context = { .assigned = true, .immutable = true, .vmsa = true };

/* Fills the context page with noise: only the firmware knows its real contents. */
static bool fill_context(struct firmware *firmware, struct guest *guest)
{
	memset(firmware->scratch, 0, PSP_PAGE_SIZE);
	return memory_store(firmware, guest, guest->gctx, firmware->scratch, PSP_PAGE_SIZE);
}

uint32_t snp_gctx_create(struct firmware *firmware, struct command *command)
{
	struct buf_snp_addr buf;
	struct rmp_entry entry;
	struct guest *guest;
	uint64_t gctx;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, PSP_PAGE_SIZE);
	gctx = buf.address & PSP_ADDRESS_MASK;
	if (!ram_at(firmware->ram, gctx, PSP_PAGE_SIZE))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (rmp_read(&firmware->rmp, gctx, &entry) != PAGE_FIRMWARE)
		return SEVTRACE_PSP_INVALID_PAGE_STATE;
	if (entry.huge)
		return SEVTRACE_PSP_INVALID_PAGE_SIZE;
	guest = guest_new(firmware, GUEST_SNP);
	if (!guest)
		return SEVTRACE_PSP_RESOURCE_LIMIT;
	guest->gctx = gctx;
	guest->state = SNP_GSTATE_INIT;
	detail_guest(command, guest);
	if (!fill_context(firmware, guest)) {
		guest_free(firmware, guest);
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	}
	rmp_write(&firmware->rmp, gctx, &entry_context);
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t snp_decommission(struct firmware *firmware, struct command *command)
{
	struct buf_snp_addr buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_context(firmware, buf.address);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	rmp_write(&firmware->rmp, guest->gctx, &entry_firmware);
	guest_deactivate(firmware, guest);
	guest_free(firmware, guest);
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t snp_activate(struct firmware *firmware, struct command *command)
{
	struct buf_snp_activate buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_context(firmware, buf.gctx);
	command->detail.asid = buf.asid;
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	command->detail.guest = guest->id;
	if (guest->state != SNP_GSTATE_LAUNCH && guest->state != SNP_GSTATE_RUNNING)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	/* Pages of the firmware have ASID 0. */
	if (buf.asid && rmp_asid_in_use(&firmware->rmp, buf.asid))
		return SEVTRACE_PSP_INVALID_CONFIG;
	return guest_activate(firmware, guest, buf.asid);
}

uint32_t snp_guest_status(struct firmware *firmware, struct command *command)
{
	struct snp_guest_status out = { 0 };
	struct buf_snp_guest_status buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, sizeof(out));
	if (buf.address % PSP_PAGE_SIZE + sizeof(out) > PSP_PAGE_SIZE)
		return SEVTRACE_PSP_INVALID_PARAM;
	guest = guest_by_context(firmware, buf.gctx);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	out.policy = guest->policy;
	out.asid = guest->asid;
	out.state = guest->state;
	out.vcek_disabled = guest->vcek_disabled;
	return write_out(firmware, buf.address, &out, sizeof(out));
}

static uint32_t check_owned(const struct firmware *firmware, const struct guest *guest,
			    uint64_t page)
{
	struct rmp_entry entry;

	if (!ram_at(firmware->ram, page, PSP_PAGE_SIZE))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	rmp_read(&firmware->rmp, page, &entry);
	if (!entry.assigned || !entry.asid)
		return SEVTRACE_PSP_INVALID_PAGE_STATE;
	return entry.asid == guest->asid ? SEVTRACE_PSP_SUCCESS : SEVTRACE_PSP_INVALID_PAGE_OWNER;
}

static uint32_t debug(struct firmware *firmware, struct command *command, bool encrypt)
{
	struct buf_snp_dbg buf;
	struct guest *guest;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_page(firmware, &command->detail, encrypt ? buf.dst_address : buf.src_address,
		    PSP_PAGE_SIZE);
	guest = guest_by_context(firmware, buf.gctx);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->state != SNP_GSTATE_LAUNCH && guest->state != SNP_GSTATE_RUNNING)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	if (!(guest->policy & SNP_POLICY_DEBUG))
		return SEVTRACE_PSP_POLICY_FAILURE;
	if (!guest->asid)
		return SEVTRACE_PSP_INACTIVE;
	status = check_owned(firmware, guest, encrypt ? buf.dst_address : buf.src_address);
	if (!status && encrypt && !ram_at(firmware->ram, buf.src_address, PSP_PAGE_SIZE))
		status = SEVTRACE_PSP_INVALID_ADDRESS;
	if (!status && !encrypt)
		status = check_writable(firmware, buf.dst_address, PSP_PAGE_SIZE);
	if (status)
		return status;
	if (!memory_debug(firmware, guest, encrypt, buf.src_address, buf.dst_address,
			  PSP_PAGE_SIZE))
		return SEVTRACE_PSP_HWSEV_RET_UNSAFE;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t snp_dbg_decrypt(struct firmware *firmware, struct command *command)
{
	return debug(firmware, command, false);
}

uint32_t snp_dbg_encrypt(struct firmware *firmware, struct command *command)
{
	return debug(firmware, command, true);
}
