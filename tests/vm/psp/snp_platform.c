// SPDX-License-Identifier: GPL-2.0-only
/* Platform commands of SNP: ABI chapter 8, "Platform management". */
#include <string.h>

#include "handlers.h"
#include "identity.h"

static const struct rmp_entry entry_firmware = { .assigned = true, .immutable = true };
static const struct rmp_entry entry_reclaim = { .assigned = true };
static const struct rmp_entry entry_hv_fixed = { .immutable = true };

static void iommu_to_firmware(const struct rmp *rmp, uint64_t page)
{
	rmp_write(rmp, page, &entry_firmware);
}

static void iommu_to_reclaim(const struct rmp *rmp, uint64_t page)
{
	if (rmp_state(rmp, page) == PAGE_FIRMWARE)
		rmp_write(rmp, page, &entry_reclaim);
}

/*
 * Makes the pages of the range HV-fixed, as far as the table covers them and they do not hold the
 * table itself.
 */
static void make_hv_fixed(const struct rmp *rmp, const struct snp_range *range)
{
	uint64_t page = range->base & PSP_ADDRESS_MASK;
	uint64_t end = rmp_pages(rmp) * PSP_PAGE_SIZE;

	for (uint32_t i = 0; i < range->page_count && page < end; i++, page += PSP_PAGE_SIZE)
		if (rmp_state(rmp, page) == PAGE_HYPERVISOR)
			rmp_write(rmp, page, &entry_hv_fixed);
}

static uint32_t check_range(const struct snp_range *range)
{
	if (range->reserved)
		return SEVTRACE_PSP_INVALID_PARAM;
	return range->base % PSP_PAGE_SIZE ? SEVTRACE_PSP_INVALID_ADDRESS : SEVTRACE_PSP_SUCCESS;
}

/* Checks the list: a page with a count, then the ranges. @page is a copy of it. */
static uint32_t check_list(const uint8_t page[PSP_PAGE_SIZE], uint32_t *count)
{
	const uint32_t most =
		(PSP_PAGE_SIZE - sizeof(struct snp_range_list)) / sizeof(struct snp_range);
	struct snp_range_list list;
	struct snp_range range;
	uint32_t status = SEVTRACE_PSP_SUCCESS;

	memcpy(&list, page, sizeof(list));
	if (list.reserved || list.count > most)
		return SEVTRACE_PSP_INVALID_PARAM;
	for (uint32_t i = 0; !status && i < list.count; i++) {
		memcpy(&range, page + sizeof(list) + i * sizeof(range), sizeof(range));
		status = check_range(&range);
	}
	*count = list.count;
	return status;
}

/* Initialises the RMP. @list: address of the ranges to make HV-fixed, or 0. */
static uint32_t init_rmp(struct firmware *firmware, uint64_t list)
{
	uint8_t *page = firmware->scratch;
	uint32_t count = 0, status;
	struct snp_range range;

	if (list) {
		if (list % PSP_PAGE_SIZE || !ram_read(firmware->ram, list, page, PSP_PAGE_SIZE))
			return SEVTRACE_PSP_INVALID_ADDRESS;
		status = check_list(page, &count);
		if (status)
			return status;
	}
	if (!rmp_init(&firmware->rmp))
		return SEVTRACE_PSP_RMP_INITIALIZATION_FAILED;
	for (uint32_t i = 0; i < count; i++) {
		memcpy(&range, page + sizeof(struct snp_range_list) + i * sizeof(range),
		       sizeof(range));
		make_hv_fixed(&firmware->rmp, &range);
	}
	rmp_for_each_iommu_page(&firmware->rmp, iommu_to_firmware);
	firmware->rmp_initialized = true;
	return SEVTRACE_PSP_SUCCESS;
}

static uint32_t init_common(struct firmware *firmware, bool init, uint64_t list)
{
	uint32_t status;

	if (firmware->sev_state != PSTATE_UNINIT)
		return SEVTRACE_PSP_INVALID_PLATFORM_STATE;
	if (!firmware->platform.snp)
		return SEVTRACE_PSP_INVALID_CONFIG;
	if (!init && !firmware->rmp_initialized)
		return SEVTRACE_PSP_RMP_INIT_REQUIRED;
	if (!init && list)
		return SEVTRACE_PSP_INVALID_PARAM;
	if (init) {
		status = init_rmp(firmware, list);
		if (status)
			return status;
	}
	asids_mark_dirty(firmware);
	firmware->snp_state = PSTATE_INIT;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t snp_init(struct firmware *firmware, struct command *command)
{
	(void)command;
	return init_common(firmware, true, 0);
}

uint32_t snp_init_ex(struct firmware *firmware, struct command *command)
{
	struct buf_snp_init_ex buf;

	memcpy(&buf, command->bytes, sizeof(buf));
	return init_common(firmware, buf.flags & SNP_INIT_RMP,
			   buf.flags & SNP_INIT_LIST ? buf.list_paddr : 0);
}

/* Releases the context pages, which outlive their guests, to the hypervisor. */
static void release_contexts(struct firmware *firmware)
{
	for (size_t i = 0; i < GUESTS_MAX; i++) {
		const struct guest *guest = firmware->guests[i];

		if (guest && guest->kind == GUEST_SNP)
			rmp_write(&firmware->rmp, guest->gctx, &entry_reclaim);
	}
}

/* @buf: the buffer of SNP_SHUTDOWN_EX, or NULL. */
static uint32_t shutdown(struct firmware *firmware, const struct buf_snp_shutdown_ex *buf)
{
	if (firmware->sev_state != PSTATE_UNINIT)
		return SEVTRACE_PSP_INVALID_PLATFORM_STATE;
	if (firmware->snp_state == PSTATE_UNINIT)
		return SEVTRACE_PSP_SUCCESS;
	for (uint32_t asid = 1; asid <= firmware->platform.max_asid; asid++)
		if (firmware->asids[asid] != ASID_CLEAN)
			return SEVTRACE_PSP_DFFLUSH_REQUIRED;
	if (buf && (buf->len != sizeof(*buf) || (buf->flags & ~SNP_SHUTDOWN_IOMMU)))
		return SEVTRACE_PSP_INVALID_PARAM;
	release_contexts(firmware);
	guests_drop(firmware, GUEST_SNP);
	if (buf && (buf->flags & SNP_SHUTDOWN_IOMMU)) {
		rmp_for_each_iommu_page(&firmware->rmp, iommu_to_reclaim);
		firmware->rmp_initialized = false;
	}
	firmware->snp_state = PSTATE_UNINIT;
	firmware->snp_flags &= ~SNP_STATUS_VLEK;
	memset(firmware->vlek, 0, sizeof(firmware->vlek));
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t snp_shutdown(struct firmware *firmware, struct command *command)
{
	(void)command;
	return shutdown(firmware, NULL);
}

uint32_t snp_shutdown_ex(struct firmware *firmware, struct command *command)
{
	struct buf_snp_shutdown_ex buf;

	memcpy(&buf, command->bytes, sizeof(buf));
	return shutdown(firmware, &buf);
}

uint32_t snp_platform_status(struct firmware *firmware, struct command *command)
{
	struct snp_platform_status out = {
		.api_major = firmware->platform.api_major,
		.api_minor = firmware->platform.api_minor,
		.state = (uint8_t)firmware->snp_state,
		.is_rmp_init = firmware->rmp_initialized,
		.build = PSP_BUILD,
		.flags = firmware->snp_flags,
		.guest_count = guest_count(firmware, GUEST_SNP),
		.current_tcb = PSP_TCB,
		.reported_tcb = firmware->reported_tcb,
	};
	struct buf_snp_addr buf;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, sizeof(out));
	if (buf.address % PSP_PAGE_SIZE + sizeof(out) > PSP_PAGE_SIZE)
		return SEVTRACE_PSP_INVALID_PARAM;
	status = write_out(firmware, buf.address, &out, sizeof(out));
	/* After a successful command, the page returns to the hypervisor by way of Reclaim. */
	if (!status && firmware->snp_state == PSTATE_INIT)
		rmp_write(&firmware->rmp, buf.address, &entry_reclaim);
	return status;
}

/* Returns whether no component of @tcb is above that of @most. */
static bool tcb_within(uint64_t tcb, uint64_t most)
{
	for (unsigned int shift = 0; shift < 64; shift += 8)
		if (((tcb >> shift) & 0xff) > ((most >> shift) & 0xff))
			return false;
	return true;
}

uint32_t snp_config(struct firmware *firmware, struct command *command)
{
	const uint32_t mask = SNP_STATUS_MASK_CHIP_ID | SNP_STATUS_MASK_CHIP_KEY;
	struct buf_snp_config buf;

	memcpy(&buf, command->bytes, sizeof(buf));
	if (!tcb_within(buf.reported_tcb, PSP_TCB))
		return SEVTRACE_PSP_INVALID_PARAM;
	firmware->reported_tcb = buf.reported_tcb ? buf.reported_tcb : PSP_TCB;
	firmware->snp_flags = (firmware->snp_flags & ~mask) | (buf.flags & mask);
	return SEVTRACE_PSP_SUCCESS;
}

/* Only checks the buffer: the running firmware is the committed one. */
uint32_t snp_commit(struct firmware *firmware, struct command *command)
{
	struct buf_snp_commit buf;

	(void)firmware;
	memcpy(&buf, command->bytes, sizeof(buf));
	return buf.len == sizeof(buf) ? SEVTRACE_PSP_SUCCESS : SEVTRACE_PSP_INVALID_PARAM;
}

/*
 * Loads a VLEK. The key that wraps it is derived from the seed, so only the seed's owner can make
 * one.
 */
uint32_t snp_vlek_load(struct firmware *firmware, struct command *command)
{
	struct snp_wrapped_vlek wrapped;
	struct buf_snp_vlek_load buf;
	uint8_t key[32], vlek[sizeof(firmware->vlek)];
	const struct crypto_gcm gcm = {
		.key = key,
		.iv = wrapped.iv,
		.aad = &wrapped.tcb,
		.aad_len = sizeof(wrapped.tcb) + sizeof(wrapped.reserved2),
	};

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, sizeof(wrapped));
	if (buf.len != sizeof(buf) || buf.version)
		return SEVTRACE_PSP_INVALID_PARAM;
	if (!ram_read(firmware->ram, buf.address, &wrapped, sizeof(wrapped)))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (!psp_guest_key(firmware->root, "vlek-wrap", 0, key, sizeof(key)))
		return SEVTRACE_PSP_HWSEV_RET_PLATFORM;
	if (!crypto_gcm_open(&gcm, wrapped.vlek, sizeof(vlek), vlek, wrapped.tag))
		return SEVTRACE_PSP_BAD_MEASUREMENT;
	memcpy(firmware->vlek, vlek, sizeof(vlek));
	firmware->snp_flags |= SNP_STATUS_VLEK;
	return SEVTRACE_PSP_SUCCESS;
}

static bool is_reclaimable(const struct firmware *firmware, uint64_t paddr, enum page_state state)
{
	const struct rmp *rmp = &firmware->rmp;

	if (paddr >= (rmp->base & PSP_PAGE_MASK) && paddr - rmp->base < rmp->size)
		return false;
	return state == PAGE_FIRMWARE || state == PAGE_METADATA || state == PAGE_PRE_GUEST ||
	       state == PAGE_PRE_SWAP || state == PAGE_RECLAIM;
}

uint32_t snp_page_reclaim(struct firmware *firmware, struct command *command)
{
	struct rmp_entry entry, reclaim = entry_reclaim;
	struct buf_snp_addr buf;
	enum page_state state;
	uint64_t size, paddr;

	memcpy(&buf, command->bytes, sizeof(buf));
	size = buf.address & 1 ? PSP_PAGE_SIZE_2M : PSP_PAGE_SIZE;
	paddr = buf.address & PSP_ADDRESS_MASK & PSP_PAGE_MASK;
	detail_page(firmware, &command->detail, paddr, size);
	if (paddr % size || !ram_at(firmware->ram, paddr, size))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	state = rmp_read(&firmware->rmp, paddr, &entry);
	if (!is_reclaimable(firmware, paddr, state))
		return SEVTRACE_PSP_INVALID_PAGE_STATE;
	if (entry.huge != (size == PSP_PAGE_SIZE_2M))
		return SEVTRACE_PSP_INVALID_PAGE_SIZE;
	reclaim.huge = entry.huge;
	rmp_write(&firmware->rmp, paddr, &reclaim);
	return SEVTRACE_PSP_SUCCESS;
}
