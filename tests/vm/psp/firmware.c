// SPDX-License-Identifier: GPL-2.0-only
/* Executes a command: the steps that all commands share. See firmware.h. */
#include "firmware.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"

int firmware_init(struct firmware *firmware, struct ram *ram, const struct rmp *rmp,
		  const struct platform *platform, uint64_t seed)
{
	memset(firmware, 0, sizeof(*firmware));
	firmware->ram = ram;
	firmware->rmp = *rmp;
	firmware->rmp.ram = ram;
	firmware->platform = *platform;
	if (!rmp->base)
		firmware->platform.snp = false;
	firmware->reported_tcb = PSP_TCB;
	if (!psp_root(seed, firmware->root) || !identity_init(firmware)) {
		firmware_free(firmware);
		return -EIO;
	}
	return 0;
}

void firmware_free(struct firmware *firmware)
{
	for (size_t i = 0; i < GUESTS_MAX; i++)
		if (firmware->guests[i])
			guest_free(firmware, firmware->guests[i]);
	identity_free(&firmware->identity);
}

static bool is_known(const struct firmware *firmware, const struct command_type *type)
{
	const struct platform *platform = &firmware->platform;

	return type && ((platform->api_major << 8) | platform->api_minor) >= type->since;
}

static uint32_t check_reserved(const struct command *command)
{
	const struct reserved *reserved = command->type->reserved;

	for (size_t i = 0; i < RESERVED_MAX && reserved[i].words; i++) {
		for (size_t word = 0; word < reserved[i].words; word++) {
			uint32_t value;

			memcpy(&value, command->bytes + reserved[i].offset + word * sizeof(value),
			       sizeof(value));
			if (value & reserved[i].mask)
				return SEVTRACE_PSP_INVALID_PARAM;
		}
	}
	return SEVTRACE_PSP_SUCCESS;
}

static uint32_t check_state(const struct firmware *firmware, const struct command_type *type)
{
	enum psp_platform_state state = type->snp ? firmware->snp_state : firmware->sev_state;

	if (type->states & (1 << state))
		return SEVTRACE_PSP_SUCCESS;
	return SEVTRACE_PSP_INVALID_PLATFORM_STATE;
}

/*
 * Makes the checks common to all commands. SNP commands check reserved fields first (ABI, "Actions"
 * of each command), SEV commands the platform's state.
 */
static uint32_t check_common(const struct firmware *firmware, const struct command *command)
{
	const struct command_type *type = command->type;
	uint32_t status;

	status = type->snp ? check_reserved(command) : check_state(firmware, type);
	if (status)
		return status;
	status = type->snp ? check_state(firmware, type) : check_reserved(command);
	if (status || !type->writes)
		return status;
	return check_writable(firmware, command->buffer, type->len);
}

uint32_t firmware_execute(struct firmware *firmware, uint32_t code, uint64_t buffer,
			  struct log_detail *detail)
{
	struct command command = { .type = command_type(code), .buffer = buffer };
	const struct command_type *type = command.type;
	uint32_t status;

	memset(detail, 0, sizeof(*detail));
	if (!is_known(firmware, type))
		return SEVTRACE_PSP_INVALID_COMMAND;
	if (type->len && !ram_read(firmware->ram, buffer, command.bytes, type->len))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	status = check_common(firmware, &command);
	if (!status) {
		status = type->run(firmware, &command);
		if (type->writes)
			ram_write(firmware->ram, buffer, command.bytes, type->len);
	}
	*detail = command.detail;
	return status;
}

/*
 * The offset of the guest page's address in a buffer; commands that are not listed have no such
 * page.
 */
static const struct {
	uint32_t code;
	uint8_t offset;
} pages[] = {
	{ SEVTRACE_CMD_SNP_LAUNCH_UPDATE, offsetof(struct buf_snp_launch_update, address) },
	{ SEVTRACE_CMD_SNP_PAGE_RECLAIM, offsetof(struct buf_snp_addr, address) },
	{ SEVTRACE_CMD_SNP_DBG_DECRYPT, offsetof(struct buf_snp_dbg, src_address) },
	{ SEVTRACE_CMD_SNP_DBG_ENCRYPT, offsetof(struct buf_snp_dbg, dst_address) },
};

/*
 * Returns the guest that a buffer names: all guest commands begin with its handle or its context.
 */
static const struct guest *peek_guest(struct firmware *firmware, uint32_t code, uint64_t buffer)
{
	const struct command_type *type = command_type(code);
	uint32_t handle;
	uint64_t gctx;

	if (!type || !type->len)
		return NULL;
	if (code >= SEVTRACE_CMD_DECOMMISSION && code <= SEVTRACE_CMD_DBG_ENCRYPT &&
	    ram_read(firmware->ram, buffer, &handle, sizeof(handle)))
		return guest_by_handle(firmware, handle);
	if (code >= SEVTRACE_CMD_SNP_DECOMMISSION && code <= SEVTRACE_CMD_SNP_DBG_ENCRYPT &&
	    ram_read(firmware->ram, buffer, &gctx, sizeof(gctx)))
		return guest_by_context(firmware, gctx);
	return NULL;
}

void firmware_peek(struct firmware *firmware, uint32_t code, uint64_t buffer,
		   struct log_detail *detail)
{
	const struct guest *guest = peek_guest(firmware, code, buffer);

	memset(detail, 0, sizeof(*detail));
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		uint64_t paddr;

		if (pages[i].code == code &&
		    ram_read(firmware->ram, buffer + pages[i].offset, &paddr, sizeof(paddr)))
			detail_page(firmware, detail, paddr & PSP_PAGE_MASK, PSP_PAGE_SIZE);
	}
	if (guest) {
		detail->guest = guest->id;
		detail->asid = guest->asid;
	}
}

struct guest *guest_by_handle(struct firmware *firmware, uint32_t handle)
{
	for (size_t i = 0; handle && i < GUESTS_MAX; i++) {
		struct guest *guest = firmware->guests[i];

		if (guest && guest->kind == GUEST_SEV && guest->id == handle)
			return guest;
	}
	return NULL;
}

struct guest *guest_by_context(struct firmware *firmware, uint64_t gctx)
{
	gctx &= PSP_ADDRESS_MASK;
	if (rmp_state(&firmware->rmp, gctx) != PAGE_CONTEXT)
		return NULL;
	for (size_t i = 0; i < GUESTS_MAX; i++) {
		struct guest *guest = firmware->guests[i];

		if (guest && guest->kind == GUEST_SNP && guest->gctx == gctx)
			return guest;
	}
	return NULL;
}

static bool guest_keys(struct firmware *firmware, struct guest *guest)
{
	static const char *const vmpck[] = { "vmpck0", "vmpck1", "vmpck2", "vmpck3" };
	const uint8_t *root = firmware->root;
	bool ok;

	ok = psp_guest_key(root, "vek", guest->id, guest->vek, sizeof(guest->vek)) &&
	     psp_guest_key(root, "tek", guest->id, guest->tek, sizeof(guest->tek)) &&
	     psp_guest_key(root, "tik", guest->id, guest->tik, sizeof(guest->tik)) &&
	     psp_guest_key(root, "report-id", guest->id, guest->report_id,
			   sizeof(guest->report_id));
	for (size_t i = 0; ok && i < sizeof(vmpck) / sizeof(vmpck[0]); i++)
		ok = psp_guest_key(root, vmpck[i], guest->id, guest->vmpck[i],
				   sizeof(guest->vmpck[i]));
	return ok;
}

struct guest *guest_new(struct firmware *firmware, enum guest_kind kind)
{
	struct guest **slot = NULL, *guest;

	for (size_t i = 0; !slot && i < GUESTS_MAX; i++)
		if (!firmware->guests[i])
			slot = &firmware->guests[i];
	guest = slot ? calloc(1, sizeof(*guest)) : NULL;
	if (!guest)
		return NULL;
	guest->kind = kind;
	guest->id = firmware->last_id + 1;
	if (kind == GUEST_SEV)
		guest->sha = sha256_new();
	if ((kind == GUEST_SEV && !guest->sha) || !guest_keys(firmware, guest)) {
		sha256_free(guest->sha);
		free(guest);
		return NULL;
	}
	firmware->last_id++;
	*slot = guest;
	return guest;
}

void guest_free(struct firmware *firmware, struct guest *guest)
{
	for (size_t i = 0; i < GUESTS_MAX; i++)
		if (firmware->guests[i] == guest)
			firmware->guests[i] = NULL;
	sha256_free(guest->sha);
	free(guest);
}

uint32_t guest_count(const struct firmware *firmware, enum guest_kind kind)
{
	uint32_t count = 0;

	for (size_t i = 0; i < GUESTS_MAX; i++)
		count += firmware->guests[i] && firmware->guests[i]->kind == kind;
	return count;
}

/*
 * Checks that a guest may have the ASID: SEV guests have min_sev_asid and above, SEV-ES and SNP
 * guests those below.
 */
static bool asid_fits(const struct firmware *firmware, const struct guest *guest, uint32_t asid)
{
	const struct platform *platform = &firmware->platform;
	bool low = guest->kind == GUEST_SNP || (guest->policy & POLICY_ES);

	if (low)
		return asid >= 1 && asid < platform->min_sev_asid && asid <= platform->max_asid;
	return asid >= platform->min_sev_asid && asid <= platform->max_asid;
}

uint32_t guest_activate(struct firmware *firmware, struct guest *guest, uint32_t asid)
{
	if (!asid_fits(firmware, guest, asid))
		return SEVTRACE_PSP_INVALID_ASID;
	if (firmware->asids[asid] == ASID_USED)
		return SEVTRACE_PSP_ASID_OWNED;
	if (guest->asid)
		return SEVTRACE_PSP_ACTIVE;
	if (firmware->asids[asid] == ASID_DIRTY)
		return SEVTRACE_PSP_DFFLUSH_REQUIRED;
	firmware->asids[asid] = ASID_USED;
	guest->asid = asid;
	return SEVTRACE_PSP_SUCCESS;
}

void guest_deactivate(struct firmware *firmware, struct guest *guest)
{
	if (guest->asid)
		firmware->asids[guest->asid] = ASID_DIRTY;
	guest->asid = 0;
}

void guests_drop(struct firmware *firmware, enum guest_kind kind)
{
	for (size_t i = 0; i < GUESTS_MAX; i++) {
		struct guest *guest = firmware->guests[i];

		if (!guest || guest->kind != kind)
			continue;
		guest_deactivate(firmware, guest);
		guest_free(firmware, guest);
	}
}

void asids_mark_dirty(struct firmware *firmware)
{
	for (uint32_t asid = 1; asid < ASIDS_MAX; asid++)
		if (firmware->asids[asid] == ASID_CLEAN)
			firmware->asids[asid] = ASID_DIRTY;
}

void asids_flush(struct firmware *firmware)
{
	for (uint32_t asid = 1; asid < ASIDS_MAX; asid++)
		if (firmware->asids[asid] == ASID_DIRTY)
			firmware->asids[asid] = ASID_CLEAN;
}

void detail_range(struct command *command, uint64_t paddr, uint64_t len)
{
	command->detail.has_paddr = true;
	command->detail.paddr = paddr & PSP_ADDRESS_MASK;
	command->detail.len = len;
}

void detail_guest(struct command *command, const struct guest *guest)
{
	command->detail.guest = guest->id;
	command->detail.asid = guest->asid;
}

void detail_page(const struct firmware *firmware, struct log_detail *detail, uint64_t paddr,
		 uint64_t len)
{
	struct rmp_entry entry;

	paddr &= PSP_ADDRESS_MASK;
	detail->has_paddr = true;
	detail->paddr = paddr;
	detail->len = len;
	rmp_read(&firmware->rmp, paddr, &entry);
	if (entry.assigned && entry.asid) {
		detail->has_gfn = true;
		detail->gfn = entry.gpa / PSP_PAGE_SIZE;
		if (entry.huge)
			detail->gfn += paddr / PSP_PAGE_SIZE % PSP_PAGES_PER_2M;
	}
}

uint32_t check_writable(const struct firmware *firmware, uint64_t paddr, uint64_t len)
{
	if (!ram_at(firmware->ram, paddr, len))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (firmware->snp_state == PSTATE_INIT && !rmp_writable(&firmware->rmp, paddr, len))
		return SEVTRACE_PSP_INVALID_PAGE_STATE;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t write_out(const struct firmware *firmware, uint64_t paddr, const void *data, size_t len)
{
	uint32_t status = check_writable(firmware, paddr, len);

	if (!status)
		ram_write(firmware->ram, paddr, data, len);
	return status;
}
