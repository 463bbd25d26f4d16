/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parses the specifications on the command line: latencies, faults, platform.
 *
 * Every parser returns 0, or -EINVAL with a message in @error that names the item, the reason, and
 * what is accepted.
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

/* Nanoseconds, by command code. */
struct latencies {
	uint64_t ns[PSP_COMMANDS];
};

/* Parses 'CMD=TIME[,CMD=TIME…]'; "*" is every command; later items win. */
int latency_parse(const char *spec, struct latencies *latencies, struct spec_error *error);

struct fault {
	bool any_command;
	uint32_t command;
	uint64_t nth; /* number of the first match that fails, from 1 */
	uint64_t every; /* distance of the further matches that fail; 0: no further ones */
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
 * Parses 'cmd=NAME[,nth=N][,every=N][,gfn=G]{,status=CODE|,hang|,delay=TIME}[,extra=HI:LO]' and
 * adds it to @faults. May also return -ENOMEM. faults_free() frees the faults.
 */
int fault_parse(const char *spec, struct faults *faults, struct spec_error *error);
void faults_free(struct faults *faults);

/*
 * Counts one execution of @command, on guest frame @gfn unless that is NULL. Returns the fault that
 * applies, or NULL.
 */
const struct fault *fault_match(struct faults *faults, uint32_t command, const uint64_t *gfn);

struct platform {
	uint8_t api_major, api_minor;
	bool snp;
	uint32_t min_sev_asid; /* lower ASIDs are for SEV-ES and SNP guests */
	uint32_t max_asid;
};

#define PLATFORM_DEFAULT                                                                           \
	{                                                                                          \
		.api_major = 1, .api_minor = 55, .snp = true, .min_sev_asid = 100, .max_asid = 509 \
	}

/* Parses 'KEY=VALUE[,…]'; checks but ignores the keys that concern only the machine's processor. */
int platform_parse(const char *spec, struct platform *platform, struct spec_error *error);

/*
 * Parses a time with its unit (ns, us, ms, s), or 0; at most an hour. Returns false if it is none.
 */
bool parse_time(const char *text, uint64_t *ns);
/* Parses a number, decimal or hexadecimal with 0x. Returns false unless it is from @min to @max. */
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *number);

#endif /* PSP_SPEC_H */
