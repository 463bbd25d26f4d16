// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records ccp from its first moment, for a recording that begins before ccp is loaded. ccp's
 * tracepoints exist as soon as ccp is about to be initialised, and its initialisation is what may
 * fail. So module_load holds ccp's loader on its processor until the collector has attached to the
 * tracepoints. That takes a few system calls, as the programs are already loaded.
 *
 * Functions of a module can be hooked only when it is initialised. So ccp's are hooked while
 * kvm_amd's loader is held: kvm_amd has ccp initialise the PSP.
 */
#include "record.h"

#define HOLD_NS 5000000000ULL /* longest time that the loader is held */
#define HOLD_ROUNDS 64 /* each of HOLD_LOOPS loops, the most that a helper call allows */
#define HOLD_LOOPS (1 << 23) /* BPF_MAX_LOOPS */

/* The collector sets this before loading: there is another processor on which it can run. */
const volatile bool may_hold __weak = false;

struct sevtrace_module_hold module_hold = {};

static long is_over(u32 index, u64 *end)
{
	return *(volatile u32 *)&module_hold.answered == module_hold.asked || now() > *end;
}

static __always_inline void hold(void)
{
	u64 end = now() + HOLD_NS;

	for (int i = 0; i < HOLD_ROUNDS; i++) {
		bpf_loop(HOLD_LOOPS, is_over, &end, 0);
		if (is_over(0, &end))
			break;
	}
	if (*(volatile u32 *)&module_hold.answered != module_hold.asked)
		module_hold.missed++;
}

static __always_inline bool is_named(const char *name, const char *wanted, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		if (name[i] != wanted[i])
			return false;
	return true;
}

SEC("tp_btf/module_load")
int BPF_PROG(module_load, struct module *mod)
{
	static const char ccp[] = "ccp", kvm_amd[] = "kvm_amd";
	struct sevtrace_rec *message;
	char name[sizeof(kvm_amd)] = {};

	if (!mod)
		return 0;
	BPF_CORE_READ_STR_INTO(&name, mod, name);
	if (!is_named(name, ccp, sizeof(ccp)) && !is_named(name, kvm_amd, sizeof(kvm_amd)))
		return 0;
	message = bpf_ringbuf_reserve(&records, sizeof(*message), 0);
	if (!message) {
		module_hold.missed++;
		return 0;
	}
	*message =
		(struct sevtrace_rec){ .type = SEVTRACE_MODULE_LOADING, .size = sizeof(*message) };
	module_hold.asked++;
	bpf_ringbuf_submit(message, BPF_RB_FORCE_WAKEUP);
	if (may_hold)
		hold();
	return 0;
}
