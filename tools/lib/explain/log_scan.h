/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the lines that sevtrace knows in a log of a kernel or VMM. The log is untrusted: it may
 * have any bytes and lines of any length. Output for a line:
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
#include <stdint.h>
#include <stdio.h>

#include "util/text.h"

struct log_scan;

/* Makes a scan; free it with log_scan_free(). Returns 0 or -ENOMEM. */
int log_scan_new(struct log_scan **scan);
void log_scan_free(struct log_scan *scan);

/* Reads the log to its end. Returns 0, a negative errno from reading, or -ENOMEM. */
int log_scan_read(struct log_scan *scan, FILE *in);

/* How many lines were read, and how many of them sevtrace knows. */
uint64_t log_scan_lines(const struct log_scan *scan);
uint64_t log_scan_explained(const struct log_scan *scan);

/* Did any line report a failure? */
bool log_scan_failed(const struct log_scan *scan);

/*
 * Returns JSON as in docs/schema/explain-log.schema.json, without version and file. NULL: out of
 * memory.
 */
json_t *log_scan_json(const struct log_scan *scan);

void log_scan_print(const struct log_scan *scan, const struct text_style *style);

#endif /* EXPLAIN_LOG_SCAN_H */
