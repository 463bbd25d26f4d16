/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of a race's threads. The seed alone chooses them, never the result of an earlier step,
 * so the same seed makes the same steps. How they interleave depends on the machine.
 */
#ifndef LAUNCHER_RACE_PLAN_H
#define LAUNCHER_RACE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "mistakes.h"

#define RACE_GUESTS 3
#define RACE_WORKERS 4
#define RACE_SLOT_PAGES 16 /* pages of each memslot */

/* clang-format off */
/*
 * X(id, name, weight, SEV has it, SNP has it, what must happen at least once). The order is that of
 * the first pass, which does each kind once for each type of guest. There, the steps that must
 * succeed do so.
 */
#define RACE_OPS(X) \
	X(FAULT_SHARED, "fault shared pages", 4, true, false, SUCCESS) \
	X(NOWHERE, "fault and convert where no memslot is", 3, true, true, SUCCESS) \
	X(CONVERT, "convert", 10, true, true, SUCCESS) \
	X(SHARE, "convert to shared", 8, true, true, SUCCESS) \
	X(SLOT_MOVE, "move a memslot", 5, true, false, SUCCESS) \
	X(UPDATE_STILL, "launch pages", 16, true, true, SUCCESS) \
	X(UPDATE_WILD, "launch pages that are converted and punched", 14, true, true, SUCCESS) \
	X(UPDATE_INPLACE, "launch shared pages", 6, true, false, SUCCESS) \
	X(UPDATE_ACROSS, "launch pages of several memslots", 6, true, false, SUCCESS) \
	X(PUNCH, "punch a hole", 10, true, true, SUCCESS) \
	X(REFILL, "punch a hole and launch it again", 5, true, true, SUCCESS) \
	X(SLOT_DELETE, "delete a memslot and add it again", 5, true, true, SUCCESS) \
	X(ALIAS, "a second memslot of the same memory", 5, true, false, ANYTHING) \
	X(SMM, "a memslot for SMM", 2, true, false, REFUSED) \
	X(MIRROR, "mirror", 3, true, false, REFUSED) \
	X(MIGRATE, "migrate with private memory", 3, true, false, REFUSED) \
	X(MEASURE, "LAUNCH_MEASURE", 2, true, false, ANYTHING) \
	X(SECRET, "LAUNCH_SECRET", 3, true, false, REFUSED) \
	X(FINISH, "LAUNCH_FINISH", 2, true, true, ANYTHING) \
	X(FAULT_STILL, "fault launched pages", 24, true, true, SUCCESS) \
	X(FAULT_WILD, "fault pages that are converted and punched", 16, true, true, SUCCESS) \
	X(DEBUG_DECRYPT, "DBG_DECRYPT", 4, true, false, ANYTHING) \
	X(DEBUG_ENCRYPT, "DBG_ENCRYPT", 4, true, false, ANYTHING) \
	X(SEND, "SEND_UPDATE_DATA", 2, true, false, REFUSED) \
	X(RECEIVE, "RECEIVE_UPDATE_DATA", 2, true, false, REFUSED) \
	X(CHECK, "check all pages", 1, true, true, SUCCESS) \
	X(LATE_FAULT, "fault in a guest that is destroyed meanwhile", 4, true, true, SUCCESS) \
	X(LATE_PUNCH, "punch in a guest that is destroyed meanwhile", 4, true, true, SUCCESS) \
	X(CLOSE, "close a guest_memfd", 2, true, true, SUCCESS) \
	X(MIGRATE_BARE, "give up private memory and migrate", 2, true, false, SUCCESS) \
	X(REPLACE, "check, destroy, create and start", 4, true, true, SUCCESS)
/* clang-format on */

enum race_must { RACE_MUST_ANYTHING, RACE_MUST_SUCCESS, RACE_MUST_REFUSED };

#define RACE_OP_ENUM(id, name, weight, sev, snp, must) RACE_##id,
enum race_op { RACE_OPS(RACE_OP_ENUM) RACE_OP_COUNT };
#undef RACE_OP_ENUM

struct race_step {
	enum race_op op;
	unsigned int guest; /* index, below RACE_GUESTS */
	unsigned int page; /* index in a memslot */
	unsigned int pages; /* number of pages from there; at least one, all in the memslot */
	uint64_t pick; /* random bits for further choices */
};

const char *race_op_name(enum race_op op);
bool race_op_fits(enum race_op op, enum guest_type type);
/* Returns the result that a step must have at least once in every race, whatever the seed. */
enum race_must race_op_must(enum race_op op);

/* Returns the start value of a worker's state. */
uint64_t race_seed(uint64_t seed, unsigned int worker);
/* Chooses the next step. */
void race_next(uint64_t *state, struct race_step *step);

/* Returns step @number of the first pass for a type of guest. False: there are no more. */
bool race_first(enum guest_type type, unsigned int number, struct race_step *step);

#endif /* LAUNCHER_RACE_PLAN_H */
