// SPDX-License-Identifier: GPL-2.0-only
#include "host/events.h"
#include "util/array.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

const struct kernel_event kernel_events[] = {
	{ "kvm_sev_cmd_enter", "kvm_amd", 2, true, false },
	{ "kvm_sev_cmd_exit", "kvm_amd", 3, true, false },
	{ "kvm_sev_region_enter", "kvm_amd", 3, false, false },
	{ "kvm_sev_region_exit", "kvm_amd", 4, false, false },
	{ "kvm_sev_range_start", "kvm_amd", 7, false, false },
	{ "kvm_sev_range_end", "kvm_amd", 6, false, false },
	{ "kvm_sev_step", "kvm_amd", 6, false, false },
	{ "kvm_sev_clflush", "kvm_amd", 4, false, false },
	{ "kvm_sev_vm_destroy_start", "kvm_amd", 1, false, false },
	{ "kvm_sev_vm_destroy_end", "kvm_amd", 1, false, false },
	{ "kvm_vm_set_mem_attributes", "kvm", 3, false, false },
	{ "kvm_vm_set_mem_attributes_locked", "kvm", 4, false, false },
	{ "kvm_vm_set_mem_attributes_done", "kvm", 5, false, false },
	{ "kvm_gmem_populate_step", "kvm", 6, false, false },
	{ "ccp_sev_cmd_wait", "ccp", 1, false, false },
	{ "ccp_sev_cmd_start", "ccp", 2, false, false },
	{ "ccp_sev_cmd_issue", "ccp", 2, false, false },
	{ "ccp_sev_cmd_complete", "ccp", 7, false, false },
	{ "ccp_sev_cmd_end", "ccp", 6, false, false },
	{ "sched_process_fork", "vmlinux", 2, true, true },
	{ "sched_process_exit", "vmlinux", 1, true, true },
};

const size_t nr_kernel_events = ARRAY_SIZE(kernel_events);

/* Every tracepoint leaves a type `typedef void (*btf_trace_NAME)(void *data, ARGUMENTS)`. */
int kernel_event_args(const struct btf *btf, const char *name)
{
	const struct btf_type *type;
	char typedef_name[128];
	int id;

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -ENOENT;
	type = btf__type_by_id(btf, (__u32)id);
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	if (!type || !btf_is_ptr(type))
		return -ENOENT;
	type = btf__type_by_id(btf, type->type);
	if (!type || !btf_is_func_proto(type) || btf_vlen(type) < 1)
		return -ENOENT;
	return btf_vlen(type) - 1;
}

/* BTF of a module, of the kernel for what is built in, or NULL. The caller frees it unless it is
 * the kernel's.
 */
static struct btf *module_btf(const char *module, struct btf *vmlinux,
			      enum kernel_event_status *status)
{
	struct btf *btf;
	char path[128];

	*status = KERNEL_EVENT_OK;
	if (!strcmp(module, "vmlinux"))
		return vmlinux;
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", module);
	if (!access(path, F_OK)) {
		btf = btf__load_module_btf(module, vmlinux);
		if (!btf)
			*status = KERNEL_EVENT_NO_BTF;
		return btf;
	}
	/* initstate exists for what was loaded, not for what is built in. */
	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	if (!access(path, F_OK)) {
		*status = KERNEL_EVENT_NO_BTF;
		return NULL;
	}
	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (!access(path, F_OK))
		return vmlinux;
	*status = KERNEL_EVENT_NO_MODULE;
	return NULL;
}

static enum kernel_event_status check_event(const struct kernel_event *event, struct btf *vmlinux)
{
	enum kernel_event_status status;
	struct btf *btf = module_btf(event->module, vmlinux, &status);
	int args;

	if (!btf)
		return status;
	args = kernel_event_args(btf, event->name);
	if (btf != vmlinux)
		btf__free(btf);
	if (args < 0)
		return KERNEL_EVENT_MISSING;
	return args == event->args ? KERNEL_EVENT_OK : KERNEL_EVENT_CHANGED;
}

int kernel_events_check(enum kernel_event_status *statuses)
{
	struct btf *vmlinux = btf__parse("/sys/kernel/btf/vmlinux", NULL);

	if (!vmlinux)
		return -ENODATA;
	for (size_t i = 0; i < nr_kernel_events; i++)
		statuses[i] = check_event(&kernel_events[i], vmlinux);
	btf__free(vmlinux);
	return 0;
}

void kernel_event_explain(const struct kernel_event *event, enum kernel_event_status status,
			  char *text, size_t size)
{
	switch (status) {
	case KERNEL_EVENT_OK:
		snprintf(text, size, "tracepoint %s is there", event->name);
		break;
	case KERNEL_EVENT_NO_MODULE:
		snprintf(
			text, size,
			"the kernel module %s is not loaded; load it (modprobe %s) before recording, or have record "
			"wait for it (--wait-modules)",
			event->module, event->module);
		break;
	case KERNEL_EVENT_NO_BTF:
		snprintf(text, size,
			 "the kernel module %s has no BTF that fits this kernel; build it together "
			 "with the kernel, with CONFIG_DEBUG_INFO_BTF_MODULES=y",
			 event->module);
		break;
	case KERNEL_EVENT_MISSING:
		snprintf(text, size,
			 "the kernel has no tracepoint %s (module %s); apply the patches of "
			 "kernel-patches/6.12, see the README.md there",
			 event->name, event->module);
		break;
	case KERNEL_EVENT_CHANGED:
		snprintf(text, size,
			 "tracepoint %s has other arguments than this sevtrace expects; build the "
			 "kernel patches and sevtrace from the same version",
			 event->name);
		break;
	}
}
