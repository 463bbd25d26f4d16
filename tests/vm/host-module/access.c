// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses of a guest to its memory. A vCPU that waits makes none, so tests say which nested page
 * fault it has: they write 'THREAD GPA ERROR' to the parameter guest_access. KVM's own handler then
 * gets the fault, as if the vCPU had left the guest with it.
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
	pid_t thread; /* of the vCPU, in KVM_RUN; 0: no access is wanted */
	u64 gpa; /* bytes */
	u64 error; /* AMD64 Architecture Programmer's Manual 2, 15.25.6: EXITINFO1 */
} wanted;

static unsigned int handled; /* accesses so far */
static int answer; /* of KVM's handler to the last one: 1: the guest goes on */
static int (*npf_interception)(struct kvm_vcpu *vcpu);
static int (*mmu_load)(struct kvm_vcpu *vcpu);
static DEFINE_MUTEX(lock);

void vsh_access_coming(void)
{
	const struct vsh_symbol symbols[] = {
		{ "kvm_amd:npf_interception", &npf_interception, true },
		{ "kvm:kvm_mmu_load", &mmu_load, true },
	};

	vsh_find_symbols(symbols, ARRAY_SIZE(symbols));
}

bool vsh_access_wanted(void)
{
	return READ_ONCE(wanted.thread) == task_pid_nr(current);
}

/* Returns 1 if the guest goes on, else what KVM_RUN returns. The caller holds the vCPU's SRCU. */
int vsh_access_make(struct kvm_vcpu *vcpu)
{
	struct vmcb *vmcb = *(struct vmcb **)((void *)vcpu + VCPU_SVM_VMCB);
	int ret = VALID_PAGE(vcpu->arch.mmu->root.hpa) ? 0 : mmu_load(vcpu);

	vmcb->control.exit_code = SVM_EXIT_NPF;
	vmcb->control.exit_info_1 = wanted.error;
	vmcb->control.exit_info_2 = wanted.gpa;
	if (!ret)
		ret = npf_interception(vcpu);
	mutex_lock(&lock);
	wanted.thread = 0;
	answer = ret;
	handled++;
	mutex_unlock(&lock);
	return ret;
}

static int access_set(const char *value, const struct kernel_param *kp)
{
	struct access access;
	struct task_struct *task;
	struct pid *pid;
	int ret = 0;

	if (sscanf(value, "%d %llx %llx", &access.thread, &access.gpa, &access.error) != 3)
		return -EINVAL;
	if (!npf_interception || !mmu_load)
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
