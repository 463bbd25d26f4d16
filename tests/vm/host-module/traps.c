// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles exceptions that the kernel offers to die notifiers before it gives up.
 *
 *   #UD  RMPUPDATE and PSMASH: the software CPU lacks both, so this does their work for the kernel
 *        and its modules, whose code around them stays the real one
 *   #UD  CPUID and RDMSR of kvm, kvm_amd and ccp, if the kernel has no PARAVIRT_XXL to send them
 *        here: UD2 replaces them before the module's code runs
 *   #BP  a breakpoint that is no longer there
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kdebug.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include <asm/insn.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

#include "host.h"

#define INT3 0xcc

/*
 * --- CPUID and RDMSR that are inlined -----------------------------------------------------------
 */

#define ESCAPE 0x0f
#define OP_UD2 0x0b
#define OP_CPUID 0xa2
#define OP_RDMSR 0x32
#define LENGTH 2 /* bytes of each of these three */

static struct trap {
	unsigned long at; /* 0: free */
	u8 op;
} traps[512];

static typeof(insn_decode) *decode;

static struct trap *find_trap(unsigned long at)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(traps); i++) {
		if (READ_ONCE(traps[i].at) == at)
			return &traps[i];
	}
	return NULL;
}

static bool set_trap(u8 *at)
{
	struct trap *trap = find_trap(0);
	static const u8 ud2 = OP_UD2;

	if (!trap)
		return false;
	trap->op = at[1];
	smp_store_release(&trap->at, (unsigned long)at);
	vsh_write(at + 1, &ud2, sizeof(ud2));
	return true;
}

static void trap_region(struct module *mod, u8 *base, unsigned int size)
{
	unsigned int i, trapped = 0, lost = 0;
	struct insn insn;

	for (i = 0; base && i + LENGTH <= size; i += insn.length) {
		u8 *at = base + i;

		if (decode(&insn, at, min(size - i, (unsigned int)MAX_INSN_SIZE), INSN_MODE_KERN) <
			    0 ||
		    !insn.length) {
			insn.length = 1;
			continue;
		}
		if (insn.length != LENGTH || at[0] != ESCAPE ||
		    (at[1] != OP_CPUID && at[1] != OP_RDMSR))
			continue;
		if (set_trap(at))
			trapped++;
		else
			lost++;
	}
	if (trapped)
		pr_info("%s: %u instructions trap\n", mod->name, trapped);
	if (lost)
		pr_err("%s: no room for %u instructions, which see the bare CPU\n", mod->name,
		       lost);
}

static void free_region(unsigned long base, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(traps); i++) {
		if (traps[i].at - base < size)
			WRITE_ONCE(traps[i].at, 0);
	}
}

void vsh_traps_module(struct module *mod, unsigned long event)
{
	static const char *const names[] = { "kvm", "kvm_amd", "ccp" };
	struct {
		void *base;
		unsigned int size;
	} text, init;

	if (!vsh.inlined || match_string(names, ARRAY_SIZE(names), mod->name) < 0)
		return;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	text = (typeof(text)){ mod->core_layout.base, mod->core_layout.text_size };
	init = (typeof(init)){ mod->init_layout.base, mod->init_layout.text_size };
#else
	text = (typeof(text)){ mod->mem[MOD_TEXT].base, mod->mem[MOD_TEXT].size };
	init = (typeof(init)){ mod->mem[MOD_INIT_TEXT].base, mod->mem[MOD_INIT_TEXT].size };
#endif
	if (event == MODULE_STATE_COMING) {
		trap_region(mod, text.base, text.size);
		trap_region(mod, init.base, init.size);
	} else if (event == MODULE_STATE_LIVE) {
		free_region((unsigned long)init.base, init.size);
	} else if (event == MODULE_STATE_GOING) {
		free_region((unsigned long)text.base, text.size);
		free_region((unsigned long)init.base, init.size);
	}
}

static bool inlined_insn(struct pt_regs *regs)
{
	struct trap *trap = regs->ip ? find_trap(regs->ip) : NULL;
	unsigned int r[4] = { regs->ax, regs->bx, regs->cx, regs->dx };
	u64 value;

	if (!trap)
		return false;
	if (trap->op == OP_CPUID) {
		vsh_cpuid(&r[0], &r[1], &r[2], &r[3]);
		regs->bx = r[1];
		regs->cx = r[2];
	} else if (vsh_msr(regs->cx, &value)) {
		r[0] = value;
		r[3] = value >> 32;
	} else if (rdmsr_safe(regs->cx, &r[0], &r[3])) {
		return false;
	}
	regs->ax = r[0];
	regs->dx = r[3];
	regs->ip += LENGTH;
	return true;
}

/*
 * --- RMPUPDATE and PSMASH -----------------------------------------------------------------------
 */

static bool rmp_insn(struct pt_regs *regs)
{
	static const u8 rmpupdate[] = { 0xf2, 0x0f, 0x01, 0xfe },
			psmash[] = { 0xf3, 0x0f, 0x01, 0xff };
	u8 insn[sizeof(rmpupdate)];

	if (!vsh_rmp_present() || copy_from_kernel_nofault(insn, (void *)regs->ip, sizeof(insn)))
		return false;
	if (!memcmp(insn, rmpupdate, sizeof(insn)))
		regs->ax = vsh_rmpupdate(regs->ax, (void *)regs->cx);
	else if (!memcmp(insn, psmash, sizeof(insn)))
		regs->ax = vsh_psmash(regs->ax);
	else
		return false;
	regs->ip += sizeof(insn);
	return true;
}

/*
 * --- breakpoints that are no longer there -------------------------------------------------------
 */

/*
 * The kernel patches its running code (static keys, fentry) with the help of an int3. QEMU before
 * 8.1, with one thread a CPU, may still execute a translation of that int3 after the kernel has
 * removed it from memory and no longer expects it. Writing to the place (the byte already there)
 * makes QEMU translate it again; then the instruction runs.
 */
static atomic_t stale_breakpoints = ATOMIC_INIT(0);

/* If one place has more in a row, the write has no effect; then the kernel's own Oops is better. */
#define STALE_IN_A_ROW 10000

static DEFINE_PER_CPU(unsigned long, stale_at);
static DEFINE_PER_CPU(unsigned int, stale_times);

static bool stale_breakpoint(struct pt_regs *regs)
{
	unsigned long at = regs->ip - 1;
	u8 insn;

	if (copy_from_kernel_nofault(&insn, (void *)at, 1) || insn == INT3)
		return false;
	if (this_cpu_read(stale_at) != at) {
		this_cpu_write(stale_at, at);
		this_cpu_write(stale_times, 0);
	}
	if (this_cpu_inc_return(stale_times) > STALE_IN_A_ROW) {
		pr_emerg("QEMU keeps executing a breakpoint at %pS that is not there\n",
			 (void *)at);
		return false;
	}
	vsh_touch((u8 *)at, insn);
	atomic_inc(&stale_breakpoints);
	regs->ip = at;
	return true;
}

static int stale_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&stale_breakpoints));
}

static const struct kernel_param_ops stale_ops = { .get = stale_get };
module_param_cb(stale_breakpoints, &stale_ops, NULL, 0444);
MODULE_PARM_DESC(stale_breakpoints, "how many breakpoints QEMU executed that were no longer there");

/*
 * Before Linux 6.8, kprobes take a breakpoint that is no longer there for one that has just been
 * removed, and have the instruction run again: QEMU runs its translation for good. So we come
 * before them, at the place that ftrace keeps at the function's beginning.
 */
static int (*kprobes_handler)(struct pt_regs *regs);

static notrace int before_kprobes(struct pt_regs *regs)
{
	return !user_mode(regs) && stale_breakpoint(regs) ? 1 : kprobes_handler(regs);
}

static int come_before_kprobes(void)
{
	static const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa }, nop[] = { 0x0f, 0x1f, 0x44, 0, 0 };
	static u8 *at;
	static const struct vsh_symbol handler = { "kprobe_int3_handler", &at };
	u8 jump[sizeof(nop)] = { 0xe9 };
	int ret = vsh_find_symbols(&handler, 1);
	s32 distance;

	if (ret)
		return ret;
	if (!memcmp(at, endbr, sizeof(endbr)))
		at += sizeof(endbr);
	if (memcmp(at, nop, sizeof(nop)) != 0) {
		pr_err("kprobe_int3_handler() has no place for a jump (CONFIG_DYNAMIC_FTRACE)\n");
		return -EOPNOTSUPP;
	}
	kprobes_handler = (void *)(at + sizeof(nop));
	distance = (s32)((u8 *)before_kprobes - (at + sizeof(jump)));
	memcpy(jump + 1, &distance, sizeof(distance));
	vsh_write(at, jump, sizeof(jump));
	return 0;
}

/*
 * --- the notifier -------------------------------------------------------------------------------
 */

static int exception(struct notifier_block *nb, unsigned long event, void *data)
{
	struct die_args *args = data;
	struct pt_regs *regs = args->regs;
	bool done = false;

	if (user_mode(regs))
		return NOTIFY_DONE;
	if (event == DIE_INT3)
		done = stale_breakpoint(regs);
	else if (event == DIE_TRAP && args->trapnr == X86_TRAP_UD)
		done = inlined_insn(regs) || rmp_insn(regs);
	return done ? NOTIFY_STOP : NOTIFY_DONE;
}

static struct notifier_block die_nb = { .notifier_call = exception, .priority = INT_MAX };

int vsh_traps_prepare(void)
{
	static const struct vsh_symbol symbols[] = { { "insn_decode", &decode } };

	return vsh.inlined ? vsh_find_symbols(symbols, ARRAY_SIZE(symbols)) : 0;
}

int vsh_traps_commit(void)
{
	int ret = LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0) ? come_before_kprobes() : 0;

	return ret ?: register_die_notifier(&die_nb);
}

void vsh_traps_undo(void)
{
	unregister_die_notifier(&die_nb);
}
