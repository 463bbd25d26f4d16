// SPDX-License-Identifier: GPL-2.0-only
#include "cli/filters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sevtrace/kvm_sev.h>

#include "cli/numbers.h"
#include "cli/say.h"
#include "sev/names.h"
#include "util/array.h"

static int take_comm(struct collector_options *o, const char *value)
{
	if (!*value || strlen(value) >= sizeof(o->filter.comm))
		return -EINVAL;
	memcpy(o->filter.comm, value, strlen(value) + 1);
	return 0;
}

static int take_cgroup(struct collector_options *o, const char *value)
{
	o->cgroup = value;
	return 0;
}

/* Calls add for each name of a comma-separated list; the list must not be empty. */
static int take_list(struct sevtrace_filter *f, const char *text,
		     int (*add)(struct sevtrace_filter *f, const char *name, size_t size))
{
	int err = *text ? 0 : -EINVAL;

	for (; !err && *text; text += *text == ',') {
		size_t size = strcspn(text, ",");

		err = add(f, text, size);
		text += size;
	}
	return err;
}

static int add_vm_type(struct sevtrace_filter *f, const char *name, size_t size)
{
#define VM_TYPE_ROW(number, id, text) { number, text },
	static const struct {
		unsigned int number;
		const char *name;
	} rows[] = { SEVTRACE_VM_TYPES(VM_TYPE_ROW) };
#undef VM_TYPE_ROW

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].name) == size && !strncmp(rows[i].name, name, size)) {
			f->vm_types |= 1U << rows[i].number;
			return 0;
		}
	}
	return -EINVAL;
}

static int take_vm_types(struct collector_options *o, const char *value)
{
	return take_list(&o->filter, value, add_vm_type);
}

static int add_ioctl(struct sevtrace_filter *f, const char *name, size_t size)
{
	uint32_t ioctl;

	if (!ioctl_named(name, size, &ioctl))
		return -EINVAL;
	if (f->nr_ioctls == SEVTRACE_FILTER_IOCTLS)
		return -E2BIG;
	f->ioctls[f->nr_ioctls++] = ioctl;
	return 0;
}

static int take_ioctls(struct collector_options *o, const char *value)
{
	return take_list(&o->filter, value, add_ioctl);
}

static int take_min_latency(struct collector_options *o, const char *value)
{
	uint64_t ns;
	int err = parse_time(value, &ns);

	if (!err)
		o->filter.min_ns = ns;
	return err;
}

static int take_failures(struct collector_options *o, const char *value)
{
	(void)value;
	o->filter.failures = 1;
	return 0;
}

static const struct filter {
	char letter;
	bool records; /* selects single records; other filters select launches and ioctls */
	const char *name;
	const char *argument; /* NULL: a flag, whose value is "" */
	const char *help;
	int (*take)(struct collector_options *o, const char *value);
	const char *what; /* for errors: invalid `what` 'foo': expected `expected` */
	const char *expected;
} filters[] = {
	{ 'c', false, "comm", "NAME", "only launches of processes with this name", take_comm,
	  "process name", "1 to 15 characters" },
	{ 'G', false, "cgroup", "DIR", "only launches of processes in this control group",
	  take_cgroup, "control group", "a folder" },
	{ 't', false, "vm-type", "TYPES", "only launches of these types of guest", take_vm_types,
	  "guest types", "a list of sev, sev-es and snp" },
	{ 'i', false, "ioctl", "NAMES", "only pages and commands of these ioctls", take_ioctls,
	  "ioctls", "a list such as SNP_LAUNCH_UPDATE,SNP_LAUNCH_FINISH" },
	{ 'l', true, "min-latency", "TIME", "only pages and commands that took TIME or failed",
	  take_min_latency, "time", "a number and a unit, such as 500us or 2ms" },
	{ 'f', true, "failures", NULL, "only pages and commands that failed", take_failures, NULL,
	  NULL },
};

_Static_assert(ARRAY_SIZE(filters) <= FILTERS_MAX, "room for every filter");

void filters_init(struct filters *f, bool records)
{
	*f = (struct filters){ .nr = 0 };
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		const struct filter *row = &filters[i];

		if (row->records && !records)
			continue;
		f->options[f->nr++] = (struct option_row){
			.letter = row->letter,
			.name = row->name,
			.argument = row->argument,
			.help = row->help,
			.flag = row->argument ? NULL : &f->given[i],
			.value = row->argument ? &f->values[i] : NULL,
		};
	}
}

static const char *value_of(const struct filters *f, size_t i)
{
	return f->given[i] ? "" : f->values[i];
}

int filters_take(const struct filters *f, const char *command, struct collector_options *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		const char *value = value_of(f, i);

		if (value && filters[i].take(o, value))
			return say_invalid(command, filters[i].what, value, filters[i].expected);
	}
	return 0;
}

void filters_describe(const struct filters *f, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(filters) && used < size; i++) {
		const char *value = value_of(f, i);

		if (!value)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s--%s%s%s", used ? " " : "",
					 filters[i].name, *value ? "=" : "", value);
	}
}
