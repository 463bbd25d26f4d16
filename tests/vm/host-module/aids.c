// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tests need of a kernel and distributions configure away; nothing that a host with SEV has.
 *
 *   /dev/mem  all of memory: tests decrypt what guests were given (STRICT_DEVMEM)
 *   leaks     a page that the kernel leaks as the PSP may still have it is never freed
 *   fail_*    a page that a guest_memfd cannot get (FAULT_INJECTION)
 *   die_*     a thread that dies of a fault of the kernel while it gives a page to a guest, or
 *             waits for the PSP
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "host.h"

static int allowed(unsigned long pfn)
{
	return 1;
}

static int devmem(struct kprobe *kp, struct pt_regs *regs)
{
	regs->ip = (unsigned long)allowed;
	return 1;
}

static struct kprobe devmem_probe = {
	.symbol_name = "devmem_is_allowed",
	.pre_handler = devmem,
	.post_handler = vsh_moves_ip,
};

/*
 * snp_leak_pages(pfn, npages) chains pages by their buddy_list. A page of a guest_memfd is freed
 * all the same, with the file. From then on the page allocator's lists and that one are one, which
 * no machine survives for long. So each leaked page gets a reference that nobody drops.
 *
 * KVM leaks the page of a VMSA twice if the PSP stays silent: where it cannot take it back, and
 * where it frees the vCPU. A page that is added to a list twice is a BUG (CONFIG_LIST_HARDENED), so
 * the second time nothing is done.
 */
static DEFINE_XARRAY(leaked);

static noinline void leaked_before(void)
{
}

static int leak(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned long pfn = regs->di, end = pfn + (unsigned int)regs->si, again = 0, nr = 0;

	for (; pfn < end && pfn_valid(pfn); pfn++, nr++) {
		if (xa_load(&leaked, pfn)) {
			again++;
			continue;
		}
		xa_store(&leaked, pfn, xa_mk_value(1), GFP_ATOMIC);
		get_page(pfn_to_page(pfn));
	}
	if (!nr || again < nr)
		return 0;
	regs->ip = (unsigned long)leaked_before;
	return 1;
}

/* Newer kernels, 7.3 among them, have the second. */
static const char *const leak_functions[] = { "snp_leak_pages", "__snp_leak_pages" };
static struct kprobe leak_probe;

static int keep_leaked_pages(void)
{
	unsigned int i;
	int ret = -ENOENT;

	for (i = 0; ret == -ENOENT && i < ARRAY_SIZE(leak_functions); i++) {
		leak_probe = (struct kprobe){
			.symbol_name = leak_functions[i],
			.pre_handler = leak,
			.post_handler = vsh_moves_ip,
		};
		ret = register_kprobe(&leak_probe);
	}
	return ret;
}

void vsh_aids_init(void)
{
	int ret = register_kprobe(&devmem_probe);

	if (ret)
		pr_info("/dev/mem stays as restricted as the kernel has it (%d)\n", ret);
	if (!vsh.snp)
		return;
	ret = keep_leaked_pages();
	if (ret)
		pr_info("leaked pages are freed: snp_leak_pages() cannot be probed (%d)\n", ret);
}

/*
 * --- __filemap_add_folio() fails with -ENOMEM ---------------------------------------------------
 */

static int fail_thread;
module_param(fail_thread, int, 0644);
MODULE_PARM_DESC(fail_thread,
		 "the thread whose pages fail, 0 for none; a thread writes its own id");

static unsigned int fail_interval;
static int fail_times;
static unsigned int fail_calls;

static int no_memory(void)
{
	return -ENOMEM;
}

static int add_folio(struct kprobe *kp, struct pt_regs *regs)
{
	if (task_pid_nr(current) != READ_ONCE(fail_thread) || !READ_ONCE(fail_times))
		return 0;
	if (++fail_calls % fail_interval)
		return 0;
	if (fail_times > 0)
		fail_times--;
	regs->ip = (unsigned long)no_memory;
	return 1;
}

static struct kprobe add_folio_probe;
static DEFINE_MUTEX(fail_lock);

static int fail_set(const char *value, const struct kernel_param *kp)
{
	unsigned int interval;
	int times, ret = 0;

	if (sscanf(value, "%u %d", &interval, &times) != 2)
		return -EINVAL;
	mutex_lock(&fail_lock);
	if (fail_interval)
		unregister_kprobe(&add_folio_probe);
	fail_interval = interval;
	fail_times = times;
	fail_calls = 0;
	if (interval) {
		add_folio_probe = (struct kprobe){
			.symbol_name = "__filemap_add_folio",
			.pre_handler = add_folio,
			.post_handler = vsh_moves_ip,
		};
		ret = register_kprobe(&add_folio_probe);
		if (ret)
			fail_interval = 0;
	}
	mutex_unlock(&fail_lock);
	return ret;
}

static int fail_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%u %d\n", fail_interval, fail_times);
}

static const struct kernel_param_ops fail_ops = { .set = fail_set, .get = fail_get };
module_param_cb(fail_pages, &fail_ops, NULL, 0644);
MODULE_PARM_DESC(
	fail_pages,
	"'INTERVAL TIMES': each INTERVAL-th page of fail_thread fails, TIMES times (-1: always)");

/*
 * --- a thread dies in rmpupdate(), or at the PSP's mutex -----------------------------------------
 */

struct death {
	int process;
	struct kprobe probe;
};

static int die(void)
{
	BUG();
}

static bool dies_of(const struct kprobe *kp)
{
	const struct death *death = container_of(kp, struct death, probe);

	return task_tgid_nr(current) == READ_ONCE(death->process);
}

/* Of struct rmp_state, the second argument: not 0 if the page is for a guest. */
#define RMP_STATE_ASID 12

static int rmpupdate(struct kprobe *kp, struct pt_regs *regs)
{
	if (!*(const u32 *)(regs->si + RMP_STATE_ASID) || !dies_of(kp))
		return 0;
	regs->ip = (unsigned long)die;
	return 1;
}

static void *sev_cmd_mutex;

/* sev_platform_init() takes the mutex, too, but has no command of its own that waits. */
static bool called_by_init(const struct pt_regs *regs)
{
	char caller[KSYM_SYMBOL_LEN];

	sprint_symbol_no_offset(caller, *(const unsigned long *)regs->sp);
	return !strncmp(caller, "sev_platform_init", strlen("sev_platform_init"));
}

static int take_mutex(struct kprobe *kp, struct pt_regs *regs)
{
	if (regs->di != (unsigned long)sev_cmd_mutex || !dies_of(kp) || called_by_init(regs))
		return 0;
	regs->ip = (unsigned long)die;
	return 1;
}

static struct death death_in_page = {
	.probe = {
		.symbol_name = "rmpupdate",
		.pre_handler = rmpupdate,
		.post_handler = vsh_moves_ip,
	},
};

static struct death death_waiting = {
	.probe = {
		.symbol_name = "mutex_lock",
		.pre_handler = take_mutex,
		.post_handler = vsh_moves_ip,
	},
};

static int die_set(const char *value, const struct kernel_param *kp)
{
	static const struct vsh_symbol mutex = { "sev_cmd_mutex", &sev_cmd_mutex };
	struct death *death = kp->arg;
	int process, ret = kstrtoint(value, 10, &process);

	if (ret || process <= 0)
		return -EINVAL;
	mutex_lock(&fail_lock);
	if (!death->process)
		ret = vsh_find_symbols(&mutex, 1) ?: register_kprobe(&death->probe);
	if (!ret)
		WRITE_ONCE(death->process, process);
	mutex_unlock(&fail_lock);
	return ret;
}

static int die_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", ((const struct death *)kp->arg)->process);
}

static const struct kernel_param_ops die_ops = { .set = die_set, .get = die_get };
module_param_cb(die_process, &die_ops, &death_in_page, 0644);
MODULE_PARM_DESC(die_process, "the process whose threads die when they give a guest a page");
module_param_cb(die_waiting, &die_ops, &death_waiting, 0644);
MODULE_PARM_DESC(die_waiting, "the process whose threads die when they wait for the PSP");
