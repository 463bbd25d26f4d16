/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: one line with a JSON object for each command, written when the driver has taken the
 * answer. README.md describes the fields.
 */
#ifndef PSP_LOG_H
#define PSP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

/* The details of a command's work. Each handler fills those that it knows. */
struct log_detail {
	bool has_paddr, has_gfn;
	uint64_t paddr;
	uint64_t len; /* bytes at paddr; 0: unknown */
	uint64_t gfn;
	const char *page_type; /* NULL: none */
	uint32_t guest; /* 0: none */
	uint32_t asid; /* 0: none */
	uint8_t digest[SHA384_SIZE];
	size_t digest_len; /* 0: none */
};

struct log_line {
	uint64_t seq;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC: doorbell seen, answer ready */
	uint64_t driver_ns; /* from doorbell to answer by the driver's clock; 0: unknown */
	uint32_t command;
	uint64_t buffer; /* 0: the command has none */
	bool answered;
	uint32_t status; /* if answered */
	const char *fault; /* NULL: none */
	bool has_extra;
	uint32_t extra_hi, extra_lo;
	struct log_detail detail;
};

#define LOG_LINE_MAX 1024

/* Formats the line with its newline. Returns the length, always below @size for LOG_LINE_MAX. */
size_t log_format(const struct log_line *line, char *text, size_t size);

/* Opens the log and empties it. Returns -1 after a message on stderr. */
int log_open(const char *path);

/*
 * Writes the line with one write(). Returns -errno; -EIO after a short write. @fd < 0: there is no
 * log, which is no error.
 */
int log_write(int fd, const struct log_line *line);

#endif /* PSP_LOG_H */
