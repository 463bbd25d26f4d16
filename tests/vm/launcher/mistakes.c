// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of mistakes and their expected results: errnos as in arch/x86/kvm/svm/sev.c of Linux
 * 6.12, firmware statuses as in the SEV API and the SEV-SNP firmware ABI.
 */
#include "mistakes.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include <sevtrace/psp.h>

#define REFUSED(which, errno_value, status)                                           \
	{                                                                             \
		.outcome = OUTCOME_REFUSED, .op = OP_##which, .error = (errno_value), \
		.fw_error = SEVTRACE_PSP_##status                                     \
	}
#define ACCEPTED                                     \
	{                                            \
		.outcome = OUTCOME_OK, .op = OP_NONE \
	}
#define WRONG                                                  \
	{                                                      \
		.outcome = OUTCOME_CHECK_FAILED, .op = OP_NONE \
	}

#define PRIVATE(...) .private_expect = __VA_ARGS__
#define SEV(...) [GUEST_SEV] = __VA_ARGS__
#define ES(...) [GUEST_SEV_ES] = __VA_ARGS__
#define LEGACY(...) [GUEST_SEV] = __VA_ARGS__, [GUEST_SEV_ES] = __VA_ARGS__
#define SNP(...) [GUEST_SNP] = __VA_ARGS__
#define EVERY(...) LEGACY(__VA_ARGS__), SNP(__VA_ARGS__)

#define EXTRA(phase, where) .extra = PHASE_##phase, .before = PHASE_##where

/* clang-format off */
static const struct mistake mistakes[MISTAKE_COUNT] = {
	/*
	 * mistakes in the order of the steps; a SEV guest without a context issues commands on fd 0
	 */
	[MISTAKE_WRONG_ORDER] = {
		"wrong-order", "pages are launched before LAUNCH_START",
		EXTRA(UPDATE, START),
		.expect = { LEGACY(REFUSED(UPDATE_DATA, EBADF, SUCCESS)),
			    SNP(REFUSED(SNP_UPDATE, EINVAL, SUCCESS)) },
	},
	[MISTAKE_START_BEFORE_INIT] = {
		"start-before-init", "LAUNCH_START before INIT2",
		EXTRA(START, INIT),
		.expect = { LEGACY(REFUSED(START, ENOTTY, SUCCESS)),
			    SNP(REFUSED(SNP_START, ENOTTY, SUCCESS)) },
	},
	[MISTAKE_VCPU_BEFORE_INIT] = {
		"vcpu-before-init", "a vCPU is created before INIT2",
		EXTRA(VCPUS, INIT),
		.expect = { EVERY(REFUSED(INIT2, EINVAL, SUCCESS)) },
	},
	[MISTAKE_SECOND_INIT] = {
		"second-init", "INIT2 a second time",
		EXTRA(INIT, SLOTS),
		.expect = { LEGACY(REFUSED(INIT2, EINVAL, SUCCESS)),
			    SNP(REFUSED(INIT2, EPERM, SUCCESS)) },
	},
	[MISTAKE_SECOND_START] = {
		"second-start", "LAUNCH_START a second time",
		EXTRA(START, UPDATE),
		.expect = { LEGACY(REFUSED(START, EIO, ASID_OWNED)),
			    SNP(REFUSED(SNP_START, EINVAL, SUCCESS)) },
	},
	[MISTAKE_FINISH_FIRST] = {
		"finish-first", "LAUNCH_FINISH before LAUNCH_START",
		EXTRA(FINISH, START),
		.expect = { LEGACY(REFUSED(FINISH, EBADF, SUCCESS)),
			    SNP(REFUSED(SNP_FINISH, EINVAL, SUCCESS)) },
	},
	[MISTAKE_FINISH_BEFORE_MEASURE] = {
		"finish-before-measure", "LAUNCH_FINISH without LAUNCH_MEASURE",
		EXTRA(FINISH, MEASURE),
		.expect = { LEGACY(REFUSED(FINISH, EIO, INVALID_GUEST_STATE)) },
	},
	[MISTAKE_SECOND_FINISH] = {
		"second-finish", "LAUNCH_FINISH a second time",
		EXTRA(FINISH, STATUS),
		.expect = { LEGACY(REFUSED(FINISH, EIO, INVALID_GUEST_STATE)),
			    SNP(REFUSED(SNP_FINISH, EINVAL, SUCCESS)) },
	},
	[MISTAKE_SECOND_MEASURE] = {
		"second-measure", "LAUNCH_MEASURE a second time",
		EXTRA(MEASURE, FINISH),
		.expect = { LEGACY(REFUSED(MEASURE, EIO, INVALID_GUEST_STATE)) },
	},
	[MISTAKE_SECRET_BEFORE_MEASURE] = {
		"secret-before-measure", "LAUNCH_SECRET before LAUNCH_MEASURE",
		EXTRA(SECRET, MEASURE),
		.expect = { LEGACY(REFUSED(SECRET, EIO, INVALID_GUEST_STATE)) },
	},
	[MISTAKE_UPDATE_AFTER_MEASURE] = {
		"update-after-measure", "pages are launched after LAUNCH_MEASURE",
		EXTRA(UPDATE, FINISH),
		.expect = { LEGACY(REFUSED(UPDATE_DATA, EIO, INVALID_GUEST_STATE)) },
	},
	[MISTAKE_UPDATE_AFTER_FINISH] = {
		"update-after-finish", "a page is launched after LAUNCH_FINISH",
		EXTRA(UPDATE, STATUS),
		.expect = { LEGACY(REFUSED(UPDATE_DATA, EIO, INVALID_GUEST_STATE)),
			    SNP(REFUSED(SNP_UPDATE, EIO, INVALID_GUEST_STATE)) },
	},
	[MISTAKE_VMSA_BEFORE_START] = {
		"vmsa-before-start", "LAUNCH_UPDATE_VMSA before LAUNCH_START",
		EXTRA(VMSA, START),
		.expect = { ES(REFUSED(UPDATE_VMSA, EBADF, SUCCESS)) },
	},
	[MISTAKE_SECOND_VMSA] = {
		"second-vmsa", "LAUNCH_UPDATE_VMSA a second time",
		EXTRA(VMSA, MEASURE),
		.expect = { ES(REFUSED(UPDATE_VMSA, EINVAL, SUCCESS)) },
	},
	[MISTAKE_VMSA_ON_SEV] = {
		"vmsa-on-sev", "LAUNCH_UPDATE_VMSA for a guest without encrypted state",
		EXTRA(VMSA, MEASURE),
		.expect = { SEV(REFUSED(UPDATE_VMSA, ENOTTY, SUCCESS)) },
	},
	[MISTAKE_OTHER_TYPE] = {
		"other-type", "a SEV command to an SNP guest, or the other way round",
		EXTRA(OTHER_TYPE, START),
		.expect = { LEGACY(REFUSED(SNP_START, ENOTTY, SUCCESS)),
			    SNP(REFUSED(START, EPERM, SUCCESS)) },
	},
	[MISTAKE_UNKNOWN_COMMAND] = {
		"unknown-command", "a command that does not exist",
		EXTRA(UNKNOWN, START),
		.expect = { LEGACY(REFUSED(UNKNOWN, EINVAL, SUCCESS)),
			    SNP(REFUSED(UNKNOWN, EPERM, SUCCESS)) },
	},
	[MISTAKE_UNREGISTER_UNKNOWN] = {
		"unregister-unknown", "a region is unregistered that never was registered",
		EXTRA(UNREGISTER, START),
		.expect = { EVERY(REFUSED(UNREG_REGION, EINVAL, SUCCESS)) },
	},

	/* mistakes with the VM */
	[MISTAKE_DEFAULT_VM] = {
		"default-vm", "INIT2 for a VM of the default type",
		.expect = { EVERY(REFUSED(INIT2, EINVAL, SUCCESS)) },
	},
	[MISTAKE_BAD_INIT_FLAGS] = {
		"bad-init-flags", "an unknown flag at INIT2",
		.expect = { EVERY(REFUSED(INIT2, EINVAL, SUCCESS)) },
	},
	[MISTAKE_BAD_VMSA_FEATURES] = {
		"bad-vmsa-features", "VMSA features that nobody has",
		.expect = { EVERY(REFUSED(INIT2, EINVAL, SUCCESS)) },
	},
	[MISTAKE_BAD_GHCB_VERSION] = {
		"bad-ghcb-version", "a GHCB version that KVM lacks",
		.expect = { EVERY(REFUSED(INIT2, EINVAL, SUCCESS)) },
	},
	[MISTAKE_NO_MEMLOCK] = {
		"no-memlock", "RLIMIT_MEMLOCK is 0 and CAP_IPC_LOCK is missing",
		.expect = { LEGACY(REFUSED(REG_REGION, ENOMEM, SUCCESS)), SNP(ACCEPTED) },
	},

	/* mistakes with the context; KVM returns ENOTTY whenever it fails to make an SNP context */
	[MISTAKE_BAD_FD] = {
		"bad-fd", "LAUNCH_START with a closed sev_fd",
		.expect = { LEGACY(REFUSED(START, EBADF, SUCCESS)),
			    SNP(REFUSED(SNP_START, ENOTTY, SUCCESS)) },
	},
	[MISTAKE_BAD_FD_UPDATE] = {
		"bad-fd-update", "pages are launched with a closed sev_fd (SEV takes LAUNCH_START's)",
		REACH_RANGE,
		.expect = { LEGACY(ACCEPTED), SNP(REFUSED(SNP_UPDATE, EIO, SUCCESS)) },
	},
	[MISTAKE_BAD_POLICY] = {
		"bad-policy", "a policy with reserved bits wrong",
		.expect = { LEGACY(REFUSED(START, EIO, POLICY_FAILURE)),
			    SNP(REFUSED(SNP_START, EINVAL, SUCCESS)) },
	},
	[MISTAKE_POLICY_VERSION] = {
		"policy-version", "a policy that wants a firmware newer than any",
		.expect = { LEGACY(REFUSED(START, EIO, POLICY_FAILURE)),
			    SNP(REFUSED(SNP_START, EIO, POLICY_FAILURE)) },
	},
	[MISTAKE_POLICY_TYPE] = {
		"policy-type", "the policy's ES bit disagrees with the VM's type",
		.expect = { LEGACY(REFUSED(START, EIO, INVALID_ASID)) },
	},
	[MISTAKE_BAD_CERTIFICATE] = {
		"bad-certificate", "the guest owner's certificate is not for key exchange",
		.expect = { LEGACY(REFUSED(START, EIO, INVALID_CERTIFICATE)) },
	},
	[MISTAKE_SHORT_SESSION] = {
		"short-session", "the session is too short",
		.expect = { LEGACY(REFUSED(START, EIO, INVALID_LEN)) },
	},
	[MISTAKE_BAD_SESSION_MAC] = {
		"bad-session-mac", "the session's WRAP_MAC is wrong",
		.expect = { LEGACY(REFUSED(START, EIO, BAD_MEASUREMENT)) },
	},
	[MISTAKE_BAD_POLICY_MAC] = {
		"bad-policy-mac", "the session's POLICY_MAC is wrong",
		.expect = { LEGACY(REFUSED(START, EIO, BAD_MEASUREMENT)) },
	},

	/* mistakes with memory; KVM turns every inner failure of SNP_LAUNCH_UPDATE into EIO */
	[MISTAKE_NO_SLOT] = {
		"no-slot", "pages are launched where there is no memslot", REACH_RANGE,
		.expect = { SNP(REFUSED(SNP_UPDATE, EINVAL, SUCCESS)) },
	},
	[MISTAKE_NO_GUEST_MEMFD] = {
		"no-guest-memfd", "the memslots have no guest_memfd",
		.expect = { SNP(REFUSED(SNP_UPDATE, EINVAL, SUCCESS)) },
	},
	[MISTAKE_CLOSED_GUEST_MEMFD] = {
		"closed-guest-memfd", "the guest_memfd is closed before pages are launched",
		.expect = { SNP(REFUSED(SNP_UPDATE, EIO, SUCCESS)) },
	},
	[MISTAKE_BAD_ATTRIBUTE] = {
		"bad-attribute", "an unknown memory attribute",
		.expect = { SNP(REFUSED(ATTRIBUTES, EINVAL, SUCCESS)) },
	},
	[MISTAKE_MISSING_ATTRIBUTE] = {
		"missing-attribute", "a page is not private", REACH_PAGE,
		.expect = { SNP(REFUSED(SNP_UPDATE, EIO, SUCCESS)) },
	},
	[MISTAKE_UNALIGNED_LENGTH] = {
		"unaligned-length", "a length that is no multiple of 16 bytes", REACH_RANGE,
		.expect = { LEGACY(REFUSED(UPDATE_DATA, EIO, INVALID_LEN)),
			    SNP(REFUSED(SNP_UPDATE, EINVAL, SUCCESS)) },
		PRIVATE(REFUSED(UPDATE_DATA, EINVAL, SUCCESS)),
	},
	[MISTAKE_UNALIGNED_ADDRESS] = {
		"unaligned-address", "an address that is no multiple of 16 bytes", REACH_RANGE,
		.expect = { LEGACY(REFUSED(UPDATE_DATA, EIO, INVALID_ADDRESS)) },
		PRIVATE(REFUSED(UPDATE_DATA, EINVAL, SUCCESS)),
	},
	[MISTAKE_ZERO_LENGTH] = {
		"zero-length", "a length of 0", REACH_RANGE,
		.expect = { LEGACY(REFUSED(UPDATE_DATA, EINVAL, SUCCESS)), SNP(ACCEPTED) },
	},
	[MISTAKE_BAD_PAGE_TYPE] = {
		"bad-page-type", "a page type that does not exist", REACH_RANGE,
		.expect = { SNP(REFUSED(SNP_UPDATE, EINVAL, SUCCESS)) },
	},
	[MISTAKE_BAD_FLAGS] = {
		"bad-flags", "an unknown flag at SNP_LAUNCH_UPDATE", REACH_RANGE,
		.expect = { SNP(REFUSED(SNP_UPDATE, EINVAL, SUCCESS)) },
	},
	[MISTAKE_TWICE] = {
		"twice", "a page is launched twice (SEV encrypts and measures it again)", REACH_PAGE,
		.expect = { LEGACY(WRONG), SNP(REFUSED(SNP_UPDATE, EIO, SUCCESS)) },
		PRIVATE(REFUSED(UPDATE_DATA, EEXIST, SUCCESS)),
	},
	[MISTAKE_UNMAPPED_SOURCE] = {
		"unmapped-source", "a page's source is not accessible", REACH_PAGE,
		.expect = { LEGACY(REFUSED(UPDATE_DATA, ENOMEM, SUCCESS)),
			    SNP(REFUSED(SNP_UPDATE, EIO, SUCCESS)) },
		PRIVATE(REFUSED(UPDATE_DATA, EFAULT, SUCCESS)),
	},
	[MISTAKE_READONLY_SOURCE] = {
		"readonly-source", "a page's source is read-only", REACH_PAGE,
		.expect = { LEGACY(REFUSED(UPDATE_DATA, ENOMEM, SUCCESS)), SNP(ACCEPTED) },
		PRIVATE(ACCEPTED),
	},
	[MISTAKE_INTERRUPTED] = {
		"interrupted", "a signal comes while a private page is waited for", REACH_PAGE,
		PRIVATE(REFUSED(UPDATE_DATA, EINTR, SUCCESS)),
	},
	[MISTAKE_PAGE_CHANGED] = {
		"page-changed", "a page is changed after it was meant to be final", REACH_PAGE,
		.expect = { EVERY(WRONG) },
	},
	[MISTAKE_VCPU_CHANGED] = {
		"vcpu-changed", "a register is changed after it was meant to be final",
		.expect = { ES(WRONG), SNP(WRONG) },
	},
	[MISTAKE_CPUID_MISMATCH] = {
		"cpuid-mismatch", "the CPUID page promises what the processor cannot do",
		.expect = { SNP(REFUSED(SNP_UPDATE, EIO, INVALID_PARAM)) },
	},

	/* mistakes at the end of a launch */
	[MISTAKE_SHORT_MEASURE] = {
		"short-measure", "the buffer for the measurement is too short",
		.expect = { LEGACY(REFUSED(MEASURE, EIO, INVALID_LEN)) },
	},
	[MISTAKE_BAD_SECRET_MAC] = {
		"bad-secret-mac", "the secret packet's MAC is wrong",
		.expect = { LEGACY(REFUSED(SECRET, EIO, BAD_MEASUREMENT)) },
	},
	[MISTAKE_UNALIGNED_SECRET] = {
		"unaligned-secret", "a secret whose length is no multiple of 16 bytes",
		.expect = { LEGACY(REFUSED(SECRET, EIO, INVALID_LEN)) },
	},
	[MISTAKE_BAD_ID_BLOCK] = {
		"bad-id-block", "the ID block has another launch digest",
		.expect = { SNP(REFUSED(SNP_FINISH, EIO, BAD_MEASUREMENT)) },
	},
	[MISTAKE_BAD_ID_SIGNATURE] = {
		"bad-id-signature", "the ID block's signature is wrong",
		.expect = { SNP(REFUSED(SNP_FINISH, EIO, BAD_SIGNATURE)) },
	},
	[MISTAKE_BAD_ID_AUTHOR] = {
		"bad-id-author", "the author key's signature is wrong",
		.expect = { SNP(REFUSED(SNP_FINISH, EIO, BAD_SIGNATURE)) },
	},
	[MISTAKE_BAD_ID_POLICY] = {
		"bad-id-policy", "the ID block has another policy",
		.expect = { SNP(REFUSED(SNP_FINISH, EIO, POLICY_FAILURE)) },
	},
	[MISTAKE_DEBUG_FORBIDDEN] = {
		"debug-forbidden", "DBG_DECRYPT although the policy forbids it",
		.expect = { LEGACY(REFUSED(DBG_DECRYPT, EIO, POLICY_FAILURE)) },
	},
};
/* clang-format on */

static const char *const type_names[GUEST_TYPES] = {
	[GUEST_SEV] = "sev",
	[GUEST_SEV_ES] = "sev-es",
	[GUEST_SNP] = "snp",
};

static const char *const outcome_names[] = {
	[OUTCOME_NONE] = "none",       [OUTCOME_OK] = "ok",
	[OUTCOME_REFUSED] = "refused", [OUTCOME_CHECK_FAILED] = "check-failed",
	[OUTCOME_FAILED] = "failed",
};

const char *guest_type_name(enum guest_type type)
{
	return type_names[type];
}

const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

const struct mistake *mistake_get(enum mistake_id id)
{
	return &mistakes[id];
}

const struct expectation *mistake_expectation(enum mistake_id id, enum guest_type type,
					      bool private_memory)
{
	const struct mistake *mistake = &mistakes[id];

	return private_memory && mistake->private_expect.outcome != OUTCOME_NONE ?
		       &mistake->private_expect :
		       &mistake->expect[type];
}

enum mistake_id mistake_find(const char *name)
{
	for (int id = MISTAKE_NONE + 1; id < MISTAKE_COUNT; id++) {
		if (!strcmp(mistakes[id].name, name))
			return (enum mistake_id)id;
	}
	return MISTAKE_NONE;
}

/* The list's name for a SEV or SEV-ES guest with private memory. */
#define PRIVATE_NAME "private"

static void print_expectation(FILE *out, const char *who, const struct expectation *e)
{
	if (e->outcome == OUTCOME_REFUSED)
		fprintf(out, "%-22s   %-7s refused: %s %s, fw_error %#x (%s)\n", "", who,
			op_name(e->op), errno_name(e->error), e->fw_error,
			fw_error_name(e->fw_error));
	else if (e->outcome != OUTCOME_NONE)
		fprintf(out, "%-22s   %-7s %s\n", "", who, outcome_names[e->outcome]);
}

void mistakes_print(FILE *out)
{
	for (int id = MISTAKE_NONE + 1; id < MISTAKE_COUNT; id++) {
		const struct mistake *m = &mistakes[id];

		fprintf(out, "%-22s %s\n", m->name, m->text);
		for (int type = 0; type < GUEST_TYPES; type++)
			print_expectation(out, type_names[type], &m->expect[type]);
		print_expectation(out, PRIVATE_NAME, &m->private_expect);
	}
}

static json_t *expectation_json(const struct expectation *e)
{
	if (e->outcome != OUTCOME_REFUSED)
		return json_pack("{s:s}", "outcome", outcome_names[e->outcome]);
	return json_pack("{s:s, s:s, s:s, s:i}", "outcome", outcome_names[e->outcome], "ioctl",
			 op_name(e->op), "errno", errno_name(e->error), "fw_error",
			 (int)e->fw_error);
}

int mistakes_print_json(FILE *out)
{
	json_t *list = json_array();
	int ret;

	for (int id = MISTAKE_NONE + 1; id < MISTAKE_COUNT; id++) {
		json_t *expect = json_object();

		for (int type = 0; type < GUEST_TYPES; type++) {
			const struct expectation *e = &mistakes[id].expect[type];

			if (e->outcome != OUTCOME_NONE)
				json_object_set_new(expect, type_names[type], expectation_json(e));
		}
		if (mistakes[id].private_expect.outcome != OUTCOME_NONE)
			json_object_set_new(expect, PRIVATE_NAME,
					    expectation_json(&mistakes[id].private_expect));
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:o}", "name",
						      mistakes[id].name, "text", mistakes[id].text,
						      "at_page", mistakes[id].reach != REACH_LAUNCH,
						      "expect", expect));
	}
	ret = json_dumpf(list, out, JSON_INDENT(1)) ? -ENOMEM : 0;
	fputc('\n', out);
	json_decref(list);
	return ret;
}
