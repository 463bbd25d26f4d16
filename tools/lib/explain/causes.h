/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why launches fail and what to do, by firmware status and errno; the first row that matches wins.
 * explain.c reads these tables, and so does tools/perf/tables.c, which makes tables for perf's
 * script. The causes were taken from Linux 6.12 (arch/x86/kvm/svm/sev.c, virt/kvm/guest_memfd.c,
 * drivers/crypto/ccp/sev-dev.c), and from the sections on the commands in the SEV API specification
 * and the SEV-SNP firmware ABI.
 */
#ifndef EXPLAIN_CAUSES_H
#define EXPLAIN_CAUSES_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "explain/explain.h"

#define ANY EXPLAIN_ANY
#define ANY_IOCTL EXPLAIN_ANY_IOCTL

/* Statuses that no specification has; firmware returns them when the platform is initialised. */
#define FIELD_STATUS_CAUSE \
	"In no specification; hosts in the field gave it when the platform was initialised."
#define FIELD_STATUS_HINT \
	"Update the BIOS, which carries the firmware: that helped in one known case."

/* A cause for a status that the firmware returned. */
struct status_row {
	uint32_t status;
	uint32_t ioctl; /* or ANY_IOCTL */
	int page_type; /* or ANY */
	struct explanation text;
};

/* clang-format off */
static const struct status_row status_rows[] = {
	{ SEVTRACE_PSP_INVALID_PLATFORM_STATE, ANY_IOCTL, ANY, {
		"The platform was not initialised when the command came, or was shut down since.",
		"Look for ccp's SEV and SNP initialisation messages in dmesg.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_GUEST_STATE, ANY_IOCTL, ANY, {
		"The launch commands came in a wrong order, or one came twice.",
		"The order is LAUNCH_START, LAUNCH_UPDATE, (SEV: LAUNCH_MEASURE,) LAUNCH_FINISH.", SURE } },
	{ SEVTRACE_PSP_INVALID_CONFIG, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, ANY, {
		"Pages of an earlier guest still carry the ASID in the RMP, or the platform is not configured for SNP on every processor.",
		"Look for RMP messages and leaked pages in dmesg. Seen now and then on hosts in the field without a known reason: try again, update the BIOS.", POSSIBLE } },
	{ SEVTRACE_PSP_INVALID_CONFIG, ANY_IOCTL, ANY, {
		"BIOS, processor and kernel are not configured alike for SEV.",
		"Boot by UEFI, enable SMEE and SNP memory coverage in the BIOS, do not boot with nosmt, and look for ccp messages in dmesg.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_LEN, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, ANY, {
		"The length is not a multiple of 16 bytes.", "Pad the image to 16 bytes.", SURE } },
	{ SEVTRACE_PSP_INVALID_LEN, SEVTRACE_KVM_SEV_LAUNCH_MEASURE, ANY, {
		"The buffer for the measurement is too small; a VMM asks so for the length it needs.",
		"No failure when the same call succeeds right after with a larger buffer.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_LEN, ANY_IOCTL, ANY, {
		"A buffer of the VMM is too short or of a wrong length; the length needed is written back.",
		"No failure when the VMM asks again with that length; else check the file that it passes, such as session or certificate.", LIKELY } },
	{ SEVTRACE_PSP_ALREADY_OWNED, ANY_IOCTL, ANY, {
		"The platform has an owner's certificate already.",
		"Reset the platform first (sevctl reset), if its certificates may be lost.", SURE } },
	{ SEVTRACE_PSP_INVALID_CERTIFICATE, ANY_IOCTL, ANY, {
		"The guest owner's certificate is not valid for this platform.",
		"Make the session for this host's PDH certificate.", LIKELY } },
	{ SEVTRACE_PSP_POLICY_FAILURE, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, ANY, {
		"The policy in the ID block is not the one that the guest was started with.",
		"Give both the same policy.", SURE } },
	{ SEVTRACE_PSP_POLICY_FAILURE, ANY_IOCTL, ANY, {
		"The firmware does not accept this guest policy on this host.",
		"Compare the policy with the host: minimum API version, SEV-ES, SMT and debug bits.", LIKELY } },
	{ SEVTRACE_PSP_INACTIVE, ANY_IOCTL, ANY, {
		"The guest is bound to no ASID.",
		"The kernel binds it in LAUNCH_START: look for a failed ACTIVATE before.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_ADDRESS, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, ANY, {
		"The address is not aligned to 16 bytes, or is not in the guest's memory.", "Align the image in memory.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_ADDRESS, ANY_IOCTL, ANY, {
		"The firmware cannot use an address in the command: not aligned, no memory, or memory that the firmware owns.",
		"Check the alignment of what the VMM passes; else report it as a kernel bug, with the record of the launch.", POSSIBLE } },
	{ SEVTRACE_PSP_BAD_SIGNATURE, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, ANY, {
		"The signature of the ID block, or of its author key, does not verify.",
		"Sign the ID block again, with the key that the ID authentication block names.", SURE } },
	{ SEVTRACE_PSP_BAD_SIGNATURE, ANY_IOCTL, ANY, {
		"A certificate or firmware image is not signed by the key that the platform expects.",
		"Get the image for this processor from AMD, or sign the certificate with the owner's key.", LIKELY } },
	{ SEVTRACE_PSP_BAD_MEASUREMENT, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, ANY, {
		"The launch digest is not the one in the ID block: the guest was built from other pages than the ID block's author expected.",
		"Compute the expected digest anew from this firmware image, number of vCPUs, kernel hashes and VMSA features.", SURE } },
	{ SEVTRACE_PSP_BAD_MEASUREMENT, SEVTRACE_KVM_SEV_LAUNCH_SECRET, ANY, {
		"The secret's header was made for another launch measurement.",
		"The guest owner has to make the secret from this launch's measurement and session.", SURE } },
	{ SEVTRACE_PSP_BAD_MEASUREMENT, SEVTRACE_KVM_SEV_LAUNCH_START, ANY, {
		"The session was made for another policy, certificate or host.",
		"Make the session anew for this host's PDH certificate and this policy.", LIKELY } },
	{ SEVTRACE_PSP_BAD_MEASUREMENT, ANY_IOCTL, ANY, {
		"Data that was signed or wrapped for the firmware is not what was signed.",
		"Make it anew, for this platform and guest.", LIKELY } },
	{ SEVTRACE_PSP_ASID_OWNED, ANY_IOCTL, ANY, {
		"The ASID is bound already: to another guest, or to this one when its launch is started twice.",
		"Start a launch once; else look for an earlier guest whose DEACTIVATE or DECOMMISSION failed.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_ASID, ANY_IOCTL, ANY, {
		"Kernel and firmware divide the ASIDs differently between SEV and SEV-ES.",
		"Reset the host after changing the ASID boundary in the BIOS; compare CPUID 0x8000001f EDX (sevtrace doctor).", LIKELY } },
	{ SEVTRACE_PSP_WBINVD_REQUIRED, ANY_IOCTL, ANY, {
		"Caches have to be written back on every processor before the firmware goes on.",
		"At initialisation: check the SEV options in the BIOS and update it; at a launch: report it as a kernel bug.", POSSIBLE } },
	{ SEVTRACE_PSP_DFFLUSH_REQUIRED, ANY_IOCTL, ANY, {
		"The ASID was used before and the data fabric has not been flushed since.",
		"The kernel does that when ASIDs run out: look for 'DF_FLUSH failed' in dmesg.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_GUEST, ANY_IOCTL, ANY, {
		"The firmware does not know the guest: it was decommissioned, the platform was initialised anew since, or the handle to share keys with is wrong.",
		"Start the guest again; leave the handle out unless keys are shared on purpose.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_COMMAND, ANY_IOCTL, ANY, {
		"The firmware does not know the command.", "Update the SEV firmware.", SURE } },
	{ SEVTRACE_PSP_ACTIVE, ANY_IOCTL, ANY, {
		"The guest is still bound to its ASID.",
		"The kernel unbinds it first: look for a failed DEACTIVATE before.", LIKELY } },
	{ SEVTRACE_PSP_HWSEV_RET_PLATFORM, ANY_IOCTL, ANY, {
		"The security processor reports a hardware error after which it can go on.",
		"Check SMEE and SNP options in the BIOS; repeated, the host needs service.", POSSIBLE } },
	{ SEVTRACE_PSP_HWSEV_RET_UNSAFE, ANY_IOCTL, ANY, {
		"The security processor reports a hardware error after which it cannot go on.",
		"Take the host out of service.", SURE } },
	{ SEVTRACE_PSP_UNSUPPORTED, SEVTRACE_KVM_SEV_LAUNCH_START, ANY, {
		"The policy asks for SEV-ES, and the platform was initialised without it.",
		"Look for 'SEV-ES support unavailable' in dmesg; load kvm_amd with sev_es=1.", POSSIBLE } },
	{ SEVTRACE_PSP_UNSUPPORTED, SEVTRACE_KVM_SEV_LAUNCH_START, ANY, {
		"Newer firmware refuses SEV-ES guests while SEV-SNP is initialised on the host (CVE-2025-48514).",
		"Launch the guest with SEV-SNP, or load kvm_amd and ccp without SEV-SNP (kvm_amd.sev_snp=0).", LIKELY } },
	{ SEVTRACE_PSP_UNSUPPORTED, ANY_IOCTL, ANY, {
		"The firmware or processor does not support what was asked for.",
		"Update the SEV firmware, or leave the feature out of the guest's configuration.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_PARAM, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, SEVTRACE_PAGE_CPUID, {
		"The CPUID page asks for values that the firmware does not allow.",
		"The firmware wrote what it accepts into the page: compare, or give the guest another CPU model.", SURE } },
	{ SEVTRACE_PSP_INVALID_PARAM, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, ANY, {
		"The firmware rejected a parameter of the page, such as its type or permissions.",
		"Update VMM, kernel and firmware to versions that know each other.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_PARAM, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, ANY, {
		"The ID block or its authentication block has a field that the firmware does not accept, such as the key algorithm.",
		"The algorithm has to be ECDSA P-384 with SHA-384, for both keys; reserved fields zero.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_PARAM, ANY_IOCTL, ANY, {
		"A field of the command has a value that the firmware does not accept, such as a reserved bit.",
		"Update kernel and firmware to versions that know each other.", POSSIBLE } },
	{ SEVTRACE_PSP_RESOURCE_LIMIT, ANY_IOCTL, ANY, {
		"The firmware has no room for another guest.",
		"End guests that are not needed.", SURE } },
	{ SEVTRACE_PSP_SECURE_DATA_INVALID, ANY_IOCTL, ANY, {
		"The platform's persistent SEV data is damaged.",
		"Reset it (sevctl reset); certificates have to be provisioned again.", SURE } },
	{ SEVTRACE_PSP_INVALID_PAGE_SIZE, ANY_IOCTL, ANY, {
		"The RMP holds the page as part of a larger one, or the other way round.",
		"Report it as a kernel bug, with RMP messages from dmesg and the record of the launch.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_PAGE_STATE, ANY_IOCTL, ANY, {
		"The page's RMP entry is not in the state that the command needs.",
		"Look for RMP messages in dmesg: something else changed the entry after KVM had set it.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_MDATA_ENTRY, ANY_IOCTL, ANY, {
		"A metadata entry of a swapped page was used up or belongs to another page.",
		"Linux does not swap guest pages: look for another program that issues such commands.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_PAGE_OWNER, ANY_IOCTL, ANY, {
		"The RMP says that the page belongs to another guest.",
		"Look for RMP messages in dmesg: the page was not taken back from its last guest.", LIKELY } },
	{ SEVTRACE_PSP_AEAD_OFLOW, ANY_IOCTL, ANY, {
		"The guest has used up the message numbers of its key.",
		"Start the guest again.", SURE } },
	{ SEVTRACE_PSP_EXIT_RING_BUFFER, ANY_IOCTL, ANY, {
		"The firmware left ring buffer mode, which Linux does not use.",
		"Update kernel and firmware to versions that know each other.", POSSIBLE } },
	{ SEVTRACE_PSP_RMP_INIT_REQUIRED, ANY_IOCTL, ANY, {
		"SNP was initialised without its RMP, which has not been set up since the last reset.",
		"Reset the host; look for ccp messages in dmesg.", LIKELY } },
	{ SEVTRACE_PSP_BAD_SVN, ANY_IOCTL, ANY, {
		"The firmware image is older than the committed one.",
		"Load a newer image: firmware cannot go back behind a commit.", SURE } },
	{ SEVTRACE_PSP_BAD_VERSION, ANY_IOCTL, ANY, {
		"The firmware image has a version that may not follow the running one.",
		"Load a newer image; check that it is for this processor family.", LIKELY } },
	{ SEVTRACE_PSP_SHUTDOWN_REQUIRED, ANY_IOCTL, ANY, {
		"The new firmware needs SEV and SNP shut down first.",
		"End all guests, unload kvm_amd and ccp, and update then.", SURE } },
	{ SEVTRACE_PSP_UPDATE_FAILED, ANY_IOCTL, ANY, {
		"The firmware update failed; the old firmware goes on.",
		"Check the image; update by the BIOS.", LIKELY } },
	{ SEVTRACE_PSP_RESTORE_REQUIRED, ANY_IOCTL, ANY, {
		"The firmware update failed, and the old firmware has to be loaded again.",
		"Load the committed image again; else reset the host.", LIKELY } },
	{ SEVTRACE_PSP_RMP_INITIALIZATION_FAILED, ANY_IOCTL, ANY, {
		"The firmware could not set up the RMP.",
		"Check SNP memory coverage in the BIOS, and that the RMP covers all memory (sevtrace doctor).", LIKELY } },
	{ SEVTRACE_PSP_INVALID_KEY, ANY_IOCTL, ANY, {
		"A message or image uses a key that the firmware does not have or does not allow.",
		"Start the guest again; with a VLEK, load it before.", POSSIBLE } },
	{ SEVTRACE_PSP_SHUTDOWN_INCOMPLETE, ANY_IOCTL, ANY, {
		"SNP was shut down, and processors or the IOMMU have not left it yet.",
		"Reset the host.", LIKELY } },
	{ SEVTRACE_PSP_INCORRECT_BUFFER_LENGTH, ANY_IOCTL, ANY, {
		"A buffer of a trusted I/O command has the wrong length.",
		"Update kernel and firmware to versions that know each other.", LIKELY } },
	{ SEVTRACE_PSP_EXPAND_BUFFER_LENGTH_REQUEST, ANY_IOCTL, ANY, {
		"A trusted I/O command needs a larger buffer; the driver repeats it.",
		"No failure when the same command succeeds right after.", LIKELY } },
	{ SEVTRACE_PSP_SPDM_REQUEST, ANY_IOCTL, ANY, {
		"The firmware has a message for the device, and goes on with its answer.",
		"No failure when the same command succeeds right after.", LIKELY } },
	{ SEVTRACE_PSP_SPDM_ERROR, ANY_IOCTL, ANY, {
		"The device and the firmware did not come to terms by SPDM.",
		"Check the device's firmware and certificates.", LIKELY } },
	{ SEVTRACE_PSP_ERR_IN_DEV_CONN, ANY_IOCTL, ANY, {
		"The secure connection to the device broke.", "Connect the device again; look for PCIe errors in dmesg.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_DEV_CTX, ANY_IOCTL, ANY, {
		"The firmware does not know the device's context.", "Make the device's context anew: unbind it and bind it again.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_TDI_CTX, ANY_IOCTL, ANY, {
		"The firmware does not know the context of the device's interface.", "Unbind the device from the guest and bind it again.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_TDI, ANY_IOCTL, ANY, {
		"The device has no such interface.", "Check which function of the device is given to the guest.", LIKELY } },
	{ SEVTRACE_PSP_RECLAIM_REQUIRED, ANY_IOCTL, ANY, {
		"Pages of the device's context have to be taken back first.", "Unbind the device; report it as a kernel bug if it stays.", LIKELY } },
	{ SEVTRACE_PSP_IN_USE, ANY_IOCTL, ANY, {
		"The device or its context is in use by a guest.", "End that guest first.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_DEV_STATE, ANY_IOCTL, ANY, {
		"The device is in the wrong state for the command.", "Connect the device before it is given to a guest.", LIKELY } },
	{ SEVTRACE_PSP_INVALID_TDI_STATE, ANY_IOCTL, ANY, {
		"The device's interface is in the wrong state for the command.", "Unbind the device from the guest and bind it again.", LIKELY } },
	{ SEVTRACE_PSP_DEV_CERT_CHANGED, ANY_IOCTL, ANY, {
		"The device shows another certificate than when it was connected.", "Connect the device again, and have its new certificate verified.", SURE } },
	{ SEVTRACE_PSP_RESYNC_REQ, ANY_IOCTL, ANY, {
		"Firmware and device have lost the count of their messages.", "Connect the device again.", LIKELY } },
	{ SEVTRACE_PSP_RESPONSE_TOO_LARGE, ANY_IOCTL, ANY, {
		"The device's answer does not fit the buffer.", "Update kernel and device firmware.", LIKELY } },
	{ 0x8006, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA, ANY, {
		"An old SEV firmware, which cannot encrypt the save areas of SEV-ES guests; the status is in no specification.",
		"Update the SEV firmware, by the BIOS or linux-firmware's amd_sev files.", LIKELY } },
	{ 0x8006, ANY_IOCTL, ANY, {
		"In no specification; seen with an old SEV firmware.",
		"Update the SEV firmware, by the BIOS or linux-firmware's amd_sev files.", POSSIBLE } },
	{ 0x8003, ANY_IOCTL, ANY, { FIELD_STATUS_CAUSE, FIELD_STATUS_HINT, POSSIBLE } },
	{ 0x8004, ANY_IOCTL, ANY, { FIELD_STATUS_CAUSE, FIELD_STATUS_HINT, POSSIBLE } },
	{ 0x9000, ANY_IOCTL, ANY, { FIELD_STATUS_CAUSE, FIELD_STATUS_HINT, POSSIBLE } },
	{ 0x9003, ANY_IOCTL, ANY, { FIELD_STATUS_CAUSE, FIELD_STATUS_HINT, POSSIBLE } },
};

#define NO_ANSWER { \
	"The firmware did not answer in time; the driver has given the PSP up.", \
	"Every later command fails with EBUSY: reboot the host, or reload ccp when no guest runs.", SURE }

/* A cause for an errno that the kernel met before, or instead of, asking the firmware. */
struct errno_row {
	int error; /* or ANY */
	uint32_t ioctl; /* or ANY_IOCTL */
	int step; /* enum sevtrace_step; SEVTRACE_STEP_NONE: outside any step; or ANY */
	struct explanation text;
};

static const struct errno_row errno_rows[] = {
	/* In a step of a page. */
	{ EEXIST, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_STEP_GET_PAGE, {
		"The guest or KVM_PRE_FAULT_MEMORY touched the page while the launch went on, and got zeros: the launch raced and is not whole.",
		"Let no vCPU run before LAUNCH_FINISH; to go on, punch a hole over the rest of the range into the guest_memfd and repeat the call as KVM wrote it back.", SURE } },
	{ EEXIST, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The page was populated before.",
		"The VMM populates this GFN twice: look for overlapping ranges.", SURE } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The memory slot has no private memory behind it.",
		"Back the slot with guest_memfd; an image that the VMM maps as flash has to be given as plain firmware memory.", LIKELY } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The slot's guest_memfd file is gone.",
		"The VMM closed it, or deleted the slot, while the launch went on.", LIKELY } },
	{ ENOMEM, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The host has no page for the guest.",
		"Free memory on the host, or raise the VMM's memory control group limit.", SURE } },
	{ EINTR, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"A signal interrupted the VMM.",
		"Let the VMM repeat the call; if it was killed, look for who did.", SURE } },
	{ EIO, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The slot's guest_memfd file is bound to another slot there.",
		"The VMM gives two slots the same part of one file: look at its memory map.", LIKELY } },
	{ EHWPOISON, ANY_IOCTL, SEVTRACE_STEP_GET_PAGE, {
		"The page of the guest's memory has a hardware error.",
		"Look for machine checks in dmesg; the host needs service when they repeat.", SURE } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_CHECK_ATTRS, {
		"The page is not marked private.",
		"Mark the range private with KVM_SET_MEMORY_ATTRIBUTES before populating it.", SURE } },
	{ EEXIST, ANY_IOCTL, SEVTRACE_STEP_RMP_LOOKUP, {
		"The RMP says that the page is in use by a guest already.",
		"The VMM populates this GFN twice, or the page was not taken back from its last guest.", LIKELY } },
	{ ANY, ANY_IOCTL, SEVTRACE_STEP_RMP_LOOKUP, {
		"The page has no readable RMP entry.",
		"The RMP may not cover all memory: check SNP memory coverage in the BIOS.", LIKELY } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_COPY, {
		"The VMM's source address cannot be read.",
		"Check that the source is mapped and as long as the range.", SURE } },
	{ ANY, ANY_IOCTL, SEVTRACE_STEP_RMP_UPDATE, {
		"The processor refused to change the page's RMP entry.",
		"Look for RMPUPDATE messages in dmesg.", SURE } },
	{ ENOMEM, ANY_IOCTL, SEVTRACE_STEP_PIN, {
		"The VMM's pages could not all be pinned; mostly its limit of locked memory is too low.",
		"Raise RLIMIT_MEMLOCK of the VMM above the guest's memory.", LIKELY } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_PIN, {
		"The VMM's address is not mapped.",
		"Check address and length that the VMM passes.", SURE } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_PIN, {
		"The range is empty or wraps around.",
		"Check address and length that the VMM passes.", SURE } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_VMSA_SYNC, {
		"The vCPU's state cannot be put into a VMSA: its debug registers are in use, or the VMSA is encrypted already.",
		"Finish a launch once, and without a debugger on its vCPUs.", SURE } },
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_ATTRIBUTES, {
		"KVM does not take these attributes or this range: the VM has no private memory, or the range is empty or not aligned to pages.",
		"Create the VM with a type that has private memory, and align the range to 4096 bytes.", LIKELY } },
	{ ENOMEM, ANY_IOCTL, SEVTRACE_STEP_ATTRIBUTES, {
		"The host has no memory for the attributes.",
		"Free memory on the host, or raise the VMM's memory control group limit.", SURE } },
	/* Before any step: creating the guest. */
	{ EBUSY, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"No ASID is left for a guest of this type, on the host or in the VMM's misc control group.",
		"End guests, raise misc.max, or move the boundary between SEV and SEV-ES ASIDs in the BIOS (sevtrace doctor counts them).", SURE } },
	{ EBUSY, SEVTRACE_KVM_SEV_INIT, SEVTRACE_STEP_NONE, {
		"No ASID is left for a SEV guest, on the host or in the VMM's misc control group.",
		"End guests, raise misc.max, or move the boundary between SEV and SEV-ES ASIDs in the BIOS (sevtrace doctor counts them).", SURE } },
	{ EBUSY, SEVTRACE_KVM_SEV_ES_INIT, SEVTRACE_STEP_NONE, {
		"No ASID is left for a SEV-ES guest, on the host or in the VMM's misc control group.",
		"End guests, raise misc.max, or move the boundary between SEV and SEV-ES ASIDs in the BIOS (sevtrace doctor counts them).", SURE } },
	{ ENOTTY, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"The host has no ASIDs for this type of guest.",
		"Give the type ASIDs in the BIOS, and check kvm_amd's parameters sev, sev_es and sev_snp.", LIKELY } },
	{ ENOTTY, SEVTRACE_KVM_SEV_INIT, SEVTRACE_STEP_NONE, {
		"SEV is off in KVM, or the host has no ASIDs for SEV guests.",
		"Check kvm_amd's parameter sev, and the ASID boundary in the BIOS.", LIKELY } },
	{ ENOTTY, SEVTRACE_KVM_SEV_ES_INIT, SEVTRACE_STEP_NONE, {
		"SEV-ES is off in KVM, or the host has no ASIDs for it.",
		"Check kvm_amd's parameter sev_es, and the ASID boundary in the BIOS.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"KVM does not take this combination of VM type, VMSA features, flags and GHCB version, or vCPUs exist already.",
		"Call INIT2 once, before the first vCPU, with features the kernel offers.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_INIT, SEVTRACE_STEP_NONE, {
		"The VM is not of the default type, or has vCPUs or was initialised already.",
		"Use KVM_SEV_INIT2 with VMs of the SEV types; initialise once, before the first vCPU.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_ES_INIT, SEVTRACE_STEP_NONE, {
		"The VM is not of the default type, or has vCPUs or was initialised already.",
		"Use KVM_SEV_INIT2 with VMs of the SEV types; initialise once, before the first vCPU.", LIKELY } },
	{ EIO, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"The platform could not be initialised, or the firmware page for guest requests not be made.",
		"Look for ccp messages in dmesg; load kvm_amd again under sevtrace record.", LIKELY } },
	{ EPERM, SEVTRACE_KVM_SEV_INIT2, SEVTRACE_STEP_NONE, {
		"The guest is initialised for SNP already.",
		"Call INIT2 once.", SURE } },
	{ EPERM, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"An SNP guest takes no command of the older SEV.",
		"The VMM has to use the SNP commands.", SURE } },
	/* Before any step: the launch. */
	{ ENOTTY, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_STEP_NONE, {
		"The guest is not an SNP guest, or the firmware made no guest context.",
		"Create the VM with type KVM_X86_SNP_VM and call KVM_SEV_INIT2 before; else look for 'Failed to create SEV-SNP context' in dmesg.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_STEP_NONE, {
		"KVM does not take this policy or flags, or the launch was started before.",
		"The policy needs bits 16 (SMT) and 17 (always 1), and must leave the single-socket bit 20 clear.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_LAUNCH_START, SEVTRACE_STEP_NONE, {
		"The session or the certificate is empty or longer than 16 KiB.",
		"Check the files that the VMM is given for them.", SURE } },
	{ EINVAL, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, SEVTRACE_STEP_NONE, {
		"KVM does not take this range: its slot has no guest_memfd, the length is not a multiple of 4096, the page type is unknown, or the launch was not started.",
		"Back the slot with guest_memfd, and check length, type and order of the calls.", LIKELY } },
	{ EAGAIN, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, SEVTRACE_STEP_NONE, {
		"KVM asks the VMM to repeat the call.",
		"Let the VMM repeat it.", SURE } },
	{ EEXIST, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"A page of the range is private already, or was once and still has contents in the guest_memfd: populated, touched or made private by the VMM.",
		"Populate each private page once, and leave its attributes to KVM; punch a hole over what is not wanted; after an error go on where KVM wrote back.", SURE } },
	{ EFAULT, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"A part of the range is in no memory slot, or the arguments cannot be read; nothing of it was encrypted.",
		"Split the range where the memory slots end.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"The range is empty, begins or ends inside a private page, or is in two memory slots, of which KVM cannot choose one.",
		"Private pages are populated whole: align address and length to 4096 bytes, and give memory to one slot.", LIKELY } },
	{ EBUSY, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA, SEVTRACE_STEP_NONE, {
		"A vCPU was being created.",
		"Create all vCPUs before their save areas are measured.", SURE } },
	{ EBUSY, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_STEP_NONE, {
		"A vCPU was being created.",
		"Create all vCPUs before the launch is finished.", SURE } },
	{ EINTR, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA, SEVTRACE_STEP_NONE, {
		"The VMM was killed while it waited for a vCPU.",
		"Look for who killed it, such as a start timeout.", SURE } },
	{ EINVAL, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA, SEVTRACE_STEP_NONE, {
		"A vCPU is being debugged.",
		"Launch without KVM_SET_GUEST_DEBUG; QEMU sets it for its gdb server.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_LAUNCH_MEASURE, SEVTRACE_STEP_NONE, {
		"The buffer for the measurement is longer than 16 KiB.",
		"Ask for its length first, with length 0.", SURE } },
	{ EINVAL, SEVTRACE_KVM_SEV_LAUNCH_SECRET, SEVTRACE_STEP_NONE, {
		"The secret's place is private memory, which has no user address, or is not contiguous in host memory, or header or data are empty or longer than 16 KiB.",
		"Keep the secret inside one page of shared memory.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_DBG_DECRYPT, SEVTRACE_STEP_NONE, {
		"The memory is private, which has no user address, or address and length are none that KVM takes.",
		"Debug memory that is not in a guest_memfd.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_DBG_ENCRYPT, SEVTRACE_STEP_NONE, {
		"The memory is private, which has no user address, or address and length are none that KVM takes.",
		"Debug memory that is not in a guest_memfd.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_SEND_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"The memory is private, which has no user address, or crosses the end of a page.",
		"Migrate guests without private memory; send at most a page at a time.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_RECEIVE_UPDATE_DATA, SEVTRACE_STEP_NONE, {
		"The memory is private, which has no user address, or crosses the end of a page.",
		"Migrate to guests without private memory; receive at most a page at a time.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_STEP_NONE, {
		"KVM does not take these flags, or the launch was not started.",
		"Call SNP_LAUNCH_START first.", LIKELY } },
	{ EBADF, ANY_IOCTL, ANY, {
		"The launch was not started, or not with an open /dev/sev.",
		"Call LAUNCH_START first, with a file descriptor of /dev/sev.", SURE } },
	{ EINVAL, SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION, SEVTRACE_STEP_NONE, {
		"KVM does not take this address and length.",
		"Check that the region is not empty and does not wrap around.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_MEMORY_ENCRYPT_UNREG_REGION, SEVTRACE_STEP_NONE, {
		"No region of this address and length is registered.",
		"Unregister what was registered, with the same address and length.", SURE } },
	{ EINVAL, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, ANY, {
		"KVM does not take these attributes or this range: the VM has no private memory, or the range is empty or not aligned to pages.",
		"Create the VM with a type that has private memory, and align the range to 4096 bytes.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_CREATE_VM, ANY, {
		"KVM has no VMs of this type here: SEV, SEV-ES or SEV-SNP is off in the BIOS, in the kernel or in kvm_amd, or this kernel is too old for it.",
		"Let sevtrace doctor say which; compare kvm_amd's parameters sev, sev_es and sev_snp.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SET_USER_MEMORY_REGION, ANY, {
		"KVM does not take this memory slot: address, size or offset is not aligned to pages, a flag is not known, or the slot would change what it may not.",
		"Compare what the VMM passes with the kernel's documentation; private memory needs KVM_SET_USER_MEMORY_REGION2.", LIKELY } },
	{ EINVAL, SEVTRACE_KVM_SET_USER_MEMORY_REGION2, ANY, {
		"KVM does not take this memory slot: something is not aligned to pages, a flag is not known, or the guest_memfd is too small or of another VM.",
		"Compare what the VMM passes with the kernel's documentation; create the guest_memfd with this VM.", LIKELY } },
	{ EEXIST, SEVTRACE_KVM_SET_USER_MEMORY_REGION, ANY, {
		"The memory slot overlaps another one.", "Delete the other one first (size 0), or give this one other addresses.", SURE } },
	{ EEXIST, SEVTRACE_KVM_SET_USER_MEMORY_REGION2, ANY, {
		"The memory slot overlaps another one, or its part of the guest_memfd is another slot's.",
		"Delete the other one first (size 0), or give this one other addresses and offsets.", LIKELY } },
	{ EBADF, SEVTRACE_KVM_SET_USER_MEMORY_REGION2, ANY, {
		"The file descriptor for private memory is not open.", "Create it with KVM_CREATE_GUEST_MEMFD.", SURE } },
	/* Any ioctl. */
	{ EINVAL, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"KVM does not take the arguments, or the VM shares another one's encryption context and may not have this command.",
		"Compare what the VMM passes with the kernel's documentation of the command; use a kernel and a VMM that know each other.", POSSIBLE } },
	{ ENOTTY, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"SEV is off in KVM, the command does not fit this type of guest, or the guest is not initialised for SEV.",
		"Call KVM_SEV_INIT2 first, and the commands of its type; check kvm_amd's parameters.", LIKELY } },
	{ EFAULT, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"An address that the VMM passed cannot be read or written.",
		"VMM and kernel may disagree about the layout of the arguments: update both.", LIKELY } },
	{ ENODEV, ANY_IOCTL, ANY, {
		"There is no PSP, or ccp gave it up.",
		"Look for ccp messages in dmesg, and for the PSP in lspci.", LIKELY } },
	{ ETIMEDOUT, ANY_IOCTL, ANY, NO_ANSWER },
	{ EBUSY, ANY_IOCTL, ANY, {
		"The driver did not ask the PSP: it gave it up after an earlier command had no answer, or another command is under way.",
		"Look for 'timed out, disabling PSP' in dmesg; reboot the host, or reload ccp when no guest runs.", LIKELY } },
	{ EOPNOTSUPP, ANY_IOCTL, ANY, {
		"The firmware is too old for SEV-SNP, which needs API version 1.51, or VMM and kernel are of different kinds.",
		"Update the SEV firmware, by the BIOS or linux-firmware's amd_sev files; use a kernel and a VMM that know each other.", LIKELY } },
	{ ENOMEM, ANY_IOCTL, SEVTRACE_STEP_NONE, {
		"The host has no memory for the kernel's buffers.",
		"Free memory on the host, or raise the VMM's memory control group limit.", LIKELY } },
};
/* clang-format on */

static const struct explanation no_answer = NO_ANSWER;

/* Why a launch ended in which, as far as events tell, nothing was refused. */
static const struct explanation killed = {
	"Somebody killed the VMM: a timeout of whoever started it, the OOM killer, or a fault of its own.",
	"Look in dmesg for the OOM killer or a segmentation fault, and at who started the VMM.",
	LIKELY,
};

static const struct explanation abandoned = {
	"The VMM gave the guest up by itself, or for a call that leaves no event: memory slots, guest_memfd, attributes that KVM refused at once.",
	"Look at the VMM's last messages; 'sevtrace explain --log FILE' explains those that it knows.",
	POSSIBLE,
};

/* Why a recording may have no launch. */
static const struct explanation never_asked = {
	"The command gave up before it asked KVM for a confidential guest: for an image, an option or a file, or for /dev/kvm or /dev/sev.",
	"Look at its messages; 'sevtrace explain --log FILE' explains those that it knows, 'sevtrace doctor' looks at the host.",
	LIKELY,
};

static const struct explanation launched_none = {
	"The command launched no confidential guest, or had a process launch it that is not its child.",
	"Record that process with -p, or the whole host with -a.",
	LIKELY,
};

static const struct explanation unknown_status = {
	"The firmware answered with a code that stands in no specification that sevtrace knows.",
	"Note the code; look it up in the documentation of this firmware version, and update sevtrace.",
	POSSIBLE,
};

static const struct explanation unknown_command = {
	"The kernel has no such command.",
	"Use a kernel and a VMM that know each other.",
	SURE,
};

static const struct explanation not_prepared = {
	"The driver could not prepare the command's buffer: no memory, or its pages could not be given to the firmware in the RMP.",
	"Look for ccp and RMP messages in dmesg, and free memory on the host.",
	LIKELY,
};

static const struct explanation failed_after = {
	"The firmware did its part; then the driver could not take the command's buffer back from it, or not write the file of INIT_EX.",
	"Look for ccp and RMP messages in dmesg; with ccp's init_ex_path, check that file system.",
	LIKELY,
};

static const struct explanation given_up = {
	"The driver did not ask the PSP: it gave it up after an earlier command had no answer.",
	"Look for that command in dmesg; reboot the host, or reload ccp when no guest runs.",
	SURE,
};

#endif /* EXPLAIN_CAUSES_H */
