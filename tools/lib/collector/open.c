// SPDX-License-Identifier: GPL-2.0-only
/* Loads the programs that the kernel has events for, and attaches them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "collector/internal.h"
#include "host/cpuinfo.h"
#include "host/lockdown.h"
#include "host/preemption.h"
#include "process/proc.h"
#include "util/array.h"

static bool has_capability(unsigned int cap)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

/* Hides libbpf's messages: they only help with a failure that has no better explanation. */
static int quiet_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN && getenv("SEVTRACE_DEBUG"))
		return vfprintf(stderr, format, args);
	return 0;
}

/* Writes that the kernel lacks BTF. */
static int no_btf(char *why, size_t why_size)
{
	snprintf(why, why_size,
		 "this kernel has no BTF (/sys/kernel/btf/vmlinux); build it with "
		 "CONFIG_DEBUG_INFO_BTF=y");
	return -ENODATA;
}

/* Can the event be recorded, or is there a way that only attaching tells? */
static bool can_record(const struct kernel_event *event, enum kernel_event_status status,
		       const struct programs *programs)
{
	if (status == KERNEL_EVENT_OK)
		return true;
	return event->source == EVENTS_FUNCTIONS && programs->of[PROGRAM_PROBE] &&
	       (status == KERNEL_EVENT_MISSING || status == KERNEL_EVENT_CHANGED);
}

static bool is_loaded(const char *module,
		      const enum kernel_event_status statuses[KERNEL_EVENT_COUNT])
{
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++)
		if (!strcmp(kernel_events[i].module, module))
			return statuses[i] != KERNEL_EVENT_NO_MODULE;
	return false;
}

/*
 * Switches off the programs of events that are not chosen, and of those that the kernel lacks, with
 * a warning for each thing that reports lack. Returns -ENOTSUP if a needed event is missing.
 */
static int choose_programs(struct collector *c, bool system_wide, char *why, size_t why_size)
{
	enum kernel_event_status statuses[KERNEL_EVENT_COUNT];
	char text[256];
	int err;

	err = targets_find(c->targets, statuses);
	if (err == -ENODATA)
		return no_btf(why, why_size);
	if (err) {
		snprintf(why, why_size, "the kernel does not tell of its modules' BTF: %s",
			 strerror(-err));
		return err;
	}
	if (!c->options.wait_modules && !is_loaded("kvm_amd", statuses) &&
	    host_is_without_sev(&system_host)) {
		snprintf(why, why_size,
			 "this processor has no SEV (CPUID 0x8000001f), so there is nothing to "
			 "record; 'sevtrace doctor' tells what a host needs");
		return -ENOTSUP;
	}
	c->choice = events_choose(c->options.source, statuses);
	c->preempts = host_preempts(&system_host);
	for (size_t i = 0; i < KERNEL_EVENT_COUNT; i++) {
		const struct kernel_event *event = &kernel_events[i];
		const struct programs programs = programs_of(c->skel, event);

		if ((event->need == EVENT_FOLLOWS && system_wide) ||
		    !event_is_chosen(&c->choice, event)) {
			programs_autoload(&programs, false);
			continue;
		}
		if (collector_defer(c, event, statuses[i], &programs))
			continue;
		if (can_record(event, statuses[i], &programs)) {
			if (event->source == EVENTS_FUNCTIONS)
				hooks_choose(c, c->skel, event, statuses[i]);
			if (event->source == EVENTS_FUNCTIONS && event->side == EVENT_SIDE_CCP)
				c->ccp_hooked = true;
			continue;
		}
		programs_autoload(&programs, false);
		if (statuses[i] == KERNEL_EVENT_NO_SNP)
			continue;
		c->lost[i] = true;
		kernel_event_explain(event, statuses[i], text, sizeof(text));
		if (event_is_needed(event) && !(event->need == EVENT_ENDS && system_wide)) {
			snprintf(why, why_size, "%s", text);
			return -ENOTSUP;
		}
		if (!collector_has_told(c, statuses, i))
			c->sink.warn(c->sink.warn_ctx, text);
	}
	collector_sum_up(c);
	return 0;
}

static size_t round_up_power(size_t size)
{
	size_t power = (size_t)sysconf(_SC_PAGESIZE);

	while (power < size)
		power <<= 1;
	return power;
}

int collector_open(const struct collector_options *options, const struct collector_sink *sink,
		   struct collector **out, char *why, size_t why_size)
{
	struct collector *c = calloc(1, sizeof(*c));
	int cpus = libbpf_num_possible_cpus();
	int err = -ENOMEM;

	snprintf(why, why_size, "out of memory");
	if (!c || cpus <= 0)
		goto free;
	c->sink = *sink;
	c->options = *options;
	c->nr_cpus = (size_t)cpus;
	c->counters = calloc(c->nr_cpus, sizeof(*c->counters));
	c->samples = samples_new();
	if (!c->counters || !c->samples)
		goto free;
	if (!has_capability(CAP_SYS_ADMIN)) {
		snprintf(
			why, why_size,
			"recording needs root, or CAP_SYS_ADMIN to read the BTF of kernel modules");
		err = -EPERM;
		goto free;
	}
	if (host_locked_down(&system_host)) {
		snprintf(why, why_size, "%s", LOCKDOWN_PROBLEM);
		err = -EPERM;
		goto free;
	}
	libbpf_set_print(quiet_libbpf);
	c->targets = targets_new();
	if (!c->targets)
		goto free;
	c->skel = sevtrace_bpf__open();
	if (!c->skel) {
		err = -errno;
		goto free;
	}
	err = choose_programs(c, options->system_wide, why, why_size);
	if (err)
		goto free;
	*out = c;
	return 0;

free:
	collector_close(c);
	return err;
}

/* Puts the control group into its map. The folder stays open until the map holds it. */
static int set_cgroup(struct collector *c, char *why, size_t why_size)
{
	const char *path = c->options.cgroup;
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, err = 0;
	__u32 zero = 0;

	if (!path)
		return 0;
	if (fd < 0)
		err = -errno;
	else
		err = bpf_map__update_elem(c->skel->maps.filter_cgroup, &zero, sizeof(zero), &fd,
					   sizeof(fd), BPF_ANY);
	if (fd >= 0)
		close(fd);
	if (err)
		snprintf(why, why_size,
			 "%s is not a control group: %s; give a folder below where cgroup2 is "
			 "mounted, such as /sys/fs/cgroup/machine.slice",
			 path, strerror(-err));
	return err;
}

/* Loads the programs of system calls and page faults if they are wanted. */
static int choose_calls(struct collector *c)
{
	const struct sevtrace_bpf *skel = c->skel;
	struct bpf_program *const calls[] = { skel->progs.call_enter, skel->progs.call_exit };
	struct bpf_program *const faults[] = { skel->progs.fault_enter, skel->progs.fault_exit };
	bool has_faults = c->options.calls;
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(calls) && !err; i++)
		err = bpf_program__set_autoload(calls[i], c->options.calls);
	for (size_t i = 0; i < ARRAY_SIZE(faults) && has_faults; i++)
		has_faults = !bpf_program__set_attach_target(faults[i], 0, "handle_mm_fault");
	for (size_t i = 0; i < ARRAY_SIZE(faults) && !err; i++)
		err = bpf_program__set_autoload(faults[i], has_faults);
	if (c->options.calls && !has_faults)
		c->sink.warn(
			c->sink.warn_ctx,
			"the kernel has no function handle_mm_fault: page faults are not timed");
	return err;
}

int collector_start(struct collector *c, char *why, size_t why_size)
{
	const struct collector_options *options = &c->options;
	size_t size = round_up_power(options->buffer_size ? options->buffer_size :
							    COLLECTOR_DEFAULT_BUFFER);
	int err;

	if (options->count_cost)
		collector_count_cost(c);
	c->skel->rodata->system_wide = options->system_wide;
	c->skel->rodata->follow_guests = options->guests;
	memcpy((void *)&c->skel->rodata->milestones, &options->milestones,
	       sizeof(options->milestones));
	c->skel->rodata->user_stacks = c->sink.user_stack != NULL;
	memcpy((void *)&c->skel->rodata->filter, &options->filter, sizeof(options->filter));
	c->skel->rodata->filter.cgroup = options->cgroup != NULL;
	c->skel->rodata->wakeup_bytes = size / 4;
	c->skel->rodata->bulk_bytes = size - size / 8;
	collector_tell_sources(c, c->skel);
	err = collector_modules_prepare(c);
	if (!err)
		err = collector_choose_guests(c, c->skel);
	if (!err)
		err = collector_choose_caches(c);
	if (!err)
		err = choose_calls(c);
	if (!err)
		err = collector_choose_samples(c);
	if (!err)
		err = bpf_map__set_max_entries(c->skel->maps.records, (__u32)size);
	if (!err && !c->sink.user_stack)
		err = bpf_map__set_max_entries(c->skel->maps.stack_copies,
					       (__u32)round_up_power(1));
	if (!err)
		err = sevtrace_bpf__load(c->skel);
	if (err) {
		snprintf(why, why_size,
			 "the kernel does not take the BPF programs: %s; SEVTRACE_DEBUG=1 in the "
			 "environment shows its reasons",
			 strerror(-err));
		return err;
	}
	err = set_cgroup(c, why, why_size);
	if (err)
		return err;
	err = sevtrace_bpf__attach(c->skel);
	if (err) {
		snprintf(why, why_size, "cannot attach to %s: %s", event_choice_text(&c->choice),
			 strerror(-err));
		return err;
	}
	err = hooks_attach(c, c->skel, why, why_size);
	if (err)
		return err;
	err = collector_map_ring(c);
	if (err) {
		snprintf(why, why_size, "cannot map the ring buffer: %s", strerror(-err));
		return err;
	}
	err = collector_start_sampling(c);
	if (err) {
		snprintf(why, why_size, "cannot sample what VMMs run: %s", strerror(-err));
		return err;
	}
	err = collector_wait_init(&c->wait);
	if (err)
		snprintf(why, why_size, "cannot make a map of maps: %s", strerror(-err));
	return err;
}

int collector_track(struct collector *c, pid_t pid)
{
	__u32 key = (__u32)pid;
	__u8 one = 1;

	return bpf_map__update_elem(c->skel->maps.tracked, &key, sizeof(key), &one, sizeof(one),
				    BPF_ANY);
}

/*
 * Searches for children until a round finds no new one. The kernel side tracks what a tracked
 * process forks meanwhile.
 */
int collector_track_tree(struct collector *c, pid_t pid)
{
	int err = collector_track(c, pid);
	bool found = true;

	while (!err && found) {
		struct dirent *entry;
		DIR *proc = opendir("/proc");

		if (!proc)
			return -errno;
		found = false;
		while (!err && (entry = readdir(proc))) {
			__u32 child = (__u32)strtoul(entry->d_name, NULL, 10), parent;
			__u8 value;

			parent = child ? (__u32)proc_parent((pid_t)child) : 0;
			if (!parent ||
			    bpf_map__lookup_elem(c->skel->maps.tracked, &parent, sizeof(parent),
						 &value, sizeof(value), 0) ||
			    !bpf_map__lookup_elem(c->skel->maps.tracked, &child, sizeof(child),
						  &value, sizeof(value), 0))
				continue;
			err = collector_track(c, (pid_t)child);
			found = true;
		}
		closedir(proc);
	}
	return err;
}

void collector_close(struct collector *c)
{
	if (!c)
		return;
	ring_buffer__free(c->ring);
	ring_buffer__free(c->copies);
	if (c->skel)
		collector_detach(c);
	sevtrace_bpf__destroy(c->late);
	sevtrace_bpf__destroy(c->late_ccp);
	sevtrace_bpf__destroy(c->skel);
	targets_free(c->targets);
	if (c->counts_cost)
		close(c->cost_fd);
	collector_wait_free(&c->wait);
	free(c->counters);
	samples_free(c->samples);
	free(c);
}
