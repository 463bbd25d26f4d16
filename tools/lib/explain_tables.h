/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why launches fail and what to do, by firmware status and errno; the first row that matches wins. Read
 * by explain.c and by tools/perf/tables.c, which hands it to perf's script. The causes are those of
 * Linux arch/x86/kvm/svm/sev.c, virt/kvm/guest_memfd.c, drivers/crypto/ccp/sev-dev.c (6.12) and of
 * the SEV API specification and SEV-SNP firmware ABI, the sections of the commands.
 */
#ifndef EXPLAIN_TABLES_H
#define EXPLAIN_TABLES_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "explain.h"

#define ANY (-1)
#define ANY_IOCTL 0xffffffffU

/* What the firmware answered. */
struct status_row {
	uint32_t status;
	uint32_t ioctl; /* or ANY_IOCTL */
	int page_type; /* or ANY */
	struct explanation text;
};

/* clang-format off */
static const struct status_row status_rows[] = {
	{ SEVTRACE_PSP_POLICY_FAILURE, ANY_IOCTL, ANY, {
		"The firmware does not accept this guest policy on this host.",
		"Compare the policy with the host: minimum API version, SEV-ES, SMT and debug bits." } },
	{ SEVTRACE_PSP_INVALID_PARAM, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, SEVTRACE_PAGE_CPUID, {
		"The CPUID page asks for values that the firmware does not allow.",
		"The firmware wrote what it accepts into the page: compare, or give the guest another CPU model." } },
	{ SEVTRACE_PSP_INVALID_PARAM, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, ANY, {
		"The firmware rejected a parameter of the page, such as its type or permissions.",
		"Update VMM, kernel and firmware to versions that know each other." } },
	{ SEVTRACE_PSP_INVALID_PAGE_STATE, ANY_IOCTL, ANY, {
		"The page's RMP entry is not in the state that the command needs.",
		"Look for RMP messages in dmesg: something else changed the entry after KVM had set it." } },
	{ SEVTRACE_PSP_INVALID_PAGE_OWNER, ANY_IOCTL, ANY, {
		"The RMP says that the page belongs to another guest.",
		"Look for RMP messages in dmesg: the page was not taken back from its last guest." } },
	{ SEVTRACE_PSP_INVALID_PAGE_SIZE, ANY_IOCTL, ANY, {
		"The RMP holds the page as part of a larger one.", NULL } },
	{ SEVTRACE_PSP_BAD_MEASUREMENT, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, ANY, {
		"The launch digest is not the one in the ID block: the guest was built from other pages than the ID block's author expected.",
		"Compute the expected digest anew from this firmware image, number of vCPUs, kernel hashes and VMSA features." } },
	{ SEVTRACE_PSP_BAD_MEASUREMENT, SEVTRACE_KVM_SEV_LAUNCH_SECRET, ANY, {
		"The secret's header was made for another launch measurement.",
		"The guest owner has to make the secret from this launch's measurement and session." } },
	{ SEVTRACE_PSP_BAD_SIGNATURE, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, ANY, {
		"The signature of the ID block, or of its author key, does not verify.",
		"Sign the ID block again, with the key that the ID authentication block names." } },
	{ SEVTRACE_PSP_INVALID_GUEST_STATE, ANY_IOCTL, ANY, {
		"The launch commands came in a wrong order, or one came twice.",
		"The order is LAUNCH_START, LAUNCH_UPDATE, (SEV: LAUNCH_MEASURE,) LAUNCH_FINISH." } },
	{ SEVTRACE_PSP_INVALID_LEN, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, ANY, {
		"The length is not a multiple of 16 bytes.", "Pad the image to 16 bytes." } },
	{ SEVTRACE_PSP_INVALID_ADDRESS, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, ANY, {
		"The address is not aligned to 16 bytes, or is no memory of the guest.", "Align the image in memory." } },
	{ SEVTRACE_PSP_INVALID_PLATFORM_STATE, ANY_IOCTL, ANY, {
		"The platform was not initialised when the command came, or was shut down since.",
		"Look for ccp's SEV and SNP initialisation messages in dmesg." } },
	{ SEVTRACE_PSP_INVALID_CONFIG, ANY_IOCTL, ANY, {
		"BIOS, processor and kernel are not configured alike for SEV.",
		"Boot by UEFI, enable SMEE and SNP memory coverage in the BIOS, and look for ccp messages in dmesg." } },
	{ SEVTRACE_PSP_INACTIVE, ANY_IOCTL, ANY, {
		"The guest is bound to no ASID.", NULL } },
	{ SEVTRACE_PSP_ASID_OWNED, ANY_IOCTL, ANY, {
		"The ASID is bound already: to another guest, or to this one when its launch is started twice.",
		"Start a launch once; else look for an earlier guest whose DEACTIVATE or DECOMMISSION failed." } },
	{ SEVTRACE_PSP_DFFLUSH_REQUIRED, ANY_IOCTL, ANY, {
		"The ASID was used before and the data fabric has not been flushed since.", NULL } },
	{ SEVTRACE_PSP_WBINVD_REQUIRED, ANY_IOCTL, ANY, {
		"Caches have to be written back before the firmware goes on.", NULL } },
	{ SEVTRACE_PSP_RESOURCE_LIMIT, ANY_IOCTL, ANY, {
		"The firmware has no room for another guest.",
		"End guests that are not needed." } },
	{ SEVTRACE_PSP_INVALID_COMMAND, ANY_IOCTL, ANY, {
		"The firmware does not know the command.", "Update the SEV firmware." } },
	{ SEVTRACE_PSP_UNSUPPORTED, ANY_IOCTL, ANY, {
		"The firmware or processor does not support what was asked for.",
		"Update the SEV firmware, or leave the feature out of the guest's configuration." } },
	{ SEVTRACE_PSP_INVALID_CERTIFICATE, ANY_IOCTL, ANY, {
		"The guest owner's certificate is not valid for this platform.",
		"Make the session for this host's PDH certificate." } },
	{ SEVTRACE_PSP_HWSEV_RET_PLATFORM, ANY_IOCTL, ANY, {
		"The security processor reports a hardware error after which it can go on.",
		"Check SMEE and SNP options in the BIOS; repeated, the host needs service." } },
	{ SEVTRACE_PSP_HWSEV_RET_UNSAFE, ANY_IOCTL, ANY, {
		"The security processor reports a hardware error after which it cannot go on.",
		"Take the host out of service." } },
	{ SEVTRACE_PSP_SECURE_DATA_INVALID, ANY_IOCTL, ANY, {
		"The platform's persistent SEV data is damaged.",
		"Reset it (sevctl reset); certificates have to be provisioned again." } },
};

/* What the kernel met before or instead of asking the firmware. */
struct errno_row {
	int error; /* or ANY */
	uint32_t ioctl; /* or ANY_IOCTL */
	int step; /* enum sevtrace_step, SEVTRACE_STEP_NONE: outside any step, or ANY */
	struct explanation text;
};

static const struct errno_row errno_rows[] = {
	{ EEXIST, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The page was populated before.",
		"The VMM populates this GFN twice: look for overlapping ranges." } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The memory slot has no private memory behind it.",
		"Back the slot with guest_memfd; an image that the VMM maps as flash has to be given as plain firmware memory." } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The slot's guest_memfd file is gone.", NULL } },
	{ ENOMEM, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The host has no page for the guest.",
		"Free memory on the host, or raise the VMM's memory control group limit." } },
	{ EINTR, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"A signal interrupted the VMM.", "Let the VMM repeat the call." } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_CHECK_ATTRS, {
		"The page is not marked private.",
		"Mark the range private with KVM_SET_MEMORY_ATTRIBUTES before populating it." } },
	{ EEXIST, ANY_IOCTL, SEVTRACE_STEP_RMP_LOOKUP, {
		"The RMP says that the page is in use by a guest already.",
		"The VMM populates this GFN twice, or the page was not taken back from its last guest." } },
	{ ANY, ANY_IOCTL, SEVTRACE_STEP_RMP_LOOKUP, {
		"The page has no readable RMP entry.",
		"The RMP may not cover all memory: check SNP memory coverage in the BIOS." } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_COPY, {
		"The VMM's source address cannot be read.",
		"Check that the source is mapped and as long as the range." } },
	{ ANY, ANY_IOCTL, SEVTRACE_STEP_RMP_UPDATE, {
		"The processor refused to change the page's RMP entry.",
		"Look for RMPUPDATE messages in dmesg." } },
	{ ENOMEM, ANY_IOCTL, SEVTRACE_STEP_PIN, {
		"The VMM's pages could not all be pinned; mostly its limit of locked memory is too low.",
		"Raise RLIMIT_MEMLOCK of the VMM above the guest's memory." } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_PIN, {
		"The VMM's address is not mapped.", "Check address and length that the VMM passes." } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_PIN, {
		"The range is empty or wraps around.", "Check address and length that the VMM passes." } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_VMSA_SYNC, {
		"The vCPU's state cannot be put into a VMSA: its debug registers are in use, or the VMSA is encrypted already.",
		"Finish a launch once, and without a debugger on its vCPUs." } },
	{ EBADF, ANY_IOCTL, ANY, {
		"The launch was not started, or not with an open /dev/sev.",
		"Call LAUNCH_START first, with a file descriptor of /dev/sev." } },
	{ EBUSY, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"No ASID is left for a guest of this type.",
		"End guests, or move the boundary between SEV and SEV-ES ASIDs in the BIOS." } },
	{ EBUSY, SEVTRACE_KVM_SEV_INIT, SEVTRACE_STEP_NONE, {
		"No ASID is left for a guest of this type.",
		"End guests, or move the boundary between SEV and SEV-ES ASIDs in the BIOS." } },
	{ ENOTTY, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"The host has no ASIDs for this type of guest.",
		"Give the type ASIDs in the BIOS, and check kvm_amd's parameters sev, sev_es and sev_snp." } },
	{ EINVAL, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"KVM does not take this combination of VM type, VMSA features, flags and GHCB version, or vCPUs exist already.",
		"Call INIT2 once, before the first vCPU, with features the kernel offers." } },
	{ EPERM, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"The guest is initialised for SNP already.", "Call INIT2 once." } },
	{ EPERM, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"An SNP guest takes no command of the older SEV.", "The VMM has to use the SNP commands." } },
	{ ENOTTY, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_STEP_NONE, {
		"The guest is not an SNP guest, or the firmware made no guest context.",
		"Create the VM with type KVM_X86_SNP_VM and call KVM_SEV_INIT2 before." } },
	{ EINVAL, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_STEP_NONE, {
		"KVM does not take this policy or flags, or the launch was started before.",
		"The policy needs bits 16 (SMT) and 17 (always 1), and must leave the single-socket bit 20 clear." } },
	{ EINVAL, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, SEVTRACE_STEP_NONE, {
		"KVM does not take this range: its slot has no guest_memfd, the length is no multiple of 4096, the page type is unknown, or the launch was not started.",
		"Back the slot with guest_memfd, and check length, type and order of the calls." } },
	{ EEXIST, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"A page of the range is private already: it has been populated, or the VMM made it private.",
		"Populate each private page once, and leave its attributes to KVM; after an error go on where KVM wrote back." } },
	{ EFAULT, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"A part of the range is in no memory slot; nothing of it was encrypted.",
		"Split the range where the memory slots end." } },
	{ EINVAL, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"The range is empty, or begins or ends inside a private page.",
		"Private pages are populated whole: align address and length to 4096 bytes." } },
	{ EINVAL, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_STEP_NONE, {
		"KVM does not take these flags, or the launch was not started.",
		"Call SNP_LAUNCH_START first." } },
	{ ENOTTY, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"The command does not fit this type of guest, or the guest is not initialised for SEV.",
		"Call KVM_SEV_INIT2 first, and the commands of its type." } },
	{ EINVAL, SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION, SEVTRACE_STEP_NONE, {
		"KVM does not take this address and length.", NULL } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"An address that the VMM passed cannot be read or written.", NULL } },
};
/* clang-format on */

static const struct explanation no_answer = {
	"The firmware did not answer in time; the driver has given the PSP up.",
	"Every later command fails with EBUSY: reboot the host, or reload ccp when no guest runs.",
};

static const struct explanation unknown_command = {
	"The kernel has no such command.",
	"Use a kernel and a VMM that know each other.",
};

static const struct explanation given_up = {
	"The driver did not ask the PSP: it gave it up after an earlier command had no answer.",
	"Look for that command in dmesg; reboot the host, or reload ccp when no guest runs.",
};

#endif /* EXPLAIN_TABLES_H */
