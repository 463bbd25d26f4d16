// SPDX-License-Identifier: GPL-2.0-only
/*
 * One launch: runs its phases in order and records its system calls.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"

typedef int (*phase_fn)(struct launch *launch);

/* QEMU's order, as far as the kernel leaves a choice. */
static const enum phase order_sev[] = {
	PHASE_CREATE,  PHASE_INIT,   PHASE_SLOTS,  PHASE_REGISTER, PHASE_VCPUS,
	PHASE_SESSION, PHASE_START,  PHASE_UPDATE, PHASE_MEASURE,  PHASE_SECRET,
	PHASE_FINISH,  PHASE_STATUS, PHASE_RUN,	   PHASE_VERIFY,   PHASE_NONE,
};
static const enum phase order_es[] = {
	PHASE_CREATE, PHASE_INIT,   PHASE_SLOTS,  PHASE_REGISTER, PHASE_VCPUS,	PHASE_SESSION,
	PHASE_START,  PHASE_UPDATE, PHASE_VMSA,	  PHASE_MEASURE,  PHASE_SECRET, PHASE_FINISH,
	PHASE_STATUS, PHASE_RUN,    PHASE_VERIFY, PHASE_NONE,
};
static const enum phase order_snp[] = {
	PHASE_CREATE, PHASE_INIT,     PHASE_SLOTS, PHASE_ATTRIBUTES, PHASE_REGISTER,
	PHASE_VCPUS,  PHASE_ID_BLOCK, PHASE_START, PHASE_UPDATE,     PHASE_FINISH,
	PHASE_STATUS, PHASE_RUN,      PHASE_NONE,
};

static const enum phase *const orders[GUEST_TYPES] = {
	[GUEST_SEV] = order_sev,
	[GUEST_SEV_ES] = order_es,
	[GUEST_SNP] = order_snp,
};

static const phase_fn phases[PHASE_COUNT] = {
	[PHASE_CREATE] = phase_create,
	[PHASE_INIT] = phase_init,
	[PHASE_SLOTS] = phase_slots,
	[PHASE_ATTRIBUTES] = phase_attributes,
	[PHASE_REGISTER] = phase_register,
	[PHASE_VCPUS] = phase_vcpus,
	[PHASE_SESSION] = phase_session,
	[PHASE_ID_BLOCK] = phase_id_block,
	[PHASE_START] = phase_sev_start,
	[PHASE_UPDATE] = phase_update,
	[PHASE_VMSA] = phase_vmsa,
	[PHASE_MEASURE] = phase_measure,
	[PHASE_SECRET] = phase_secret,
	[PHASE_FINISH] = phase_sev_finish,
	[PHASE_STATUS] = phase_status,
	[PHASE_RUN] = phase_run,
	[PHASE_VERIFY] = phase_verify,
	[PHASE_UNREGISTER] = phase_unregister,
	[PHASE_OTHER_TYPE] = phase_other_type,
	[PHASE_UNKNOWN] = phase_unknown,
};

bool launch_mistaken(const struct launch *launch, enum mistake_id id)
{
	return launch->options->mistake == id;
}

static void trace_op(const struct launch *launch, enum op op, int ret, const uint32_t *fw_error)
{
	if (!launch->options->verbose)
		return;
	if (fw_error && (ret < 0 || *fw_error))
		fprintf(stderr, "launch %u: %s = %d%s%s, fw_error %#x\n", launch->index,
			op_name(op), ret, ret < 0 ? " " : "", ret < 0 ? errno_name(-ret) : "",
			*fw_error);
	else
		fprintf(stderr, "launch %u: %s = %d%s%s\n", launch->index, op_name(op), ret,
			ret < 0 ? " " : "", ret < 0 ? errno_name(-ret) : "");
}

static int count_op(struct launch *launch, enum op op, int ret)
{
	launch->result->ops[op].count++;
	if (ret < 0)
		launch->result->ops[op].failed++;
	return ret;
}

int launch_ioctl(struct launch *launch, enum op op, int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	ret = count_op(launch, op, ret < 0 ? -errno : ret);
	trace_op(launch, op, ret, NULL);
	return ret;
}

/* Returns the size of a command's data if spoiling the command needs a copy of it, else 0. */
static size_t data_bytes(enum op op)
{
	switch (op) {
	case OP_START:
		return sizeof(struct kvm_sev_launch_start);
	case OP_MEASURE:
		return sizeof(struct kvm_sev_launch_measure);
	case OP_SNP_UPDATE:
		return sizeof(struct uapi_kvm_sev_snp_launch_update);
	default:
		return 0;
	}
}

int launch_command(struct launch *launch, enum op op, int sev_fd, void *data, uint32_t *fw_error)
{
	struct kvm_sev_cmd command;
	int ret;

	memset(&command, 0, sizeof(command));
	command.id = (uint32_t)op_command(op);
	command.data = (uintptr_t)data;
	command.sev_fd = (uint32_t)sev_fd;
	if (op == launch->options->spoiled)
		ret = spoil_command(launch->options->spoil, launch->vm, &command, data_bytes(op));
	else
		ret = ioctl(launch->vm, KVM_MEMORY_ENCRYPT_OP, &command) < 0 ? -errno : 0;
	count_op(launch, op, ret);
	*fw_error = command.error;
	trace_op(launch, op, ret, fw_error);
	return ret;
}

int launch_refused(struct launch *launch, enum op op, int error, uint32_t fw_error, uint64_t gfn)
{
	launch->result->outcome = OUTCOME_REFUSED;
	launch->result->refusal = (struct refusal){
		.op = op,
		.error = -error,
		.fw_error = fw_error,
		.gfn = gfn,
	};
	return error;
}

int launch_do(struct launch *launch, enum op op, int fd, unsigned long request, void *arg)
{
	int ret = launch_ioctl(launch, op, fd, request, arg);

	return ret < 0 ? launch_refused(launch, op, ret, 0, NO_GFN) : ret;
}

int launch_do_command(struct launch *launch, enum op op, int sev_fd, void *data)
{
	uint32_t fw_error;
	int ret = launch_command(launch, op, sev_fd, data, &fw_error);

	return ret < 0 ? launch_refused(launch, op, ret, fw_error, NO_GFN) : ret;
}

int launch_failed(struct launch *launch, int error, const char *what)
{
	launch->result->outcome = OUTCOME_FAILED;
	snprintf(launch->result->message, MESSAGE_BYTES, "%s: %s", what, strerrordesc_np(-error));
	return error;
}

int launch_wrong(struct launch *launch, enum check *check, const char *what)
{
	*check = CHECK_WRONG;
	launch->result->outcome = OUTCOME_CHECK_FAILED;
	snprintf(launch->result->message, MESSAGE_BYTES, "%s", what);
	return -EILSEQ;
}

static int open_device(struct launch *launch, const char *path, int *fd)
{
	char what[MESSAGE_BYTES / 2];

	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	snprintf(what, sizeof(what), "cannot open %s (are the modules loaded? are you root?)",
		 path);
	return launch_failed(launch, -errno, what);
}

static int fill_memory(struct launch *launch)
{
	const struct plan *plan = &launch->plan;
	int ret = plan_map(&launch->plan);

	if (ret)
		return launch_failed(launch, ret, "cannot map guest memory");
	for (unsigned int i = 0; i < plan->range_count; i++) {
		const struct range *range = &plan->ranges[i];
		uint8_t *page = range_memory(plan, range);
		uint64_t gfn = range_gfn(plan, range);

		for (uint64_t k = 0; k < range->pages; k++, page += PAGE_BYTES) {
			if (range->type == SNP_PAGE_CPUID)
				memcpy(page, launch->cpuid_page, PAGE_BYTES);
			else
				plan_fill_page(plan, range->type, gfn + k, page);
		}
	}
	return 0;
}

/* Computes the part of an SNP guest's digest that is known before the launch: all but the VMSAs. */
static int digest_pages(struct launch *launch)
{
	const struct plan *plan = &launch->plan;

	snp_digest_init(&launch->digest);
	for (unsigned int i = 0; i < plan->range_count; i++) {
		const struct range *range = &plan->ranges[i];
		const uint8_t *page = range_memory(plan, range);
		uint64_t gfn = range_gfn(plan, range);

		for (uint64_t k = 0; k < range->pages; k++) {
			int ret = snp_digest_page(&launch->digest, range->type,
						  page + k * PAGE_BYTES, (gfn + k) << PAGE_BITS);

			if (ret)
				return launch_failed(launch, ret, "cannot compute SHA-384");
		}
	}
	return 0;
}

static int prepare(struct launch *launch)
{
	const struct options *options = launch->options;
	int ret;

	ret = plan_build(&launch->plan, options, options->seed + launch->index);
	if (ret)
		return launch_failed(launch, ret, "cannot lay out guest memory");
	launch->vcpus = calloc(options->vcpus + 1, sizeof(*launch->vcpus));
	launch->vmsas = calloc(options->vcpus + 1, PAGE_BYTES);
	launch->cpuid_page = calloc(1, PAGE_BYTES);
	if (!launch->vcpus || !launch->vmsas || !launch->cpuid_page)
		return launch_failed(launch, -ENOMEM, "cannot allocate the vCPUs");
	ret = open_device(launch, "/dev/kvm", &launch->kvm);
	if (!ret)
		ret = open_device(launch, "/dev/sev", &launch->sev);
	if (!ret && options->count[SNP_PAGE_CPUID])
		ret = vcpu_cpuid_page(launch);
	if (!ret)
		ret = fill_memory(launch);
	if (!ret && options->type == GUEST_SNP)
		ret = digest_pages(launch);
	return ret;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void release(struct launch *launch)
{
	for (unsigned int i = 0; i < launch->vcpu_count; i++)
		close_fd(&launch->vcpus[i]);
	plan_free(&launch->plan);
	close_fd(&launch->vm);
	close_fd(&launch->sev);
	close_fd(&launch->kvm);
	free(launch->vcpus);
	free(launch->vmsas);
	free(launch->cpuid_page);
	memset(&launch->session, 0, sizeof(launch->session));
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int run_phase(struct launch *launch, enum phase phase)
{
	if (launch->options->type == GUEST_SNP && phase == PHASE_START)
		return phase_snp_start(launch);
	if (launch->options->type == GUEST_SNP && phase == PHASE_FINISH)
		return phase_snp_finish(launch);
	return phases[phase](launch);
}

static int run_phases(struct launch *launch)
{
	const struct mistake *mistake = launch->mistake;
	uint64_t start = now_ns();

	for (const enum phase *phase = orders[launch->options->type]; *phase != PHASE_NONE;
	     phase++) {
		int ret = 0;

		if (mistake->extra != PHASE_NONE && mistake->before == *phase)
			ret = run_phase(launch, mistake->extra);
		if (!ret)
			ret = run_phase(launch, *phase);
		if (ret)
			return ret;
		if (*phase == PHASE_FINISH)
			launch->result->duration_ns = now_ns() - start;
	}
	launch->result->outcome = OUTCOME_OK;
	return 0;
}

void launch_run(const struct options *options, unsigned int index, struct launch_result *result,
		bool (*ready)(void *), void *ready_arg)
{
	struct launch launch = {
		.options = options,
		.mistake = mistake_get(options->mistake),
		.result = result,
		.index = index,
		.kvm = -1,
		.sev = -1,
		.vm = -1,
	};
	int ret;

	result->mistake = options->mistake;
	result->pid = (int)getpid();
	result->tid = (int)gettid();
	result->refusal.op = OP_NONE;
	ret = prepare(&launch);
	if (!ready(ready_arg) && !ret)
		ret = launch_failed(&launch, -ECANCELED, "another launch could not be started");
	if (!ret)
		run_phases(&launch);
	release(&launch);
}
