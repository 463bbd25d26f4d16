/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest does whose vCPU waits in KVM_RUN, as nothing here can execute encrypted memory: the
 * virtual host's module hands KVM the exit that it would cause. Return 0 or a negative errno.
 */
#ifndef LAUNCHER_ACT_H
#define LAUNCHER_ACT_H

#include <stdint.h>
#include <sys/types.h>

#define ACT_GOES_ON 1 /* the answer of KVM's handler if the guest goes on */

/* AMD64 Architecture Programmer's Manual 2, 15.25.6: EXITINFO1 of a nested page fault */
#define FAULT_PRESENT (1ULL << 0)
#define FAULT_WRITE (1ULL << 1)
#define FAULT_USER (1ULL << 2)
#define FAULT_RESERVED (1ULL << 3)
#define FAULT_RMP (1ULL << 31)
#define FAULT_FINAL (1ULL << 32) /* of the guest's own access, not of its page walk */
#define FAULT_ENCRYPTED (1ULL << 34) /* SNP: with the C-bit */

/* Reads how many acts there were, and KVM's answer to the last one. */
int act_answers(unsigned int *handled, int *answer);

/* Has the vCPU of a thread access a page. error: more bits than FAULT_USER and FAULT_FINAL. */
int act_access(pid_t thread, uint64_t gfn, uint64_t error);

/* Has it write to an I/O port, four bytes. */
int act_write(pid_t thread, uint16_t port, uint32_t value);

#endif /* LAUNCHER_ACT_H */
