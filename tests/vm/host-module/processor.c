// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processor: gives modules that are loaded from now on CPUID 0x8000001f and the registers that
 * a BIOS with SEV enabled has written; sets the features of the CPUs.
 *
 * With PARAVIRT_XXL (distributions enable it for Xen), CPUID and RDMSR of a module are calls.
 * Loading the module patches them to the functions in pv_ops. So pv_ops must be set before ccp and
 * kvm_amd are loaded. For kernels without PARAVIRT_XXL see traps.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/paravirt.h>
#include <asm/processor.h>

#include "host.h"

#define LEAF_ENCRYPTION 0x8000001f
#define C_BIT 51
#define PHYS_BITS_LESS 1

static int online_state; /* above 0: CPUs that come back are watched */

#ifdef CONFIG_PARAVIRT_XXL
static typeof(pv_ops.cpu.cpuid) next_cpuid;
static typeof(pv_ops.cpu.read_msr) next_read_msr;
static typeof(pv_ops.cpu.read_msr_safe) next_read_msr_safe;
#endif

/* AMD APM volume 3, "Function 8000_001Fh". */
notrace void vsh_cpuid(unsigned int *eax, unsigned int *ebx, unsigned int *ecx, unsigned int *edx)
{
	if (*eax != LEAF_ENCRYPTION) {
#ifdef CONFIG_PARAVIRT_XXL
		next_cpuid(eax, ebx, ecx, edx);
#else
		native_cpuid(eax, ebx, ecx, edx);
#endif
		return;
	}
	*eax = BIT(1) | BIT(3); /* SEV, SEV-ES */
	*eax |= vsh.snp ? BIT(4) : 0; /* SEV-SNP */
	*eax |= vsh.coherent ? BIT(10) : 0; /* caches are coherent across the C-bit */
	*ebx = C_BIT | (PHYS_BITS_LESS << 6);
	*ecx = vsh.max_asid;
	*edx = vsh.min_sev_asid;
}

/* Returns whether the machine has its own value for the register. */
notrace bool vsh_msr(u32 msr, u64 *value)
{
	switch (msr) {
	case MSR_AMD64_SYSCFG:
		*value = MSR_AMD64_SYSCFG_MEM_ENCRYPT;
#if HOST_HAS_SNP
		*value |= vsh.snp ? MSR_AMD64_SYSCFG_SNP_EN : 0;
#endif
		return true;
	case MSR_K7_HWCR:
		*value = MSR_K7_HWCR_SMMLOCK;
		return true;
#if HOST_HAS_SNP
	case MSR_AMD64_RMP_BASE:
		*value = vsh.rmp_base;
		return true;
	case MSR_AMD64_RMP_END:
		*value = vsh.rmp_size ? vsh.rmp_base + vsh.rmp_size - 1 : 0;
		return true;
#endif
	default:
		return false;
	}
}

#ifdef CONFIG_PARAVIRT_XXL
static notrace u64 vsh_read_msr(unsigned int msr)
{
	u64 value;

	return vsh_msr(msr, &value) ? value : next_read_msr(msr);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
static notrace u64 vsh_read_msr_safe(unsigned int msr, int *err)
{
	u64 value;

	if (!vsh_msr(msr, &value))
		return next_read_msr_safe(msr, err);
	*err = 0;
	return value;
}
#else
static notrace int vsh_read_msr_safe(u32 msr, u64 *value)
{
	return vsh_msr(msr, value) ? 0 : next_read_msr_safe(msr, value);
}
#endif

static void take_over_pv_ops(void)
{
	next_cpuid = pv_ops.cpu.cpuid;
	next_read_msr = pv_ops.cpu.read_msr;
	next_read_msr_safe = pv_ops.cpu.read_msr_safe;
	VSH_SET(&pv_ops.cpu.cpuid, &vsh_cpuid);
	VSH_SET(&pv_ops.cpu.read_msr, &vsh_read_msr);
	VSH_SET(&pv_ops.cpu.read_msr_safe, &vsh_read_msr_safe);
}
#else
static void take_over_pv_ops(void)
{
}
#endif

/*
 * Starts the CPUs that the kernel's command line (maxcpus=1) held back. The kernel patches its own
 * code at boot, too, which QEMU's threads survive only with the handler of stale breakpoints (see
 * traps.c) in place. A CPU that starts takes its features from CPUID, so this comes before they are
 * set. Each would measure its delay loop for seconds; all have the first one's clock.
 */
int vsh_processor_start(void)
{
	unsigned long *preset_lpj;
	const struct vsh_symbol delay = { "preset_lpj", &preset_lpj, .optional = true };
	unsigned int cpu;
	int ret;

	vsh_find_symbols(&delay, 1);
	if (preset_lpj && !*preset_lpj)
		*preset_lpj = loops_per_jiffy;
	for_each_present_cpu(cpu) {
		if (cpu_online(cpu))
			continue;
		ret = add_cpu(cpu);
		if (ret) {
			pr_err("CPU %u does not start (%d)\n", cpu, ret);
			return ret;
		}
	}
	return 0;
}

/* Sets the features as early_detect_mem_encrypt() leaves them. */
static void set_features(struct cpuinfo_x86 *to)
{
	static u8 phys_bits;
	struct cpuinfo_x86 c;

	memcpy(&c, to, sizeof(c));
	set_cpu_cap(&c, X86_FEATURE_SEV);
	set_cpu_cap(&c, X86_FEATURE_SEV_ES);
	if (vsh.coherent)
		set_cpu_cap(&c, X86_FEATURE_SME_COHERENT);
#if HOST_HAS_SNP
	if (vsh.snp)
		set_cpu_cap(&c, X86_FEATURE_SEV_SNP);
#endif
	if (!phys_bits)
		phys_bits = c.x86_phys_bits - PHYS_BITS_LESS;
	c.x86_phys_bits = phys_bits;
	vsh_write(to, &c, sizeof(c));
}

/*
 * A CPU that comes back has read its features from CPUID, and the kernel has taken from all CPUs
 * what this one does not have.
 */
static int cpu_is_back(unsigned int cpu)
{
	set_features(&boot_cpu_data);
	set_features(&cpu_data(cpu));
	return 0;
}

/* Has the features set again whenever a CPU goes and comes back. Returns 0 or a negative errno. */
int vsh_processor_watch(void)
{
	online_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "virtual_sev_host:online",
						 cpu_is_back, NULL);
	return min(online_state, 0);
}

void vsh_processor_undo(void)
{
	if (online_state > 0)
		cpuhp_remove_state_nocalls(online_state);
}

void vsh_processor_commit(void)
{
	int cpu;

	take_over_pv_ops();
	set_features(&boot_cpu_data);
	for_each_present_cpu(cpu)
		set_features(&cpu_data(cpu));
}
