// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest that runs. QEMU cannot execute encrypted memory, so a vCPU of an encrypted guest waits instead: it counts as
 * running until user space wants it back (a signal) or the VM is dead.
 */
#include <linux/kvm_host.h>
#include <linux/rcuwait.h>
#include <linux/sched/signal.h>

#include "host.h"
#include "offsets.h"

/* Instead of svm_vcpu_pre_run(). As with a running vCPU, nobody waits for its SRCU section. */
static int park(struct kvm_vcpu *vcpu)
{
	struct rcuwait *wait = kvm_arch_vcpu_get_wait(vcpu);
	int ret = -EINTR;

	kvm_vcpu_srcu_read_unlock(vcpu);
	prepare_to_rcuwait(wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kvm_test_request(KVM_REQ_VM_DEAD, vcpu)) {
			ret = -EIO;
			break;
		}
		if (signal_pending(current))
			break;
		schedule();
	}
	finish_rcuwait(wait);
	kvm_vcpu_srcu_read_lock(vcpu);

	if (ret == -EINTR) {
		vcpu->run->exit_reason = KVM_EXIT_INTR;
		++vcpu->stat.signal_exits;
	}
	return ret;
}

static int pre_run(struct kprobe *kp, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (void *)regs->di;
	const bool *encrypted = (void *)vcpu->kvm + KVM_SVM_SEV_ACTIVE;

	if (!*encrypted)
		return 0;
	regs->ip = (unsigned long)park;
	return 1;
}

static struct kprobe probe;
static bool probed;

int vsh_vcpu_coming(void)
{
	int ret;

	probe = (struct kprobe){
		.symbol_name = "kvm_amd:svm_vcpu_pre_run",
		.pre_handler = pre_run,
		.post_handler = vsh_moves_ip,
	};
	ret = register_kprobe(&probe);
	probed = !ret;
	return ret;
}

void vsh_vcpu_going(void)
{
	if (probed)
		unregister_kprobe(&probe);
	probed = false;
}
