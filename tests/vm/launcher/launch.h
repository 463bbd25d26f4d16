/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One launch: its state, its phases, and its result.
 */
#ifndef LAUNCHER_LAUNCH_H
#define LAUNCHER_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "idblock.h"
#include "mistakes.h"
#include "cmdline.h"
#include "plan.h"
#include "session.h"
#include "uapi.h"

#define NO_GFN UINT64_MAX
#define MESSAGE_BYTES 200

/* The result of a check. */
enum check { CHECK_NOT_DONE, CHECK_OK, CHECK_WRONG };

struct op_count {
	uint64_t count;
	uint64_t failed;
};

/* The refused system call. */
struct refusal {
	enum op op;
	int error; /* positive errno */
	uint32_t fw_error;
	uint64_t gfn; /* guest frame of the page; NO_GFN: it concerns no page */
};

/*
 * Lives in memory that the parent process shares. The launch writes it; the parent reads it after
 * the launch.
 */
struct launch_result {
	enum outcome outcome;
	enum mistake_id mistake;
	int pid;
	int tid;
	uint64_t pages[SNP_PAGE_TYPES]; /* launched, by type */
	struct op_count ops[OP_COUNT];
	struct refusal refusal;
	enum check measurement;
	enum check memory;
	uint64_t pages_decrypted; /* pages that were decrypted and compared with their plaintext */
	uint8_t digest[SHA384_BYTES];
	unsigned int digest_bytes;
	uint64_t duration_ns; /* from KVM_CREATE_VM to the end of LAUNCH_FINISH */
	char message[MESSAGE_BYTES];
};

struct launch {
	const struct options *options;
	const struct mistake *mistake;
	struct launch_result *result;
	unsigned int index;
	struct plan plan;
	int kvm;
	int sev;
	int vm;
	int *vcpus; /* file descriptors, options->vcpus of them */
	uint8_t *vmsas; /* the VMSAs that we expect KVM to measure, a page a vCPU */
	unsigned int vcpu_count;
	uint8_t *cpuid_page; /* contents of CPUID pages, 4096 bytes */
	struct sev_session session;
	uint32_t handle; /* handle of a SEV guest, from LAUNCH_START */
	off_t log_start; /* offset in --psp-log where this launch's lines begin */
	bool session_open;
	struct sev_measured measured;
	uint8_t measurement[SHA256_BYTES + SEV_NONCE_BYTES];
	struct snp_digest digest;
	struct id_block id;
	bool finished;
};

/*
 * Runs a launch from start to end. Calls @ready once when everything is prepared; it waits for the
 * other launches and returns whether to go on. Stores the outcome in @result.
 */
void launch_run(const struct options *options, unsigned int index, struct launch_result *result,
		bool (*ready)(void *), void *ready_arg);

bool launch_mistaken(const struct launch *launch, enum mistake_id id);

/* Issues an ioctl and counts it. Returns its result, or -errno; does not note a refusal. */
int launch_ioctl(struct launch *launch, enum op op, int fd, unsigned long request, void *arg);

/*
 * Issues a KVM_MEMORY_ENCRYPT_OP command through @sev_fd. Stores the firmware's status in
 * @fw_error.
 */
int launch_command(struct launch *launch, enum op op, int sev_fd, void *data, uint32_t *fw_error);

/* Notes that the kernel refused @op with @error (negative errno). Returns @error. */
int launch_refused(struct launch *launch, enum op op, int error, uint32_t fw_error, uint64_t gfn);

/* As launch_ioctl() and launch_command(), but note a refusal. */
int launch_do(struct launch *launch, enum op op, int fd, unsigned long request, void *arg);
int launch_do_command(struct launch *launch, enum op op, int sev_fd, void *data);

/* Notes a failure of the launcher itself, in words. Returns @error (negative errno). */
int launch_failed(struct launch *launch, int error, const char *what);

/* Notes that a check failed. Returns -EILSEQ. */
int launch_wrong(struct launch *launch, enum check *check, const char *what);

/* The phases, by file: vm.c */
int phase_create(struct launch *launch);
int phase_init(struct launch *launch);
int phase_slots(struct launch *launch);
int phase_attributes(struct launch *launch);
int phase_register(struct launch *launch);
int phase_unregister(struct launch *launch);
int phase_unknown(struct launch *launch);
int phase_other_type(struct launch *launch);
/* vcpu.c */
int phase_vcpus(struct launch *launch);
int phase_run(struct launch *launch);
int vcpu_cpuid_page(struct launch *launch);
int vcpu_fault_in(struct launch *launch, uint64_t gfn, uint64_t pages);
/* update.c */
int phase_update(struct launch *launch);
/* Sets the protection of the page that the mistake concerns. */
int launch_protect_page(struct launch *launch, int protection);
/* sev.c */
int phase_session(struct launch *launch);
int phase_sev_start(struct launch *launch);
int phase_vmsa(struct launch *launch);
int phase_measure(struct launch *launch);
int phase_secret(struct launch *launch);
int phase_sev_finish(struct launch *launch);
int phase_status(struct launch *launch);
/* verify.c */
int phase_verify(struct launch *launch);
/* As launch_wrong(), for the memory at @gfn. */
int launch_wrong_page(struct launch *launch, uint64_t gfn, const char *what);
void secret_make(const struct launch *launch, uint8_t *secret, size_t bytes);
/* snp.c */
int phase_id_block(struct launch *launch);
int phase_snp_start(struct launch *launch);
int phase_snp_finish(struct launch *launch);

#define SECRET_BYTES 256

#endif /* LAUNCHER_LAUNCH_H */
