// SPDX-License-Identifier: GPL-2.0-only
#include "cli/watch_options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sevtrace/kvm_sev.h>

#include "cli/options.h"
#include "commands.h"
#include "flight/flight.h"
#include "process/proc.h"
#include "util/array.h"

int parse_size(const char *text, uint64_t max, uint64_t *bytes)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	int shift;

	errno = 0;
	*bytes = strtoull(text, &end, 10);
	if (errno || end == text || *text == '-')
		return -EINVAL;
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return -EINVAL;
	shift = unit ? 10 * (int)(unit - units + 1) : 0;
	if (!*bytes || *bytes > max >> shift)
		return -EINVAL;
	*bytes <<= shift;
	return 0;
}

int parse_number(const char *text, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return errno || *end || *value <= 0 || *value > max ? -EINVAL : 0;
}

/* A time: a number with ns, us, ms or s. */
static int parse_time(const char *text, __u64 *ns)
{
	static const struct {
		const char *name;
		__u64 ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
	char *end;
	double value = strtod(text, &end);

	if (end == text || !(value >= 0 && value <= 1e6))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		*ns = (__u64)(value * (double)units[i].ns);
		return 0;
	}
	return -EINVAL;
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

/* The name as KVM has it; KVM_SEV_ or KVM_ may be left out. */
static int add_ioctl(struct sevtrace_filter *f, const char *name, size_t size)
{
#define IOCTL_ROW(number, text) { number, #text },
	static const struct {
		__u32 number;
		const char *name;
	} rows[] = { SEVTRACE_IOCTLS(IOCTL_ROW) };
#undef IOCTL_ROW
	static const char *const prefixes[] = { "", "KVM_", "KVM_SEV_" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t p = 0; p < ARRAY_SIZE(prefixes); p++) {
			size_t skip = strlen(prefixes[p]);

			if (strncmp(rows[i].name, prefixes[p], skip) != 0 ||
			    strlen(rows[i].name + skip) != size ||
			    strncmp(rows[i].name + skip, name, size) != 0)
				continue;
			if (f->nr_ioctls == SEVTRACE_FILTER_IOCTLS)
				return -E2BIG;
			f->ioctls[f->nr_ioctls++] = rows[i].number;
			return 0;
		}
	}
	return -EINVAL;
}

/* Calls add for each name of a list with commas. */
static int parse_list(struct sevtrace_filter *f, const char *text,
		      int (*add)(struct sevtrace_filter *f, const char *name, size_t size))
{
	int err = 0;

	for (; !err && *text; text += *text == ',') {
		size_t size = strcspn(text, ",");

		err = add(f, text, size);
		text += size;
	}
	return err;
}

/* Options that do not fit together or the host. */
static const char *check_options(const struct record_options *o)
{
	if (o->pid && o->collector.system_wide)
		return "-p and -a exclude each other";
	if (!o->pid && !o->collector.system_wide && !o->command)
		return "nothing to watch: give -- COMMAND, -p PID, or -a for the whole host";
	if (!o->collector.system_wide && !proc_sees_all_pids())
		return "process ids are not the kernel's inside this PID namespace; run outside "
		       "of it, or the whole host with -a";
	if (!o->on_failure && (o->hook || o->keep || o->max_files))
		return "--exec, --keep and --max-files belong to --on-failure";
	return NULL;
}

static int wrong(const struct record_options *o, const char *value, const char *what)
{
	fprintf(stderr, "sevtrace %s: '%s' is no %s\n", o->name, value, what);
	return -EINVAL;
}

static int take_filters(struct record_options *o, const struct record_texts *t)
{
	struct sevtrace_filter *f = &o->collector.filter;

	if (t->comm && (!*t->comm || strlen(t->comm) >= sizeof(f->comm)))
		return wrong(o, t->comm, "process name; they have 1 to 15 characters");
	if (t->comm)
		memcpy(f->comm, t->comm, strlen(t->comm) + 1);
	if (t->vm_types && (!*t->vm_types || parse_list(f, t->vm_types, add_vm_type)))
		return wrong(o, t->vm_types, "list of guest types; there are sev, sev-es and snp");
	if (t->ioctls && (!*t->ioctls || parse_list(f, t->ioctls, add_ioctl)))
		return wrong(o, t->ioctls,
			     "list of ioctls, such as SNP_LAUNCH_UPDATE,SNP_LAUNCH_FINISH");
	if (t->min_latency && parse_time(t->min_latency, &f->min_ns))
		return wrong(o, t->min_latency,
			     "time; give a number and a unit, such as 500us or 2ms");
	return 0;
}

/* Values of options that are no text. Complains of a wrong one. */
static int take_values(struct record_options *o, const struct record_texts *t)
{
	long pid;

	if (t->pid && parse_number(t->pid, INT_MAX, &pid))
		return wrong(o, t->pid, "process id");
	if (t->pid)
		o->pid = (pid_t)pid;
	if (t->buffer_size &&
	    parse_size(t->buffer_size, COLLECTOR_MAX_BUFFER, &o->collector.buffer_size))
		return wrong(o, t->buffer_size,
			     "buffer size; give bytes, up to 1G, such as 512K or 16M");
	if (t->keep && parse_number(t->keep, FLIGHT_MAX_KEEP, &o->keep))
		return wrong(o, t->keep, "number of records; give 1 to 1000000");
	if (t->max_files && parse_number(t->max_files, LONG_MAX, &o->max_files))
		return wrong(o, t->max_files, "number of files");
	return take_filters(o, t);
}

/* The filters as they were given, for whoever reads the file. */
static void describe_filters(struct record_options *o, const struct record_texts *t)
{
	const struct {
		const char *name;
		const char *value;
	} rows[] = { { "comm", t->comm },
		     { "cgroup", o->collector.cgroup },
		     { "vm-type", t->vm_types },
		     { "ioctl", t->ioctls },
		     { "min-latency", t->min_latency },
		     { "failures", o->collector.filter.failures ? "" : NULL } };
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i].value || used >= sizeof(o->filter))
			continue;
		used += (size_t)snprintf(o->filter + used, sizeof(o->filter) - used, "%s--%s%s%s",
					 used ? " " : "", rows[i].name, *rows[i].value ? "=" : "",
					 rows[i].value);
	}
}

int record_options_finish(struct record_options *o, const struct record_texts *t)
{
	const char *problem;

	if (take_values(o, t))
		return -1;
	problem = check_options(o);
	if (problem) {
		fprintf(stderr, "sevtrace %s: %s\n", o->name, problem);
		return -1;
	}
	describe_filters(o, t);
	return 0;
}

static const char notes[] =
	"With -p or -a, COMMAND only says how long to record.\n" RECORD_TYPE_NOTE
	" TIME: such as 500us,\n"
	"2ms. Lists have commas. Filters work in the kernel; histograms count all of what -c, -G,\n"
	"-t and -i let pass, also what -f and -l leave out.\n"
	"With --on-failure, -o names a folder (.), where each failed launch gets a file of its own.\n"
	"\n" RECORD_STATUS_NOTE;

int record_options_parse(struct record_options *o, int argc, char **argv)
{
	struct record_texts t = { 0 };
	bool failures = false;
	const struct option_row rows[] = {
		{ 'o', "output", "FILE", "write to FILE (" DEFAULT_FILE ")", NULL, &o->output },
		RECORD_WHOSE_ROWS(o, &t),
		RECORD_WHICH_ROWS(o, &t, 'b'),
		{ 'f', "failures", NULL, "only records of pages and commands that failed",
		  &failures, NULL },
		{ 'l', "min-latency", "TIME", "only those that failed or took that long", NULL,
		  &t.min_latency },
		{ 'w', "wait-modules", NULL, "begin before ccp and kvm_amd are loaded",
		  &o->collector.wait_modules, NULL },
		{ 0, "on-failure", NULL,
		  "keep records in memory; write a file for a launch that fails", &o->on_failure,
		  NULL },
		{ 0, "exec", "COMMAND", "run COMMAND for each of these files: $SEVTRACE_FILE", NULL,
		  &o->hook },
		{ 0, "keep", "N", "the last N records of pages and commands of a launch (1000)",
		  NULL, &t.keep },
		{ 0, "max-files", "N", "at most N files (1000)", NULL, &t.max_files },
		{ 'q', "quiet", NULL, "say nothing unless something is wrong", &o->quiet, NULL },
	};
	const struct command_usage usage = {
		.wrong_status = EXIT_RECORD_FAILURE,
		.name = "record",
		.synopsis = "[-- COMMAND [ARG]...]",
		.summary =
			"Record launches of SEV guests for 'sevtrace report' and 'sevtrace script'",
		.options = rows,
		.nr_options = ARRAY_SIZE(rows),
		.takes_command = true,
		.notes = notes,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (operand < argc)
		o->command = argv + operand;
	if (!o->output)
		o->output = o->on_failure ? "." : DEFAULT_FILE;
	if (!o->collector.buffer_size && o->on_failure)
		o->collector.buffer_size = FLIGHT_BUFFER;
	o->collector.filter.failures = failures;
	return record_options_finish(o, &t) ? EXIT_RECORD_FAILURE : -1;
}
