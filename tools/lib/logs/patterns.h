/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of kernels, VMMs, guests and tools that sevtrace knows: a table for each kind of source.
 * A row's message is a regular expression of PCRE2; upper and lower case do not matter.
 */
#ifndef LOGS_PATTERNS_H
#define LOGS_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explain/explain.h"

#define LOG_GROUPS 4 /* maximum of groups (parentheses) in a pattern */
#define LOG_DETAIL 512 /* bytes that a pattern's detail() may write */

enum log_level {
	LOG_KNOWN, /* of no matter: neither shown nor counted */
	LOG_GOOD, /* in order */
	LOG_NOTE, /* worth knowing */
	LOG_BAD, /* something failed or is missing */
};

/* Who writes a message. A host's messages are about all of its guests. */
enum log_source {
	FROM_QEMU,
	FROM_LIBVIRT,
	FROM_CCP,
	FROM_KVM,
	FROM_KVM_GUEST, /* KVM, of one guest */
	FROM_CGROUP,
	FROM_RMP,
	FROM_IOMMU,
	FROM_KERNEL,
	FROM_GUEST,
	FROM_OVMF,
	FROM_SVSM,
	FROM_CLOUD_HYPERVISOR,
	FROM_LIBKRUN,
	FROM_FIRECRACKER,
	FROM_CROSVM,
	FROM_KATA,
	FROM_TOOL,
};

struct log_origin {
	const char *name; /* as users see it */
	bool host;
};

extern const struct log_origin log_origins[];

/* Messages that a rule of across.c names. */
enum log_id {
	LOG_ANY_ID, /* no rule is about it */
	LOG_BOOT,
	LOG_SEV_ASIDS,
	LOG_SEV_SUPPORTED, /* in words of kernels that say nothing of types without ASIDs */
	LOG_ES_ASIDS,
	LOG_SNP_ASIDS,
	LOG_ES_AND_SNP_ASIDS,
	LOG_SNP_INIT_FAILED,
	LOG_SNP_OFF, /* SEV-SNP is not even tried */
	LOG_SEV_INIT_FAILED,
	LOG_RMP_RESERVED,
	LOG_SYSCFG_REFUSED,
	LOG_VARIABLE_STORE,
	LOG_RUN_FAILED,
	LOG_SEV_WORD,
	LOG_GMEM_MISSING,
	LOG_SNP_START,
	LOG_SNP_UPDATE,
	LOG_INIT_REFUSED,
	LOG_REPORT_REFUSED,
	LOG_NO_SNP_BINARY,
	LOG_NO_VM_TYPE,
	LOG_RMP_FAULT,
	LOG_SYNC_VMSA,
	LOG_QEMU_VERSION,
};

/* Says more about a message than its level. */
enum log_flag {
	LOG_FOLLOWS = 1 << 0, /* another message says why */
	LOG_IF_SEV = 1 << 1, /* VMs without SEV have it, too: bad only where a guest has SEV */
	LOG_OPENS = 1 << 2, /* more of it is in the lines behind: "provided: ..." */
	LOG_ALONE = 1 << 3, /* its own process wrote it, so it is evidence of a guest with SEV */
};

/*
 * The letters of groups say what each group (parentheses) of the pattern holds:
 *   r  return value or errno of the kernel, decimal      e  the same as text of strerror(3)
 *   E  errno of the kernel, positive                     c  command of the PSP, hexadecimal
 *   f  status of the firmware, decimal or hexadecimal    s  the same as a Rust name: PolicyFailure
 *   n  name of an ioctl or command                       x  nothing that is looked at
 */
struct log_pattern {
	const char *needle; /* every such message contains it; searched first, as that is cheaper */
	const char *regex;
	const char *groups;
	enum log_source source;
	enum log_level level;
	uint32_t ioctl; /* the line is about; EXPLAIN_NO_IOCTL: none; EXPLAIN_ANY_IOCTL: as named */
	struct explanation text; /* what the line says; text.sure: how certain it is as a cause */
	/* Reads more details from the message into text, LOG_DETAIL bytes; may be NULL. */
	void (*detail)(const char *message, char *text, size_t size);
	enum log_id id;
	unsigned int flags; /* enum log_flag */
};

struct log_table {
	const struct log_pattern *rows;
	size_t nr;
};

/* The first row that fits is taken: of earlier tables first. */
extern const struct log_table log_patterns_host, log_patterns_kvm, log_patterns_qemu,
	log_patterns_vmm, log_patterns_guest, log_patterns_harmless;

#define LOG_TABLES 6
extern const struct log_table *const log_tables[LOG_TABLES];

#endif /* LOGS_PATTERNS_H */
