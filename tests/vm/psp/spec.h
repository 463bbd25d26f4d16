/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The specifications on the command line: latencies, faults, platform.
 *
 * Every parser returns 0, or -EINVAL with a message that names the item, the reason and what is
 * accepted in @error.
 */
#ifndef PSP_SPEC_H
#define PSP_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PSP_COMMANDS 0x800 /* the command field of the mailbox has 11 bits */

struct spec_error {
	char text[256];
};

/* Nanoseconds by command code. */
struct latencies {
	uint64_t ns[PSP_COMMANDS];
};

/* 'CMD=TIME[,CMD=TIME…]', "*" for every command; later items win. */
int latency_parse(const char *spec, struct latencies *latencies, struct spec_error *error);

struct fault {
	bool any_command;
	uint32_t command;
	uint64_t nth; /* first match that fails, from 1 */
	uint64_t every; /* and each so many matches after it; 0: only that one */
	bool has_gfn;
	uint64_t gfn;
	bool hang;
	bool has_status;
	uint16_t status;
	bool has_extra;
	uint32_t extra_hi, extra_lo; /* written to the command buffer registers */
	uint64_t delay_ns;
	uint64_t seen; /* matches so far */
};

struct faults {
	struct fault *fault;
	size_t count;
};

/*
 * 'cmd=NAME[,nth=N][,every=N][,gfn=G]{,status=CODE|,hang|,delay=TIME}[,extra=HI:LO]', added to
 * @faults. Also -ENOMEM. Free with faults_free().
 */
int fault_parse(const char *spec, struct faults *faults, struct spec_error *error);
void faults_free(struct faults *faults);

/*
 * Counts one execution of @command, on guest frame @gfn if not NULL, and returns the fault that
 * strikes it, or NULL.
 */
const struct fault *fault_match(struct faults *faults, uint32_t command, const uint64_t *gfn);

struct platform {
	uint8_t api_major, api_minor;
	bool snp;
	uint32_t min_sev_asid; /* ASIDs below are for SEV-ES and SNP guests */
	uint32_t max_asid;
};

#define PLATFORM_DEFAULT                                                                           \
	{                                                                                          \
		.api_major = 1, .api_minor = 55, .snp = true, .min_sev_asid = 100, .max_asid = 509 \
	}

/* 'KEY=VALUE[,…]'; keys that concern only the machine's processor are checked and ignored. */
int platform_parse(const char *spec, struct platform *platform, struct spec_error *error);

/* Time with its unit (ns, us, ms, s), or 0; at most an hour. False if it is not that. */
bool parse_time(const char *text, uint64_t *ns);
/* Decimal, or hexadecimal with 0x; false if it is not a number from @min to @max. */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);

#endif /* PSP_SPEC_H */
