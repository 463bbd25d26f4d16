// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of libvirt, other VMMs and tools: libvirt's src/conf/ and src/qemu/, cloud-hypervisor,
 * libkrun, Firecracker and its tree with SEV and SEV-SNP (SEVeriFast), crosvm, Kata's runtimes, the
 * `sev` crate and what is built on it (snphost, snpguest, sevctl). crosvm has no SEV of its own:
 * its messages are those of a vCPU that does not run.
 */
#include "logs/row.h"

#define NO_BINARY "This QEMU binary has no such guests: "
#define RECORD "Record the launch (sevtrace record); look at dmesg."
#define SAME_TREE \
	"Use a VMM, a host kernel and a firmware image that belong together: trees with SEV-SNP from before Linux 6.11 have an interface of their own."

/* How Firecracker's tree names what went wrong: "Errno(22)", or a status of the firmware. */
#define SEV_ERROR "(?:Errno\\(([0-9]+)\\)|([A-Za-z]+))"

/* Statuses that nothing else is called like. */
#define SEV_STATUS \
	"(Invalid(?:PlatformState|GuestState|Guest|Asid|PageSize|PageState|PageOwner|MDataEntry|Measurement)|PolicyFailure|AsidOwned|BadMeasurement|WBINVDRequired|DfFlushRequired|Hwerror(?:Platform|Unsafe)|RmpInit(?:Required|Failed)|SecureDataInvalid|AeadOverflow|ShutdownRequired|RestoreRequired)"

/* clang-format off */
static const struct log_pattern rows[] = {
	/* libvirt. */
	ROW("launch security", "'sev-snp' launch security is not supported with this QEMU binary", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    NO_BINARY "SNP guests are in QEMU from 9.1 on.", "Use QEMU 9.1 or later, and libvirt 10.5 or later; then restart libvirt.", SURE, .id = LOG_NO_SNP_BINARY),
	ROW("launch security", "launch security is not supported with this QEMU binary", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "libvirt found no SEV when it last looked at QEMU on this host.", "Make SEV work first (sevtrace doctor), then delete libvirt's cache of capabilities and restart it.", LIKELY),
	ROW("launch security", "unsupported launch security type '([^']*)'", "x", FROM_LIBVIRT, LOG_BAD, NONE,
	    "This libvirt does not know the type: sev-snp is known from 10.5 on.", "Update libvirt.", LIKELY),
	ROW("launchSecurity", "Invalid value for attribute 'type' in element 'launchSecurity'", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "This libvirt does not know the type: sev-snp is known from 10.5 on.", "Update libvirt.", LIKELY),
	ROW("launch security", "(?:failed to get|Invalid format for) launch security", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "The domain's <launchSecurity> lacks a value, or has one that is no number.", "Give policy, cbitpos and reducedPhysBits as numbers; the last two can be left out.", SURE),
	ROW("measured direct kernel boot", "SEV measured direct kernel boot is not supported", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "This QEMU does not know kernel-hashes.", "Use QEMU 6.2 or later.", SURE),
	ROW("Domain requires KVM", "Domain requires KVM, but it is not available", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "There is no /dev/kvm for QEMU.", "Enable virtualisation in the BIOS, load kvm_amd, and let QEMU's user open /dev/kvm.", SURE, .flags = LOG_IF_SEV),
	ROW("QEMU capabilities cache", "missing SEV platform data in QEMU capabilities cache|SEV (?:pdh|certChain|cbitpos|reducedPhysBits) information in QEMU capabilities cache", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "libvirt's cache of QEMU's capabilities is damaged.", "Delete /var/cache/libvirt/qemu/capabilities and restart libvirt.", LIKELY),
	ROW("Secure Encrypted Virtualization", "AMD Secure Encrypted Virtualization appears to be disabled", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "The kernel or the BIOS has SEV switched off.", "'sevtrace doctor' says which.", SURE),
	ROW("secure guest support", "for secure guest support *: (?:WARN|FAIL)", "", FROM_LIBVIRT, LOG_BAD, NONE,
	    "virt-host-validate finds no SEV on this host.", "'sevtrace doctor' says what is missing.", SURE, .flags = LOG_OPENS),

	/* cloud-hypervisor. */
	ROW("SEV-SNP", "Failed to (?:initialize SEV-SNP|retrieve SEV-SNP capabilities)|Error enabling SEV-SNP VM", "", FROM_CLOUD_HYPERVISOR, LOG_BAD, NONE,
	    "The hypervisor made no SNP guest.", "'sevtrace doctor --for=snp' says whether the host is ready.", LIKELY),
	ROW("import", "Failed to (?:import isolated pages|complete isolated import)|Error (?:importing isolated pages|completing importing isolated pages)", "", FROM_CLOUD_HYPERVISOR, LOG_BAD, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE,
	    "Pages of the IGVM file were not taken into the guest.", "Look at dmesg; record the launch (sevtrace record).", LIKELY),
	ROW("SEV-SNP", "SEV-SNP requires an IGVM payload", "", FROM_CLOUD_HYPERVISOR, LOG_BAD, NONE,
	    "cloud-hypervisor gave up by itself: the kernel was not asked. SNP guests start from an IGVM file.", "Give it by --igvm.", SURE),
	ROW("sev control register", "Failed to set sev control register|Failed to set up SEV-SNP vCPU registers", "", FROM_CLOUD_HYPERVISOR, LOG_BAD, NONE,
	    "The vCPU's state could not be given to the hypervisor.", "Use an IGVM file that is made for this hypervisor.", POSSIBLE),
	ROW("IgvmLoad", "IgvmLoad\\(", "", FROM_CLOUD_HYPERVISOR, LOG_BAD, NONE,
	    "The IGVM file could not be loaded.", "Use an IGVM file for this type of guest, and give the guest the memory that it wants.", LIKELY),

	/* libkrun. */
	ROW("SecVirtPrepare", "SnpSecVirt(?:Prepare|Init)\\(CreateLauncher\\(.*code: ([0-9]+)", "x", FROM_LIBKRUN, LOG_BAD, NONE,
	    "KVM made no SNP launch: the host's kernel has no support for SNP guests, or another one than libkrun knows.",
	    "Use Linux 6.11 or later with SEV-SNP enabled (sevtrace doctor --for=snp), and a libkrun of its age.", LIKELY),
	ROW("SecVirt", "(?:SnpSecVirt|SevSecVirt)(?:Init|Prepare|Attest)\\(", "", FROM_LIBKRUN, LOG_BAD, NONE,
	    "The microVM could not be launched with SEV.", "'sevtrace doctor' says whether the host is ready; record the launch (sevtrace record).", POSSIBLE),
	ROW("Secure V", "Error (?:initializing the Secure Virtualization Backend|preparing the VM for Secure Virtualization|attesting the Secure VM)", "", FROM_LIBKRUN, LOG_BAD, NONE,
	    "The microVM could not be launched with SEV.", "'sevtrace doctor' says whether the host is ready; record the launch (sevtrace record).", POSSIBLE),
	ROW("SystemEvent", "exit reason.*SystemEvent\\(6, \\[([0-9]+)\\]\\)", "x", FROM_LIBKRUN, LOG_BAD, NONE,
	    "The guest asked for its termination: it ran, and the launch was over.", "Use a firmware, guest kernel and host kernel of the same age; look at the guest's console.", LIKELY, .detail = detail_system_event),
	ROW("MemoryFault", "exit reason.*MemoryFault \\{", "", FROM_LIBKRUN, LOG_BAD, NONE,
	    "The guest touched a page whose private attribute does not fit the access; the launch itself was over.",
	    "Use a libkrun, a guest kernel and a host kernel of the same age.", LIKELY),
	ROW("TEE", "TEE selected is not currently supported|Missing TEE config(?:uration| file)", "", FROM_LIBKRUN, LOG_BAD, NONE,
	    "libkrun gave up by itself: its configuration of the TEE is missing or not for this build.", "Give the configuration file; use the build of libkrun for SEV.", SURE),

	/* Firecracker. */
	ROW("SEV boot", "Error setting up SEV boot: " SEV_ERROR, "Es", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "The firmware image, the CPUID page or the secrets page could not be given to the guest.", RECORD, LIKELY),
	ROW("SEV boot", "Error finish[a-z]+ SEV boot: " SEV_ERROR, "Es", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "The launch failed while memory was encrypted, or at its end.", RECORD, LIKELY),
	ROW("SevSetup(", "SevSetup\\(" SEV_ERROR, "Es", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "The firmware image, the CPUID page or the secrets page could not be given to the guest.", RECORD, LIKELY),
	ROW("SevFinish(", "SevFinish\\(" SEV_ERROR, "Es", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "The launch failed while memory was encrypted, or at its end.", RECORD, LIKELY),
	ROW("x86_64/sev.rs", "panicked at .*Os \\{ code: ([0-9]+),.*x86_64/sev\\.rs", "E", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "/dev/sev or a file of the guest's configuration (firmware, session, certificate) could not be opened.",
	    "Check the paths of sev-config, and whether Firecracker's user may open /dev/sev; a jailer has to give the device to the jail.", LIKELY),
	ROW("vmm/src/builder.rs", "panicked at .*vmm/src/builder\\.rs.*value: " SEV_ERROR "$", "Es", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "KVM did not make the microVM a SEV guest, or did not start its launch.", SAME_TREE, POSSIBLE, .flags = LOG_IF_SEV),
	ROW("vmm/src/builder.rs", "panicked at .*value: " SEV_ERROR "'?, .*vmm/src/builder\\.rs", "Es", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "KVM did not make the microVM a SEV guest, or did not start its launch.", SAME_TREE, POSSIBLE, .flags = LOG_IF_SEV),
	ROW("x86_64/sev.rs", "panicked at .*x86_64/sev\\.rs", "", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "Firecracker gave up in its SEV code: a file or a step of the launch failed.", RECORD, POSSIBLE),
	ROW("`Err` value", "called `Result::unwrap\\(\\)` on an `Err` value: " SEV_STATUS "$", "s", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "The VMM gave up, as the firmware or its own checks refused a step of the launch.", RECORD, LIKELY),
	ROW("KVM_SYSTEM_EVENT", "KVM_SYSTEM_EVENT signal type: 6, flag: \\[?([0-9]+)", "x", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "The guest asked for its termination: it ran, and the launch was over.", "Use a firmware, guest kernel and host kernel of the same age; look at the guest's console.", LIKELY, .detail = detail_system_event),
	ROW("during vcpu run", "Failure during vcpu run: [A-Za-z ]+ \\(os error ([0-9]+)\\)", "E", FROM_FIRECRACKER, LOG_BAD, NONE,
	    "The guest's vCPU could not run; the launch itself was over.", SAME_TREE, POSSIBLE, .id = LOG_RUN_FAILED, .flags = LOG_IF_SEV),
	ROW("SEV guest context", "Initializing new SEV guest context: policy", "", FROM_FIRECRACKER, LOG_KNOWN, NONE,
	    "Firecracker begins a launch.", NULL, SURE, .flags = LOG_ALONE),
	ROW("Sending S", "Sending S(?:EV_INIT|NP_INIT|NP_LAUNCH_START)", "", FROM_FIRECRACKER, LOG_KNOWN, NONE,
	    "Firecracker's launch goes on.", NULL, SURE, .flags = LOG_ALONE),

	/* crosvm. */
	ROW("vcpu hw run failure", "vcpu hw run failure: 0x[0-9a-f]+", "", FROM_CROSVM, LOG_BAD, NONE,
	    "The processor refused to run the vCPU: where its state is encrypted, its save area is not valid.",
	    "crosvm has no SEV of its own: use a tree with it, and the host kernel of its age.", POSSIBLE, .id = LOG_RUN_FAILED, .flags = LOG_IF_SEV),
	ROW("vcpu hit unknown error", "vcpu hit unknown error: [A-Za-z ]+ \\(os error ([0-9]+)\\)", "E", FROM_CROSVM, LOG_BAD, NONE,
	    "The guest's vCPU could not run.", "crosvm has no SEV of its own: use a tree with it, and the host kernel of its age.", POSSIBLE, .id = LOG_RUN_FAILED, .flags = LOG_IF_SEV),
	ROW("unknown kvm exit reason", "unknown kvm exit reason: ([0-9]+)", "x", FROM_CROSVM, LOG_BAD, NONE,
	    "The host kernel leaves the guest for a reason that this crosvm does not know: it has no SEV-SNP, or one of another tree.",
	    "Use a tree of crosvm with SEV-SNP, and the host kernel of its age.", LIKELY, .detail = detail_exit, .flags = LOG_IF_SEV),

	/* Kata. */
	ROW("QMP", "Failed to negotiate QMP Capabilities|exitting QMP loop|exiting QMP loop, command cancelled", "", FROM_KATA, LOG_BAD, NONE,
	    "QEMU ended while it started.", "Look at QEMU's own lines: journalctl -t kata, with enable_debug in Kata's configuration.", SURE, .flags = LOG_FOLLOWS | LOG_IF_SEV),

	/* The sev crate and its tools. */
	ROW("SEV FW Error", "Known SEV FW Error: Status Code: (0x[0-9a-f]+)", "f", FROM_TOOL, LOG_BAD, NONE,
	    "The firmware refused what the tool asked for.", "In a guest, 0x16 comes where a field of the request is not valid, as a VMPL below its own.", POSSIBLE),
	ROW("SEV FW Error", "Unknown SEV FW Error Encountered: (0x[0-9a-f]+|[0-9]+)", "f", FROM_TOOL, LOG_BAD, NONE,
	    "The firmware refused what the tool asked for, with a status that the tool does not know.", NULL, POSSIBLE),
	ROW("RawFwError", "RawFwError: ([0-9]+)", "f", FROM_TOOL, LOG_BAD, NONE,
	    "The firmware or the hypervisor refused what the tool asked for.", "The lower half of the number is the firmware's status, the upper half the hypervisor's.", POSSIBLE),
	ROW("Status Code:", "Status Code: (0x[0-9a-f]+):", "f", FROM_TOOL, LOG_BAD, NONE,
	    "The firmware refused what the tool asked for.", NULL, POSSIBLE),
	ROW("denial-of-service", "AMD Secure Processor detected a possible denial-of-service", "", FROM_TOOL, LOG_BAD, NONE,
	    "The guest asked the firmware too often.", "Wait, and ask again.", SURE),
	ROW("/dev/sev", "(?:unable|failed|Can't|could not) (?:to )?open /dev/sev(?:-guest)?", "", FROM_TOOL, LOG_BAD, NONE,
	    "The device is not there or may not be opened: /dev/sev is the host's, /dev/sev-guest a guest's.", "Run it on the right side, as root; load ccp on the host, sev-guest in the guest.", LIKELY),
	ROW("attestation report", "unable to fetch attestation report", "", FROM_TOOL, LOG_BAD, NONE,
	    "The guest got no attestation report.", "Look at the guest's dmesg for messages of sev-guest; 'Inappropriate ioctl' is a guest kernel before 6.x, or no SNP guest.", POSSIBLE),
	ROW("SNP platform status", "unable to retrieve SNP platform status", "", FROM_TOOL, LOG_BAD, NONE,
	    "SNP is not initialised on this host, or the tool may not open /dev/sev.", "'sevtrace doctor --for=snp' says why.", LIKELY),
	ROW("did NOT sign", "did NOT sign the Attestation Report", "", FROM_TOOL, LOG_BAD, NONE,
	    "The certificate is not of the chip and the firmware version in the report.", "Fetch the VCEK for the report's TCB; update the tool: newer processors have another layout.", LIKELY),
	ROW("FAIL", "\\[ ?FAIL ?\\][ -]+.*(?:SEV|SME|SNP|RMP|KVM|memlock|Memlock|/dev/sev|MSR|Microcode|Alias|TCB)", "", FROM_TOOL, LOG_BAD, NONE,
	    "A check of snphost, sevctl or snpguest fails.", "'sevtrace doctor' tells the reason and what to do; in a guest only snpguest's checks make sense.", LIKELY),
};
/* clang-format on */

TABLE(log_patterns_vmm, rows);
