// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creates the VM and its memory.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bytes.h"
#include "launch.h"

#define NOT_AN_ATTRIBUTE (1ULL << 63)
#define NOT_A_VMSA_FEATURE (1ULL << 63)
#define NOT_A_GHCB_VERSION 99

int phase_create(struct launch *launch)
{
	static const unsigned long types[GUEST_TYPES] = {
		[GUEST_SEV] = UAPI_KVM_X86_SEV_VM,
		[GUEST_SEV_ES] = UAPI_KVM_X86_SEV_ES_VM,
		[GUEST_SNP] = UAPI_KVM_X86_SNP_VM,
	};
	unsigned long type = types[launch->options->type];

	if (launch->options->legacy_init || launch_mistaken(launch, MISTAKE_DEFAULT_VM))
		type = UAPI_KVM_X86_DEFAULT_VM;
	launch->vm = launch_do(launch, OP_CREATE_VM, launch->kvm, KVM_CREATE_VM,
			       (void *)(uintptr_t)type); /* NOLINT(performance-no-int-to-ptr) */
	return launch->vm < 0 ? launch->vm : 0;
}

int phase_init(struct launch *launch)
{
	struct uapi_kvm_sev_init init = { .vmsa_features = launch->options->vmsa_features };

	if (launch->options->legacy_init)
		return launch_do_command(launch,
					 launch->options->type == GUEST_SEV ? OP_INIT : OP_ES_INIT,
					 launch->sev, NULL);
	if (launch_mistaken(launch, MISTAKE_BAD_INIT_FLAGS))
		init.flags = 1;
	if (launch_mistaken(launch, MISTAKE_BAD_VMSA_FEATURES))
		init.vmsa_features |= NOT_A_VMSA_FEATURE;
	if (launch_mistaken(launch, MISTAKE_BAD_GHCB_VERSION))
		init.ghcb_version = NOT_A_GHCB_VERSION;
	return launch_do_command(launch, OP_INIT2, launch->sev, &init);
}

static int add_slot(struct launch *launch, unsigned int index)
{
	const struct slot *slot = &launch->plan.slots[index];
	struct kvm_userspace_memory_region region = {
		.slot = index,
		.flags = slot->kind == SLOT_READONLY ? KVM_MEM_READONLY : 0,
		.guest_phys_addr = slot->gfn << PAGE_BITS,
		.memory_size = slot->mapped * PAGE_BYTES,
		.userspace_addr = (uintptr_t)slot->memory,
	};

	return launch_do(launch, OP_SLOT, launch->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static int add_private_slot(struct launch *launch, unsigned int index)
{
	struct slot *slot = &launch->plan.slots[index];
	struct uapi_kvm_create_guest_memfd gmem = { .size = slot->mapped * PAGE_BYTES };
	struct uapi_kvm_userspace_memory_region2 region = {
		.slot = index,
		.flags = UAPI_KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = slot->gfn << PAGE_BITS,
		.memory_size = slot->mapped * PAGE_BYTES,
		.userspace_addr = (uintptr_t)slot->memory,
	};

	slot->gmem =
		launch_do(launch, OP_GUEST_MEMFD, launch->vm, UAPI_KVM_CREATE_GUEST_MEMFD, &gmem);
	if (slot->gmem < 0)
		return slot->gmem;
	region.guest_memfd = (uint32_t)slot->gmem;
	return launch_do(launch, OP_SLOT2, launch->vm, UAPI_KVM_SET_USER_MEMORY_REGION2, &region);
}

int phase_slots(struct launch *launch)
{
	bool snp = launch->options->type == GUEST_SNP;
	int ret = 0;

	for (unsigned int i = 0; i < launch->plan.slot_count && !ret; i++) {
		enum slot_kind kind = launch->plan.slots[i].kind;

		if (kind == SLOT_HOLE)
			continue;
		if ((snp || kind == SLOT_PRIVATE) &&
		    !launch_mistaken(launch, MISTAKE_NO_GUEST_MEMFD))
			ret = add_private_slot(launch, i);
		else
			ret = add_slot(launch, i);
	}
	return ret;
}

static int set_attributes(struct launch *launch, uint64_t gfn, uint64_t pages, uint64_t attributes)
{
	struct uapi_kvm_memory_attributes set = {
		.address = gfn << PAGE_BITS,
		.size = pages * PAGE_BYTES,
		.attributes = attributes,
	};

	return launch_do(launch, OP_ATTRIBUTES, launch->vm, UAPI_KVM_SET_MEMORY_ATTRIBUTES, &set);
}

int phase_attributes(struct launch *launch)
{
	uint64_t attributes = UAPI_KVM_MEMORY_ATTRIBUTE_PRIVATE;
	uint64_t gfn;
	int ret = 0;

	if (launch_mistaken(launch, MISTAKE_BAD_ATTRIBUTE))
		attributes |= NOT_AN_ATTRIBUTE;
	for (unsigned int i = 0; i < launch->plan.slot_count && !ret; i++) {
		const struct slot *slot = &launch->plan.slots[i];

		ret = set_attributes(launch, slot->gfn, slot->mapped, attributes);
	}
	if (ret || !launch_mistaken(launch, MISTAKE_MISSING_ATTRIBUTE))
		return ret;
	plan_page(&launch->plan, launch->options->at_page, &gfn);
	return set_attributes(launch, gfn, 1, 0);
}

/* Takes the right to lock memory from this thread. The limit applies to the whole process. */
static int give_up_memlock(struct launch *launch)
{
	const struct rlimit none = { 0, 0 };
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (setrlimit(RLIMIT_MEMLOCK, &none) || syscall(SYS_capget, &header, data))
		return launch_failed(launch, -errno, "cannot give up locking memory");
	data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective &= ~CAP_TO_MASK(CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, data))
		return launch_failed(launch, -errno, "cannot give up CAP_IPC_LOCK");
	return 0;
}

int phase_register(struct launch *launch)
{
	int ret = 0;

	if (launch_mistaken(launch, MISTAKE_NO_MEMLOCK))
		ret = give_up_memlock(launch);
	if (!launch->options->reg)
		return ret;
	for (unsigned int i = 0; i < launch->plan.slot_count && !ret; i++) {
		const struct slot *slot = &launch->plan.slots[i];
		struct kvm_enc_region region = {
			.addr = (uintptr_t)slot->memory,
			.size = slot->mapped * PAGE_BYTES,
		};

		/* guest_memfd does not move and nobody else sees it, so there is nothing to pin */
		if (slot->kind == SLOT_PRIVATE)
			continue;
		ret = launch_do(launch, OP_REG_REGION, launch->vm, KVM_MEMORY_ENCRYPT_REG_REGION,
				&region);
	}
	return ret;
}

int phase_unregister(struct launch *launch)
{
	/* one page less than any registered region */
	struct kvm_enc_region region = {
		.addr = (uintptr_t)plan_spare_memory(&launch->plan),
		.size = PAGE_BYTES,
	};

	return launch_do(launch, OP_UNREG_REGION, launch->vm, KVM_MEMORY_ENCRYPT_UNREG_REGION,
			 &region);
}

int phase_unknown(struct launch *launch)
{
	return launch_do_command(launch, OP_UNKNOWN, launch->sev, NULL);
}

int phase_other_type(struct launch *launch)
{
	struct uapi_kvm_sev_snp_launch_start snp = { .policy = launch->options->policy };
	struct kvm_sev_launch_start sev;

	memset(&sev, 0, sizeof(sev));
	if (launch->options->type == GUEST_SNP)
		return launch_do_command(launch, OP_START, launch->sev, &sev);
	return launch_do_command(launch, OP_SNP_START, launch->sev, &snp);
}
