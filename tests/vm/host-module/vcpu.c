// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running guests. QEMU cannot execute encrypted memory, so a vCPU of an encrypted guest waits
 * instead. It counts as running until user space wants it back (a signal) or the VM is dead.
 */
#include <linux/kvm_host.h>
#include <linux/rcuwait.h>
#include <linux/sched/signal.h>

#include "host.h"
#include "offsets.h"

/*
 * Waits outside of the vCPU's SRCU section, as a running vCPU does, so that nobody waits for it.
 * Returns 1 when the guest is to access its memory.
 */
static int wait_for_end(struct kvm_vcpu *vcpu)
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
		if (vsh_access_wanted()) {
			ret = 1;
			break;
		}
		schedule();
	}
	finish_rcuwait(wait);
	kvm_vcpu_srcu_read_lock(vcpu);
	return ret;
}

/* Replaces svm_vcpu_pre_run(), the last step before KVM enters a guest. */
static int park(struct kvm_vcpu *vcpu)
{
	int ret;

	do {
		ret = wait_for_end(vcpu);
		if (ret > 0)
			ret = vsh_access_make(vcpu);
	} while (ret > 0);
	if (ret == -EINTR) {
		vcpu->run->exit_reason = KVM_EXIT_INTR;
		++vcpu->stat.signal_exits;
	}
	return ret;
}

/*
 * Parks the vCPU on kernels since 7.3. There the last step is KVM's own code, and it calls this
 * function of kvm_amd. An encrypted guest that is known to be one needs no initialization, so the
 * answer is false. Before it enters the guest, KVM itself finds out why the vCPU no longer waits.
 */
static bool park_then_go(struct kvm_vcpu *vcpu)
{
	wait_for_end(vcpu);
	return false;
}

static const struct place {
	const char *symbol;
	void *instead;
} places[] = {
	{ "kvm_amd:svm_vcpu_pre_run", park },
	{ "kvm_amd:sev_vcpu_needs_initialization", park_then_go },
};

static const struct place *place;

static int before_entry(struct kprobe *kp, struct pt_regs *regs)
{
	struct kvm_vcpu *vcpu = (void *)regs->di;
	const bool *encrypted = (void *)vcpu->kvm + KVM_SVM_SEV_ACTIVE;

	if (!*encrypted)
		return 0;
	regs->ip = (unsigned long)place->instead;
	return 1;
}

static struct kprobe probe;
static bool probed;

int vsh_vcpu_coming(void)
{
	int ret;

	for (place = places; place < places + ARRAY_SIZE(places); place++) {
		probe = (struct kprobe){
			.symbol_name = place->symbol,
			.pre_handler = before_entry,
			.post_handler = vsh_moves_ip,
		};
		ret = register_kprobe(&probe);
		if (ret != -ENOENT)
			break;
	}
	probed = !ret;
	if (probed && place->instead == park)
		vsh_access_coming();
	return ret;
}

void vsh_vcpu_going(void)
{
	if (probed)
		unregister_kprobe(&probe);
	probed = false;
}
