// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns from the format strings of Linux 6.12 (drivers/crypto/ccp/, arch/x86/kvm/svm/,
 * arch/x86/virt/svm/, drivers/iommu/amd/, kernel/cgroup/misc.c), of older SEV kernels, of QEMU 5 to
 * 9 (target/i386/sev.c, accel/kvm/, hw/i386/), and of libvirt. The first pattern that matches wins.
 */
#include "explain/log_patterns.h"
#include "util/array.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include <sevtrace/kvm_sev.h>

/* Minimum firmware API for SEV-SNP: SNP_MIN_API_* of Linux drivers/crypto/ccp/sev-dev.h. */
#define SNP_API_MAJOR 1
#define SNP_API_MINOR 51

/* "SEV API:1.55 build:21" */
static void detail_api(const char *line, char *text, size_t size)
{
	const char *at = strstr(line, "API:");
	unsigned int major, minor;
	bool enough;

	if (!at || sscanf(at, "API:%3u.%3u", &major, &minor) != 2)
		return;
	enough = major > SNP_API_MAJOR || (major == SNP_API_MAJOR && minor >= SNP_API_MINOR);
	snprintf(text, size, "The firmware's API version is %u.%u, %s for SEV-SNP (%d.%d).", major,
		 minor, enough ? "enough" : "too old", SNP_API_MAJOR, SNP_API_MINOR);
}

/* "SEV-ES enabled (ASIDs 1 - 99)" */
static void detail_asids(const char *line, char *text, size_t size)
{
	const char *at = strstr(line, "ASIDs "), *type = strstr(line, "SEV");
	unsigned int first, last;

	if (at && type && sscanf(at, "ASIDs %9u - %9u", &first, &last) == 2 && first &&
	    last >= first)
		snprintf(text, size, "%u %.*s guests can run at a time.", last - first + 1,
			 (int)strcspn(type, " "), type);
}

/* "SEV-ES disabled (ASIDs 0 - 0)" */
static void detail_type(const char *line, char *text, size_t size)
{
	const char *type = strstr(line, "SEV");

	if (type)
		snprintf(text, size, "The type is %.*s.", (int)strcspn(type, " "), type);
}

/*
 * Reads a line of QEMU: "function 0x8000001e, index: 0x0, provided: eax:0x..., ... expected:
 * eax:0x..., ..."
 */
static void detail_cpuid(const char *line, char *text, size_t size)
{
	static const char *const registers[] = { "eax", "ebx", "ecx", "edx" };
	const char *function = strstr(line, "function 0x"), *index = strstr(line, "index: 0x");
	const char *provided = strstr(line, "provided:"), *expected = strstr(line, "expected:");
	size_t used;

	if (!function || !index || !provided || !expected)
		return;
	used = (size_t)snprintf(text, size, "CPUID leaf 0x%lx, index 0x%lx:",
				strtoul(function + strlen("function "), NULL, 16),
				strtoul(index + strlen("index: "), NULL, 16));
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
		const char *was = strstr(provided, registers[i]);
		const char *allowed = strstr(expected, registers[i]);
		unsigned long a, b;

		if (!was || !allowed || used >= size)
			return;
		a = strtoul(was + strcspn(was, "0"), NULL, 16);
		b = strtoul(allowed + strcspn(allowed, "0"), NULL, 16);
		if (a & ~b)
			used += (size_t)snprintf(text + used, size - used,
						 " %s must not have bits 0x%lx.", registers[i],
						 a & ~b);
		if (b & ~a && used < size)
			used += (size_t)snprintf(text + used, size - used,
						 " %s must have bits 0x%lx.", registers[i], b & ~a);
	}
}

#define ANY EXPLAIN_ANY_IOCTL
#define NONE EXPLAIN_NO_IOCTL

#define QEMU_ERROR " ret=(-?[0-9]+) fw_error='?(-?[0-9]+)"
#define CCP "ccp"
#define KVM "kvm_amd"
#define VMM_ONLY "QEMU gave up by itself: the kernel was not asked. "
#define IMAGE_HINT \
	"Use a firmware image built for SEV, for SEV-SNP of OVMF's AmdSev or a current OvmfPkg build."

/* clang-format off */
const struct log_pattern log_patterns[] = {
	/* QEMU: what the kernel or the firmware refused. */
	{ "fw_error=", "failed to initialize" QEMU_ERROR, "rf", "QEMU", LOG_BAD, SEVTRACE_KVM_SEV_INIT2,
	  { "KVM did not make the VM a SEV guest.", NULL, SURE }, NULL },
	{ "fw_error=", "failed to get platform status" QEMU_ERROR, "rf", "QEMU", LOG_BAD, NONE,
	  { "The firmware did not tell its status.", "Look for ccp messages in dmesg.", SURE }, NULL },
	{ "fw_error=", "failed to inject secret" QEMU_ERROR, "rf", "QEMU", LOG_BAD, SEVTRACE_KVM_SEV_LAUNCH_SECRET,
	  { "The guest owner's secret was refused.", NULL, SURE }, NULL },
	{ "fw_error=", "([A-Z_]*LAUNCH_[A-Z_]+)" QEMU_ERROR, "nrf", "QEMU", LOG_BAD, ANY,
	  { "A step of the launch failed.", NULL, SURE }, NULL },
	{ "fw_err=", "attestation report.* ret=(-?[0-9]+) fw_err=(-?[0-9]+)", "rf", "QEMU", LOG_BAD,
	  SEVTRACE_KVM_SEV_GET_ATTESTATION_REPORT, { "The firmware gave no attestation report.", NULL, SURE }, NULL },
	{ "fw_err=", "ailed to (export PDH cert|get ID) ret=(-?[0-9]+) fw_err=(-?[0-9]+)", "xrf", "QEMU", LOG_BAD, NONE,
	  { "The firmware did not give its certificate or processor id.", NULL, SURE }, NULL },
	{ "CPUID validation failed", "CPUID validation failed for function 0x([0-9a-f]+)", "x", "QEMU", LOG_BAD, NONE,
	  { "The CPU model has features that the firmware does not allow in the CPUID page.",
	    "Give the guest a CPU model without these bits (-cpu EPYC-v4 or the like), or a topology the processor knows; a newer QEMU masks more by itself.", SURE }, detail_cpuid },
	{ "CPUID validation failed", "CPUID validation failed due to count mismatch", "", "QEMU", LOG_BAD, NONE,
	  { "The firmware changed the number of entries in the CPUID page.", "Update QEMU.", POSSIBLE }, NULL },
	{ "CPUID", "SEV-SNP: (failed update CPUID page|failed to generate CPUID table|CPUID entry count|unable to query CPUID)", "x", "QEMU", LOG_BAD, NONE,
	  { "The CPUID page could not be made or was refused.", "Give the guest another CPU model; the lines above say what was refused.", LIKELY }, NULL },
	{ "register region", "failed to register region \\(.*\\) error '([^']+)'", "e", "QEMU", LOG_BAD,
	  SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION, { "KVM did not pin the guest's memory.", NULL, SURE }, NULL },
	{ "KVM_SET_USER_MEMORY_REGION2", "KVM_SET_USER_MEMORY_REGION2 failed.*flags=0x2,", "", "QEMU", LOG_BAD, NONE,
	  { "An SNP guest takes no read-only memory: this is firmware given as flash, or the option ROM of a device.",
	    "Give the firmware by -bios instead of pflash, and devices romfile= (an empty one).", LIKELY }, NULL },
	{ "KVM_SET_USER_MEMORY_REGION", "KVM_SET_USER_MEMORY_REGION2? failed.*: ([A-Za-z ]+)$", "e", "QEMU", LOG_BAD, NONE,
	  { "KVM did not take a memory slot.", "Back the guest's memory by a memfd (memory-backend-memfd); use a kernel and a VMM that know each other.", POSSIBLE }, NULL },
	{ "initial", "SEV-SNP: failed to configure initial ?private guest memory", "", "QEMU", LOG_BAD,
	  SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES, { "KVM did not mark the range private.", "Use a kernel with CONFIG_KVM_GENERIC_PRIVATE_MEM (KVM_AMD_SEV), 6.11 or later.", LIKELY }, NULL },
	{ "expected update of GPA range", "expected update of GPA range", "", "QEMU", LOG_BAD,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, { "KVM stopped before the end of the range and returned success: an error after the first page is swallowed.",
	    "Record the launch (sevtrace record): the step that failed is in the report, as STOPPED SHORT.", SURE }, NULL },
	{ "guest_memfd", "non guest_memfd backed memory region", "", "QEMU", LOG_BAD, NONE,
	  { "The guest made memory private that has no guest_memfd behind it.", "Check the memory map: firmware and VMM disagree about what is RAM.", LIKELY }, NULL },
	{ "guest_memfd", "(KVM does not support guest_memfd|creating KVM guest_memfd|requires guest_memfd)", "x", "QEMU", LOG_BAD, NONE,
	  { "The host kernel has no guest_memfd, or did not make one.", "Use Linux 6.11 or later with SEV-SNP enabled (sevtrace doctor).", LIKELY }, NULL },
	{ "kvm run failed", "kvm run failed ([A-Za-z ]+)", "e", "QEMU", LOG_BAD, NONE,
	  { "The guest's vCPU could not run; the launch itself was over.",
	    "Invalid argument: VMSA features that the processor does not have; use a matching kernel and VMM. Bad address: a page whose private attribute does not fit the access; compare the memory maps of firmware and VMM.", LIKELY }, NULL },
	{ "vm-type", "vm-type [A-Za-z0-9-]+ not supported by KVM", "", "QEMU", LOG_BAD, NONE,
	  { "KVM on this host does not offer this type of guest.", "Check kvm_amd's parameters and dmesg (sevtrace doctor).", SURE }, NULL },
	{ "host kernel does not support", "host kernel does not support (the )?requested", "x", "QEMU", LOG_BAD, NONE,
	  { "The kernel does not offer the VM type that QEMU wants.", "Use a newer kernel, or legacy-vm-type=on for SEV and SEV-ES guests.", SURE }, NULL },

	/* QEMU and libvirt: failures before the kernel or the firmware was asked. */
	{ "cbitpos", "cbitpos check failed, host '([0-9]+)' requested '([0-9]+)'", "xx", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "cbitpos is not the host's.", "Set cbitpos to the host's value (sevtrace doctor shows it).", SURE }, NULL },
	{ "reduced_phys_bits", "reduced_phys_bits check failed", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "reduced-phys-bits is out of range.", "Set reduced-phys-bits=1.", SURE }, NULL },
	{ "Failed to open", "ailed to open '?/dev/sev'?[ :]*'?([A-Za-z][A-Za-z ]*)", "e", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "It could not open /dev/sev.", "Let the VMM's user read and write /dev/sev; when it is not there, load ccp and look for its messages in dmesg.", SURE }, NULL },
	{ "host SEV-ES support unavailable", "host SEV-ES support unavailable", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "The policy asks for SEV-ES, and the platform is initialised without it.", "Look for 'SEV-ES support unavailable' and kvm_amd's line on SEV-ES in dmesg.", SURE }, NULL },
	{ "irqchip", "SEV-ES guests require in-kernel irqchip", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "SEV-ES needs the kernel's interrupt controller.", "Leave out kernel-irqchip=off.", SURE }, NULL },
	{ "SEV is not enabled in KVM", "SEV is not enabled in KVM", "", "QEMU", LOG_BAD, NONE,
	  { "KVM on this host is without SEV.", "Check kvm_amd's parameter sev, and dmesg (sevtrace doctor).", SURE }, NULL },
	{ "hashes table", "(has no hashes table GUID|hashes table area is invalid|cannot map hashes table)", "x", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "kernel-hashes=on needs a firmware image with room for the hashes.", "Use OVMF's AmdSev build, or leave kernel-hashes off.", SURE }, NULL },
	{ "GUID Table block not found", "GUID Table block not found", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "The firmware image has no SEV information block.", IMAGE_HINT, SURE }, NULL },
	{ "SEV metadata", "Failed to (locate SEV metadata header|add metadata page)", "x", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "The firmware image does not say where secrets and CPUID pages are.", IMAGE_HINT, SURE }, NULL },
	{ "reset address is zero", "SEV-ES reset address is zero", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "The firmware image has no entry for further vCPUs of SEV-ES.", IMAGE_HINT, SURE }, NULL },
	{ "secret area", "no secret area found in OVMF", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "The firmware image has no place for a secret.", "Use OVMF's AmdSev build, or give the guest address.", SURE }, NULL },
	{ "SMM", "SEV-SNP does not support SMM", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "An SNP guest has no system management mode.", "Set smm=off for the machine.", SURE }, NULL },
	{ "encrypt pflash rom", "ailed to encrypt pflash rom", "", "QEMU", LOG_BAD, NONE,
	  { "The firmware image could not be encrypted; the line above says why.", NULL, SURE }, NULL },
	{ "encryption context", "failed to create encryption context", "", "QEMU", LOG_BAD, NONE,
	  { "The launch could not be started; the line above says why.", NULL, SURE }, NULL },
	{ "Failed to read", "SEV: Failed to read '", "", "QEMU", LOG_BAD, NONE,
	  { VMM_ONLY "The session or certificate file cannot be read.", "Check the file's name and permissions.", SURE }, NULL },
	{ "launch security", "launch security is not supported with this QEMU binary", "", "libvirt", LOG_BAD, NONE,
	  { "libvirt found no SEV when it last looked at QEMU on this host.", "Make SEV work first (sevtrace doctor), then delete libvirt's cache of capabilities and restart it.", LIKELY }, NULL },

	/* ccp: the firmware. */
	{ "timed out, disabling PSP", "sev command (0x[0-9a-f]+) timed out, disabling PSP", "c", CCP, LOG_BAD, NONE,
	  { "The firmware did not answer this command; the driver has given the PSP up.",
	    "Every later command fails with EBUSY: reboot the host, or reload ccp when no guest runs.", SURE }, NULL },
	{ "sev command", "sev command (0x[0-9a-f]+) failed \\((0x[0-9a-f]+)\\)", "cf", CCP, LOG_BAD, NONE,
	  { "The firmware refused this command.", NULL, SURE }, NULL },
	{ "SNP", "SEV-SNP: failed to INIT rc (-?[0-9]+), error (0x[0-9a-f]+)", "rf", CCP, LOG_BAD, NONE,
	  { "SEV-SNP could not be initialised: there will be no SNP guests.", NULL, SURE }, NULL },
	{ "SNP", "SEV-SNP: +failed to INIT error (0x[0-9a-f]+)", "f", CCP, LOG_BAD, NONE,
	  { "SEV-SNP could not be initialised: there will be no SNP guests.", NULL, SURE }, NULL },
	{ "SNP_INIT", "SEV-SNP: SNP_INIT(_EX)? failed rc (-?[0-9]+), error (0x[0-9a-f]+)", "xrf", CCP, LOG_BAD, NONE,
	  { "SEV-SNP could not be initialised: there will be no SNP guests.", NULL, SURE }, NULL },
	{ "INIT", "SEV: INIT(_EX)? failed (0x[0-9a-f]+), rc (-?[0-9]+)", "xfr", CCP, LOG_BAD, NONE,
	  { "SEV could not be initialised: there will be no SEV and SEV-ES guests.", NULL, SURE }, NULL },
	{ "failed to INIT", "SEV: failed to INIT error (0x[0-9a-f]+)", "f", CCP, LOG_BAD, NONE,
	  { "SEV could not be initialised: there will be no SEV and SEV-ES guests.", "After a failed initialisation of SEV-SNP this follows from it: see to that one first.", SURE }, NULL },
	{ "DF_FLUSH failed", "DF_FLUSH failed[ ,]+(rc|ret) ?=? ?(-?[0-9]+), error ?=? ?(0x[0-9a-f]+|0)", "xrf", CCP, LOG_BAD, NONE,
	  { "ASIDs that were given up cannot be used again.", "Reboot the host when it runs out of ASIDs.", LIKELY }, NULL },
	{ "DF_FLUSH failed", "DF_FLUSH failed (0x[0-9a-f]+|0), rc (-?[0-9]+)", "fr", CCP, LOG_BAD, NONE,
	  { "The data fabric was not flushed after initialisation.", NULL, SURE }, NULL },
	{ "retrying INIT", "retrying INIT command because of SECURE_DATA_INVALID", "", CCP, LOG_NOTE, NONE,
	  { "The platform's persistent data was damaged; the driver tries once more.", "When it is followed by a failure: reset the platform (sevctl reset).", SURE }, NULL },
	{ "HUTDOWN", "SEV: failed to SHUTDOWN error (0x[0-9a-f]+|0), rc (-?[0-9]+)", "fr", CCP, LOG_BAD, NONE,
	  { "SEV could not be shut down.", NULL, SURE }, NULL },
	{ "firmware shutdown failed", "SEV-SNP firmware shutdown failed, rc (-?[0-9]+), error (0x[0-9a-f]+|0)", "rf", CCP, LOG_BAD, NONE,
	  { "SEV-SNP could not be shut down; loading ccp again will fail.", "End all guests first; else reset the host.", LIKELY }, NULL },
	{ "IOMMU shutdown failed", "SNP IOMMU shutdown failed", "", CCP, LOG_BAD, NONE,
	  { "The IOMMU did not leave SNP mode.", "Reset the host.", LIKELY }, NULL },
	{ "failed to get status", "SEV: failed to get status. Error: (0x[0-9a-f]+|0)", "f", CCP, LOG_BAD, NONE,
	  { "The firmware did not tell its version; the driver gives SEV up.", NULL, SURE }, NULL },
	{ "requires firmware version", "SEV-SNP support requires firmware version >= 1:51", "", CCP, LOG_BAD, NONE,
	  { "The firmware is too old for SEV-SNP.", "Update it by the BIOS, or install linux-firmware's amd_sev files.", SURE }, NULL },
	{ "API:", "SEV(-SNP)? API:([0-9]+)\\.([0-9]+)", "xxx", CCP, LOG_GOOD, NONE,
	  { "The firmware was initialised.", NULL, SURE }, detail_api },
	{ "firmware updated", "SEV firmware updated? ", "", CCP, LOG_GOOD, NONE,
	  { "The driver loaded a newer firmware from linux-firmware.", NULL, SURE }, NULL },
	{ "amd_sev_fam", "failed to load amd/amd_sev_fam", "", CCP, LOG_NOTE, NONE,
	  { "No firmware image for this processor is installed; the BIOS's firmware is used.", "When that is too old, install the distribution's package of linux-firmware with amd_sev files.", SURE }, NULL },
	{ "not enabled by BIOS", "memory encryption not enabled by BIOS", "", CCP, LOG_BAD, NONE,
	  { "SEV is switched off in the BIOS.", "Enable SMEE (secure memory encryption) and SEV in the BIOS.", SURE }, NULL },
	{ "broken BIOS", "psp: unable to access the device", "", CCP, LOG_BAD, NONE,
	  { "The PSP cannot be reached.", "Update the BIOS; look whether it has an option that hides the PSP.", LIKELY }, NULL },
	{ "initialization failed", "ccp .*: (psp|sev) initialization failed", "x", CCP, LOG_BAD, NONE,
	  { "The driver gave up the PSP; lines above say why.", NULL, SURE }, NULL },
	{ "TMR allocation failed", "TMR allocation failed", "", CCP, LOG_BAD, NONE,
	  { "No contiguous memory was left for SEV-ES: there will be no SEV-ES guests.", "Load kvm_amd at boot.", SURE }, NULL },
	{ "non volatile memory", "SEV: (could not (open|read)|failed to write) .*(error|ret) (-?[0-9]+)", "xxxr", CCP, LOG_BAD, NONE,
	  { "The file that ccp's parameter init_ex_path names cannot be read or written.", "Check path and file system; without the parameter the firmware keeps its data itself.", SURE }, NULL },
	{ "could not open", "SEV: could not open .* error (-?[0-9]+)", "r", CCP, LOG_BAD, NONE,
	  { "The file that ccp's parameter init_ex_path names cannot be opened.", "Check path and file system; without the parameter the firmware keeps its data itself.", SURE }, NULL },
	{ "will be created later", "SEV: .* does not exist and will be created later", "", CCP, LOG_NOTE, NONE,
	  { "The file for the firmware's persistent data is not there yet.", NULL, SURE }, NULL },
	{ "too many firmware commands", "too many firmware commands in progress", "", CCP, LOG_BAD, NONE,
	  { "Both of the driver's command buffers are taken; after failures to prepare a buffer they stay so.",
	    "Reload ccp when no guest runs, and report it as a kernel bug.", LIKELY }, NULL },
	{ "buffer for legacy command", "failed to (prepare|reclaim) buffer for legacy command (0x[0-9a-f]+). Error: (-?[0-9]+)", "xcr", CCP, LOG_BAD, NONE,
	  { "The driver could not move the command's buffer between kernel and firmware in the RMP.", "Look for RMP messages around it.", SURE }, NULL },
	{ "SEV legacy command", "(Error moving pages|Failed to reclaim firmware-owned|Failed to allocate bounce)", "x", CCP, LOG_BAD, NONE,
	  { "The driver could not move the command's pages between kernel and firmware in the RMP.", "Look for RMP messages around it.", SURE }, NULL },
	{ "Additional error information", "Additional error information reported", "", CCP, LOG_NOTE, NONE,
	  { "The firmware left two error words for AMD's support in the lines that follow.", NULL, SURE }, NULL },
	{ "registered SEV device", "registered SEV device", "", CCP, LOG_GOOD, NONE,
	  { "/dev/sev is there.", NULL, SURE }, NULL },
	{ "sev enabled", "ccp .*: *sev enabled", "", CCP, LOG_GOOD, NONE,
	  { "The driver found the PSP and SEV in it.", NULL, SURE }, NULL },

	/* KVM. */
	{ "ASIDs", "SEV(-ES|-SNP)? (disabled|unusable) \\(ASIDs", "xx", KVM, LOG_BAD, NONE,
	  { "KVM offers no guests of this type.", "Look for ccp and RMP messages before it, check kvm_amd's parameters and the ASID boundary in the BIOS (sevtrace doctor).", LIKELY }, detail_type },
	{ "ASIDs", "SEV(-ES|-SNP)? enabled \\(ASIDs", "x", KVM, LOG_GOOD, NONE,
	  { "KVM offers guests of this type.", NULL, SURE }, detail_asids },
	{ "ASIDs", "SEV(-ES)?( and SEV-SNP)? supported: [0-9]+ ASIDs", "xx", KVM, LOG_GOOD, NONE,
	  { "KVM offers guests of this type.", NULL, SURE }, NULL },
	{ "locked pages", "locked pages exceed the lock limit", "", KVM, LOG_BAD, SEVTRACE_KVM_MEMORY_ENCRYPT_REG_REGION,
	  { "The VMM may not lock as much memory as the guest has: RLIMIT_MEMLOCK.",
	    "Raise it: LimitMEMLOCK= in the unit, memory hard_limit in libvirt, ulimit -l; or give the VMM CAP_IPC_LOCK.", SURE }, NULL },
	{ "Failure locking", "SEV: Failure locking [0-9]+ pages", "", KVM, LOG_BAD, NONE,
	  { "Not all pages of the range could be pinned: some are not mapped or cannot be written.", "Check address and length that the VMM passes, and free memory on the host.", LIKELY }, NULL },
	{ "SEV-SNP context", "Failed to create SEV-SNP context, rc (-?[0-9]+) fw_error (-?[0-9]+)", "rf", KVM, LOG_BAD,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_START, { "The firmware made no guest context; the VMM gets ENOTTY.", NULL, SURE }, NULL },
	{ "kvm_gmem_populate failed", "kvm_gmem_populate failed, ret (-?[0-9]+) \\(fw_error (-?[0-9]+)\\)", "rf", KVM, LOG_BAD,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, { "This is the errno that KVM replaced by EIO.", NULL, SURE }, NULL },
	{ "initial shared state", "Failed to ensure GFN (0x[0-9a-f]+) RMP entry is initial shared state", "x", KVM, LOG_BAD,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE, { "The page is in use by a guest already, or has no RMP entry.", "The VMM populates this GFN twice, or the page was not taken back from its last guest.", LIKELY }, NULL },
	{ "firmware command failed", "LAUNCH_START firmware command failed, rc (-?[0-9]+)", "r", KVM, LOG_BAD,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_START, { "The firmware refused to start the launch.", NULL, SURE }, NULL },
	{ "Failed to bind ASID", "Failed to bind ASID to SEV-SNP context, rc (-?[0-9]+)", "r", KVM, LOG_BAD,
	  SEVTRACE_KVM_SEV_SNP_LAUNCH_START, { "The firmware did not give the guest its ASID.", "Look for DF_FLUSH and RMP messages before it.", LIKELY }, NULL },
	{ "SNP_PLATFORM_STATUS failed", "SNP_PLATFORM_STATUS failed ret=(-?[0-9]+), fw_error=(-?[0-9]+)", "rf", KVM, LOG_BAD, NONE,
	  { "The firmware did not tell the SNP platform's state.", NULL, SURE }, NULL },
	{ "Failed to reclaim PFN", "Failed to reclaim PFN ([0-9a-f]+), rc (-?[0-9]+) fw_err (-?[0-9]+)", "xrf", KVM, LOG_BAD, NONE,
	  { "A page could not be taken back from the firmware; the VM is stopped and the page lost until reboot.", "Report it as a kernel or firmware bug, with the record of the launch.", POSSIBLE }, NULL },
	{ "release guest context", "Failed to release guest context, ret (-?[0-9]+)", "r", KVM, LOG_BAD, NONE,
	  { "The firmware did not free an ended guest; its ASID is lost until reboot.", "Look for the PSP's messages before it.", LIKELY }, NULL },
	{ "KVM_SET_GUEST_DEBUG", "KVM_SET_GUEST_DEBUG for SEV-ES guest is not supported", "", KVM, LOG_BAD, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA,
	  { "A vCPU is being debugged: its save area cannot be encrypted.", "Launch without a debugger.", SURE }, NULL },
	{ "requested termination", "SEV-ES guest requested termination", "", KVM, LOG_BAD, NONE,
	  { "The guest ran and gave up by itself: the launch was over.", "Reason 0x0:0x1 is a protocol version, 0x0:0x2 a feature of SNP that the guest does not know, 0x1:... its firmware's or kernel's own; look at the guest's console.", LIKELY }, NULL },
	{ "Unexpected RMP fault", "SEV: Unexpected RMP fault", "", KVM, LOG_BAD, NONE,
	  { "A guest touched memory whose RMP entry does not fit its attributes.", "Compare the memory maps of firmware and VMM.", POSSIBLE }, NULL },
	{ "RMP entry", "SEV: (Failed to (look up|update|retrieve|PSMASH)|Unable to split) RMP entry", "xx", KVM, LOG_BAD, NONE,
	  { "KVM could not read or change a page's RMP entry.", "Check that the RMP covers all memory (sevtrace doctor); look for RMPUPDATE messages.", LIKELY }, NULL },
	{ "SVM", "SVM (disabled \\(by BIOS\\)|not supported by CPU)", "x", KVM, LOG_BAD, NONE,
	  { "The processor's virtualisation is off or missing: no guests at all.", "Enable SVM in the BIOS.", SURE }, NULL },
	{ "misc controller", "charge rejected by the misc controller for (sev|sev_es) resource", "x", "cgroup", LOG_BAD, NONE,
	  { "The VMM's control group may have no more ASIDs: the guest gets EBUSY.", "Raise misc.max of the group, or end guests in it.", SURE }, NULL },

	/* RMP and IOMMU. */
	{ "RMP", "Memory for the RMP table has not been reserved by BIOS", "", "SEV-SNP", LOG_BAD, NONE,
	  { "The BIOS reserved no memory for the RMP: there will be no SNP guests.", "Enable SNP memory coverage in the BIOS.", SURE }, NULL },
	{ "RMP", "RMP table does not cover full system RAM", "", "SEV-SNP", LOG_BAD, NONE,
	  { "The RMP is too small for this memory: there will be no SNP guests.", "Set SNP memory coverage in the BIOS to all memory.", SURE }, NULL },
	{ "RMP", "RMP configuration not valid", "", "SEV-SNP", LOG_BAD, NONE,
	  { "The BIOS set RMP_BASE above RMP_END.", "Update the BIOS.", LIKELY }, NULL },
	{ "RMP", "Failed to map RMP table", "", "SEV-SNP", LOG_BAD, NONE,
	  { "The kernel could not map the RMP.", "Update kernel and BIOS.", POSSIBLE }, NULL },
	{ "RMP", "RMP table physical (range|address)", "x", "SEV-SNP", LOG_GOOD, NONE,
	  { "The BIOS reserved memory for the RMP.", NULL, SURE }, NULL },
	{ "RMPUPDATE", "RMPUPDATE failed for PFN ([0-9a-f]+), pg_level: [0-9]+, ret: (-?[0-9]+)", "xx", "SEV-SNP", LOG_BAD, NONE,
	  { "The processor refused to change the page's RMP entry.", "The entry follows: a page of a guest that has ended, or a 2M page that covers it. Report it as a kernel bug when it repeats.", POSSIBLE }, NULL },
	{ "Leaking PFN", "Leaking PFN range", "", "SEV-SNP", LOG_BAD, NONE,
	  { "Pages could not be taken back from a guest or the firmware and are lost until reboot.", "The message before it says why.", SURE }, NULL },
	{ "SNP:", "SNP: IOMMU (is )?disabled or configured in passthrough mode", "x", "AMD-Vi", LOG_BAD, NONE,
	  { "SNP needs the IOMMU with translation: there will be no SNP guests.", "Remove iommu=pt, iommu=off and amd_iommu=off from the kernel's command line; enable the IOMMU in the BIOS.", SURE }, NULL },
	{ "SNP:", "SNP: IOMMU is configured with V2 page table", "", "AMD-Vi", LOG_BAD, NONE,
	  { "SNP needs the IOMMU's first page table format: there will be no SNP guests.", "Remove amd_iommu=pgtbl_v2 from the kernel's command line.", SURE }, NULL },
	{ "SNP:", "SNP: IOMMU SNP feature not enabled", "", "AMD-Vi", LOG_BAD, NONE,
	  { "The BIOS left SNP off in the IOMMU: there will be no SNP guests.", "Enable SEV-SNP support (NBIO) in the BIOS.", SURE }, NULL },
	{ "SNP:", "SNP: RMP initialization failed", "", "AMD-Vi", LOG_BAD, NONE,
	  { "The RMP could not be set up: there will be no SNP guests.", "The message before it says why; else enable SNP memory coverage in the BIOS.", LIKELY }, NULL },
	{ "Extended features", "AMD-Vi: Extended features.* SNP", "", "AMD-Vi", LOG_GOOD, NONE,
	  { "The IOMMU knows SNP.", NULL, SURE }, NULL },
	{ "IOMMU SNP support enabled", "IOMMU SNP support enabled", "", "AMD-Vi", LOG_GOOD, NONE,
	  { "The IOMMU is ready for SNP.", NULL, SURE }, NULL },
};
/* clang-format on */

const size_t nr_log_patterns = ARRAY_SIZE(log_patterns);
