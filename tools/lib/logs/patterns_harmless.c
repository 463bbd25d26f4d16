// SPDX-License-Identifier: GPL-2.0-only
/* Messages of healthy hosts and guests that sound as if they were about a problem of SEV. */
#include "logs/row.h"

#define HARMLESS(needle, regex) \
	ROW(needle, regex, "", FROM_KERNEL, LOG_KNOWN, NONE, "It is of no matter.", NULL, SURE)

/* clang-format off */
static const struct log_pattern rows[] = {
	HARMLESS("ccp", "ccp .*: (?:enabling device|no command queues available|psp enabled|tee enabled|ccp enabled|psp does not support|SEV(?:-SNP)? firmware (?:initialized|shutdown)|No SEV firmware file present|Cleared sp_dev_master|could not enable MSI)"),
	HARMLESS("sev command id", "sev command id 0x"),
	ROW("-guest", "-object [^ ]*sev-(?:snp-)?guest", "", FROM_QEMU, LOG_KNOWN, NONE, "The guest has SEV.", NULL, SURE, .id = LOG_SEV_WORD, .flags = LOG_ALONE),
	ROW("memory-encryption=", "memory-encryption=[a-z]", "", FROM_QEMU, LOG_KNOWN, NONE, "The guest has SEV.", NULL, SURE, .id = LOG_SEV_WORD, .flags = LOG_ALONE),
	ROW("confidential-guest-support=", "confidential-guest-support=.*sev", "", FROM_QEMU, LOG_KNOWN, NONE, "The guest has SEV.", NULL, SURE, .id = LOG_SEV_WORD, .flags = LOG_ALONE),
	ROW("launchSecurity", "<launchSecurity type=.sev", "", FROM_LIBVIRT, LOG_KNOWN, NONE,
	    "The guest has SEV.", NULL, SURE, .id = LOG_SEV_WORD, .flags = LOG_ALONE),
	ROW("kvm_sev_", "kvm_sev_(?:init|snp_launch_start|launch_start|change_state|snp_launch_update)", "", FROM_QEMU, LOG_KNOWN, NONE,
	    "QEMU traces the launch.", NULL, SURE, .flags = LOG_ALONE),
	HARMLESS("SNP", "SNP (?:guest platform device initialized|running at VMPL[0-9]|CPUID table, [0-9]+ entries)|Using SNP CPUID table"),
	HARMLESS("SEV:", "SEV: (?:Status:|APIC: wakeup_secondary_cpu|SNP (?:guest|running)|Using SNP CPUID|command-line option)"),
};
/* clang-format on */

TABLE(log_patterns_harmless, rows);
