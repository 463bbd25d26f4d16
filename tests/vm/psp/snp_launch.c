// SPDX-License-Identifier: GPL-2.0-only
/* SNP_LAUNCH_START and SNP_LAUNCH_UPDATE: ABI chapter 8, "Launch". */
#include <string.h>

#include "handlers.h"
#include "memory.h"

/* Family, model and stepping of the emulated processor, as CPUID Fn0000_0001 EAX has them. */
#define PROCESSOR_FMS 0x00a00f11U
#define SECRETS_VERSION 3
#define TSC_FACTOR 200

static bool policy_ok(const struct firmware *firmware, uint64_t policy)
{
	const struct platform *platform = &firmware->platform;
	uint32_t needed = (uint32_t)(SNP_POLICY_MAJOR(policy) << 8 | SNP_POLICY_MINOR(policy));

	/* The platform runs with SMT, so the policy must allow it. */
	return !(policy & SNP_POLICY_RESERVED) && (policy & SNP_POLICY_MUST_BE_ONE) &&
	       (policy & SNP_POLICY_SMT) &&
	       needed <= (uint32_t)(platform->api_major << 8 | platform->api_minor);
}

uint32_t snp_launch_start(struct firmware *firmware, struct command *command)
{
	struct buf_snp_launch_start buf;
	struct guest *guest;

	memcpy(&buf, command->bytes, sizeof(buf));
	guest = guest_by_context(firmware, buf.gctx);
	if (!guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, guest);
	if (guest->state != SNP_GSTATE_INIT)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	if (buf.flags & SNP_START_MA) {
		if (!guest_by_context(firmware, buf.ma_gctx))
			return SEVTRACE_PSP_INVALID_GUEST;
		if (!(buf.policy & SNP_POLICY_MIGRATE_MA))
			return SEVTRACE_PSP_POLICY_FAILURE;
		return SEVTRACE_PSP_UNSUPPORTED; /* the emulator supports no migration */
	}
	if (!policy_ok(firmware, buf.policy))
		return SEVTRACE_PSP_POLICY_FAILURE;
	guest->policy = buf.policy;
	guest->imi = buf.flags & SNP_START_IMI;
	guest->tsc_khz = buf.desired_tsc_khz;
	memcpy(guest->gosvw, buf.gosvw, sizeof(guest->gosvw));
	guest->state = SNP_GSTATE_LAUNCH;
	return SEVTRACE_PSP_SUCCESS;
}

static const char *const type_names[] = {
	[SNP_PAGE_NORMAL] = "NORMAL",	[SNP_PAGE_VMSA] = "VMSA",
	[SNP_PAGE_ZERO] = "ZERO",	[SNP_PAGE_UNMEASURED] = "UNMEASURED",
	[SNP_PAGE_SECRETS] = "SECRETS", [SNP_PAGE_CPUID] = "CPUID",
	[SNP_PAGE_CPUID + 1] = NULL,
};

/* A page that is being added, and its checked command. */
struct update {
	struct guest *guest;
	struct buf_snp_launch_update buf;
	struct rmp_entry entry;
	uint64_t paddr;
	uint64_t size;
	unsigned int type;
};

/* Makes the checks of the page alone, in the ABI's order; see README.md. */
static uint32_t check_page(const struct firmware *firmware, struct update *update)
{
	bool huge = update->buf.flags & SNP_UPDATE_HUGE;

	if (!ram_at(firmware->ram, update->paddr, PSP_PAGE_SIZE))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (rmp_read(&firmware->rmp, update->paddr, &update->entry) != PAGE_PRE_GUEST)
		return SEVTRACE_PSP_INVALID_PAGE_STATE;
	if (update->entry.huge != huge)
		return SEVTRACE_PSP_INVALID_PAGE_SIZE;
	if (update->paddr % update->size || !ram_at(firmware->ram, update->paddr, update->size))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	switch (update->type) {
	case SNP_PAGE_NORMAL:
	case SNP_PAGE_ZERO:
	case SNP_PAGE_UNMEASURED:
		return SEVTRACE_PSP_SUCCESS;
	case SNP_PAGE_VMSA:
	case SNP_PAGE_SECRETS:
	case SNP_PAGE_CPUID:
		return huge ? SEVTRACE_PSP_INVALID_PAGE_SIZE : SEVTRACE_PSP_SUCCESS;
	default:
		return SEVTRACE_PSP_INVALID_PARAM;
	}
}

/* Checks the guest, and whether the page fits the guest. */
static uint32_t check_guest(const struct update *update)
{
	const struct guest *guest = update->guest;

	if (guest->state != SNP_GSTATE_LAUNCH)
		return SEVTRACE_PSP_INVALID_GUEST_STATE;
	if (!guest->asid)
		return SEVTRACE_PSP_INACTIVE;
	if (update->entry.asid != guest->asid)
		return SEVTRACE_PSP_INVALID_PAGE_OWNER;
	if (guest->imi && !(update->buf.flags & SNP_UPDATE_IMI))
		return SEVTRACE_PSP_INVALID_PARAM;
	return SEVTRACE_PSP_SUCCESS;
}

/* Computes the digest of the contents: of NORMAL and VMSA pages; zero for the others. */
static bool contents_digest(unsigned int type, const uint8_t page[PSP_PAGE_SIZE],
			    uint8_t digest[SHA384_SIZE])
{
	uint8_t vmsa[PSP_PAGE_SIZE];

	memset(digest, 0, SHA384_SIZE);
	if (type == SNP_PAGE_NORMAL)
		return crypto_sha384(page, PSP_PAGE_SIZE, digest);
	if (type != SNP_PAGE_VMSA)
		return true;
	memcpy(vmsa, page, sizeof(vmsa));
	memset(vmsa + VMSA_TSC_SCALE, 0, VMSA_TSC_SIZE);
	return crypto_sha384(vmsa, sizeof(vmsa), digest);
}

/* Adds the page at guest-physical address @gpa to the launch digest, and to the IMI's. */
static bool extend_digest(const struct update *update, const uint8_t *page, uint64_t gpa)
{
	struct guest *guest = update->guest;
	struct snp_page_info info = {
		.length = sizeof(info),
		.page_type = (uint8_t)update->type,
		.imi_page = !!(update->buf.flags & SNP_UPDATE_IMI),
		.vmpl3_perms = update->buf.vmpl3_perms,
		.vmpl2_perms = update->buf.vmpl2_perms,
		.vmpl1_perms = update->buf.vmpl1_perms,
		.gpa = gpa,
	};

	memcpy(info.digest_cur, guest->digest, sizeof(info.digest_cur));
	if (!contents_digest(update->type, page, info.contents) ||
	    !crypto_sha384(&info, sizeof(info), guest->digest))
		return false;
	if (!info.imi_page)
		return true;
	memcpy(info.digest_cur, guest->imd, sizeof(info.digest_cur));
	return crypto_sha384(&info, sizeof(info), guest->imd);
}

static void make_secrets(const struct guest *guest, uint8_t page[PSP_PAGE_SIZE])
{
	struct snp_secrets_page secrets = {
		.version = SECRETS_VERSION,
		.imi_en = guest->imi,
		.fms = PROCESSOR_FMS,
		.tsc_factor = TSC_FACTOR,
	};

	memcpy(secrets.gosvw, guest->gosvw, sizeof(secrets.gosvw));
	memcpy(secrets.vmpck, guest->vmpck, sizeof(secrets.vmpck));
	memcpy(page, &secrets, sizeof(secrets));
}

/*
 * Checks a CPUID page. If it is refused, it stays readable and shows what the platform would
 * accept.
 */
static uint32_t check_cpuid(const struct firmware *firmware, uint64_t paddr, uint8_t *page)
{
	struct snp_cpuid_page cpuid;
	uint32_t status;

	memcpy(&cpuid, page, sizeof(cpuid));
	status = snp_cpuid_check(&cpuid);
	if (status)
		ram_write(firmware->ram, paddr, &cpuid, sizeof(cpuid));
	return status;
}

/* Measures and encrypts one 4 KiB page, @offset bytes into the page of the command. */
static uint32_t add_page(struct firmware *firmware, const struct update *update, uint64_t offset)
{
	uint64_t paddr = update->paddr + offset;
	uint8_t *page = firmware->scratch;
	uint32_t status;

	if (!ram_read(firmware->ram, paddr, page, PSP_PAGE_SIZE))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	if (update->type == SNP_PAGE_CPUID) {
		status = check_cpuid(firmware, paddr, page);
		if (status)
			return status;
	}
	if (update->type == SNP_PAGE_ZERO)
		memset(page, 0, PSP_PAGE_SIZE);
	if (update->type == SNP_PAGE_SECRETS)
		make_secrets(update->guest, page);
	if (!extend_digest(update, page, update->entry.gpa + offset) ||
	    !memory_store(firmware, update->guest, paddr, page, PSP_PAGE_SIZE))
		return SEVTRACE_PSP_HWSEV_RET_UNSAFE;
	return SEVTRACE_PSP_SUCCESS;
}

uint32_t snp_launch_update(struct firmware *firmware, struct command *command)
{
	struct update update = { 0 };
	uint32_t status;

	memcpy(&update.buf, command->bytes, sizeof(update.buf));
	update.paddr = update.buf.address & PSP_ADDRESS_MASK;
	update.size = update.buf.flags & SNP_UPDATE_HUGE ? PSP_PAGE_SIZE_2M : PSP_PAGE_SIZE;
	update.type = SNP_UPDATE_TYPE(update.buf.flags);
	update.guest = guest_by_context(firmware, update.buf.gctx);
	detail_page(firmware, &command->detail, update.paddr, update.size);
	command->detail.page_type = type_names[update.type];
	if (!update.guest)
		return SEVTRACE_PSP_INVALID_GUEST;
	detail_guest(command, update.guest);
	status = check_page(firmware, &update);
	if (!status)
		status = check_guest(&update);
	for (uint64_t at = 0; !status && at < update.size; at += PSP_PAGE_SIZE)
		status = add_page(firmware, &update, at);
	if (status)
		return status;
	/* The page goes from Pre-Guest to Guest-Valid. */
	update.entry.validated = true;
	update.entry.immutable = false;
	update.entry.vmsa = update.type == SNP_PAGE_VMSA;
	rmp_write(&firmware->rmp, update.paddr, &update.entry);
	return SEVTRACE_PSP_SUCCESS;
}
