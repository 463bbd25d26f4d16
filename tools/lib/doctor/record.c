// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of what recording needs: the kernel's configuration, its events with their types,
 * permissions.
 */
#include "doctor/internal.h"
#include "host/events.h"
#include "host/lockdown.h"
#include "util/array.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/capability.h>

static const struct {
	const char *name;
	const char *other; /* name of the same option in other kernels */
	bool optional;
} options[] = {
	{ "CONFIG_KVM_AMD_SEV", NULL, false },
	{ "CONFIG_CRYPTO_DEV_SP_PSP", NULL, false },
	{ "CONFIG_KVM_GENERIC_PRIVATE_MEM", "CONFIG_KVM_GUEST_MEMFD", false },
	{ "CONFIG_AMD_IOMMU", NULL, false },
	{ "CONFIG_BPF_SYSCALL", NULL, false },
	{ "CONFIG_DEBUG_INFO_BTF", NULL, false },
	{ "CONFIG_DEBUG_INFO_BTF_MODULES", NULL, false },
	{ "CONFIG_CGROUP_MISC", NULL, true },
};

static char *read_config(const struct facts *f, char *path, size_t size)
{
	static const char *const places[] = { "/boot/config-%s", "/lib/modules/%s/config" };
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *release = strchr(places[i], '%');

		snprintf(path, size, "%.*s%s%s", (int)(release - places[i]), places[i], f->release,
			 release + 2);
		text = system_read_all(f->sys, path);
		if (text)
			return text;
	}
	snprintf(path, size, "/proc/config.gz");
	return system_read_all(f->sys, path);
}

static bool configured(const char *config, const char *name)
{
	size_t length = name ? strlen(name) : 0;

	for (const char *at = name ? strstr(config, name) : NULL; at; at = strstr(at + 1, name))
		if ((at == config || at[-1] == '\n') && at[length] == '=' && at[length + 1] != 'n')
			return true;
	return false;
}

void check_config(struct facts *f, struct check_outcome *o)
{
	char path[SYSTEM_PATH], missing[256] = "";
	char *config = read_config(f, path, sizeof(path));
	bool needed = false;
	size_t used = 0;

	if (!config) {
		outcome_set(o, CHECK_SKIP, NULL, "neither /boot nor /proc/config.gz has it");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (configured(config, options[i].name) || configured(config, options[i].other))
			continue;
		needed |= !options[i].optional;
		if (used < sizeof(missing))
			used += (size_t)snprintf(missing + used, sizeof(missing) - used, " %s",
						 options[i].name);
	}
	free(config);
	if (!used)
		outcome_set(o, CHECK_PASS, NULL, "%s has all that is needed", path);
	else
		outcome_set(o, needed ? CHECK_FAIL : CHECK_WARN,
			    needed ? "Use a kernel that is built with them." :
				     "Use a kernel that is built with it to limit and count ASIDs.",
			    "not in %s:%s", path, missing);
}

void check_btf(struct facts *f, struct check_outcome *o)
{
	static const char *const modules[] = { "kvm", "kvm_amd", "ccp" };
	char without[64] = "", path[SYSTEM_PATH];
	size_t used = 0;

	if (!system_exists(f->sys, "/sys/kernel/btf/vmlinux")) {
		outcome_set(o, CHECK_FAIL, "Use a kernel with CONFIG_DEBUG_INFO_BTF=y.",
			    "the kernel has none");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		snprintf(path, sizeof(path), "/sys/module/%s/initstate", modules[i]);
		if (!system_exists(f->sys, path))
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/btf/%s", modules[i]);
		if (!system_exists(f->sys, path) && used < sizeof(without))
			used += (size_t)snprintf(without + used, sizeof(without) - used, " %s",
						 modules[i]);
	}
	if (used)
		outcome_set(
			o, CHECK_FAIL,
			"Build them together with the kernel, with CONFIG_DEBUG_INFO_BTF_MODULES=y.",
			"modules without it:%s", without);
	else
		outcome_set(o, CHECK_PASS, NULL,
			    "of the kernel and of its modules that are loaded");
}

void check_capabilities(struct facts *f, struct check_outcome *o)
{
	bool bpf = facts_capable(f, CAP_BPF) && facts_capable(f, CAP_PERFMON);

	/* only CAP_SYS_ADMIN may open the BTF of modules, which is done by id */
	if (facts_capable(f, CAP_SYS_ADMIN))
		outcome_set(o, CHECK_PASS, NULL, "this user may record");
	else
		outcome_set(o, CHECK_FAIL,
			    "Record as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN.",
			    "this user may not record: without %s",
			    bpf ? "CAP_SYS_ADMIN" : "CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN");
}

void check_tracefs(struct facts *f, struct check_outcome *o)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[SYSTEM_PATH];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s/events/kvm_sev", places[i]);
		if (system_exists(f->sys, path)) {
			outcome_set(o, CHECK_PASS, NULL, "%s lists sevtrace's events", places[i]);
			return;
		}
		snprintf(path, sizeof(path), "%s/events", places[i]);
		if (system_exists(f->sys, path)) {
			outcome_set(
				o, CHECK_WARN,
				"Load kvm_amd; else the kernel is without the patches of kernel-patches/.",
				"%s does not list the events kvm_sev", places[i]);
			return;
		}
	}
	outcome_set(
		o, CHECK_WARN, "mount -t tracefs tracefs /sys/kernel/tracing, as root.",
		"not mounted, or not visible to this user: perf and trace-cmd need it, sevtrace record does not");
}

static bool is_missing(const struct facts *f, const struct kernel_event *event)
{
	for (size_t i = 0; i < f->nr_missing; i++)
		if (f->missing[i].event == event)
			return true;
	return false;
}

/* Lists what a report will lack. */
static void describe_losses(const struct facts *f, char *text, size_t size)
{
	uint32_t lacks = event_choice_lacks(&f->choice);

	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++)
		if (is_missing(f, &kernel_events[i]))
			lacks |= event_lacks(&f->choice, &kernel_events[i]);
	lacks_write(lacks, text, size);
}

void check_source(struct facts *f, struct check_outcome *o)
{
	char lost[LACKS_LEN];

	if (host_locked_down(f->sys)) {
		outcome_set(
			o, CHECK_FAIL, "Boot with lockdown=integrity.",
			"none: the kernel is locked down for confidentiality, where BPF may not "
			"read its memory");
		return;
	}
	if (f->events_error) {
		outcome_set(o, CHECK_FAIL, "Use a kernel with CONFIG_DEBUG_INFO_BTF=y.",
			    "none: the kernel has no BTF to find events in");
		return;
	}
	for (size_t i = 0; i < f->nr_missing; i++) {
		if (!event_is_needed(f->missing[i].event))
			continue;
		outcome_set(
			o, CHECK_FAIL,
			f->missing[i].status == KERNEL_EVENT_NO_MODULE ?
				"Load it; whether it has the events shows then." :
				"Patch and build the kernel's modules as kernel-patches/6.12/README.md says, and load them.",
			"none: %s", f->missing[i].why);
		return;
	}
	if (!facts_capable(f, CAP_SYS_ADMIN)) {
		outcome_set(o, CHECK_FAIL, "Record as root.",
			    "%s are there, but this user may not use them",
			    event_choice_text(&f->choice));
		return;
	}
	f->event_source = event_choice_name(&f->choice);
	describe_losses(f, lost, sizeof(lost));
	if (!f->nr_missing) {
		outcome_set(o, CHECK_PASS, NULL, "%s, by BPF%s%s", event_choice_text(&f->choice),
			    *lost ? "; without " : ": nothing is lost", lost);
		return;
	}
	outcome_set(
		o, CHECK_WARN,
		"Apply the whole of kernel-patches/6.12, and build sevtrace from the same version.",
		"%s, by BPF; without %s", event_choice_text(&f->choice), lost);
}
