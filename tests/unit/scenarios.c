// SPDX-License-Identifier: GPL-2.0-only
/* Whole launches, put together from the parts of scenario.c. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>

#include "scenario.h"
#include "util/array.h"

#define US 1000ULL
#define MS 1000000ULL

/* Puts one page of an SNP launch, as Linux 6.12 launches it. status: the PSP's answer. */
static void put_snp_page(struct scenario *s, uint64_t gfn, uint64_t exec, uint32_t status)
{
	int32_t ret = status ? -EIO : 0;

	put_step(s, SEVTRACE_STEP_GET_PAGE, gfn, 1, 0, 2 * US);
	put_step(s, SEVTRACE_STEP_CHECK_ATTRS, gfn, 1, 0, 300);
	put_step(s, SEVTRACE_STEP_RMP_LOOKUP, gfn, 1, 0, 500);
	if (s->range.page_type != SEVTRACE_PAGE_ZERO)
		put_step(s, SEVTRACE_STEP_COPY, gfn, 1, 0, US);
	put_step(s, SEVTRACE_STEP_RMP_UPDATE, gfn, 1, 0, 4 * US);
	put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 200, exec, status);
	put_step(s, SEVTRACE_STEP_PSP, gfn, 1, ret, exec + 3 * US);
	if (status) {
		put_psp(s, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 200, 50 * US, 0);
		put_step(s, SEVTRACE_STEP_RECLAIM, gfn, 1, 0, 60 * US);
	}
	put_step(s, SEVTRACE_STEP_RELEASE, gfn, 1, ret, US);
}

static void put_snp_start(struct scenario *s, uint32_t number, uint32_t tid)
{
	put_launch(s, number, tid, "qemu-system-x86", SEVTRACE_VM_SNP);
	put_simple(s, SEVTRACE_KVM_SEV_INIT2, 0, 0, 7, SEVTRACE_VM_SNP);
	put_attributes(s, 0x100, 0x120, 0, 700, 9 * US);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	put_psp(s, SEVTRACE_CMD_SNP_GCTX_CREATE, US, 90 * US, 0);
	put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_START, US, 2 * MS, 0);
	put_psp(s, SEVTRACE_CMD_SNP_ACTIVATE, US, 80 * US, 0);
	put_exit(s, 0, 0, 7, SEVTRACE_VM_SNP);
}

static void put_snp_update(struct scenario *s, uint64_t gfn, uint64_t npages, uint8_t type)
{
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, gfn, 0x7f0000000000 + (gfn << 12), npages, type, true);
	for (uint64_t i = 0; i < npages; i++)
		put_snp_page(s, gfn + i, MS + i * 10 * US, 0);
	put_range_end(s, npages, 0);
	put_exit(s, 0, 0, 7, SEVTRACE_VM_SNP);
}

static void snp(struct scenario *s)
{
	put_snp_start(s, 1, 1001);
	put_snp_update(s, 0x100, 16, SEVTRACE_PAGE_NORMAL);
	put_snp_update(s, 0x110, 2, SEVTRACE_PAGE_ZERO);
	put_snp_update(s, 0x112, 1, SEVTRACE_PAGE_SECRETS);
	put_snp_update(s, 0x113, 1, SEVTRACE_PAGE_CPUID);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, 3 * MS, 7,
		   SEVTRACE_VM_SNP);
	put_end(s, 12 * MS);
}

static void put_failed_page(struct scenario *s, uint32_t number, uint32_t tid, uint32_t status)
{
	put_snp_start(s, number, tid);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0x7f0000100000, 8, SEVTRACE_PAGE_NORMAL, true);
	for (uint64_t i = 0; i < 4; i++)
		put_snp_page(s, 0x100 + i, MS, 0);
	put_stack(s, tid);
	put_snp_page(s, 0x104, MS, status);
	put_range_end(s, 4, -EIO);
	put_exit(s, -EIO, status, 7, SEVTRACE_VM_SNP);
	put_end(s, MS);
}

/* The PSP refuses the fifth of eight pages, and the VMM gives up. */
static void snp_failed_page(struct scenario *s)
{
	put_failed_page(s, 1, 1001, SEVTRACE_PSP_INVALID_PAGE_STATE);
}

/* Page 3 fails. The kernel reports that as a shorter success, and the VMM goes on from there. */
static void snp_swallowed(struct scenario *s)
{
	put_snp_start(s, 1, 1001);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0x7f0000100000, 4, SEVTRACE_PAGE_NORMAL, true);
	put_snp_page(s, 0x100, MS, 0);
	put_snp_page(s, 0x101, MS, 0);
	put_step(s, SEVTRACE_STEP_GET_PAGE, 0x102, 1, -EINTR, US);
	put_range_end(s, 2, -EINTR);
	put_exit(s, 0, 0, 7, SEVTRACE_VM_SNP);
}

static void snp_swallowed_retried(struct scenario *s)
{
	snp_swallowed(s);
	put_snp_update(s, 0x102, 2, SEVTRACE_PAGE_NORMAL);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, 3 * MS, 7,
		   SEVTRACE_VM_SNP);
}

/* The firmware refuses the CPUID page. With the firmware's corrections the VMM succeeds. */
static void snp_cpuid_retried(struct scenario *s)
{
	put_snp_start(s, 1, 1001);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x113, 0x7f0000113000, 1, SEVTRACE_PAGE_CPUID, true);
	put_snp_page(s, 0x113, MS, SEVTRACE_PSP_INVALID_PARAM);
	put_range_end(s, 0, -EIO);
	put_exit(s, -EIO, SEVTRACE_PSP_INVALID_PARAM, 7, SEVTRACE_VM_SNP);
	put_snp_update(s, 0x113, 1, SEVTRACE_PAGE_CPUID);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, 3 * MS, 7,
		   SEVTRACE_VM_SNP);
}

static void put_sev_start(struct scenario *s, uint32_t number, uint32_t tid, uint8_t vm_type)
{
	put_launch(s, number, tid, "qemu-system-x86", vm_type);
	put_simple(s, SEVTRACE_KVM_SEV_INIT2, 0, 0, 100, vm_type);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_START);
	put_psp(s, SEVTRACE_CMD_LAUNCH_START, US, 2 * MS, 0);
	put_psp(s, SEVTRACE_CMD_ACTIVATE, US, 80 * US, 0);
	put_exit(s, 0, 0, 100, vm_type);
}

/* Puts a range of 48 pages in physically contiguous runs of 32 and 16. */
static void put_sev_update(struct scenario *s, uint8_t vm_type, uint32_t reclaims)
{
	static const uint32_t runs[] = { 32, 16 };

	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA);
	put_range(s, 0x200, 0x7f0000200000, 48, SEVTRACE_PAGE_NORMAL, false);
	put_step(s, SEVTRACE_STEP_PIN, 0x200, 48, 0, 20 * US);
	put_step(s, SEVTRACE_STEP_CLFLUSH, 0x200, 48, 0, 90 * US);
	for (size_t i = 0; i < 2; i++) {
		for (uint32_t j = 0; j < reclaims; j++)
			put_psp_nested(s, SEVTRACE_CMD_SNP_PAGE_RECLAIM, 40 * US);
		put_psp(s, SEVTRACE_CMD_LAUNCH_UPDATE_DATA, US, runs[i] * (10 * US), 0);
		put_step(s, SEVTRACE_STEP_PSP, 0x200 + 32 * i, runs[i], 0, runs[i] * (10 * US));
	}
	put_step(s, SEVTRACE_STEP_UNPIN, 0x200, 48, 0, 5 * US);
	put_range_end(s, 48, 0);
	put_exit(s, 0, 0, 100, vm_type);
}

/* QEMU first asks for the length of the measurement, which returns an error that is no failure. */
static void put_sev_finish(struct scenario *s, uint8_t vm_type)
{
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_MEASURE);
	put_psp(s, SEVTRACE_CMD_LAUNCH_MEASURE, US, 100 * US, SEVTRACE_PSP_INVALID_LEN);
	put_exit(s, -EIO, SEVTRACE_PSP_INVALID_LEN, 100, vm_type);
	put_simple(s, SEVTRACE_KVM_SEV_LAUNCH_MEASURE, SEVTRACE_CMD_LAUNCH_MEASURE, 300 * US, 100,
		   vm_type);
	put_simple(s, SEVTRACE_KVM_SEV_LAUNCH_FINISH, SEVTRACE_CMD_LAUNCH_FINISH, 200 * US, 100,
		   vm_type);
}

static void sev(struct scenario *s)
{
	put_sev_start(s, 1, 1001, SEVTRACE_VM_SEV);
	put_sev_update(s, SEVTRACE_VM_SEV, 3);
	put_sev_finish(s, SEVTRACE_VM_SEV);
}

static void sev_es(struct scenario *s)
{
	put_sev_start(s, 1, 1001, SEVTRACE_VM_SEV_ES);
	put_sev_update(s, SEVTRACE_VM_SEV_ES, 0);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA);
	for (int i = 0; i < 2; i++) {
		put_range(s, 0xfffffffff, 0, 1, SEVTRACE_PAGE_VMSA, false);
		put_step(s, SEVTRACE_STEP_VMSA_SYNC, 0xfffffffff, 1, 0, US);
		put_psp(s, SEVTRACE_CMD_LAUNCH_UPDATE_VMSA, US, 150 * US, 0);
		put_step(s, SEVTRACE_STEP_PSP, 0xfffffffff, 1, 0, 155 * US);
		put_range_end(s, 1, 0);
	}
	put_exit(s, 0, 0, 100, SEVTRACE_VM_SEV_ES);
	put_sev_finish(s, SEVTRACE_VM_SEV_ES);
}

static void sev_coherent(struct scenario *s)
{
	put_sev_start(s, 1, 1001, SEVTRACE_VM_SEV);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_DATA);
	put_range(s, 0x200, 0x7f0000200000, 48, SEVTRACE_PAGE_NORMAL, false);
	put_skipped_flush(s, 0x200, 48);
	put_psp(s, SEVTRACE_CMD_LAUNCH_UPDATE_DATA, US, 480 * US, 0);
	put_step(s, SEVTRACE_STEP_PSP, 0x200, 48, 0, 480 * US);
	put_range_end(s, 48, 0);
	put_exit(s, 0, 0, 100, SEVTRACE_VM_SEV);
	put_sev_finish(s, SEVTRACE_VM_SEV);
}

/* The firmware refuses the policy. */
static void sev_policy(struct scenario *s)
{
	put_launch(s, 1, 1001, "qemu-system-x86", SEVTRACE_VM_SEV);
	put_simple(s, SEVTRACE_KVM_SEV_INIT2, 0, 0, 100, SEVTRACE_VM_SEV);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_START);
	put_psp(s, SEVTRACE_CMD_LAUNCH_START, US, 2 * MS, SEVTRACE_PSP_POLICY_FAILURE);
	put_exit(s, -EIO, SEVTRACE_PSP_POLICY_FAILURE, 100, SEVTRACE_VM_SEV);
}

/* The PSP stops answering during the first launch, so the driver refuses the second one. */
static void dead_psp(struct scenario *s)
{
	put_launch(s, 1, 1001, "qemu-system-x86", SEVTRACE_VM_SEV);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_START);
	put_psp_silent(s, SEVTRACE_CMD_LAUNCH_START, 100000 * MS, true);
	put_exit(s, -ETIMEDOUT, 0, 100, SEVTRACE_VM_SEV);
	put_launch(s, 2, 1002, "qemu-system-x86", SEVTRACE_VM_SEV);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_START);
	put_psp_silent(s, SEVTRACE_CMD_LAUNCH_START, 0, false);
	put_exit(s, -EBUSY, 0, 101, SEVTRACE_VM_SEV);
}

/* Two launches take turns; the recording ends before the second one does. */
static void concurrent(struct scenario *s)
{
	struct scenario other;

	put_sev_start(s, 1, 1001, SEVTRACE_VM_SEV);
	other = *s;
	put_snp_start(&other, 2, 2001);
	s->now = other.now;
	put_sev_update(s, SEVTRACE_VM_SEV, 0);
	other.now = s->now;
	put_snp_update(&other, 0x100, 4, SEVTRACE_PAGE_NORMAL);
	s->now = other.now;
	put_sev_finish(s, SEVTRACE_VM_SEV);
	s->error = s->error ? s->error : other.error;
}

/* Commands from loading the module, outside of any launch. */
static void host_commands(struct scenario *s)
{
	s->tid = 77;
	put_psp(s, SEVTRACE_CMD_PLATFORM_STATUS, 0, 60 * US, 0);
	put_psp(s, SEVTRACE_CMD_SNP_INIT_EX, 0, 1800 * MS, 0);
	put_psp(s, 0x1ab, 0, 10 * US, 0x8003);
}

/*
 * Records that no recorder writes: names made to break a format, overlapping times, unassigned
 * numbers.
 */
static void hostile(struct scenario *s)
{
	put_launch(s, 1, 1001, "=\"a,\n\xff\\;%s{}", SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0x7f0000100000, 8, SEVTRACE_PAGE_NORMAL, true);
	put_step(s, SEVTRACE_STEP_COPY, 0x100, 1, 0, MS);
	s->now -= 1500 * US;
	put_step(s, SEVTRACE_STEP_RMP_UPDATE, 0x101, 1, 0, MS);
	s->now -= 900 * US;
	put_step(s, SEVTRACE_STEP_COPY, 0x102, 1, -EIO, 10 * US);
	put_psp(s, 0xdeadbeef, MS, MS, 0x8003);
	s->now -= MS;
	put_psp(s, 0xdeadbeef, MS, MS, 0xffff);
	put_step(s, 200, SEVTRACE_NO_FRAME, 0xffffffff, INT32_MIN, UINT64_MAX);
	s->now += MS;
	put_exit(s, 0, 0xffffffff, 0xffffffff, 99);
	s->tid = 1002;
	s->ioctl = 0xdeadbeef;
	put_range_end(s, 1 << 20, INT32_MIN);
	put_exit(s, INT32_MIN, 0, 7, SEVTRACE_VM_SNP);
	put_attributes(s, 0x200, 0x100, 0, 1ULL << 40, 5 * US);
	put_end(s, 0);
	put_launch(s, 4242, 1001, "-->\xc3\x28\033[31m'", 99);
	put_end(s, 3 * MS);
}

/*
 * By functions of a kernel that has few of them: VMSAs are not seen, and whether the PSP was asked
 * is inferred. The second guest's LAUNCH_START fails for a reason that nobody sees.
 */
static void few_functions(struct scenario *s)
{
	put_sev_start(s, 1, 1001, SEVTRACE_VM_SEV_ES);
	put_sev_update(s, SEVTRACE_VM_SEV_ES, 0);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_UPDATE_VMSA);
	put_psp(s, SEVTRACE_CMD_LAUNCH_UPDATE_VMSA, US, 150 * US, 0);
	put_exit(s, 0, 0, 100, SEVTRACE_VM_SEV_ES);
	put_sev_finish(s, SEVTRACE_VM_SEV_ES);
	put_launch(s, 2, 1002, "qemu-system-x86", SEVTRACE_VM_SEV);
	put_enter(s, SEVTRACE_KVM_SEV_LAUNCH_START);
	put_psp_silent(s, SEVTRACE_CMD_LAUNCH_START, 100000 * MS, true);
	put_exit(s, -ETIMEDOUT, 0, 101, SEVTRACE_VM_SEV);
}

/* By functions, without those that tell of private pages: the cause of a failure is not seen. */
static void unseen_pages(struct scenario *s)
{
	put_snp_start(s, 1, 1001);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, US, MS, SEVTRACE_PSP_INVALID_PARAM);
	put_exit(s, -EIO, SEVTRACE_PSP_INVALID_PARAM, 7, SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_exit(s, -EINVAL, 0, 7, SEVTRACE_VM_SNP);
}

/* Twelve launches, one after the other: of two types, three that fail, in two ways. */
static void crowd(struct scenario *s)
{
	for (uint32_t number = 1; number <= 12; number++) {
		uint32_t tid = 1000 + number;

		if (number % 5 == 0) {
			put_failed_page(s, number, tid, SEVTRACE_PSP_INVALID_PAGE_STATE);
		} else if (number == 7) {
			put_failed_page(s, number, tid, SEVTRACE_PSP_INVALID_PARAM);
		} else if (number % 4 == 0) {
			put_sev_start(s, number, tid, SEVTRACE_VM_SEV);
			put_simple(s, SEVTRACE_KVM_SEV_LAUNCH_FINISH, SEVTRACE_CMD_LAUNCH_FINISH,
				   number * MS, 100, SEVTRACE_VM_SEV);
		} else {
			put_snp_start(s, number, tid);
			put_snp_update(s, 0x100, number, SEVTRACE_PAGE_NORMAL);
			put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH,
				   SEVTRACE_CMD_SNP_LAUNCH_FINISH, 3 * MS, 7, SEVTRACE_VM_SNP);
		}
	}
}

/*
 * Twelve launches of 100 pages, one after the other, each like the others: what so many at once
 * take can be computed by hand.
 */
static void steady(struct scenario *s)
{
	for (uint32_t number = 1; number <= 12; number++) {
		put_snp_start(s, number, 1000 + number);
		put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
		put_range(s, 0x100, 0x7f0000100000, 100, SEVTRACE_PAGE_NORMAL, true);
		for (uint64_t i = 0; i < 100; i++)
			put_snp_page(s, 0x100 + i, MS, 0);
		put_range_end(s, 100, 0);
		put_exit(s, 0, 0, 7, SEVTRACE_VM_SNP);
		put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH,
			   3 * MS, 7, SEVTRACE_VM_SNP);
		put_end(s, MS);
	}
}

/* A small SNP launch of a VMM that has been named. */
static void put_named_launch(struct scenario *s)
{
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START, 3 * MS, 7,
		   SEVTRACE_VM_SNP);
	put_snp_update(s, 0x100, 4, SEVTRACE_PAGE_NORMAL);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, 3 * MS, 7,
		   SEVTRACE_VM_SNP);
}

/* Launches with every kind of name: libvirt's, one in a pod, one of a unit, a hostile one. */
static void named(struct scenario *s)
{
	put_launch(s, 1, 1001, "qemu-system-x86", SEVTRACE_VM_SNP);
	put_name(s, SEVTRACE_NAME_VMM, "web1");
	put_name(s, SEVTRACE_NAME_DOMAIN, "web1");
	put_named_launch(s);
	put_launch(s, 2, 1002, "cloud-hyperviso", SEVTRACE_VM_SNP);
	put_name(s, SEVTRACE_NAME_POD, "8f2c1a34-5b6d-4e7f-8091-a2b3c4d5e6f7");
	put_name(s, SEVTRACE_NAME_CONTAINER,
		 "3f5eb4a7c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f901234");
	put_named_launch(s);
	put_launch(s, 3, 1003, "launcher", SEVTRACE_VM_SNP);
	put_name(s, SEVTRACE_NAME_UNIT, "ci-guest.service");
	put_named_launch(s);
	put_launch(s, 4, 1004, "qemu", SEVTRACE_VM_SNP);
	put_name(s, SEVTRACE_NAME_VMM, "</script><b>\033[31m\"a,b\n\xff\\;%s{}");
	put_named_launch(s);
	put_failed_page(s, 5, 1005, SEVTRACE_PSP_INVALID_PARAM);
	put_name(s, SEVTRACE_NAME_VMM, "db-primary");
	put_name(s, 77, "of a kind that nobody knows yet");
}

static const struct {
	const char *name;
	void (*run)(struct scenario *s);
	const char *lacks; /* what the recording says that it lacks; NULL: nothing */
} scenarios[] = {
	{ "snp", snp, NULL },
	{ "snp-failed-page", snp_failed_page, NULL },
	{ "snp-swallowed", snp_swallowed, NULL },
	{ "snp-swallowed-retried", snp_swallowed_retried, NULL },
	{ "snp-cpuid-retried", snp_cpuid_retried, NULL },
	{ "sev", sev, NULL },
	{ "sev-es", sev_es, NULL },
	{ "sev-coherent", sev_coherent, NULL },
	{ "sev-policy", sev_policy, NULL },
	{ "dead-psp", dead_psp, NULL },
	{ "concurrent", concurrent, NULL },
	{ "host-commands", host_commands, NULL },
	{ "crowd", crowd, NULL },
	{ "hostile", hostile, NULL },
	{ "steady", steady, NULL },
	{ "named", named, NULL },
	{ "few-functions", few_functions,
	  "additional error words of the PSP, the PFN of regions and of VMSAs before their command, VMSAs, "
	  "the parts of a PSP command's time; whether it was asked is guessed, waits for the mailbox" },
	{ "unseen-pages", unseen_pages,
	  "additional error words of the PSP, the PFN of regions and of VMSAs before their command, "
	  "attribute updates, private pages, getting and checking private pages, waits for slots_lock" },
};

#define NR_SCENARIOS (ARRAY_SIZE(scenarios))

const char *scenario_name(size_t i)
{
	return i < NR_SCENARIOS ? scenarios[i].name : NULL;
}

const char *scenario_lacks(const char *name)
{
	for (size_t i = 0; i < NR_SCENARIOS; i++)
		if (!strcmp(scenarios[i].name, name))
			return scenarios[i].lacks;
	return NULL;
}

int scenario_run(const char *name, scenario_sink sink, void *ctx)
{
	struct scenario s;

	scenario_begin(&s, sink, ctx);
	for (size_t i = 0; i < NR_SCENARIOS; i++) {
		if (!strcmp(scenarios[i].name, name)) {
			scenarios[i].run(&s);
			return s.error;
		}
	}
	return -ENOENT;
}
