/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mistakes that a VMM can make, each with the error that the kernel or the firmware must return.
 */
#ifndef LAUNCHER_MISTAKES_H
#define LAUNCHER_MISTAKES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ops.h"

enum guest_type { GUEST_SEV, GUEST_SEV_ES, GUEST_SNP, GUEST_TYPES };

const char *guest_type_name(enum guest_type type);

/* How a launch ends. */
enum outcome {
	OUTCOME_NONE, /* the mistake does not apply to this guest type */
	OUTCOME_OK, /* launched, and all checks passed */
	OUTCOME_REFUSED, /* the kernel refused a system call */
	OUTCOME_CHECK_FAILED, /* launched, but the measurement or the memory is wrong */
	OUTCOME_FAILED /* the launcher itself failed */
};

const char *outcome_name(enum outcome outcome);

/* The steps of a launch; each guest type has its own order (launch.c). */
enum phase {
	PHASE_NONE,
	PHASE_CREATE,
	PHASE_INIT,
	PHASE_SLOTS,
	PHASE_ATTRIBUTES,
	PHASE_REGISTER,
	PHASE_VCPUS,
	PHASE_SESSION,
	PHASE_ID_BLOCK,
	PHASE_START,
	PHASE_UPDATE,
	PHASE_VMSA,
	PHASE_MEASURE,
	PHASE_SECRET,
	PHASE_FINISH,
	PHASE_STATUS,
	PHASE_RUN,
	PHASE_VERIFY,
	PHASE_UNREGISTER,
	PHASE_OTHER_TYPE, /* a command of the other family of guests */
	PHASE_UNKNOWN, /* a command that does not exist */
	PHASE_COUNT
};

struct expectation {
	enum outcome outcome;
	enum op op;
	int error; /* positive errno */
	uint32_t fw_error;
};

/* clang-format off */
/* X(id, name): the order is that of the list that --mistake list prints */
#define LAUNCHER_MISTAKES(X) \
	X(WRONG_ORDER, "wrong-order") \
	X(START_BEFORE_INIT, "start-before-init") \
	X(VCPU_BEFORE_INIT, "vcpu-before-init") \
	X(SECOND_INIT, "second-init") \
	X(SECOND_START, "second-start") \
	X(FINISH_FIRST, "finish-first") \
	X(FINISH_BEFORE_MEASURE, "finish-before-measure") \
	X(SECOND_FINISH, "second-finish") \
	X(SECOND_MEASURE, "second-measure") \
	X(SECRET_BEFORE_MEASURE, "secret-before-measure") \
	X(UPDATE_AFTER_MEASURE, "update-after-measure") \
	X(UPDATE_AFTER_FINISH, "update-after-finish") \
	X(VMSA_BEFORE_START, "vmsa-before-start") \
	X(SECOND_VMSA, "second-vmsa") \
	X(VMSA_ON_SEV, "vmsa-on-sev") \
	X(OTHER_TYPE, "other-type") \
	X(UNKNOWN_COMMAND, "unknown-command") \
	X(UNREGISTER_UNKNOWN, "unregister-unknown") \
	X(DEFAULT_VM, "default-vm") \
	X(BAD_INIT_FLAGS, "bad-init-flags") \
	X(BAD_VMSA_FEATURES, "bad-vmsa-features") \
	X(BAD_GHCB_VERSION, "bad-ghcb-version") \
	X(NO_MEMLOCK, "no-memlock") \
	X(BAD_FD, "bad-fd") \
	X(BAD_FD_UPDATE, "bad-fd-update") \
	X(BAD_POLICY, "bad-policy") \
	X(POLICY_VERSION, "policy-version") \
	X(POLICY_TYPE, "policy-type") \
	X(BAD_CERTIFICATE, "bad-certificate") \
	X(SHORT_SESSION, "short-session") \
	X(BAD_SESSION_MAC, "bad-session-mac") \
	X(BAD_POLICY_MAC, "bad-policy-mac") \
	X(NO_SLOT, "no-slot") \
	X(NO_GUEST_MEMFD, "no-guest-memfd") \
	X(CLOSED_GUEST_MEMFD, "closed-guest-memfd") \
	X(BAD_ATTRIBUTE, "bad-attribute") \
	X(MISSING_ATTRIBUTE, "missing-attribute") \
	X(UNALIGNED_LENGTH, "unaligned-length") \
	X(UNALIGNED_ADDRESS, "unaligned-address") \
	X(ZERO_LENGTH, "zero-length") \
	X(BAD_PAGE_TYPE, "bad-page-type") \
	X(BAD_FLAGS, "bad-flags") \
	X(TWICE, "twice") \
	X(UNMAPPED_SOURCE, "unmapped-source") \
	X(READONLY_SOURCE, "readonly-source") \
	X(INTERRUPTED, "interrupted") \
	X(PAGE_CHANGED, "page-changed") \
	X(VCPU_CHANGED, "vcpu-changed") \
	X(CPUID_MISMATCH, "cpuid-mismatch") \
	X(SHORT_MEASURE, "short-measure") \
	X(BAD_SECRET_MAC, "bad-secret-mac") \
	X(UNALIGNED_SECRET, "unaligned-secret") \
	X(BAD_ID_BLOCK, "bad-id-block") \
	X(BAD_ID_SIGNATURE, "bad-id-signature") \
	X(BAD_ID_AUTHOR, "bad-id-author") \
	X(BAD_ID_POLICY, "bad-id-policy") \
	X(DEBUG_FORBIDDEN, "debug-forbidden")
/* clang-format on */

#define LAUNCHER_MISTAKE_ENUM(id, name) MISTAKE_##id,
enum mistake_id { MISTAKE_NONE, LAUNCHER_MISTAKES(LAUNCHER_MISTAKE_ENUM) MISTAKE_COUNT };
#undef LAUNCHER_MISTAKE_ENUM

/* What --at-page means for a mistake. */
enum mistake_reach {
	REACH_LAUNCH, /* nothing: the mistake concerns no page */
	REACH_RANGE, /* the mistake concerns the range that begins at the page */
	REACH_PAGE /* the mistake concerns the page, in the middle of a range */
};

struct mistake {
	const char *name;
	const char *text;
	enum mistake_reach reach;
	enum phase extra; /* run this phase once more ... */
	enum phase before; /* ... before this one */
	struct expectation expect[GUEST_TYPES];
	struct expectation private_expect; /* SEV, SEV-ES: with private memory, if it differs */
};

const struct mistake *mistake_get(enum mistake_id id);

/* Returns the expected result. @private_memory: the SEV or SEV-ES guest has private memory. */
const struct expectation *mistake_expectation(enum mistake_id id, enum guest_type type,
					      bool private_memory);

/* Returns the mistake called @name, or MISTAKE_NONE if there is none. */
enum mistake_id mistake_find(const char *name);

/* Print the table, as text with one mistake and guest type a line, or as JSON. */
void mistakes_print(FILE *out);
int mistakes_print_json(FILE *out);

#endif /* LAUNCHER_MISTAKES_H */
