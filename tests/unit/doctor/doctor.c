// SPDX-License-Identifier: GPL-2.0-only
/* The doctor on made-up hosts: a good one, and one for each problem it can find. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "doctor/doctor.h"
#include "host/events.h"
#include "util/array.h"

/* A file of the tree, without its last newline; NULL: the file does not exist. */
struct file {
	const char *path, *text;
};

/* The results of system calls. */
static struct {
	struct cpuid_regs leaf;
	const char *log;
	int log_error, sev_error, kvm_error, events_error;
	struct platform_status platform;
	int memfd, attributes, types;
	uint64_t memlock;
	bool in_group;
	size_t nr_missing;
	struct event_choice choice;
	struct missing_event missing[2];
} fake;

static const char good_log[] =
	"<6>[    0.000000] SEV-SNP: RMP table physical range [0x0000000035600000 - 0x0000000055ffffff]\n"
	"<6>[    3.000000] AMD-Vi: IOMMU SNP support enabled.\n"
	"<6>[   11.000000] ccp 0000:42:00.1: SEV-SNP API:1.55 build:21\n"
	"<6>[   12.000000] kvm_amd: SEV enabled (ASIDs 100 - 509)\n"
	"<6>[   12.000001] kvm_amd: SEV-ES enabled (ASIDs 1 - 99)\n"
	"<6>[   12.000002] kvm_amd: SEV-SNP enabled (ASIDs 1 - 99)\n";

static const char good_config[] =
	"CONFIG_KVM_AMD_SEV=y\nCONFIG_CRYPTO_DEV_SP_PSP=y\nCONFIG_KVM_GENERIC_PRIVATE_MEM=y\n"
	"CONFIG_AMD_IOMMU=y\nCONFIG_BPF_SYSCALL=y\nCONFIG_DEBUG_INFO_BTF=y\n"
	"CONFIG_DEBUG_INFO_BTF_MODULES=y\nCONFIG_CGROUP_MISC=y\n";

static const struct file good[] = {
	{ "/proc/cpuinfo",
	  "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n"
	  "flags\t\t: fpu sme sev sev_es sev_snp\n" },
	{ "/proc/cmdline", "root=/dev/sda1 ro quiet" },
	{ "/proc/sys/kernel/osrelease", "6.12.0" },
	{ "/proc/self/status", "Name:\tdoctor\nCapEff:\t000001ffffffffff\n" },
	{ "/proc/self/cgroup", "0::/user.slice/shell" },
	{ "/proc/iomem", "00001000-0009fbff : System RAM\n100000000-103fffffff : System RAM\n" },
	{ "/boot/config-6.12.0", good_config },
	{ "/sys/module/ccp/initstate", "live" },
	{ "/sys/module/ccp/parameters/init_ex_path", "(null)" },
	{ "/sys/module/ccp/parameters/psp_init_on_probe", "Y" },
	{ "/sys/module/kvm_amd/initstate", "live" },
	{ "/sys/module/kvm_amd/parameters/sev", "Y" },
	{ "/sys/module/kvm_amd/parameters/sev_es", "Y" },
	{ "/sys/module/kvm_amd/parameters/sev_snp", "Y" },
	{ "/sys/kernel/btf/vmlinux", "btf" },
	{ "/sys/kernel/btf/kvm_amd", "btf" },
	{ "/sys/kernel/btf/ccp", "btf" },
	{ "/sys/kernel/tracing/events/kvm_sev/enable", "0" },
	{ "/sys/class/iommu/ivhd0", "" },
	{ "/sys/devices/system/cpu/smt/control", "on" },
	{ "/sys/fs/cgroup/cgroup.controllers", "cpu memory misc" },
	{ "/sys/fs/cgroup/misc.capacity", "sev 410\nsev_es 99" },
	{ "/sys/fs/cgroup/misc.current", "sev 10\nsev_es 3" },
	{ "/sys/fs/cgroup/user.slice/shell/misc.max", "sev max\nsev_es max" },
	{ "/sys/fs/cgroup/user.slice/shell/misc.current", "sev 0\nsev_es 0" },
};

static int fake_cpuid(uint32_t leaf, struct cpuid_regs *regs)
{
	if (leaf == 0x80000000U)
		*regs = (struct cpuid_regs){ .eax = fake.leaf.eax ? 0x80000023U : 0x80000008U };
	else if (leaf == 0x8000001fU)
		*regs = fake.leaf;
	else
		return -ENODATA;
	return 0;
}

static int fake_log(char **log)
{
	if (fake.log_error)
		return fake.log_error;
	*log = strdup(fake.log);
	return 0;
}

static int fake_platform(struct platform_status *status)
{
	*status = fake.platform;
	return fake.sev_error;
}

static int fake_extension(int extension)
{
	if (fake.kvm_error)
		return fake.kvm_error;
	return extension == 234 ? fake.memfd : extension == 233 ? fake.attributes : fake.types;
}

static int fake_open(const char *path)
{
	return strcmp(path, "/dev/sev") ? fake.kvm_error : fake.sev_error;
}

static int fake_group(const char *path, struct device_group *group)
{
	(void)path;
	*group = (struct device_group){ 992, "kvm", fake.in_group };
	return 0;
}

static int fake_memlock(uint64_t *limit)
{
	*limit = fake.memlock;
	return 0;
}

static int fake_events(struct event_choice *choice,
		       struct missing_event missing[KERNEL_EVENT_COUNT], size_t *count)
{
	*choice = fake.choice;
	*count = fake.nr_missing;
	memcpy(missing, fake.missing, sizeof(fake.missing));
	return fake.events_error;
}

static char root[] = "/tmp/sevtrace-doctor.XXXXXX";

static void write_file(const struct file *file)
{
	char path[1024];
	int fd;

	assert_true(snprintf(path, sizeof(path), "%s%s", root, file->path) < (int)sizeof(path));
	if (!file->text) {
		unlink(path);
		return;
	}
	for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		mkdir(path, 0755);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->text, strlen(file->text)), strlen(file->text));
	assert_int_equal(write(fd, "\n", 1), 1);
	close(fd);
}

static const struct system sys = {
	.root = root,
	.cpuid = fake_cpuid,
	.kernel_log = fake_log,
	.platform_status = fake_platform,
	.kvm_extension = fake_extension,
	.open_device = fake_open,
	.device_group = fake_group,
	.memlock = fake_memlock,
	.events = fake_events,
};

static int good_host(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		write_file(&good[i]);
	memset(&fake, 0, sizeof(fake));
	fake.leaf = (struct cpuid_regs){ 0x1f, 51 | 5 << 6, 509, 100 };
	fake.log = good_log;
	fake.platform = (struct platform_status){ 1, 55, 21, 1 };
	fake.memfd = 1;
	fake.attributes = 8;
	fake.types = 0x1d;
	fake.memlock = UINT64_MAX;
	return 0;
}

static struct doctor_report report;

static const struct check_outcome *outcome_of(const char *id)
{
	for (size_t i = 0; i < report.count; i++)
		if (!strcmp(report.checks[i].id, id))
			return &report.checks[i].outcome;
	return NULL;
}

/*
 * Expects a check's result and a part of its reason. A check that fails or warns must also say what
 * to do.
 */
static void expect(const char *id, enum check_result result, const char *reason)
{
	const struct check_outcome *o = outcome_of(id);

	assert_non_null(o);
	if (o->result != result || !strstr(o->reason, reason))
		fail_msg("%s: %s, '%s'; expected %s, '%s'", id, check_result_names[o->result],
			 o->reason, check_result_names[result], reason);
}

static void examine(unsigned int wanted)
{
	assert_int_equal(doctor_run(&sys, wanted, &report), 0);
	for (size_t i = 0; i < report.count; i++) {
		const struct check_outcome *o = &report.checks[i].outcome;

		assert_true(strlen(o->reason) > 1);
		if (o->result == CHECK_FAIL || o->result == CHECK_WARN)
			assert_non_null(o->fix);
	}
}

#define ALL (FOR_GUESTS | FOR_RECORD)

static void all_is_well(void **state)
{
	(void)state;
	examine(ALL);
	if (report.by_result[CHECK_FAIL] || report.by_result[CHECK_WARN])
		for (size_t i = 0; i < report.count; i++)
			if (report.checks[i].outcome.result != CHECK_PASS)
				print_error("%s: %s\n", report.checks[i].id,
					    report.checks[i].outcome.reason);
	assert_int_equal(report.by_result[CHECK_PASS], report.count);
	expect("sev-leaf", CHECK_PASS, "C-bit 51");
	expect("rmp", CHECK_PASS, "534528 KiB at 0x35600000, 266256 KiB needed");
	expect("asids", CHECK_PASS, "SEV: 400 of 410 left; SEV-ES and SEV-SNP: 96 of 99 left");
	expect("firmware", CHECK_PASS, "API 1.55, initialised");
	assert_string_equal(report.event_source, "kernel tracepoints");
}

/* A host that differs in a few files or answers, and the checks that notice it. */
struct variant {
	const char *name;
	struct file files[3];
	void (*change)(void);
	struct {
		const char *id;
		enum check_result result;
		const char *reason;
	} seen[5];
};

static void no_leaf(void)
{
	fake.leaf = (struct cpuid_regs){ 0 };
}
/* Hides the leaf from the program, as some hosts do; the kernel's flags still show it. */
static void hidden_leaf(void)
{
	fake.leaf = (struct cpuid_regs){ 0 };
}

static void sev_only(void)
{
	fake.leaf.eax = 0x3;
}
static void one_asid_type(void)
{
	fake.leaf.edx = 1;
}
static void no_sev_asids(void)
{
	fake.leaf.edx = 510;
}
static void no_log(void)
{
	fake.log_error = -EPERM;
}
static void no_rmp(void)
{
	fake.log = "SEV-SNP: Memory for the RMP table has not been reserved by BIOS\n";
}
static void small_rmp(void)
{
	fake.log = "SEV-SNP: RMP table physical range [0x0000000035600000 - 0x00000000356fffff]\n";
}
static void empty_log(void)
{
	fake.log = "Linux\n";
}
static void no_iommu(void)
{
	fake.log = "AMD-Vi: SNP: IOMMU SNP feature not enabled, SNP cannot be supported.\n";
}
static void old_firmware(void)
{
	fake.platform.api_minor = 49;
}
static void silent_firmware(void)
{
	fake.sev_error = -EIO;
}
static void dead_psp(void)
{
	fake.log = "ccp 0: sev command 0xa1 timed out, disabling PSP\n";
}
static void no_device(void)
{
	fake.sev_error = -ENOENT;
	fake.kvm_error = -ENOENT;
}
static void no_permission(void)
{
	fake.sev_error = -EACCES;
	fake.kvm_error = -EACCES;
}
static void new_group(void)
{
	no_permission();
	fake.in_group = true;
}
static void segments(void)
{
	fake.log = "SEV-SNP: Segmented RMP base table physical range [0x35600000 - 0x55ffffff]\n";
}
static void bad_segment(void)
{
	fake.log = "SEV-SNP: Invalid RMP segment base address 0x123 for segment 2\n";
}
static void locked_memory(void)
{
	fake.memlock = 64 << 10;
}
static void no_memfd(void)
{
	fake.memfd = 0;
}
static void no_snp_type(void)
{
	fake.types = 0xd;
}
static void no_btf(void)
{
	fake.events_error = -ENODATA;
}
static void unusable(void)
{
	fake.log = "kvm_amd: SEV unusable (ASIDs 510 - 509)\n";
}

static void unpatched(void)
{
	fake.nr_missing = 1;
	fake.missing[0] = (struct missing_event){ &kernel_events[KERNEL_EVENT_kvm_sev_cmd_enter],
						  KERNEL_EVENT_MISSING, "no such tracepoint" };
}

static void by_functions(void)
{
	fake.choice = (struct event_choice){ { EVENTS_FUNCTIONS, EVENTS_FUNCTIONS } };
}

static void by_some_functions(void)
{
	by_functions();
	fake.nr_missing = 1;
	fake.missing[0] = (struct missing_event){ &kernel_events[KERNEL_EVENT_sev_wait_cmd_ioc],
						  KERNEL_EVENT_MISSING, "x" };
}

static void half_patched(void)
{
	fake.nr_missing = 2;
	fake.missing[0] = (struct missing_event){ &kernel_events[KERNEL_EVENT_ccp_sev_cmd_wait],
						  KERNEL_EVENT_MISSING, "x" };
	fake.missing[1] = (struct missing_event){ &kernel_events[KERNEL_EVENT_kvm_sev_clflush],
						  KERNEL_EVENT_MISSING, "x" };
}

#define PASS CHECK_PASS
#define WARN CHECK_WARN
#define SKIP CHECK_SKIP
#define FAIL CHECK_FAIL
#define CAPS(hex)                                    \
	{                                            \
		"/proc/self/status", "CapEff:\t" hex \
	}

/* clang-format off */
static const struct variant variants[] = {
	{ "an Intel processor", { { "/proc/cpuinfo", "vendor_id\t: GenuineIntel\ncpu family\t: 6\nflags\t: fpu" } }, no_leaf,
	  { { "processor", FAIL, "GenuineIntel" }, { "sev-leaf", FAIL, "no CPUID leaf" }, { "asids", SKIP, "no SEV" } } },
	{ "an old processor", { { "/proc/cpuinfo", "vendor_id\t: AuthenticAMD\ncpu family\t: 21" } }, no_leaf,
	  { { "processor", FAIL, "family 15h" } } },
	{ "no /proc", { { "/proc/cpuinfo", NULL }, { "/proc/self/status", NULL }, { "/proc/iomem", NULL } }, NULL,
	  { { "processor", SKIP, "does not tell" }, { "bios", SKIP, "does not tell" }, { "capabilities", FAIL, "may not record" }, { "rmp", PASS, "SEV-SNP is on" } } },
	{ "a processor with SEV alone", { { NULL, NULL } }, sev_only,
	  { { "rmp", SKIP, "no SEV-SNP" }, { "iommu", SKIP, "only SEV-SNP" }, { "guest-memfd", SKIP, "only SEV-SNP" } } },
	{ "a processor whose SEV is not shown to this user", { { "/sys/fs/cgroup/misc.capacity", NULL }, { "/sys/fs/cgroup/misc.current", NULL } }, hidden_leaf,
	  { { "sev-leaf", PASS, "the kernel sees it" }, { "asids", SKIP, "not shown to this user" }, { "rmp", PASS, "534528 KiB" } } },
	{ "SMEE off in the BIOS", { { "/proc/cpuinfo", "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nflags\t: fpu" } }, NULL,
	  { { "bios", FAIL, "memory encryption off" } } },
	{ "SNP off in the BIOS", { { "/proc/cpuinfo", "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nflags\t: sev sev_es" } }, no_rmp,
	  { { "bios", FAIL, "took SEV-SNP away" }, { "rmp", FAIL, "has not been reserved" } } },
	{ "an RMP that is too small", { { NULL, NULL } }, small_rmp, { { "rmp", FAIL, "1024 KiB are reserved, 266256 KiB needed" } } },
	{ "an RMP that nobody tells of", { { "/sys/module/kvm_amd/parameters/sev_snp", "N" } }, empty_log, { { "rmp", FAIL, "nothing of an RMP" } } },
	{ "no right to read the log", { { "/sys/module/kvm_amd/parameters/sev_snp", "N" } }, no_log,
	  { { "rmp", SKIP, "neither the kernel's log" }, { "iommu", PASS, "not in passthrough" } } },
	{ "iommu=pt", { { "/proc/cmdline", "root=/dev/sda1 iommu=pt quiet" } }, NULL, { { "iommu", FAIL, "iommu=pt" } } },
	{ "no SNP in the IOMMU", { { NULL, NULL } }, no_iommu, { { "iommu", FAIL, "feature not enabled" }, { "journal", WARN, "left SNP off" } } },
	{ "nosmt", { { "/sys/devices/system/cpu/smt/control", "forceoff" } }, NULL, { { "smt", WARN, "forceoff" } } },
	{ "no ccp", { { "/sys/module/ccp/initstate", NULL }, { NULL, NULL } }, no_device,
	  { { "dev-sev", FAIL, "not there" }, { "dev-kvm", FAIL, "not there" }, { "guest-memfd", SKIP, "does not tell" }, { "firmware", PASS, "kernel's log" } } },
	{ "a dead PSP", { { NULL, NULL } }, dead_psp, { { "ccp", FAIL, "gave the PSP up" }, { "journal", WARN, "tells of 1 failure, the last: The firmware did not answer" } } },
	{ "psp_init_on_probe=0", { { "/sys/module/ccp/parameters/psp_init_on_probe", "N" } }, NULL, { { "ccp", WARN, "first SEV guest" } } },
	{ "no file for INIT_EX", { { "/sys/module/ccp/parameters/init_ex_path", "/nowhere/nv" } }, NULL, { { "ccp", WARN, "/nowhere/nv" } } },
	{ "old firmware", { { NULL, NULL } }, old_firmware, { { "firmware", FAIL, "API 1.49 is too old" } } },
	{ "firmware that does not tell", { { NULL, NULL } }, silent_firmware, { { "firmware", PASS, "API 1.55, as the kernel's log" }, { "dev-sev", FAIL, "cannot be opened" } } },
	{ "sev_snp=0", { { "/sys/module/kvm_amd/parameters/sev_snp", "N" }, { "/etc/modprobe.d/kvm.conf", "# x\noptions kvm_amd nested=1 sev_snp=0" } }, no_snp_type,
	  { { "snp", FAIL, "sev_snp=0 in /etc/modprobe.d/kvm.conf" }, { "guest-memfd", FAIL, "VM types: sev sev-es" }, { "sev-es", PASS, "offers" } } },
	{ "kvm_amd.sev=0", { { "/sys/module/kvm_amd/parameters/sev", "N" }, { "/proc/cmdline", "quiet kvm_amd.sev=0" } }, NULL,
	  { { "sev", FAIL, "command line" } } },
	{ "SEV-ES that is off for another reason", { { "/sys/module/kvm_amd/parameters/sev_es", "N" }, { "/etc/modprobe.d/kvm.conf", NULL } }, NULL,
	  { { "sev-es", FAIL, "does not offer them (kvm_amd: SEV-ES enabled" } } },
	{ "SEV that is unusable", { { NULL, NULL } }, unusable, { { "sev", FAIL, "unusable" } } },
	{ "no ASIDs for SEV-ES", { { "/sys/fs/cgroup/misc.capacity", NULL } }, one_asid_type, { { "asids", FAIL, "SEV-ES and SEV-SNP none" } } },
	{ "no ASIDs for SEV", { { "/sys/fs/cgroup/misc.capacity", "sev_es 99" }, { "/sys/fs/cgroup/misc.current", NULL } }, no_sev_asids, { { "asids", WARN, "SEV none" } } },
	{ "all ASIDs in use", { { "/sys/fs/cgroup/misc.current", "sev 0\nsev_es 99" } }, NULL, { { "asids", FAIL, "0 of 99 left" } } },
	{ "few ASIDs left", { { "/sys/fs/cgroup/misc.current", "sev 0\nsev_es 95" } }, NULL, { { "asids", WARN, "4 of 99 left" } } },
	{ "a group at its limit", { { "/sys/fs/cgroup/user.slice/misc.max", "sev max\nsev_es 2" }, { "/sys/fs/cgroup/user.slice/misc.current", "sev 0\nsev_es 2" } }, NULL,
	  { { "cgroup", FAIL, "/user.slice may have 2 guests of sev_es" } } },
	{ "no misc controller", { { "/sys/fs/cgroup/misc.capacity", NULL }, { "/sys/fs/cgroup/misc.current", NULL } }, NULL,
	  { { "cgroup", SKIP, "no group has the misc controller" }, { "asids", PASS, "in use is unknown" } } },
	{ "a user without rights", { CAPS("0000000000000000") }, no_permission,
	  { { "dev-sev", FAIL, "may not open" }, { "dev-kvm", FAIL, "may not open" }, { "capabilities", FAIL, "may not record" }, { "event-source", FAIL, "may not use them" } } },
	{ "BPF rights alone", { CAPS("000000c000000000") }, NULL, { { "capabilities", FAIL, "without CAP_SYS_ADMIN" } } },
	{ "little memory to lock", { CAPS("0000000000000000") }, locked_memory, { { "memlock", WARN, "64 KiB" } } },
	{ "little memory, and CAP_IPC_LOCK", { CAPS("0000000000004000") }, locked_memory, { { "memlock", PASS, "CAP_IPC_LOCK" } } },
	{ "no guest_memfd", { { NULL, NULL } }, no_memfd, { { "guest-memfd", FAIL, "no guest_memfd" } } },
	{ "a group that the process has not yet", { { "/proc/self/status", "Name:\tdoctor\nGroups:\t4 27 1000 \nCapEff:\t0" } }, new_group,
	  { { "dev-sev", FAIL, "was not when the process's groups were set" }, { "dev-kvm", FAIL, "the group kvm" }, { "vhost-vsock", WARN, "may not open" } } },
	{ "a group that the process has", { { "/proc/self/status", "Name:\tdoctor\nGroups:\t4 992 1000 \nCapEff:\t0" } }, new_group,
	  { { "dev-sev", FAIL, "this user may not open it" } } },
	{ "no vsock", { { NULL, NULL } }, no_device, { { "vhost-vsock", PASS, "only VMMs that talk" } } },
	{ "ciphertext hiding", { { "/sys/module/kvm_amd/parameters/ciphertext_hiding_asids", "60" } }, NULL,
	  { { "asids", PASS, "60 for SEV-SNP and 39 for SEV-ES (ciphertext hiding)" } } },
	{ "ciphertext hiding of all", { { "/sys/module/kvm_amd/parameters/ciphertext_hiding_asids", "4294967295" } }, NULL,
	  { { "asids", PASS, "99 for SEV-SNP and 0 for SEV-ES" } } },
	{ "a container with the host's groups mounted", { { "/sys/fs/cgroup/misc.capacity", NULL }, { "/sys/fs/cgroup/misc.current", NULL }, { "/host/sys/fs/cgroup/misc.capacity", "sev 300\nsev_es 98" } }, hidden_leaf,
	  { { "asids", PASS, "SEV: 300; SEV-ES and SEV-SNP: 98; the number in use is unknown" } } },
	{ "a firmware image of the model", { { "/lib/firmware/amd/amd_sev_fam19h_model01h.sbin.xz", "x" }, { "/lib/firmware/amd/amd_sev_fam19h_model0xh.sbin", "x" } }, NULL,
	  { { "firmware", PASS, "image is /lib/firmware/amd/amd_sev_fam19h_model01h.sbin.xz" } } },
	{ "a firmware image of the family", { { "/lib/firmware/amd/sev.fw", "x" }, { "/lib/firmware/amd/amd_sev_fam19h_model0xh.sbin", "x" } }, old_firmware,
	  { { "firmware", FAIL, "for this processor is /lib/firmware/amd/amd_sev_fam19h_model0xh.sbin" } } },
	{ "an RMP of segments", { { NULL, NULL } }, segments, { { "rmp", PASS, "in segments: SEV-SNP: Segmented RMP base" } } },
	{ "a segment that is not valid", { { NULL, NULL } }, bad_segment, { { "rmp", FAIL, "segment 2" } } },
	{ "a kernel without options", { { "/boot/config-6.12.0", "CONFIG_KVM_AMD_SEV=y\n# CONFIG_DEBUG_INFO_BTF is not set\nCONFIG_CGROUP_MISC=n" } }, NULL,
	  { { "kernel-config", FAIL, "CONFIG_DEBUG_INFO_BTF" } } },
	{ "no configuration", { { "/boot/config-6.12.0", NULL } }, NULL, { { "kernel-config", SKIP, "neither" } } },
	{ "no BTF", { { "/sys/kernel/btf/vmlinux", NULL } }, no_btf, { { "btf", FAIL, "the kernel has none" }, { "event-source", FAIL, "no BTF" } } },
	{ "a module without BTF", { { "/sys/kernel/btf/ccp", NULL } }, NULL, { { "btf", FAIL, "ccp" } } },
	{ "no patches", { { "/sys/kernel/tracing/events/kvm_sev/enable", NULL } }, unpatched, { { "event-source", FAIL, "no such tracepoint" } } },
	{ "half of the patches", { { NULL, NULL } }, half_patched, { { "event-source", WARN, "without flushes, times and answers of PSP commands" } } },
	{ "locked down for confidentiality", { { "/sys/kernel/security/lockdown", "none integrity [confidentiality]\n" } }, NULL,
	  { { "event-source", FAIL, "may not read its memory" } } },
	{ "locked down for integrity", { { "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n" } }, NULL,
	  { { "event-source", PASS, "nothing is lost" } } },
	{ "a stock kernel", { { NULL, NULL } }, by_functions, { { "event-source", PASS, "the kernel's functions, by BPF; without additional error words" } } },
	{ "a stock kernel, old", { { NULL, NULL } }, by_some_functions, { { "event-source", WARN, "the parts of a PSP command's time" } } },
};
/* clang-format on */

static void everything_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		const struct variant *v = &variants[i];

		good_host(NULL);
		for (size_t j = 0; j < 3 && v->files[j].path; j++)
			write_file(&v->files[j]);
		if (v->change)
			v->change();
		print_message("# %s\n", v->name);
		examine(ALL);
		for (size_t j = 0; j < 5 && v->seen[j].id; j++)
			expect(v->seen[j].id, v->seen[j].result, v->seen[j].reason);
		for (size_t j = 0; j < 3 && v->files[j].path; j++)
			write_file(&(struct file){ v->files[j].path, NULL });
	}
}

static void what_is_wanted(void **state)
{
	(void)state;
	examine(FOR_SEV);
	assert_null(outcome_of("snp"));
	assert_null(outcome_of("rmp"));
	assert_null(outcome_of("tracefs"));
	assert_non_null(outcome_of("memlock"));
	examine(FOR_RECORD);
	assert_null(outcome_of("processor"));
	assert_non_null(outcome_of("event-source"));
}

/* Files with arbitrary contents. */
static void hostile_files(void **state)
{
	static char junk[70000];
	struct file file = { NULL, junk };

	(void)state;
	srand(2);
	for (size_t i = 0; i < sizeof(junk) - 1; i++)
		junk[i] = (char)(rand() % 255 + 1);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		good_host(NULL);
		file.path = good[i].path;
		write_file(&file);
		fake.log = junk;
		examine(ALL);
	}
}

static void as_json(void **state)
{
	json_t *json;

	(void)state;
	fake.memfd = 0;
	examine(ALL);
	json = doctor_json(&report, "1");
	assert_non_null(json);
	assert_int_equal(json_array_size(json_object_get(json, "checks")), report.count);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "summary"), "fail")), 1);
	json_decref(json);
}

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_is_well, good_host),
		cmocka_unit_test_setup(everything_wrong, good_host),
		cmocka_unit_test_setup(what_is_wanted, good_host),
		cmocka_unit_test_setup(as_json, good_host),
		cmocka_unit_test_setup(hostile_files, good_host),
	};

	return cmocka_run_group_tests_name("doctor", tests, make_root, remove_root);
}
