/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known about ioctls and PSP commands beyond their names: for `sevtrace explain`, and for
 * telling which causes can apply where.
 */
#ifndef SEV_REFERENCE_H
#define SEV_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#define FACT_COMMANDS 4

/*
 * An ioctl: what it does, the steps it can take (bit by enum sevtrace_step), the PSP commands it
 * issues.
 */
struct ioctl_fact {
	uint32_t ioctl;
	uint32_t steps;
	const char *text;
	uint16_t commands[FACT_COMMANDS]; /* in the order they are issued; 0: no more */
};

const struct ioctl_fact *ioctl_fact(uint32_t ioctl); /* NULL: none is known */

/* One condition that firmware checks for a command, and what it answers. */
struct check_fact {
	uint16_t command;
	uint16_t status;
	const char *text;
};

/*
 * In the order of the checks, where the specification has one. Not complete: firmware may answer
 * more.
 */
extern const struct check_fact check_facts[];
extern const size_t nr_check_facts;

/* Where a command is described: document and section. */
const char *psp_command_document(uint32_t command);

/* Who issues a command that is part of no ioctl of KVM; NULL: an ioctl does, or nobody in Linux. */
const char *psp_command_issuer(uint32_t command);

/*
 * Commands and ioctls by what they have; at most max are written. They return the number written.
 */
size_t facts_commands_answering(uint32_t status, uint32_t *commands, size_t max);
size_t facts_ioctls_issuing(uint32_t command, uint32_t *ioctls, size_t max);
size_t facts_ioctls_taking(uint32_t step, uint32_t *ioctls, size_t max);

#endif /* SEV_REFERENCE_H */
