// SPDX-License-Identifier: GPL-2.0-only
#include "host/events.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "util/array.h"

#define KERNEL_EVENT_ROW(from, part, event, of, nr, how, without) \
	{ .name = #event,                                         \
	  .module = (of),                                         \
	  .lack = LACK_##without,                                 \
	  .source = EVENTS_##from,                                \
	  .side = EVENT_SIDE_##part,                              \
	  .need = EVENT_##how,                                    \
	  .args = (nr) },
const struct kernel_event kernel_events[KERNEL_EVENT_COUNT] = { KERNEL_EVENTS(KERNEL_EVENT_ROW) };
#undef KERNEL_EVENT_ROW

/*
 * Returns the id of a type of the module itself, or -ENOENT. libbpf would look through the kernel's
 * 100,000 types first, for each name anew.
 */
static int find_own(const struct btf *btf, const char *name, __u32 kind)
{
	const struct btf *base = btf__base_btf(btf);
	__u32 id = base ? btf__type_cnt(base) : 1, end = btf__type_cnt(btf);

	for (; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (btf_kind(type) == kind &&
		    !strcmp(btf__name_by_offset(btf, type->name_off), name))
			return (int)id;
	}
	return -ENOENT;
}

/*
 * Returns the number of a tracepoint's arguments. Every tracepoint leaves a type `typedef void
 * (*btf_trace_NAME)(void *data, ARGUMENTS)` in BTF.
 */
static int tracepoint_args(const struct btf *btf, const char *name, uint32_t *place)
{
	const struct btf_type *type;
	char typedef_name[128];
	int id;

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	id = find_own(btf, typedef_name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -ENOENT;
	*place = (uint32_t)id;
	type = btf__type_by_id(btf, (__u32)id);
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	if (!type || !btf_is_ptr(type))
		return -ENOENT;
	type = btf__type_by_id(btf, type->type);
	if (!type || !btf_is_func_proto(type) || btf_vlen(type) < 1)
		return -ENOENT;
	return btf_vlen(type) - 1;
}

static int function_args(const struct btf *btf, const char *name, uint32_t *place)
{
	int id = find_own(btf, name, BTF_KIND_FUNC);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);

	*place = id < 0 ? 0 : (uint32_t)id;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_is_func_proto(type) ? btf_vlen(type) : -ENOENT;
}

const struct event_source_info event_sources[EVENT_SOURCE_COUNT] = {
	[EVENTS_TRACEPOINTS] = {
		.name = "kernel tracepoints",
		.text = "the kernel's tracepoints",
		.option = "tracepoints",
		.event = "tracepoint",
		.remedy = "apply the patches of kernel-patches/6.12, see the README.md there",
		.args = tracepoint_args,
	},
	[EVENTS_FUNCTIONS] = {
		.name = "kernel functions",
		.text = "the kernel's functions",
		.option = "functions",
		.event = "function",
		.remedy = "apply the patches of kernel-patches/6.12, which need no functions",
		.args = function_args,
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

/* A module's BTF, or why there is none; loaded once for all of its events. */
struct known_btf {
	const char *module; /* NULL: unused */
	struct btf *btf;
	enum kernel_event_status status;
};

static const struct known_btf *btf_of(const char *module, struct btf *vmlinux,
				      struct known_btf known[KERNEL_EVENT_COUNT])
{
	struct known_btf *k = known;

	while (k->module && strcmp(k->module, module) != 0)
		k++;
	if (!k->module) {
		k->module = module;
		k->btf = module_btf(module, vmlinux, &k->status);
	}
	return k;
}

static enum kernel_event_status check_event(const struct kernel_event *event,
					    const struct known_btf *known, uint32_t *place)
{
	int args;

	*place = 0;
	if (!known->btf)
		return known->status;
	args = event_sources[event->source].args(known->btf, event->name, place);
	if (args < 0)
		return KERNEL_EVENT_MISSING;
	return args < 32 && event->args & EVENT_ARGS(args) ? KERNEL_EVENT_OK : KERNEL_EVENT_CHANGED;
}

/* Linux before 6.11 has no SNP hosts, and so lacks nothing without functions of SNP. */
static void leave_snp_out(enum kernel_event_status statuses[KERNEL_EVENT_COUNT])
{
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++)
		if (kernel_events[i].need == EVENT_SNP && statuses[i] == KERNEL_EVENT_MISSING)
			statuses[i] = KERNEL_EVENT_NO_SNP;
}

int kernel_events_check(enum kernel_event_status statuses[KERNEL_EVENT_COUNT],
			struct kernel_event_place places[KERNEL_EVENT_COUNT])
{
	struct btf *vmlinux = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	struct known_btf known[KERNEL_EVENT_COUNT + 1] = { 0 };

	if (!vmlinux)
		return -ENODATA;
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];
		const struct known_btf *of = btf_of(event->module, vmlinux, known);
		uint32_t type;

		statuses[i] = check_event(event, of, &type);
		if (places)
			places[i] = (struct kernel_event_place){
				.module = of->btf == vmlinux ? "vmlinux" : event->module,
				.type = type,
			};
	}
	if (statuses[KERNEL_EVENT_rmp_make_private] == KERNEL_EVENT_MISSING)
		leave_snp_out(statuses);
	for (size_t i = 0; known[i].module; i++)
		if (known[i].btf != vmlinux)
			btf__free(known[i].btf);
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
		if (event->source == EVENTS_TRACEPOINTS)
			snprintf(text, size,
				 "%s %s has other arguments than this sevtrace expects; build the "
				 "kernel patches and sevtrace from the same version",
				 source->event, event->name);
		else
			snprintf(text, size,
				 "%s %s has other arguments than this sevtrace knows; use a newer "
				 "sevtrace, or %s",
				 source->event, event->name, source->remedy);
		break;
	case KERNEL_EVENT_NO_SNP:
		snprintf(text, size, "%s %s is of SNP, which this kernel does not have",
			 source->event, event->name);
		break;
	case KERNEL_EVENT_SILENT:
		snprintf(text, size,
			 "the kernel cannot call a program at its %s %s (module %s); %s",
			 source->event, event->name, event->module, source->remedy);
		break;
	}
}

static bool side_has(enum event_side side, const struct kernel_event *event)
{
	return event->side == side || event->side == EVENT_SIDE_BOTH;
}

/* Tells whether no event of this source and side is known to be absent. */
static bool all_there(enum event_source source, enum event_side side,
		      const enum kernel_event_status statuses[KERNEL_EVENT_COUNT])
{
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];

		if (event->source == source && side_has(side, event) &&
		    statuses[i] != KERNEL_EVENT_OK && statuses[i] != KERNEL_EVENT_NO_MODULE)
			return false;
	}
	return true;
}

struct event_choice events_choose(enum event_wish wish,
				  const enum kernel_event_status statuses[KERNEL_EVENT_COUNT])
{
	struct event_choice choice;

	for (size_t side = 0; side < EVENT_SIDE_COUNT; side++) {
		bool tracepoints = wish == EVENTS_ONLY_TRACEPOINTS;

		if (wish == EVENTS_AUTO)
			tracepoints =
				all_there(EVENTS_TRACEPOINTS, (enum event_side)side, statuses);
		choice.of[side] = tracepoints ? EVENTS_TRACEPOINTS : EVENTS_FUNCTIONS;
	}
	return choice;
}

bool event_is_chosen(const struct event_choice *choice, const struct kernel_event *event)
{
	if (event->side > EVENT_SIDE_BOTH)
		return true;
	for (size_t side = 0; side < EVENT_SIDE_COUNT; side++)
		if (side_has((enum event_side)side, event) && choice->of[side] == event->source)
			return true;
	return false;
}

/* The names by the sources of KVM and ccp. */
struct choice_names {
	const char *name;
	const char *text;
};
static const struct choice_names choices[EVENT_SOURCE_COUNT][EVENT_SOURCE_COUNT] = {
	[EVENTS_TRACEPOINTS][EVENTS_TRACEPOINTS] = { "kernel tracepoints",
						     "the kernel's tracepoints" },
	[EVENTS_FUNCTIONS][EVENTS_FUNCTIONS] = { "kernel functions", "the kernel's functions" },
	[EVENTS_FUNCTIONS][EVENTS_TRACEPOINTS] = { "kernel functions and ccp's tracepoints",
						   "KVM's functions and ccp's tracepoints" },
	[EVENTS_TRACEPOINTS][EVENTS_FUNCTIONS] = { "kernel tracepoints and ccp's functions",
						   "KVM's tracepoints and ccp's functions" },
};

static const struct choice_names *names_of(const struct event_choice *choice)
{
	return &choices[choice->of[EVENT_SIDE_KVM]][choice->of[EVENT_SIDE_CCP]];
}

const char *event_choice_name(const struct event_choice *choice)
{
	return names_of(choice)->name;
}

const char *event_choice_text(const struct event_choice *choice)
{
	return names_of(choice)->text;
}

int event_wish_parse(const char *text)
{
	if (!strcmp(text, "auto"))
		return EVENTS_AUTO;
	if (!strcmp(text, event_sources[EVENTS_TRACEPOINTS].option))
		return EVENTS_ONLY_TRACEPOINTS;
	if (!strcmp(text, event_sources[EVENTS_FUNCTIONS].option))
		return EVENTS_ONLY_FUNCTIONS;
	return -EINVAL;
}

/* What the functions of a side do not tell on any kernel. */
static const struct {
	enum event_side side;
	enum sevtrace_lack lack;
} lacking[] = {
	{ EVENT_SIDE_CCP, LACK_ERROR_WORDS },
	{ EVENT_SIDE_KVM, LACK_PFNS },
};

uint32_t event_lacks(const struct event_choice *choice, const struct kernel_event *event)
{
	if (event->side == EVENT_SIDE_REFUSALS && choice->of[EVENT_SIDE_KVM] == EVENTS_TRACEPOINTS)
		return LACK_BIT(LACK_REFUSALS);
	return LACK_BIT(event->lack);
}

uint32_t event_choice_lacks(const struct event_choice *choice)
{
	uint32_t lacks = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lacking); i++)
		if (choice->of[lacking[i].side] == EVENTS_FUNCTIONS)
			lacks |= LACK_BIT(lacking[i].lack);
	return lacks;
}
