// SPDX-License-Identifier: GPL-2.0-only
#include "doctor/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void outcome_set(struct check_outcome *o, enum check_result result, const char *fix,
		 const char *format, ...)
{
	va_list args;

	o->result = result;
	o->fix = fix;
	va_start(args, format);
	vsnprintf(o->reason, sizeof(o->reason), format, args);
	va_end(args);
}

static void gather_cpuinfo(struct facts *f)
{
	char *cpuinfo = system_read_all(f->sys, "/proc/cpuinfo");
	const char *value;

	if (!cpuinfo)
		return;
	value = cpuinfo_value(cpuinfo, "vendor_id");
	if (value)
		snprintf(f->vendor, sizeof(f->vendor), "%.*s", (int)strcspn(value, " \n"), value);
	value = cpuinfo_value(cpuinfo, "cpu family");
	f->family = value ? (unsigned int)strtoul(value, NULL, 10) : 0;
	value = cpuinfo_value(cpuinfo, "model");
	f->model = value ? (unsigned int)strtoul(value, NULL, 10) : 0;
	value = cpuinfo_value(cpuinfo, "flags");
	if (value) {
		f->has_flags = true;
		f->flags.sev = cpuinfo_has_word(value, "sev");
		f->flags.es = cpuinfo_has_word(value, "sev_es");
		f->flags.snp = cpuinfo_has_word(value, "sev_snp");
	}
	free(cpuinfo);
}

/*
 * Reads a leaf. The kernel's view of it needs the cpuid driver and permission, the processor's does
 * not.
 */
static int read_leaf(struct facts *f, uint32_t leaf, struct cpuid_regs *regs)
{
	f->leaf_by_kernel =
		!system_pread(f->sys, "/dev/cpu/0/cpuid", regs, sizeof(*regs), (off_t)leaf);
	return f->leaf_by_kernel ? 0 : f->sys->cpuid(leaf, regs);
}

static void gather_leaf(struct facts *f)
{
	struct cpuid_regs top;

	if (!read_leaf(f, 0x80000000U, &top) && top.eax >= LEAF)
		f->has_leaf = !read_leaf(f, LEAF, &f->leaf);
	if (f->leaf_by_kernel || f->leaf.eax & LEAF_SEV || !f->flags.sev)
		return;
	f->has_leaf = f->leaf_by_flags = true;
	f->leaf = (struct cpuid_regs){ .eax = LEAF_SEV | (f->flags.es ? LEAF_ES : 0) |
					      (f->flags.snp ? LEAF_SNP : 0) };
}

static bool parameter_on(const struct facts *f, const char *path)
{
	char value[8];

	return system_read(f->sys, path, value, sizeof(value)) > 0 &&
	       (*value == 'Y' || *value == '1');
}

static void gather_modules(struct facts *f)
{
	f->ccp = system_exists(f->sys, "/sys/module/ccp");
	f->kvm_amd = system_exists(f->sys, "/sys/module/kvm_amd");
	f->offered.sev = parameter_on(f, "/sys/module/kvm_amd/parameters/sev");
	f->offered.es = parameter_on(f, "/sys/module/kvm_amd/parameters/sev_es");
	f->offered.snp = parameter_on(f, "/sys/module/kvm_amd/parameters/sev_snp");
}

static void gather_capabilities(struct facts *f)
{
	char status[4096];
	const char *at;

	if (system_read(f->sys, "/proc/self/status", status, sizeof(status)) <= 0)
		return;
	at = strstr(status, "CapEff:");
	if (at)
		f->capabilities = strtoull(at + strlen("CapEff:"), NULL, 16);
}

void facts_gather(const struct system *sys, struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->sys = sys;
	gather_cpuinfo(f);
	gather_leaf(f);
	f->log_error = sys->kernel_log(&f->log);
	system_read(sys, "/proc/cmdline", f->cmdline, sizeof(f->cmdline));
	system_read(sys, "/proc/sys/kernel/osrelease", f->release, sizeof(f->release));
	gather_modules(f);
	f->platform_error = sys->platform_status(&f->platform);
	f->has_platform = !f->platform_error;
	gather_capabilities(f);
	f->events_error = sys->events(&f->choice, f->missing, &f->nr_missing);
}

void facts_free(struct facts *f)
{
	free(f->log);
}

bool facts_log_line(const struct facts *f, const char *text, char *line, size_t size)
{
	const char *found = NULL, *start;

	for (const char *at = f->log ? strstr(f->log, text) : NULL; at; at = strstr(at + 1, text))
		found = at;
	if (!found)
		return false;
	for (start = found; start > f->log && start[-1] != '\n'; start--)
		;
	/* Skips "<6>[    5.351164] ". */
	if (*start == '<')
		start += strcspn(start, ">") + 1;
	if (*start == '[') {
		start += strcspn(start, "]") + 1;
		start += *start == ' ';
	}
	snprintf(line, size, "%.*s", (int)strcspn(start, "\n"), start);
	return true;
}

bool facts_logged(const struct facts *f, const char *text)
{
	return f->log && strstr(f->log, text);
}

bool facts_capable(const struct facts *f, unsigned int capability)
{
	return f->capabilities & 1ULL << capability;
}

bool facts_booted_with(const struct facts *f, const char *word)
{
	return cpuinfo_has_word(f->cmdline, word);
}
