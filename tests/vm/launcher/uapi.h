/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The parts of KVM's user-space interface for confidential guests that a launch needs and that
 * Debian 12's linux-libc-dev (6.1) lacks. Layouts and numbers are those of Linux 6.12. The prefixes
 * uapi_ and UAPI_ avoid collisions with newer system headers.
 */
#ifndef LAUNCHER_UAPI_H
#define LAUNCHER_UAPI_H

#include <linux/kvm.h>
#include <linux/psp-sev.h>

/* arch/x86/include/uapi/asm/kvm.h: types for KVM_CREATE_VM */
#define UAPI_KVM_X86_DEFAULT_VM 0
#define UAPI_KVM_X86_SEV_VM 2
#define UAPI_KVM_X86_SEV_ES_VM 3
#define UAPI_KVM_X86_SNP_VM 4

/* arch/x86/include/uapi/asm/kvm.h: enum sev_cmd_id, the newer part */
#define UAPI_KVM_SEV_INIT2 22
#define UAPI_KVM_SEV_SNP_LAUNCH_START 100
#define UAPI_KVM_SEV_SNP_LAUNCH_UPDATE 101
#define UAPI_KVM_SEV_SNP_LAUNCH_FINISH 102

/* struct kvm_sev_init */
struct uapi_kvm_sev_init {
	__u64 vmsa_features;
	__u32 flags;
	__u16 ghcb_version;
	__u16 pad1;
	__u32 pad2[8];
};

/* struct kvm_sev_snp_launch_start */
struct uapi_kvm_sev_snp_launch_start {
	__u64 policy;
	__u8 gosvw[16];
	__u16 flags;
	__u8 pad0[6];
	__u64 pad1[4];
};

/* struct kvm_sev_snp_launch_update; the kernel writes the progress back */
struct uapi_kvm_sev_snp_launch_update {
	__u64 gfn_start;
	__u64 uaddr;
	__u64 len;
	__u8 type;
	__u8 pad0;
	__u16 flags;
	__u32 pad1;
	__u64 pad2[4];
};

/* struct kvm_sev_snp_launch_finish */
struct uapi_kvm_sev_snp_launch_finish {
	__u64 id_block_uaddr;
	__u64 id_auth_uaddr;
	__u8 id_block_en;
	__u8 auth_key_en;
	__u8 vcek_disabled;
	__u8 host_data[32];
	__u8 pad0[3];
	__u16 flags;
	__u64 pad1[4];
};

/* include/uapi/linux/kvm.h: struct kvm_userspace_memory_region2 */
struct uapi_kvm_userspace_memory_region2 {
	__u32 slot;
	__u32 flags;
	__u64 guest_phys_addr;
	__u64 memory_size;
	__u64 userspace_addr;
	__u64 guest_memfd_offset;
	__u32 guest_memfd;
	__u32 pad1;
	__u64 pad2[14];
};

/* include/uapi/linux/kvm.h: struct kvm_memory_attributes */
struct uapi_kvm_memory_attributes {
	__u64 address;
	__u64 size;
	__u64 attributes;
	__u64 flags;
};

/* include/uapi/linux/kvm.h: struct kvm_create_guest_memfd */
struct uapi_kvm_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};

/* include/uapi/linux/kvm.h: struct kvm_pre_fault_memory; the kernel writes the progress back */
struct uapi_kvm_pre_fault_memory {
	__u64 gpa;
	__u64 size;
	__u64 flags;
	__u64 padding[5];
};

#define UAPI_KVM_MEM_GUEST_MEMFD (1U << 2)
#define UAPI_KVM_MEMORY_ATTRIBUTE_PRIVATE (1ULL << 3)

#define UAPI_KVM_SET_USER_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct uapi_kvm_userspace_memory_region2)
#define UAPI_KVM_SET_MEMORY_ATTRIBUTES _IOW(KVMIO, 0xd2, struct uapi_kvm_memory_attributes)
#define UAPI_KVM_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct uapi_kvm_create_guest_memfd)
#define UAPI_KVM_PRE_FAULT_MEMORY _IOWR(KVMIO, 0xd5, struct uapi_kvm_pre_fault_memory)

#endif /* LAUNCHER_UAPI_H */
