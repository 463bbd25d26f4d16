// SPDX-License-Identifier: GPL-2.0-only
#include "host/events.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#define KERNEL_EVENT_ROW(from, event, of, nr, how, without) \
	{ .name = #event,                                   \
	  .module = (of),                                   \
	  .lost = (without),                                \
	  .source = EVENTS_##from,                          \
	  .need = EVENT_##how,                              \
	  .args = (nr) },
const struct kernel_event kernel_events[KERNEL_EVENT_COUNT] = { KERNEL_EVENTS(KERNEL_EVENT_ROW) };
#undef KERNEL_EVENT_ROW

/*
 * Returns the number of a tracepoint's arguments. Every tracepoint leaves a type `typedef void
 * (*btf_trace_NAME)(void *data, ARGUMENTS)` in BTF.
 */
static int tracepoint_args(const struct btf *btf, const char *name)
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

const struct event_source_info event_sources[EVENT_SOURCE_COUNT] = {
	[EVENTS_TRACEPOINTS] = {
		.name = "kernel tracepoints",
		.text = "the kernel's tracepoints",
		.event = "tracepoint",
		.remedy = "apply the patches of kernel-patches/6.12, see the README.md there",
		.args = tracepoint_args,
	},
};

/*
 * Returns the BTF of a module, or that of the kernel for a built-in one, or NULL. The caller frees
 * it unless it is the kernel's.
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
	/* Only a loaded module has initstate; a built-in one does not. */
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
	args = event_sources[event->source].args(btf, event->name);
	if (btf != vmlinux)
		btf__free(btf);
	if (args < 0)
		return KERNEL_EVENT_MISSING;
	return args == event->args ? KERNEL_EVENT_OK : KERNEL_EVENT_CHANGED;
}

int kernel_events_check(enum kernel_event_status statuses[KERNEL_EVENT_COUNT])
{
	struct btf *vmlinux = btf__parse("/sys/kernel/btf/vmlinux", NULL);

	if (!vmlinux)
		return -ENODATA;
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++)
		statuses[i] = check_event(&kernel_events[i], vmlinux);
	btf__free(vmlinux);
	return 0;
}

void kernel_event_explain(const struct kernel_event *event, enum kernel_event_status status,
			  char *text, size_t size)
{
	const struct event_source_info *source = &event_sources[event->source];

	switch (status) {
	case KERNEL_EVENT_OK:
		snprintf(text, size, "%s %s is there", source->event, event->name);
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
		snprintf(text, size, "the kernel has no %s %s (module %s); %s", source->event,
			 event->name, event->module, source->remedy);
		break;
	case KERNEL_EVENT_CHANGED:
		snprintf(text, size,
			 "%s %s has other arguments than this sevtrace expects; build the "
			 "kernel patches and sevtrace from the same version",
			 source->event, event->name);
		break;
	}
}
