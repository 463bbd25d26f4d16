/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A race: threads launch, fault, convert, punch, migrate and destroy guests at random. The verdict
 * covers what must hold in any order: page contents, errnos, and that nothing is left behind.
 */
#ifndef LAUNCHER_RACE_H
#define LAUNCHER_RACE_H

#include <pthread.h>

#include "cmdline.h"
#include "frames.h"
#include "guest.h"
#include "race_plan.h"

#define RACE_ERRNOS 134
#define RACE_WRONGS 8 /* messages to keep; so many errors end the race */
#define RACE_MESSAGE_BYTES 256

/* A guest that all workers may use. */
struct race_guest {
	pthread_rwlock_t lock; /* a writer has the guest alone */
	struct guest guest;
	bool open;
	bool bare; /* it was migrated and has no private memory any more */
	atomic_bool lost; /* its context has moved to another VM */
	int mirror; /* a VM that shares its context; -1: none */
};

struct race_count {
	_Atomic uint64_t done;
	_Atomic uint64_t refused[RACE_ERRNOS]; /* by errno */
};

struct race {
	const struct options *options;
	int kvm, sev;
	bool types[GUEST_TYPES];
	_Atomic uint64_t created; /* guests so far; makes the contents of each unique */
	struct race_guest guests[RACE_GUESTS];
	struct race_count counts[GUEST_TYPES][RACE_OP_COUNT];
	_Atomic uint64_t ciphertext, untouched, unknown; /* pages, by the result of the check */
	atomic_bool stop;
	pthread_mutex_t lock; /* protects the fields below */
	unsigned int wrongs;
	char messages[RACE_WRONGS][RACE_MESSAGE_BYTES];
};

/* Creates a new guest of type @type in a slot. Returns 0 or -errno. */
int race_create(struct race *race, struct race_guest *slot, enum guest_type type);
enum guest_type race_type(const struct race *race, uint64_t pick);
void race_destroy(struct race *race, struct race_guest *slot, uint64_t pick);
/*
 * Checks the pages of a guest that no worker uses. Returns 0, or -errno if they cannot be checked.
 */
int race_check(struct race *race, const struct race_guest *slot);

/* Does one step, counts its result and notes errors. */
void race_step_do(struct race *race, const struct race_step *step);

void race_wrong(struct race *race, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs a race of options->race seconds. Returns the exit status. */
int race_run(const struct options *options);

/* race_report.c: prints counts and the verdict. @asids: the ASIDs in use were counted. */
void race_report(struct race *race, bool asids);

#endif /* LAUNCHER_RACE_H */
