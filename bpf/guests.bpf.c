// SPDX-License-Identifier: GPL-2.0-only
/* Follows guests after their launch. Every KVM_RUN of the host passes the first program. */
#include "guest.h"

#define PORT_OUT 1 /* KVM_PIO_OUT, arch/x86/kvm/trace.h */
#define LEVEL_2M 2 /* PG_LEVEL_2M, asm/pgtable_types.h */
#define PAGES_2M 512

/* The collector sets this before loading. */
const volatile struct sevtrace_milestone_ports milestones = {};

/* Address of the VM whose vCPU a thread runs. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} running SEC(".maps");

static __always_inline void first_run(struct kvm_vcpu *vcpu, struct sevtrace_launch *launch)
{
	struct sevtrace_rec_run *rec;

	if (__sync_val_compare_and_swap(&launch->ran, 0, 1))
		return;
	if (bpf_core_field_exists(vcpu->kvm->nr_memslot_pages))
		launch->guest.memory = BPF_CORE_READ(vcpu, kvm, nr_memslot_pages);
	rec = record_new(SEVTRACE_REC_RUN, sizeof(*rec), now(), launch->number);
	if (!rec)
		return;
	rec->vcpu = vcpu->vcpu_id;
	record_submit(rec);
}

SEC("fentry/kvm_arch_vcpu_ioctl_run")
int BPF_PROG(guest_run, struct kvm_vcpu *vcpu)
{
	struct kvm *kvm = vcpu->kvm;
	struct sevtrace_launch *launch = launch_get(kvm);
	u64 *vm;

	if (!launch || !launch->finished)
		return 0;
	first_run(vcpu, launch);
	if (!follow_guests)
		return 0;
	vm = bpf_task_storage_get(&running, bpf_get_current_task_btf(), NULL,
				  BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (vm)
		*vm = (u64)kvm;
	else
		count_loss(SEVTRACE_LOSS_THREAD);
	return 0;
}

/* The first exit is told at once, the others now and then. */
SEC("fexit/kvm_arch_vcpu_ioctl_run")
int BPF_PROG(guest_exit, struct kvm_vcpu *vcpu)
{
	struct sevtrace_launch *launch = launch_get(vcpu->kvm);
	u64 *vm;

	if (!launch || !launch->finished)
		return 0;
	vm = bpf_task_storage_get(&running, bpf_get_current_task_btf(), NULL, 0);
	if (vm)
		*vm = 0;
	if (!__sync_fetch_and_add(&launch->guest.exits, 1))
		guest_tell(launch);
	return 0;
}

/* Returns the launch whose guest this thread runs, or NULL. */
static __always_inline struct sevtrace_launch *guest_here(void)
{
	u64 *vm = bpf_task_storage_get(&running, bpf_get_current_task_btf(), NULL, 0);

	return vm && *vm ? bpf_map_lookup_elem(&launches, vm) : NULL;
}

/* ASID 0: the page is made the firmware's. */
SEC("fexit/rmp_make_private")
int BPF_PROG(guest_page, u64 pfn, u64 gpa, int level, u32 asid, bool immutable, int ret)
{
	struct sevtrace_launch *launch = guest_here();

	if (launch && asid && !ret)
		__sync_fetch_and_add(&launch->guest.given, level == LEVEL_2M ? PAGES_2M : 1);
	return 0;
}

SEC("tp_btf/kvm_rmp_fault")
int BPF_PROG(guest_rmp_fault)
{
	struct sevtrace_launch *launch = guest_here();

	if (launch)
		__sync_fetch_and_add(&launch->guest.rmp_faults, 1);
	return 0;
}

static __always_inline bool is_milestone(u16 port)
{
	for (unsigned int i = 0; i < SEVTRACE_MILESTONE_PORTS; i++)
		if (i < milestones.nr && milestones.ports[i] == port)
			return true;
	return false;
}

/*
 * kvm_pio(rw, port, size, count, data). Linux 6.12 does not let a program that knows the arguments'
 * types have the last one, a pointer to void.
 */
SEC("raw_tp/kvm_pio")
int guest_port(struct bpf_raw_tracepoint_args *ctx)
{
	u32 rw = (u32)ctx->args[0], port = (u32)ctx->args[1], size = (u32)ctx->args[2];
	struct sevtrace_launch *launch;
	struct sevtrace_rec_milestone *rec;
	u32 value = 0;

	if (rw != PORT_OUT || !is_milestone((u16)port))
		return 0;
	launch = guest_here();
	if (!launch)
		return 0;
	rec = record_new(SEVTRACE_REC_MILESTONE, sizeof(*rec), now(), launch->number);
	if (!rec)
		return 0;
	bpf_probe_read_kernel(&value, size == 1 ? 1 : size == 2 ? 2 : 4, (void *)ctx->args[4]);
	rec->value = value;
	rec->port = (u16)port;
	record_submit(rec);
	return 0;
}

static long tell_guest(void *map, u64 *kvm, struct sevtrace_launch *launch, void *ctx)
{
	guest_tell(launch);
	return 0;
}

/* The collector runs this now and then. */
SEC("syscall")
int tell_guests(void *ctx)
{
	bpf_for_each_map_elem(&launches, tell_guest, NULL, 0);
	return 0;
}
