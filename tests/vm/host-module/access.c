// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest does. A vCPU that waits does nothing, so tests say which nested page fault it has:
 * they write 'THREAD GPA ERROR' to the parameter guest_access; or to which I/O port it writes:
 * 'THREAD PORT VALUE' to guest_write. KVM's own handler then gets that, as if the vCPU had left the
 * guest with it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kvm_host.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include <asm/svm.h>

#include "host.h"
#include "offsets.h"

static struct access {
	pid_t thread; /* of the vCPU, in KVM_RUN; 0: nothing is wanted */
	bool writes; /* to an I/O port, which comes in `gpa`, the value in `error` */
	u64 gpa; /* bytes */
	u64 error; /* AMD64 Architecture Programmer's Manual 2, 15.25.6: EXITINFO1 */
} wanted;

static unsigned int handled; /* accesses so far */
static int answer; /* of KVM's handler to the last one: 1: the guest goes on */
static int (*npf_interception)(struct kvm_vcpu *vcpu);
static int (*mmu_load)(struct kvm_vcpu *vcpu);
static int (*fast_pio)(struct kvm_vcpu *vcpu, int size, unsigned short port, int in);
static DEFINE_MUTEX(lock);

void vsh_access_coming(void)
{
	const struct vsh_symbol symbols[] = {
		{ "kvm_amd:npf_interception", &npf_interception, true },
		{ "kvm:kvm_mmu_load", &mmu_load, true },
		{ "kvm:kvm_fast_pio", &fast_pio, true },
	};

	vsh_find_symbols(symbols, ARRAY_SIZE(symbols));
}

bool vsh_access_wanted(void)
{
	return READ_ONCE(wanted.thread) == task_pid_nr(current);
}

static int fault(struct kvm_vcpu *vcpu)
{
	struct vmcb *vmcb = *(struct vmcb **)((void *)vcpu + VCPU_SVM_VMCB);
	int ret = VALID_PAGE(vcpu->arch.mmu->root.hpa) ? 0 : mmu_load(vcpu);

	vmcb->control.exit_code = SVM_EXIT_NPF;
	vmcb->control.exit_info_1 = wanted.error;
	vmcb->control.exit_info_2 = wanted.gpa;
	return ret ? ret : npf_interception(vcpu);
}

static int write_port(struct kvm_vcpu *vcpu)
{
	vcpu->arch.regs[VCPU_REGS_RAX] = wanted.error;
	return fast_pio(vcpu, sizeof(u32), wanted.gpa, 0);
}

/* Returns 1 if the guest goes on, else what KVM_RUN returns. The caller holds the vCPU's SRCU. */
int vsh_access_make(struct kvm_vcpu *vcpu)
{
	int ret = wanted.writes ? write_port(vcpu) : fault(vcpu);

	mutex_lock(&lock);
	wanted.thread = 0;
	answer = ret;
	handled++;
	mutex_unlock(&lock);
	return ret;
}

static int access_set(const char *value, const struct kernel_param *kp)
{
	struct access access = { .writes = kp->arg == &wanted };
	struct task_struct *task;
	struct pid *pid;
	int ret = 0;

	if (sscanf(value, "%d %llx %llx", &access.thread, &access.gpa, &access.error) != 3)
		return -EINVAL;
	if (!npf_interception || !mmu_load || !fast_pio)
		return -EOPNOTSUPP;
	pid = find_get_pid(access.thread);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task)
		return -ESRCH;
	mutex_lock(&lock);
	if (wanted.thread)
		ret = -EBUSY;
	else
		wanted = access;
	mutex_unlock(&lock);
	if (!ret)
		wake_up_process(task);
	put_task_struct(task);
	return ret;
}

static int access_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%u %d\n", handled, answer);
}

static const struct kernel_param_ops access_ops = { .set = access_set, .get = access_get };
module_param_cb(guest_access, &access_ops, NULL, 0644);
MODULE_PARM_DESC(
	guest_access,
	"'THREAD GPA ERROR': the vCPU that waits in this thread has this nested page fault");
module_param_cb(guest_write, &access_ops, &wanted, 0644);
MODULE_PARM_DESC(guest_write,
		 "'THREAD PORT VALUE': the vCPU that waits in this thread writes to this I/O port");
