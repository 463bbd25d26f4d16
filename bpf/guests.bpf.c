// SPDX-License-Identifier: GPL-2.0-only
/* Tells when a launched guest runs for the first time. Every KVM_RUN of the host passes this. */
#include "record.h"

SEC("fentry/kvm_arch_vcpu_ioctl_run")
int BPF_PROG(guest_run, struct kvm_vcpu *vcpu)
{
	struct kvm *kvm = vcpu->kvm;
	struct sevtrace_launch *launch = launch_get(kvm);
	struct sevtrace_rec_run *rec;

	if (!launch || !launch->finished || __sync_val_compare_and_swap(&launch->ran, 0, 1))
		return 0;
	rec = record_new(SEVTRACE_REC_RUN, sizeof(*rec), now(), launch->number);
	if (!rec)
		return 0;
	rec->vcpu = vcpu->vcpu_id;
	record_submit(rec);
	return 0;
}
