// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual SEV host, as a module: an unmodified kernel believes that it runs on an AMD host with
 * SEV-SNP. Test only.
 *
 * QEMU's software CPU has SVM, nested paging and an AMD IOMMU. What SEV needs on top is put below
 * the kernel at run time, before ccp and kvm_amd are loaded. Each override stands for something
 * that hardware or a BIOS has:
 *
 *   processor.c  CPUID 0x8000001f, SYSCFG, HWCR and the RMP's registers, as modules read them;
 *                the CPU's features
 *   traps.c      #UD of RMPUPDATE and PSMASH: these instructions, whoever executes them
 *   rmp.c        the rules of these instructions
 *   platform.c   the RMP's place, the IOMMU's SNP bit: what boot code (__init, gone by now) found
 *   psp.c        the PCI id of the PSP; the driver's clock, for the PSP emulator's log
 *   vcpu.c       a guest that runs: its vCPU waits, as QEMU cannot execute encrypted memory
 *   aids.c       nothing of a host: /dev/mem for tests, allocations that fail
 *
 * Nothing is changed unless everything that is needed has been found, so a kernel that does not fit
 * stays as it is and the module is not loaded. Once loaded it stays: kvm, kvm_amd and ccp have its
 * addresses in their code.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>

#include "host.h"

struct vsh_machine vsh = {
	.min_sev_asid = 100,
	.max_asid = 509,
	.snp = HOST_HAS_SNP,
	.inlined = !IS_ENABLED(CONFIG_PARAVIRT_XXL),
};

static char *rmp;
module_param(rmp, charp, 0444);
MODULE_PARM_DESC(rmp, "BASE,SIZE: where the RMP is, bytes; memory that memmap= reserves");
module_param_named(min_sev_asid, vsh.min_sev_asid, uint, 0444);
MODULE_PARM_DESC(min_sev_asid, "first ASID of a guest without SEV-ES");
module_param_named(max_asid, vsh.max_asid, uint, 0444);
MODULE_PARM_DESC(max_asid, "last ASID, at most 1023");
module_param_named(coherent, vsh.coherent, bool, 0444);
MODULE_PARM_DESC(coherent, "the processor keeps caches coherent: nothing to flush");
module_param_named(snp, vsh.snp, bool, 0444);
MODULE_PARM_DESC(snp, "the processor has SEV-SNP");
module_param_named(inlined, vsh.inlined, bool, 0444);
MODULE_PARM_DESC(inlined,
		 "modules have CPUID and RDMSR inlined: make them trap (where pv_ops has none)");

void vsh_moves_ip(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static int kvm_amd_event(unsigned long event)
{
	int ret;

	if (event == MODULE_STATE_GOING)
		vsh_vcpu_going();
	if (event != MODULE_STATE_COMING)
		return NOTIFY_OK;
	ret = vsh_vcpu_coming();
	if (ret)
		pr_err("kvm_amd would enter encrypted guests: where it does cannot be probed (%d)\n",
		       ret);
	return notifier_from_errno(ret);
}

static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct module *mod = data;

	vsh_traps_module(mod, event);
	if (!strcmp(mod->name, "ccp") && event == MODULE_STATE_COMING)
		vsh_psp_coming();
	if (!strcmp(mod->name, "ccp") && event == MODULE_STATE_GOING)
		vsh_psp_going();
	return strcmp(mod->name, "kvm_amd") ? NOTIFY_DONE : kvm_amd_event(event);
}

/*
 * Has the highest priority: when a module goes, kprobes' own notifier silently removes its probes,
 * so we must see them before.
 */
static struct notifier_block module_nb = { .notifier_call = module_event, .priority = INT_MAX };

static int parse_machine(void)
{
	char *end;

	if (vsh.snp && !HOST_HAS_SNP) {
		pr_err("this kernel has no host code of SEV-SNP; snp=0 makes a host without it\n");
		return -EOPNOTSUPP;
	}
	if (vsh.max_asid > 1023 || vsh.min_sev_asid < 1) {
		pr_err("ASIDs are 1 to 1023, not %u to %u\n", vsh.min_sev_asid, vsh.max_asid);
		return -EINVAL;
	}
	vsh.rmp_base = simple_strtoull(rmp ?: "", &end, 0);
	vsh.rmp_size = *end == ',' ? simple_strtoull(end + 1, NULL, 0) : 0;
	return 0;
}

/* Does everything that can fail. If it fails, it leaves the kernel unchanged. */
static int prepare(void)
{
	int ret = parse_machine() ?: vsh_symbols_init() ?: vsh_traps_prepare();

	if (ret)
		return ret;
	ret = vsh_psp_prepare();
	if (ret)
		return ret;
	ret = vsh_platform_prepare();
	if (ret)
		goto undo_psp;
	ret = vsh_traps_commit();
	if (ret)
		goto undo_platform;
	ret = vsh_processor_start();
	if (!ret)
		ret = vsh_processor_watch() ?: register_module_notifier(&module_nb);
	if (!ret)
		return 0;
	vsh_processor_undo();
	vsh_traps_undo();
undo_platform:
	vsh_platform_undo();
undo_psp:
	vsh_psp_undo();
	return ret;
}

static int __init virtual_sev_host_init(void)
{
	int ret = prepare();

	if (ret)
		return ret;
	vsh_platform_commit();
	vsh_processor_commit();
	vsh_psp_commit();
	vsh_aids_init();
	__module_get(THIS_MODULE);
	pr_info("SEV, SEV-ES%s; ASIDs %u to %u%s\n", vsh.snp ? ", SEV-SNP" : "", vsh.min_sev_asid,
		vsh.max_asid, vsh.coherent ? "; coherent" : "");
	return 0;
}
module_init(virtual_sev_host_init);

MODULE_DESCRIPTION("Virtual SEV host (test only)");
MODULE_LICENSE("GPL");
/*
 * Without this the kernel warns of an out-of-tree module, and the tests want a log without
 * warnings.
 */
MODULE_INFO(intree, "Y");
