/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls of a launch, with names and counts of results.
 */
#ifndef LAUNCHER_OPS_H
#define LAUNCHER_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "digest.h"

/* clang-format off */
/* X(id, name, number of the KVM_MEMORY_ENCRYPT_OP command, -1 for an ioctl of its own) */
#define LAUNCHER_OPS(X) \
	X(CREATE_VM, "KVM_CREATE_VM", -1) \
	X(CREATE_VCPU, "KVM_CREATE_VCPU", -1) \
	X(SET_VCPU, "KVM_GET/SET_*REGS", -1) \
	X(SLOT, "KVM_SET_USER_MEMORY_REGION", -1) \
	X(SLOT2, "KVM_SET_USER_MEMORY_REGION2", -1) \
	X(GUEST_MEMFD, "KVM_CREATE_GUEST_MEMFD", -1) \
	X(ATTRIBUTES, "KVM_SET_MEMORY_ATTRIBUTES", -1) \
	X(REG_REGION, "KVM_MEMORY_ENCRYPT_REG_REGION", -1) \
	X(UNREG_REGION, "KVM_MEMORY_ENCRYPT_UNREG_REGION", -1) \
	X(PLATFORM_STATUS, "SEV_PLATFORM_STATUS", -1) \
	X(PDH_CERT_EXPORT, "SEV_PDH_CERT_EXPORT", -1) \
	X(RUN, "KVM_RUN", -1) \
	X(PRE_FAULT, "KVM_PRE_FAULT_MEMORY", -1) \
	X(INIT, "KVM_SEV_INIT", 0) \
	X(ES_INIT, "KVM_SEV_ES_INIT", 1) \
	X(INIT2, "KVM_SEV_INIT2", 22) \
	X(START, "KVM_SEV_LAUNCH_START", 2) \
	X(UPDATE_DATA, "KVM_SEV_LAUNCH_UPDATE_DATA", 3) \
	X(PROBE, "KVM_SEV_LAUNCH_UPDATE_DATA of part of a page", 3) \
	X(UPDATE_VMSA, "KVM_SEV_LAUNCH_UPDATE_VMSA", 4) \
	X(SECRET, "KVM_SEV_LAUNCH_SECRET", 5) \
	X(MEASURE, "KVM_SEV_LAUNCH_MEASURE", 6) \
	X(FINISH, "KVM_SEV_LAUNCH_FINISH", 7) \
	X(STATUS, "KVM_SEV_GUEST_STATUS", 16) \
	X(DBG_DECRYPT, "KVM_SEV_DBG_DECRYPT", 17) \
	X(UNKNOWN, "KVM_SEV_99", 99) \
	X(SNP_START, "KVM_SEV_SNP_LAUNCH_START", 100) \
	X(SNP_UPDATE, "KVM_SEV_SNP_LAUNCH_UPDATE", 101) \
	X(SNP_FINISH, "KVM_SEV_SNP_LAUNCH_FINISH", 102)
/* clang-format on */

#define LAUNCHER_OP_ENUM(id, name, command) OP_##id,
enum op { LAUNCHER_OPS(LAUNCHER_OP_ENUM) OP_COUNT, OP_NONE = OP_COUNT };
#undef LAUNCHER_OP_ENUM

const char *op_name(enum op op);
int op_command(enum op op);

/* Returns the system call called @name, or OP_NONE. */
enum op op_find(const char *name);

/*
 * Return the symbolic name of an errno ("EIO") and of a firmware status ("INVALID_LEN"); NULL for
 * an unknown status.
 */
const char *errno_name(int error);
const char *fw_error_name(uint32_t code);

#endif /* LAUNCHER_OPS_H */
