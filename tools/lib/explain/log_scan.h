/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the lines that sevtrace knows in a log of kernel or VMM. The log is untrusted: any bytes,
 * lines of any length. What the tool prints of one:
 *
 *   line 2: qemu: sev_snp_launch_update: SNP_LAUNCH_UPDATE ret=-5 fw_error=22
 *     QEMU     A step of the launch failed.
 *     answer   KVM_SEV_SNP_LAUNCH_UPDATE returned -5 (EIO), firmware status 0x16 (INVALID_PARAM)
 *     reading  EIO with a status: the firmware was asked and refused. The status tells why.
 *     why      cpuid page: The CPUID page asks for values that the firmware does not allow.
 */
#ifndef EXPLAIN_LOG_SCAN_H
#define EXPLAIN_LOG_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "util/text.h"

struct log_scan;

/* Returns 0 or -ENOMEM. Free with log_scan_free(). */
int log_scan_new(struct log_scan **scan);
void log_scan_free(struct log_scan *scan);

/* Reads to the end. Returns 0, a negative errno from reading, or -ENOMEM. */
int log_scan_read(struct log_scan *scan, FILE *in);

/* Did a line tell of a failure? */
bool log_scan_failed(const struct log_scan *scan);

/* As docs/schema/explain-log.schema.json says, but for version and file. NULL: out of memory. */
json_t *log_scan_json(const struct log_scan *scan);

/* As text. */
void log_scan_print(const struct log_scan *scan, const struct text_style *style);

#endif /* EXPLAIN_LOG_SCAN_H */
