/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: one JSON object a line for each command, written when the driver has taken the answer.
 * Its fields are described in README.md.
 */
#ifndef PSP_LOG_H
#define PSP_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

/* What a command worked on. A handler fills what it knows. */
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

/* The line with its newline; the length, always below @size for LOG_LINE_MAX. */
size_t log_format(const struct log_line *line, char *text, size_t size);

/* Opens the log, empty whatever it held. -1 with a message on stderr. */
int log_open(const char *path);

/* Writes the line with one write(). -errno; -EIO for a short write. @fd < 0: no log, no error. */
int log_write(int fd, const struct log_line *line);

#endif /* PSP_LOG_H */
