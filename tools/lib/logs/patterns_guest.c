// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of the guest: its kernel (arch/x86/coco/sev/, drivers/virt/coco/), its firmware (EDK2's
 * OvmfPkg) and its SVSM (COCONUT).
 */
#include "logs/row.h"

#define KEYS "The guest's keys for messages to the firmware are used up until it is started anew. "
#define SAME_AGE "Use a firmware image, guest kernel and host kernel of the same age."

/* clang-format off */
static const struct log_pattern rows[] = {
	/* Linux. */
	ROW("communication key", "Disabling VMPCK[0-9]? ?communication key", "", FROM_GUEST, LOG_BAD, NONE,
	    KEYS "The driver gave them up, as an answer was lost or not what it should be.", "Look at the line before it; start the guest anew.", LIKELY, .flags = LOG_FOLLOWS),
	ROW("VMPCK", "VMPCK is disabled|(?:Empty|Invalid) VMPCK[0-9]? communication key", "", FROM_GUEST, LOG_BAD, NONE,
	    KEYS, "Start the guest anew; below VMPL 0, give the sev-guest driver the key of its VMPL (vmpck_id).", LIKELY),
	ROW("sequence counter overflow", "request message sequence counter overflow", "", FROM_GUEST, LOG_BAD, NONE,
	    KEYS, "Start the guest anew.", SURE),
	ROW("error from ASP request", "Detected error from ASP request. rc: (-?[0-9]+), exitinfo2: (0x[0-9a-f]+)", "rf", FROM_GUEST, LOG_BAD, NONE,
	    "The firmware or the hypervisor refused a guest request.", "The lower half of exitinfo2 is the firmware's status, the upper half the hypervisor's (2: busy, ask later).", LIKELY),
	ROW("decode failure from ASP", "Detected unexpected decode failure from ASP. rc: (-?[0-9]+)", "r", FROM_GUEST, LOG_BAD, NONE,
	    "The firmware's answer to a guest request cannot be decrypted.", "Start the guest anew; look whether two programs share the key (SVSM and kernel).", POSSIBLE),
	ROW("SVSM attestation request failed", "SVSM attestation request failed \\((-?[0-9]+)", "r", FROM_GUEST, LOG_BAD, NONE,
	    "The SVSM gave no attestation report.", "Update the SVSM.", POSSIBLE),
	ROW("Initialized SEV guest driver", "Initialized SEV guest driver", "", FROM_GUEST, LOG_GOOD, NONE,
	    "The guest can ask the firmware for attestation reports.", NULL, SURE),
	ROW("firmware error", "^ *firmware error:? (0x[0-9a-f]+|[0-9]+) *$", "f", FROM_TOOL, LOG_BAD, NONE,
	    "The firmware refused a request of the guest, such as that for an attestation report.",
	    "AEAD_OFLOW (29): " KEYS "Start the guest anew. INVALID_PARAM (0x16): below VMPL 0 ask with that VMPL.", LIKELY),
	ROW("exit-code", "(?:Unsupported exit-code|Failure in communication with VMM \\(exit-code|Failed to decode instruction \\(exit-code) ?0x([0-9a-f]+)", "x", FROM_GUEST, LOG_BAD, NONE,
	    "The guest's kernel could not handle a #VC exception: what the processor hides from the hypervisor was not understood.", "Update the guest's kernel; a driver or a program does what a SEV-ES guest cannot.", LIKELY),
	ROW("#VC", "Unable to handle #VC exception! GHCB|Can't handle #VC exception from unsupported context|Unsupported exception in #VC instruction emulation", "", FROM_GUEST, LOG_BAD, NONE,
	    "The guest's kernel got a #VC exception where it cannot handle one.", "Update the guest's kernel.", LIKELY),
	ROW("#VC exception for INVD", "#VC exception for INVD", "", FROM_GUEST, LOG_NOTE, NONE, "The guest tried to drop its caches, which it may not.", NULL, SURE),
	ROW("PVALIDATE", "PVALIDATE failure: ", "", FROM_GUEST, LOG_BAD, NONE,
	    "The guest could not take a page as its own: it was validated already, or the hypervisor gave another one.", SAME_AGE, LIKELY),
	ROW("PSC", "SNP: PSC failed ret=|SNP: PSC processing going backward|Wrong PSC response code|Reserved bit is set in the PSC header", "", FROM_GUEST, LOG_BAD, NONE,
	    "The hypervisor did not change a page's state for the guest.", SAME_AGE, LIKELY),
	ROW("change page state", "Failed to change page state to '(?:private|shared)'", "", FROM_GUEST, LOG_BAD, NONE,
	    "The hypervisor did not change a page's state for the guest.", SAME_AGE, LIKELY),
	ROW("AP Creation", "SNP AP Creation error", "", FROM_GUEST, LOG_BAD, NONE,
	    "The hypervisor did not start a further vCPU.", SAME_AGE, LIKELY),
	ROW("VMSA page failed", "(?:set|clear) VMSA page failed", "", FROM_GUEST, LOG_BAD, NONE,
	    "The guest could not make a save area for a further vCPU.", SAME_AGE, LIKELY),
	ROW("SNP secrets page", "(?:failed to map the (?:SNP secrets page|Confidential Computing blob))", "", FROM_GUEST, LOG_BAD, NONE,
	    "The firmware did not hand the SNP secrets page on.", "Use a firmware image for SEV-SNP.", LIKELY),
	ROW("SVSM CA", "Can't (?:remap the|allocate) SVSM CA", "", FROM_GUEST, LOG_BAD, NONE,
	    "The SVSM did not take the kernel's calling area.", "Update SVSM and guest kernel.", LIKELY),
	ROW("SEV-ES", "SEV-ES CPU Features missing|Can't allocate SEV-ES runtime data", "", FROM_GUEST, LOG_BAD, NONE,
	    "The guest's kernel could not set SEV-ES up.", "Give the guest a newer CPU model, and memory.", LIKELY),
	ROW("GHCBs unencrypted", "Can't map GHCBs unencrypted", "", FROM_GUEST, LOG_BAD, NONE,
	    "The guest's kernel could not set SEV-ES up.", "Give the guest memory; update its kernel.", LIKELY),
	ROW("Hypervisor requested exception", "SNP: Hypervisor requested exception", "", FROM_GUEST, LOG_BAD, NONE,
	    "The hypervisor forced an exception on the guest, which is an attack or a bug.", "Look at the host's dmesg.", POSSIBLE),
	ROW("Memory Encryption Features active", "Memory Encryption Features active:.* SEV", "", FROM_GUEST, LOG_GOOD, NONE,
	    "The guest runs with SEV.", NULL, SURE),

	/* OVMF. */
	ROW("MMIO using encrypted memory", "MMIO using encrypted memory", "", FROM_OVMF, LOG_BAD, NONE,
	    "The guest's firmware uses a device's memory as if it were the guest's own, which SEV-ES forbids.", "Use a newer OVMF, without drivers (such as TPM) that do so.", LIKELY),
	ROW("EmuVariableNvStore", "EmuVariableNvStore", "", FROM_OVMF, LOG_KNOWN, NONE, "OVMF sets its variable store up.", NULL, SURE, .id = LOG_VARIABLE_STORE),

	/* SVSM. */
	ROW("hypervisor GHCB features", "Required hypervisor GHCB features not available", "", FROM_SVSM, LOG_BAD, NONE,
	    "The host's kernel lacks features that the SVSM needs.", "Use the host kernel that the SVSM is made for; features of VMPLs are not in Linux yet.", LIKELY),
	ROW("[SVSM]", "\\[(?:SVSM|Stage2)\\] ERROR: Panic: (.*)", "x", FROM_SVSM, LOG_BAD, NONE,
	    "The SVSM gave up.", "Use QEMU, host kernel and SVSM that belong together; keep the lines around it for a bug report.", POSSIBLE),
	ROW("Failed to launch /init", "\\[SVSM\\] Failed to launch /init", "", FROM_SVSM, LOG_NOTE, NONE,
	    "The SVSM was built without a user-mode program; the guest starts all the same.", NULL, LIKELY),
	ROW("SNP_GUEST_REQ", "SNP_GUEST_REQ(?:UEST)?.*(?:failed|Aborting|overflow)", "", FROM_SVSM, LOG_BAD, NONE,
	    "The firmware or the hypervisor refused a request of the SVSM.", "Start the guest anew.", POSSIBLE),
	ROW("#VC from", "Failed to handle #VC from (?:user|kernel)-mode", "", FROM_SVSM, LOG_BAD, NONE,
	    "The SVSM got a #VC exception that it cannot handle.", "Update the SVSM.", LIKELY),
	ROW("GHCB SnpPageStateChange", "GHCB SnpPageStateChange failed", "", FROM_SVSM, LOG_BAD, NONE,
	    "The hypervisor did not change a page's state for the SVSM.", SAME_AGE, LIKELY),
};
/* clang-format on */

TABLE(log_patterns_guest, rows);
