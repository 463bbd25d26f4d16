/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the messages that sevtrace knows in a log of a kernel, a VMM or a tool, and what they mean
 * together. The log is untrusted: it may have any bytes and lines of any length. What is said of a
 * message:
 *
 *   line 2: qemu: sev_snp_launch_update: SNP_LAUNCH_UPDATE ret=-5 fw_error=22
 *     QEMU     A step of the launch failed.
 *     guest    process 101
 *     answer   KVM_SEV_SNP_LAUNCH_UPDATE returned -5 (EIO), firmware status 0x16 (INVALID_PARAM)
 *     reading  EIO with a status: the firmware was asked and refused. The status tells why.
 *     why      cpuid page: The CPUID page asks for values that the firmware does not allow.
 */
#ifndef LOGS_LOGS_H
#define LOGS_LOGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "util/text.h"

struct log_scan;

/* What the log is of, where it does not tell itself. Versions: "6.11" and "9.1"; NULL: unknown. */
struct log_versions {
	const char *kernel;
	const char *vmm; /* QEMU's */
};

/* Makes a scan; free it with log_scan_free(). Returns 0 or -ENOMEM. */
int log_scan_new(struct log_scan **scan);
void log_scan_free(struct log_scan *scan);

/* The strings have to live as long as the scan. */
void log_scan_versions(struct log_scan *scan, const struct log_versions *versions);

/*
 * Reads the log to its end; whole: lines that are not in it are missing. Returns 0, a negative
 * errno from reading, or -ENOMEM.
 */
int log_scan_read(struct log_scan *scan, FILE *in, bool whole);

/* How many lines were read, and how many of them sevtrace knows. */
uint64_t log_scan_lines(const struct log_scan *scan);
uint64_t log_scan_explained(const struct log_scan *scan);

/* What the file is, when it is no text; NULL: it is text. */
const char *log_scan_no_text(const struct log_scan *scan);

/* Did any line report a failure? */
bool log_scan_failed(const struct log_scan *scan);

/*
 * Returns JSON as in docs/schema/explain-log.schema.json, without version and file. NULL: out of
 * memory.
 */
json_t *log_scan_json(const struct log_scan *scan);

void log_scan_print(const struct log_scan *scan, const struct text_style *style);

/*
 * Calls each() with every failure, in the order of the lines: what it is and what to do; hint may
 * be NULL. Stops when each() returns false.
 */
void log_scan_failures(const struct log_scan *scan,
		       bool (*each)(void *ctx, const char *text, const char *cause,
				    const char *hint),
		       void *ctx);

#endif /* LOGS_LOGS_H */
