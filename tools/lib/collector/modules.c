// SPDX-License-Identifier: GPL-2.0-only
/* Handles a recording that begins before ccp and kvm_amd are loaded. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "util/array.h"

static bool is_of(const struct kernel_event *event, const char *module)
{
	return !strcmp(event->module, module);
}

bool collector_defer(struct collector *c, const struct kernel_event *event,
		     enum kernel_event_status status, const struct programs *programs)
{
	/* A function that serves both sides waits for the slower one: its program knows both. */
	if (event->side == EVENT_SIDE_BOTH && c->waiting) {
		programs_autoload(programs, false);
		return true;
	}
	if (!c->options.wait_modules || status != KERNEL_EVENT_NO_MODULE)
		return false;
	if (is_of(event, "ccp") && event->source == EVENTS_TRACEPOINTS) {
		c->ccp_waits = true;
		bpf_program__set_autoattach(programs->of[PROGRAM_EVENT], false);
	} else {
		c->waiting = true;
		programs_autoload(programs, false);
	}
	return true;
}

static bool is_of_kvm(enum event_side side)
{
	return side == EVENT_SIDE_KVM || side == EVENT_SIDE_REFUSALS || side == EVENT_SIDE_GUESTS;
}

/*
 * Leaves out all programs of KVM's events. kvm needs ccp: if either is not loaded, all of KVM's
 * events are attached later, together.
 */
static void leave_kvm_out(struct collector *c)
{
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct programs programs = programs_of(c->skel, &kernel_events[i]);

		if (is_of_kvm(kernel_events[i].side))
			programs_autoload(&programs, false);
	}
}

int collector_modules_prepare(struct collector *c)
{
	struct bpf_program *module_load = c->skel->progs.module_load;
	bool waits = c->ccp_waits || c->waiting;
	int err = waits ? bpf_program__set_attach_target(module_load, 0, "module_load") : 0;

	if (err)
		return err;
	c->skel->rodata->may_hold = sysconf(_SC_NPROCESSORS_ONLN) > 1;
	bpf_program__set_autoload(module_load, waits);
	if (c->waiting)
		leave_kvm_out(c);
	if (c->ccp_waits && !c->skel->rodata->may_hold)
		c->sink.warn(c->sink.warn_ctx,
			     "with a single processor, what ccp does in its first "
			     "moment may not be recorded");
	return 0;
}

bool collector_waiting(const struct collector *c)
{
	return c->waiting;
}

/*
 * Attaches to ccp's tracepoints. If ccp has none of them, its functions are hooked as soon as it is
 * initialised.
 */
static void attach_ccp(struct collector *c)
{
	const struct kernel_event *missing[KERNEL_EVENT_COUNT];
	size_t nr_missing = 0;
	char text[256];

	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];
		struct bpf_program *prog = programs_of(c->skel, event).of[PROGRAM_EVENT];
		struct bpf_link *link;

		if (!is_of(event, "ccp") || !prog || c->nr_links == ARRAY_SIZE(c->links))
			continue;
		link = bpf_program__attach(prog);
		if (link)
			c->links[c->nr_links++] = link;
		else
			missing[nr_missing++] = event;
	}
	if (!c->nr_links && c->options.source == EVENTS_AUTO)
		return;
	for (size_t i = 0; i < nr_missing; i++) {
		kernel_event_explain(missing[i], KERNEL_EVENT_MISSING, text, sizeof(text));
		c->sink.warn(c->sink.warn_ctx, text);
	}
}

/*
 * Tells whether a module's init function has succeeded: its state is "live". A built-in module has
 * no such file.
 */
static bool module_live(const char *name)
{
	char path[128], state[16] = "";
	FILE *in;

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	in = fopen(path, "re");
	if (!in)
		return false;
	if (!fgets(state, sizeof(state), in))
		state[0] = '\0';
	fclose(in);
	return !strcmp(state, "live\n");
}

/*
 * Tells whether the programs that are loaded late record this event: those of ccp's functions, if
 * ccp was not there at the start and has no tracepoints, and with kvm, those of KVM.
 */
static bool is_late(const struct collector *c, const struct kernel_event *event, bool kvm)
{
	if (!event_is_chosen(&c->choice, event))
		return false;
	switch (event->side) {
	case EVENT_SIDE_KVM:
	case EVENT_SIDE_REFUSALS:
	case EVENT_SIDE_GUESTS:
		return kvm;
	case EVENT_SIDE_CCP:
		return event->source == EVENTS_FUNCTIONS && !c->ccp_hooked;
	case EVENT_SIDE_BOTH:
		return kvm || !c->ccp_hooked;
	default:
		return false;
	}
}

/*
 * Chooses the programs to load late into an object and warns of missing ones. Returns -ENOTSUP if a
 * needed one is missing.
 */
static int choose_late(struct collector *c, const struct sevtrace_bpf *late, bool kvm)
{
	enum kernel_event_status statuses[KERNEL_EVENT_COUNT];
	enum event_source ccp = c->choice.of[EVENT_SIDE_CCP];
	struct bpf_program *prog = NULL;
	char text[256];
	int err = targets_find(c->targets, statuses);

	if (err)
		return err;
	while ((prog = bpf_object__next_program(late->obj, prog)))
		bpf_program__set_autoload(prog, false);
	c->choice = events_choose(c->options.source, statuses);
	if (c->nr_links || c->ccp_hooked)
		c->choice.of[EVENT_SIDE_CCP] = ccp;
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];
		const struct programs programs = programs_of(late, event);

		if (!is_late(c, event, kvm) || statuses[i] == KERNEL_EVENT_NO_SNP)
			continue;
		if (statuses[i] == KERNEL_EVENT_OK ||
		    (event->source == EVENTS_FUNCTIONS && programs.of[PROGRAM_PROBE])) {
			programs_autoload(&programs, true);
			if (event->source == EVENTS_FUNCTIONS)
				hooks_choose(c, late, event, statuses[i]);
			continue;
		}
		kernel_event_explain(event, statuses[i], text, sizeof(text));
		if (!collector_has_told(c, statuses, i))
			c->sink.warn(c->sink.warn_ctx, text);
		c->lost[i] = true;
		if (event_is_needed(event))
			return -ENOTSUP;
	}
	return 0;
}

/*
 * Makes both objects share their maps. Constants are copied, as the kernel wants the map of
 * constants frozen together with its program.
 */
static int share_maps(const struct collector *c, struct sevtrace_bpf *late)
{
	struct bpf_map *map = NULL;
	int err = 0;

	memcpy((void *)late->rodata, c->skel->rodata, sizeof(*late->rodata));
	collector_tell_sources(c, late);
	while ((map = bpf_object__next_map(late->obj, map))) {
		const char *name = bpf_map__name(map);
		const struct bpf_map *own = bpf_object__find_map_by_name(c->skel->obj, name);

		if (map == late->maps.rodata)
			continue;
		err = own ? bpf_map__reuse_fd(map, bpf_map__fd(own)) : -ENOENT;
		if (err)
			break;
	}
	return err;
}

/* Loads and attaches programs of a module that has come. kvm: those of KVM, too. */
static int attach_late(struct collector *c, struct sevtrace_bpf **late, bool kvm)
{
	char text[512], why[256];
	int err;

	*late = sevtrace_bpf__open();
	if (!*late)
		return -errno;
	err = choose_late(c, *late, kvm);
	if (err)
		return err;
	err = collector_choose_guests(c, *late);
	if (!err)
		err = share_maps(c, *late);
	if (!err)
		err = sevtrace_bpf__load(*late);
	if (!err)
		err = sevtrace_bpf__attach(*late);
	snprintf(why, sizeof(why), "%s", strerror(-err));
	if (!err)
		err = hooks_attach(c, *late, why, sizeof(why));
	if (!err)
		return 0;
	snprintf(text, sizeof(text), "%s is loaded now, but cannot be recorded: %s",
		 kvm ? "kvm_amd" : "ccp", why);
	c->sink.warn(c->sink.warn_ctx, text);
	return -ENOTSUP;
}

/* Tells whether ccp came after the start and only its functions can be recorded. */
static bool wants_ccp_functions(const struct collector *c)
{
	return c->waiting && !c->nr_links && !c->ccp_hooked &&
	       c->options.source != EVENTS_ONLY_TRACEPOINTS && module_live("ccp");
}

/*
 * The programs use ccp's tracepoints while ccp's init function runs. If that function failed, the
 * kernel would free the tracepoints while they are in use. It does not fail: it only registers
 * ccp's driver, and what happens to the device does not change its result.
 */
void collector_module_loading(struct collector *c)
{
	struct sevtrace_module_hold *hold = &c->skel->bss->module_hold;

	if (c->ccp_waits) {
		c->ccp_waits = false;
		attach_ccp(c);
	} else if (wants_ccp_functions(c) && !attach_late(c, &c->late_ccp, false)) {
		c->ccp_hooked = true;
	}
	__atomic_store_n(&hold->answered, __atomic_load_n(&hold->asked, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
	if (__atomic_load_n(&hold->missed, __ATOMIC_ACQUIRE))
		c->sink.warn(c->sink.warn_ctx,
			     "a module was not held while it was loaded: the first "
			     "commands may be missing");
}

int collector_modules_poll(struct collector *c)
{
	if (!c->waiting || !module_live("kvm_amd"))
		return 0;
	c->waiting = false;
	return attach_late(c, &c->late, true);
}

void collector_tell_sources(const struct collector *c, struct sevtrace_bpf *skel)
{
	skel->rodata->kvm_by_functions = c->choice.of[EVENT_SIDE_KVM] == EVENTS_FUNCTIONS;
	skel->rodata->preemptible = c->preempts;
	skel->rodata->ccp_by_functions = c->choice.of[EVENT_SIDE_CCP] == EVENTS_FUNCTIONS;
}

void collector_detach(struct collector *c)
{
	collector_stop_sampling(c);
	hooks_detach(c);
	if (c->late)
		sevtrace_bpf__detach(c->late);
	if (c->late_ccp)
		sevtrace_bpf__detach(c->late_ccp);
	while (c->nr_links)
		bpf_link__destroy(c->links[--c->nr_links]);
	sevtrace_bpf__detach(c->skel);
}
