/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers in KVM's SEV events: ioctl commands, launch steps, guest types and page types. All
 * parts of sevtrace use these lists.
 */
#ifndef SEVTRACE_KVM_SEV_H
#define SEVTRACE_KVM_SEV_H

#include <linux/errno.h>

#include <sevtrace/psp.h>

/* clang-format off */
/*
 * X(number, name): the commands of KVM_MEMORY_ENCRYPT_OP, numbered as enum sev_cmd_id in Linux
 * arch/x86/include/uapi/asm/kvm.h. Those from 0x10000 on are ioctls of their own; sevtrace numbers
 * them. Of the last three, only refused ones are recorded.
 */
#define SEVTRACE_IOCTLS(X) \
	X(0, KVM_SEV_INIT) \
	X(1, KVM_SEV_ES_INIT) \
	X(2, KVM_SEV_LAUNCH_START) \
	X(3, KVM_SEV_LAUNCH_UPDATE_DATA) \
	X(4, KVM_SEV_LAUNCH_UPDATE_VMSA) \
	X(5, KVM_SEV_LAUNCH_SECRET) \
	X(6, KVM_SEV_LAUNCH_MEASURE) \
	X(7, KVM_SEV_LAUNCH_FINISH) \
	X(8, KVM_SEV_SEND_START) \
	X(9, KVM_SEV_SEND_UPDATE_DATA) \
	X(10, KVM_SEV_SEND_UPDATE_VMSA) \
	X(11, KVM_SEV_SEND_FINISH) \
	X(12, KVM_SEV_RECEIVE_START) \
	X(13, KVM_SEV_RECEIVE_UPDATE_DATA) \
	X(14, KVM_SEV_RECEIVE_UPDATE_VMSA) \
	X(15, KVM_SEV_RECEIVE_FINISH) \
	X(16, KVM_SEV_GUEST_STATUS) \
	X(17, KVM_SEV_DBG_DECRYPT) \
	X(18, KVM_SEV_DBG_ENCRYPT) \
	X(19, KVM_SEV_CERT_EXPORT) \
	X(20, KVM_SEV_GET_ATTESTATION_REPORT) \
	X(21, KVM_SEV_SEND_CANCEL) \
	X(22, KVM_SEV_INIT2) \
	X(100, KVM_SEV_SNP_LAUNCH_START) \
	X(101, KVM_SEV_SNP_LAUNCH_UPDATE) \
	X(102, KVM_SEV_SNP_LAUNCH_FINISH) \
	X(103, KVM_SEV_SNP_ENABLE_REQ_CERTS) \
	X(0x10000, KVM_MEMORY_ENCRYPT_REG_REGION) \
	X(0x10001, KVM_MEMORY_ENCRYPT_UNREG_REGION) \
	X(0x10002, KVM_SET_MEMORY_ATTRIBUTES) \
	X(0x10003, KVM_CREATE_VM) \
	X(0x10004, KVM_SET_USER_MEMORY_REGION) \
	X(0x10005, KVM_SET_USER_MEMORY_REGION2)

/*
 * X(number, id, name, text): the steps of a launch in the order in which they run. Reports list
 * them in this order. The numbers are sevtrace's own and never change, because recordings hold
 * them. A new step takes the next free number; its line goes where the step runs. The BPF
 * programs and the import of perf.data map the kernel's step enums to these numbers.
 */
#define SEVTRACE_STEPS(X) \
	X(0, ATTRIBUTES, "attributes", "set memory attributes") \
	X(1, PIN, "pin", "pin user pages") \
	X(2, GET_PAGE, "get_page", "get the guest_memfd page") \
	X(3, CHECK_ATTRS, "check_attrs", "check that the page is private") \
	X(4, RMP_LOOKUP, "rmp_lookup", "look the page up in the RMP") \
	X(5, COPY, "copy", "copy the page's contents") \
	X(6, CLFLUSH, "clflush", "flush the page from the caches") \
	X(7, VMSA_SYNC, "vmsa_sync", "write the vCPU state to its VMSA") \
	X(8, RMP_UPDATE, "rmp_update", "give the page to the guest in the RMP") \
	X(9, PSP, "psp", "have the PSP measure and encrypt it") \
	X(10, RECLAIM, "reclaim", "take the page back after a failure") \
	X(11, RELEASE, "release", "release the guest_memfd page") \
	X(12, UNPIN, "unpin", "unpin user pages") \
	X(13, WRITEBACK, "writeback", "write the caches of all processors back")

/*
 * X(number, id): enum kvm_sev_step and enum kvm_gmem_populate_step of the kernel. The kernel
 * numbers the steps by trace system and never changes a number
 * (Documentation/trace/events-kvm-sev.rst, section 8). Readers of recorded events use these
 * numbers; the BPF programs take the numbers from the running kernel.
 */
#define SEVTRACE_KERNEL_SEV_STEPS(X) \
	X(0, PIN) \
	X(1, RMP_LOOKUP) \
	X(2, COPY) \
	X(3, RMP_UPDATE) \
	X(4, PSP) \
	X(5, RECLAIM) \
	X(6, UNPIN) \
	X(7, VMSA_SYNC)
#define SEVTRACE_KERNEL_POPULATE_STEPS(X) \
	X(0, GET_PAGE) \
	X(1, CHECK_ATTRS) \
	X(2, RELEASE)

/*
 * X(number, id, name): KVM_X86_*_VM of Linux arch/x86/include/uapi/asm/kvm.h. A VM of KVM's default
 * type is UNKNOWN until KVM_SEV_INIT.
 */
#define SEVTRACE_VM_TYPES(X) \
	X(0, UNKNOWN, "unknown") \
	X(2, SEV, "sev") \
	X(3, SEV_ES, "sev-es") \
	X(4, SNP, "snp")

/*
 * X(number, id, name, text): PAGE_TYPE of SNP_LAUNCH_UPDATE in the SEV-SNP firmware ABI. Ranges of
 * legacy SEV guests use the same numbers.
 */
#define SEVTRACE_PAGE_TYPES(X) \
	X(1, NORMAL, "normal", "memory whose contents are part of the launch digest") \
	X(2, VMSA, "vmsa", "a vCPU's save area, which KVM adds at the end of the launch") \
	X(3, ZERO, "zero", "memory of zeros, which the firmware writes itself") \
	X(4, UNMEASURED, "unmeasured", "memory whose contents are not part of the launch digest") \
	X(5, SECRETS, "secrets", "the page into which the firmware writes the guest's message keys") \
	X(6, CPUID, "cpuid", "the CPUID values that the guest trusts, which the firmware checks")

/*
 * X(number, id, name): the phase that a step is part of. Populating shared pages encrypts them in
 * user space's mapping; populating private pages fills guest_memfd.
 */
#define SEVTRACE_PHASES(X) \
	X(0, OTHER, "other") \
	X(1, SHARED, "shared") \
	X(2, PRIVATE, "private") \
	X(3, TEARDOWN, "teardown")

/*
 * X(ioctl): the ioctls that end a launch or the reception of a migrated guest. The guest can run
 * after them.
 */
#define SEVTRACE_FINISHES(X) \
	X(KVM_SEV_LAUNCH_FINISH) \
	X(KVM_SEV_SNP_LAUNCH_FINISH) \
	X(KVM_SEV_RECEIVE_FINISH)

/*
 * X(ioctl): the commands that return the buffer length they need: SEV API specification, chapter 6.
 */
#define SEVTRACE_LENGTH_QUERIES(X) \
	X(KVM_SEV_LAUNCH_MEASURE) \
	X(KVM_SEV_GET_ATTESTATION_REPORT) \
	X(KVM_SEV_CERT_EXPORT) \
	X(KVM_SEV_SEND_START) \
	X(KVM_SEV_SEND_UPDATE_DATA)
/* clang-format on */

#define SEVTRACE_IOCTL_ENUM(number, name) SEVTRACE_##name = (number),
enum sevtrace_ioctl { SEVTRACE_IOCTLS(SEVTRACE_IOCTL_ENUM) };
#undef SEVTRACE_IOCTL_ENUM

/* Value of a record's ioctl field if the event lies in no ioctl, for example in a VM's teardown. */
#define SEVTRACE_NO_IOCTL 0xffffffffU

#define SEVTRACE_STEP_ENUM(number, id, name, text) SEVTRACE_STEP_##id = (number),
#define SEVTRACE_STEP_EXTENT(number, id, name, text) char id[(number) + 1];
/* The size of this union is the highest step number plus 1, whatever the order of the lines. */
union sevtrace_step_extent {
	SEVTRACE_STEPS(SEVTRACE_STEP_EXTENT)
};
enum sevtrace_step {
	SEVTRACE_STEPS(SEVTRACE_STEP_ENUM)
	/* all step numbers are below this */
	SEVTRACE_STEP_COUNT = sizeof(union sevtrace_step_extent),
	SEVTRACE_STEP_NONE = 0xff
};
#undef SEVTRACE_STEP_ENUM

#define SEVTRACE_PHASE_ENUM(number, id, name) SEVTRACE_PHASE_##id = (number),
enum sevtrace_phase { SEVTRACE_PHASES(SEVTRACE_PHASE_ENUM) SEVTRACE_PHASE_COUNT };
#undef SEVTRACE_PHASE_ENUM

#define SEVTRACE_VM_TYPE_ENUM(number, id, name) SEVTRACE_VM_##id = (number),
enum sevtrace_vm_type { SEVTRACE_VM_TYPES(SEVTRACE_VM_TYPE_ENUM) };
#undef SEVTRACE_VM_TYPE_ENUM

#define SEVTRACE_PAGE_TYPE_ENUM(number, id, name, text) SEVTRACE_PAGE_##id = (number),
enum sevtrace_page_type { SEVTRACE_PAGE_TYPES(SEVTRACE_PAGE_TYPE_ENUM) SEVTRACE_PAGE_TYPE_COUNT };
#undef SEVTRACE_PAGE_TYPE_ENUM

/*
 * Returns the phase of a step. ioctl: the ioctl around the step, or SEVTRACE_NO_IOCTL; page_type:
 * of the range around the step, 0 outside of ranges; private_pages: of that range.
 */
static inline enum sevtrace_phase sevtrace_phase_of(unsigned int ioctl, unsigned int page_type,
						    unsigned int private_pages)
{
	if (ioctl == SEVTRACE_NO_IOCTL)
		return SEVTRACE_PHASE_TEARDOWN;
	if (!page_type)
		return SEVTRACE_PHASE_OTHER;
	return private_pages ? SEVTRACE_PHASE_PRIVATE : SEVTRACE_PHASE_SHARED;
}

#define SEVTRACE_CASE_IOCTL(name) case SEVTRACE_##name:

/* Tells whether this ioctl makes the guest ready to run. */
static inline int sevtrace_is_finish(unsigned int ioctl)
{
	switch (ioctl) {
		SEVTRACE_FINISHES(SEVTRACE_CASE_IOCTL)
		return 1;
	default:
		return 0;
	}
}

/* Tells whether user space only asked for the length of a buffer. Such an ioctl fails by design. */
static inline int sevtrace_is_length_query(unsigned int ioctl, int ret, unsigned int fw_error)
{
	switch (ioctl) {
		SEVTRACE_LENGTH_QUERIES(SEVTRACE_CASE_IOCTL)
		return ret == -EIO && fw_error == SEVTRACE_PSP_INVALID_LEN;
	default:
		return 0;
	}
}

#undef SEVTRACE_CASE_IOCTL

#endif /* SEVTRACE_KVM_SEV_H */
