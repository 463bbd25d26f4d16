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
		     enum kernel_event_status status, struct bpf_program *prog)
{
	if (!c->options.wait_modules || status != KERNEL_EVENT_NO_MODULE)
		return false;
	if (is_of(event, "ccp")) {
		c->ccp_waits = true;
		bpf_program__set_autoattach(prog, false);
	} else {
		c->waiting = true;
		bpf_program__set_autoload(prog, false);
	}
	return true;
}

/*
 * Leaves out all programs of KVM's events. kvm needs ccp: if either is not loaded, all of KVM's
 * events are attached later, together.
 */
static void leave_kvm_out(struct collector *c)
{
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];

		if (is_of(event, "kvm") || is_of(event, "kvm_amd"))
			bpf_program__set_autoload(
				bpf_object__find_program_by_name(c->skel->obj, event->name), false);
	}
}

void collector_modules_prepare(struct collector *c)
{
	c->skel->rodata->may_hold = sysconf(_SC_NPROCESSORS_ONLN) > 1;
	bpf_program__set_autoload(c->skel->progs.module_load, c->ccp_waits);
	if (c->waiting)
		leave_kvm_out(c);
	if (c->ccp_waits && !c->skel->rodata->may_hold)
		c->sink.warn(c->sink.warn_ctx,
			     "with a single processor, what ccp does in its first "
			     "moment may not be recorded");
}

bool collector_waiting(const struct collector *c)
{
	return c->waiting;
}

static void attach_ccp(struct collector *c)
{
	char text[256];

	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];
		struct bpf_program *prog;
		struct bpf_link *link;

		if (!is_of(event, "ccp") || c->nr_links == ARRAY_SIZE(c->links))
			continue;
		prog = bpf_object__find_program_by_name(c->skel->obj, event->name);
		link = prog ? bpf_program__attach(prog) : NULL;
		if (link) {
			c->links[c->nr_links++] = link;
			continue;
		}
		kernel_event_explain(event, KERNEL_EVENT_MISSING, text, sizeof(text));
		c->sink.warn(c->sink.warn_ctx, text);
	}
}

/*
 * The programs use ccp's tracepoints while ccp's init function runs. If that function failed, the
 * kernel would free the tracepoints while they are in use. It does not fail: it only registers
 * ccp's driver, and what happens to the device does not change its result.
 */
void collector_module_loading(struct collector *c)
{
	struct sevtrace_module_hold *hold = &c->skel->bss->module_hold;

	if (!c->ccp_waits)
		return;
	c->ccp_waits = false;
	attach_ccp(c);
	__atomic_store_n(&hold->answered, __atomic_load_n(&hold->asked, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
	if (__atomic_load_n(&hold->missed, __ATOMIC_ACQUIRE))
		c->sink.warn(c->sink.warn_ctx, "ccp was not held while it was loaded: its first "
					       "commands may be missing");
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
 * Chooses the programs of KVM's events only and warns of missing ones. Returns -ENOTSUP if a needed
 * one is missing.
 */
static int choose_late(struct collector *c)
{
	enum kernel_event_status statuses[KERNEL_EVENT_COUNT];
	struct bpf_program *prog = NULL;
	char text[256];
	int err = kernel_events_check(statuses);

	if (err)
		return err;
	while ((prog = bpf_object__next_program(c->late->obj, prog)))
		bpf_program__set_autoload(prog, false);
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];

		if (!is_of(event, "kvm") && !is_of(event, "kvm_amd"))
			continue;
		prog = bpf_object__find_program_by_name(c->late->obj, event->name);
		if (statuses[i] == KERNEL_EVENT_OK) {
			bpf_program__set_autoload(prog, true);
			continue;
		}
		kernel_event_explain(event, statuses[i], text, sizeof(text));
		c->sink.warn(c->sink.warn_ctx, text);
		if (event->need != EVENT_OPTIONAL)
			return -ENOTSUP;
	}
	return 0;
}

/*
 * Makes both objects share their maps. Constants are copied, as the kernel wants the map of
 * constants frozen together with its program.
 */
static int share_maps(struct collector *c)
{
	struct bpf_map *map = NULL;
	int err = 0;

	memcpy((void *)c->late->rodata, c->skel->rodata, sizeof(*c->late->rodata));
	while ((map = bpf_object__next_map(c->late->obj, map))) {
		const char *name = bpf_map__name(map);
		const struct bpf_map *own = bpf_object__find_map_by_name(c->skel->obj, name);

		if (map == c->late->maps.rodata)
			continue;
		err = own ? bpf_map__reuse_fd(map, bpf_map__fd(own)) : -ENOENT;
		if (err)
			break;
	}
	return err;
}

static int attach_kvm(struct collector *c)
{
	char text[256];
	int err;

	c->late = sevtrace_bpf__open();
	if (!c->late)
		return -errno;
	err = choose_late(c);
	if (err)
		return err;
	err = share_maps(c);
	if (!err)
		err = sevtrace_bpf__load(c->late);
	if (!err)
		err = sevtrace_bpf__attach(c->late);
	if (!err)
		return 0;
	snprintf(text, sizeof(text), "kvm_amd is loaded now, but cannot be recorded: %s",
		 strerror(-err));
	c->sink.warn(c->sink.warn_ctx, text);
	return -ENOTSUP;
}

int collector_modules_poll(struct collector *c)
{
	if (!c->waiting || !module_live("kvm_amd"))
		return 0;
	c->waiting = false;
	return attach_kvm(c);
}

void collector_detach(struct collector *c)
{
	if (c->late)
		sevtrace_bpf__detach(c->late);
	while (c->nr_links)
		bpf_link__destroy(c->links[--c->nr_links]);
	sevtrace_bpf__detach(c->skel);
}
