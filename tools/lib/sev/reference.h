/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts about ioctls and PSP commands beyond their names. `sevtrace explain` prints them; the
 * search for causes uses them to tell which causes can apply.
 */
#ifndef SEV_REFERENCE_H
#define SEV_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#define FACT_COMMANDS 4

/*
 * An ioctl: what it does (text), the steps it can take (bit by enum sevtrace_step), and the PSP
 * commands it issues.
 */
struct ioctl_fact {
	uint32_t ioctl;
	uint32_t steps;
	const char *text;
	uint16_t commands[FACT_COMMANDS]; /* in the order in which KVM issues them; 0: no more */
};

const struct ioctl_fact *ioctl_fact(uint32_t ioctl); /* NULL: none is known */

/* One condition that the firmware checks for a command, and its answer if the condition holds. */
struct check_fact {
	uint16_t command;
	uint16_t status;
	const char *text;
};

/*
 * In the order of the checks, if the specification gives one. The list is not complete: the
 * firmware may give other answers.
 */
extern const struct check_fact check_facts[];
extern const size_t nr_check_facts;

/* Returns the document and section that describe a command. */
const char *psp_command_document(uint32_t command);

/*
 * Returns who issues a command that is part of no KVM ioctl. NULL: an ioctl issues it, or nothing
 * in Linux does.
 */
const char *psp_command_issuer(uint32_t command);

/*
 * Find commands by an answer, and ioctls by a command or a step. Write at most max of them and
 * return the number written.
 */
size_t facts_commands_answering(uint32_t status, uint32_t *commands, size_t max);
size_t facts_ioctls_issuing(uint32_t command, uint32_t *ioctls, size_t max);
size_t facts_ioctls_taking(uint32_t step, uint32_t *ioctls, size_t max);

#endif /* SEV_REFERENCE_H */
