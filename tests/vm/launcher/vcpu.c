// SPDX-License-Identifier: GPL-2.0-only
/* vCPUs: sets their state before the launch. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bytes.h"
#include "launch.h"
#include "vmsa.h"

#define CPUID_ENTRIES 256
#define CPUID_XSAVE 0xd
#define CR4_MCE (1ULL << 6)
#define XCR0_AVX 7ULL /* x87, SSE, AVX */

/* SEV-SNP firmware ABI 8.17.2.6, "CPUID page": COUNT, reserved, then CPUID_FUNCTIONs */
#define CPUID_PAGE_COUNT 0x00
#define CPUID_PAGE_FUNCTIONS 0x10
#define CPUID_FUNCTION_BYTES 48
#define CPUID_FUNCTION_MAX 64

struct cpuid {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entries[CPUID_ENTRIES];
};

/*
 * Reads the CPUID leaves that KVM supports. The caller frees the result; NULL after a noted
 * failure.
 */
static struct cpuid *read_cpuid(struct launch *launch)
{
	struct cpuid *cpuid = calloc(1, sizeof(*cpuid));

	if (!cpuid) {
		launch_failed(launch, -ENOMEM, "cannot read CPUID");
		return NULL;
	}
	cpuid->head.nent = CPUID_ENTRIES;
	if (ioctl(launch->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0) {
		launch_failed(launch, -errno, "KVM_GET_SUPPORTED_CPUID");
		free(cpuid);
		return NULL;
	}
	return cpuid;
}

/* Returns whether the leaf's values depend neither on the vCPU nor on what it has enabled. */
static bool plain_leaf(uint32_t leaf)
{
	static const uint32_t plain[] = { 0x0, 0x80000000, 0x80000002, 0x80000003, 0x80000004 };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (plain[i] == leaf)
			return true;
	}
	return false;
}

static void put_cpuid_function(uint8_t *at, const struct kvm_cpuid_entry2 *entry)
{
	put_le32(at, entry->function);
	put_le32(at + 4, entry->index);
	put_le32(at + 24, entry->eax);
	put_le32(at + 28, entry->ebx);
	put_le32(at + 32, entry->ecx);
	put_le32(at + 36, entry->edx);
}

int vcpu_cpuid_page(struct launch *launch)
{
	/* claim more features than any processor has: SVM features, and the SEV leaf */
	const struct kvm_cpuid_entry2 impossible = {
		.function = 0x8000001f,
		.eax = UINT32_MAX,
		.ebx = UINT32_MAX,
		.ecx = UINT32_MAX,
		.edx = UINT32_MAX,
	};
	struct cpuid *cpuid = read_cpuid(launch);
	uint8_t *page = launch->cpuid_page;
	unsigned int count = 0;

	if (!cpuid)
		return -EIO;
	for (unsigned int i = 0; i < cpuid->head.nent && count < CPUID_FUNCTION_MAX - 1; i++) {
		if (plain_leaf(cpuid->entries[i].function))
			put_cpuid_function(page + CPUID_PAGE_FUNCTIONS +
						   (size_t)count++ * CPUID_FUNCTION_BYTES,
					   &cpuid->entries[i]);
	}
	if (launch_mistaken(launch, MISTAKE_CPUID_MISMATCH))
		put_cpuid_function(page + CPUID_PAGE_FUNCTIONS +
					   (size_t)count++ * CPUID_FUNCTION_BYTES,
				   &impossible);
	put_le32(page + CPUID_PAGE_COUNT, count);
	free(cpuid);
	return 0;
}

/* Issues a register ioctl; all of them count as one operation. */
static int vcpu_do(struct launch *launch, int vcpu, unsigned long request, void *arg)
{
	int ret = launch_do(launch, OP_SET_VCPU, vcpu, request, arg);

	return ret < 0 ? ret : 0;
}

static void choose_registers(struct kvm_regs *regs, uint64_t seed, uint64_t vcpu)
{
	__u64 *const fields[] = { &regs->rax, &regs->rbx, &regs->rcx, &regs->rdx,
				  &regs->rsi, &regs->rdi, &regs->rbp, &regs->rsp,
				  &regs->r8,  &regs->r9,  &regs->r10, &regs->r11,
				  &regs->r12, &regs->r13, &regs->r14, &regs->r15 };
	uint64_t state = seed ^ (vcpu << 32);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*fields[i] = mix64(&state);
}

static int set_fpu(struct launch *launch, int vcpu, uint64_t key, bool avx)
{
	struct kvm_xsave xsave;
	uint8_t *area = (uint8_t *)xsave.region;
	uint64_t components;
	int ret = vcpu_do(launch, vcpu, KVM_GET_XSAVE, &xsave);

	if (ret)
		return ret;
	for (size_t i = 0; i < 8; i++) /* 80-bit registers, 16 bytes apart, at 32 */
		fill_pattern(area + 32 + i * 16, 10, key, i);
	fill_pattern(area + 160, 256, key, 8); /* XMM */
	components = get_le(area + 512, 8) | 3;
	if (avx) {
		fill_pattern(area + 576, 256, key, 9); /* upper halves of YMM */
		components |= 4;
	}
	put_le64(area + 512, components);
	return vcpu_do(launch, vcpu, KVM_SET_XSAVE, &xsave);
}

struct msr_list {
	struct kvm_msrs head;
	struct kvm_msr_entry entries[VMSA_MSR_COUNT];
};

static int move_msrs(struct launch *launch, int vcpu, unsigned long request, struct msr_list *list)
{
	int ret;

	list->head.nmsrs = VMSA_MSR_COUNT;
	for (size_t i = 0; i < VMSA_MSR_COUNT; i++)
		list->entries[i].index = vmsa_msr_index[i];
	ret = launch_do(launch, OP_SET_VCPU, vcpu, request, list);
	if (ret < 0)
		return ret;
	return ret == VMSA_MSR_COUNT ? 0 : launch_failed(launch, -EIO, "cannot move a vCPU's MSRs");
}

/* Sets MSRs to low canonical addresses, and to 32 bits where KVM keeps no more. */
static int set_msrs(struct launch *launch, int vcpu, uint64_t key)
{
	struct msr_list list;
	int ret;

	memset(&list, 0, sizeof(list));
	ret = move_msrs(launch, vcpu, KVM_GET_MSRS, &list);
	if (ret)
		return ret;
	for (size_t i = VMSA_MSR_STAR; i < VMSA_MSR_COUNT; i++)
		list.entries[i].data = mix64(&key) & UINT32_MAX;
	return move_msrs(launch, vcpu, KVM_SET_MSRS, &list);
}

/* Sets a vCPU up as a VMM does, with different registers for each vCPU. */
static int set_state(struct launch *launch, unsigned int index, struct cpuid *cpuid)
{
	int vcpu = launch->vcpus[index];
	uint64_t key = launch->plan.seed ^ ((uint64_t)(index + 1) << 40);
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct kvm_xcrs xcrs;
	bool avx = false;
	int ret;

	ret = vcpu_do(launch, vcpu, KVM_SET_CPUID2, cpuid);
	if (!ret)
		ret = vcpu_do(launch, vcpu, KVM_GET_SREGS, &sregs);
	if (!ret) /* until segments are set, KVM reports all as accessed */
		ret = vcpu_do(launch, vcpu, KVM_SET_SREGS, &sregs);
	if (!ret)
		ret = vcpu_do(launch, vcpu, KVM_GET_REGS, &regs);
	if (!ret) {
		choose_registers(&regs, launch->plan.seed, index);
		ret = vcpu_do(launch, vcpu, KVM_SET_REGS, &regs);
	}
	for (unsigned int i = 0; i < cpuid->head.nent; i++) {
		if (cpuid->entries[i].function == CPUID_XSAVE && cpuid->entries[i].index == 0)
			avx = (cpuid->entries[i].eax & XCR0_AVX) == XCR0_AVX;
	}
	if (!ret && avx) {
		memset(&xcrs, 0, sizeof(xcrs));
		xcrs.nr_xcrs = 1;
		xcrs.xcrs[0].value = XCR0_AVX;
		ret = vcpu_do(launch, vcpu, KVM_SET_XCRS, &xcrs);
	}
	if (!ret)
		ret = set_fpu(launch, vcpu, key, avx);
	return ret ? ret : set_msrs(launch, vcpu, key);
}

static int get_state(struct launch *launch, int vcpu, struct vcpu_state *state)
{
	struct kvm_xcrs xcrs;
	struct msr_list list;
	int ret;

	memset(&list, 0, sizeof(list));
	memset(&xcrs, 0, sizeof(xcrs));
	ret = vcpu_do(launch, vcpu, KVM_GET_REGS, &state->regs);
	if (!ret)
		ret = vcpu_do(launch, vcpu, KVM_GET_SREGS, &state->sregs);
	if (!ret)
		ret = vcpu_do(launch, vcpu, KVM_GET_DEBUGREGS, &state->debug);
	if (!ret)
		ret = vcpu_do(launch, vcpu, KVM_GET_XSAVE, &state->xsave);
	if (!ret)
		ret = vcpu_do(launch, vcpu, KVM_GET_XCRS, &xcrs);
	if (!ret)
		ret = move_msrs(launch, vcpu, KVM_GET_MSRS, &list);
	state->xcr0 = xcrs.xcrs[0].value;
	for (size_t i = 0; i < VMSA_MSR_COUNT; i++)
		state->msrs[i] = list.entries[i].data;
	return ret;
}

/*
 * Returns the host's CR4.MCE, which KVM forces on. Machine check devices in sysfs show that it is
 * set.
 */
static uint64_t host_cr4(void)
{
	return access("/sys/devices/system/machinecheck", F_OK) ? 0 : CR4_MCE;
}

static int expect_vmsa(struct launch *launch, unsigned int index)
{
	uint64_t features = launch->options->vmsa_features;
	struct vcpu_state state;
	int ret;

	memset(&state, 0, sizeof(state));
	ret = get_state(launch, launch->vcpus[index], &state);
	if (ret)
		return ret;
	if (launch->options->type == GUEST_SNP)
		features |= VMSA_FEATURE_SNP_ACTIVE;
	vmsa_build(launch->vmsas + index * PAGE_BYTES, &state, features, host_cr4(),
		   !launch->options->legacy_init);
	return 0;
}

static int change_vcpu(struct launch *launch, int vcpu)
{
	struct kvm_regs regs;
	int ret = vcpu_do(launch, vcpu, KVM_GET_REGS, &regs);

	regs.rbx ^= 1;
	return ret ? ret : vcpu_do(launch, vcpu, KVM_SET_REGS, &regs);
}

int phase_vcpus(struct launch *launch)
{
	struct cpuid *cpuid = read_cpuid(launch);
	int ret = 0;

	if (!cpuid)
		return -EIO;
	while (!ret && launch->vcpu_count < launch->options->vcpus) {
		unsigned int index = launch->vcpu_count;
		int fd =
			launch_do(launch, OP_CREATE_VCPU, launch->vm, KVM_CREATE_VCPU,
				  (void *)(uintptr_t)index); /* NOLINT(performance-no-int-to-ptr) */

		if (fd < 0) {
			ret = fd;
			break;
		}
		launch->vcpus[index] = fd;
		launch->vcpu_count++;
		ret = set_state(launch, index, cpuid);
		if (!ret)
			ret = expect_vmsa(launch, index);
		if (!ret && launch_mistaken(launch, MISTAKE_VCPU_CHANGED))
			ret = change_vcpu(launch, fd);
	}
	free(cpuid);
	return ret;
}

/* Maps pages for the guest, as page faults of the first vCPU would. */
int vcpu_fault_in(struct launch *launch, uint64_t gfn, uint64_t pages)
{
	struct uapi_kvm_pre_fault_memory range = {
		.gpa = gfn << PAGE_BITS,
		.size = pages * PAGE_BYTES,
	};
	int ret;

	do {
		ret = launch_ioctl(launch, OP_PRE_FAULT, launch->vcpus[0],
				   UAPI_KVM_PRE_FAULT_MEMORY, &range);
	} while (range.size && (ret == 0 || ret == -EINTR));
	return ret < 0 ? launch_refused(launch, OP_PRE_FAULT, ret, 0, range.gpa >> PAGE_BITS) : 0;
}
