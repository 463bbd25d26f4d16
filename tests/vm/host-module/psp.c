// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PSP: gives QEMU's ivshmem-doorbell, which leads to the PSP emulator, the PCI id of the PSP of
 * EPYC 7003. ccp's own table then has the rest (pspv4, sevv2).
 *
 * Also passes time stamps to the emulator's log, which cannot know the driver's view otherwise: the
 * driver's clock when it rings the doorbell and when it has taken the answer. They go into
 * registers that hardware lacks.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/pci.h>

#include "host.h"

#define IVSHMEM 0x1110
#define PSP_EPYC_7003 0x14ca

#define BAR 2
#define BAR_SIZE 0x100000 /* and its alignment, which ioremap() keeps */
#define REG_CMDRESP 0x10980
#define REG_RUNG 0x20000
#define REG_TAKEN 0x20008

static struct pci_dev *psp;
static void __iomem *rung, *taken;
static bool stamping;

int vsh_psp_prepare(void)
{
	psp = pci_get_device(PCI_VENDOR_ID_REDHAT_QUMRANET, IVSHMEM, NULL);
	if (!psp) {
		pr_err("the machine has no ivshmem device, hence no PSP\n");
		return -ENODEV;
	}
	rung = ioremap(pci_resource_start(psp, BAR) + REG_RUNG, REG_TAKEN - REG_RUNG + sizeof(u64));
	if (!rung) {
		pci_dev_put(psp);
		return -ENOMEM;
	}
	taken = rung + (REG_TAKEN - REG_RUNG);
	return 0;
}

void vsh_psp_undo(void)
{
	iounmap(rung);
	pci_dev_put(psp);
}

void vsh_psp_commit(void)
{
	psp->vendor = PCI_VENDOR_ID_AMD;
	psp->device = PSP_EPYC_7003;
	pci_dev_put(psp);
}

/* Passes on the time if iowrite32(value, address) writes to the command register. */
static int ring(struct kprobe *kp, struct pt_regs *regs)
{
	if ((regs->si & (BAR_SIZE - 1)) == REG_CMDRESP)
		writeq(ktime_get_ns(), rung);
	return 0;
}

static int answered(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (!regs_return_value(regs))
		writeq(ktime_get_ns(), taken);
	return 0;
}

static struct kprobe ring_probe;
static struct kretprobe answer_probe;

/*
 * The log works without the time stamps (psp_ns instead of exec_ns), so a failure is only printed.
 */
void vsh_psp_coming(void)
{
	int ret;

	ring_probe = (struct kprobe){ .symbol_name = "iowrite32", .pre_handler = ring };
	answer_probe =
		(struct kretprobe){ .kp.symbol_name = "ccp:sev_wait_cmd_ioc", .handler = answered };
	ret = register_kretprobe(&answer_probe);
	if (!ret) {
		ret = register_kprobe(&ring_probe);
		if (ret)
			unregister_kretprobe(&answer_probe);
	}
	stamping = !ret;
	if (ret)
		pr_info("the PSP's log lacks the driver's clock: sev_wait_cmd_ioc() cannot be probed (%d)\n",
			ret);
}

void vsh_psp_going(void)
{
	if (!stamping)
		return;
	unregister_kretprobe(&answer_probe);
	unregister_kprobe(&ring_probe);
	stamping = false;
}
