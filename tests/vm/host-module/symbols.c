// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds unexported symbols of the kernel, and writes to its read-only memory.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/irqflags.h>
#include <linux/string.h>

#include <asm/processor-flags.h>

#include "host.h"

static unsigned long (*lookup)(const char *name);

/* Finds kallsyms_lookup_name(), which is not exported, with a kprobe. */
int vsh_symbols_init(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	int ret = register_kprobe(&kp);

	if (ret) {
		pr_err("kallsyms_lookup_name() cannot be found: %d (CONFIG_KPROBES, CONFIG_KALLSYMS)\n",
		       ret);
		return ret;
	}
	lookup = (void *)kp.addr;
	unregister_kprobe(&kp);
	return 0;
}

int vsh_find_symbols(const struct vsh_symbol *symbols, unsigned int n)
{
	unsigned int i, missing = 0;

	for (i = 0; i < n; i++) {
		void *at = (void *)lookup(symbols[i].name);

		*(void **)symbols[i].to = at;
		if (at || symbols[i].optional)
			continue;
		pr_err("the kernel has no symbol %s (data needs CONFIG_KALLSYMS_ALL)\n",
		       symbols[i].name);
		missing++;
	}
	return missing ? -ENOENT : 0;
}

static __always_inline unsigned long cr0_get(void)
{
	unsigned long cr0;

	asm volatile("mov %%cr0, %0" : "=r"(cr0));
	return cr0;
}

/* Does not use write_cr0(), which keeps WP set. */
static __always_inline void cr0_set(unsigned long cr0)
{
	asm volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
}

/*
 * Writes to a read-only page of the kernel: switches off CR0.WP meanwhile. (CET forbids that; the
 * software CPU has no CET.)
 */
void vsh_write(void *at, const void *from, size_t len)
{
	unsigned long flags, cr0;

	local_irq_save(flags);
	cr0 = cr0_get();
	cr0_set(cr0 & ~X86_CR0_WP);
	__builtin_memcpy(at, from, len);
	cr0_set(cr0);
	local_irq_restore(flags);
}

/* Writes the byte that is already there, if it is still there. Works for any kind of code page. */
void vsh_touch(u8 *at, u8 byte)
{
	unsigned long flags, cr0;

	local_irq_save(flags);
	cr0 = cr0_get();
	cr0_set(cr0 & ~X86_CR0_WP);
	cmpxchg(at, byte, byte);
	cr0_set(cr0);
	local_irq_restore(flags);
}
