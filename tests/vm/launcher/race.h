/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A race: threads that launch, fault, convert, punch, migrate and destroy guests at random. Its
 * verdict is of what must hold whoever is first: contents of pages, errnos, and that nothing is
 * left behind.
 */
#ifndef LAUNCHER_RACE_H
#define LAUNCHER_RACE_H

#include <pthread.h>

#include "cmdline.h"
#include "frames.h"
#include "guest.h"
#include "race_plan.h"

#define RACE_ERRNOS 134
#define RACE_WRONGS 8 /* told in words */
#define RACE_MESSAGE_BYTES 256

/* A guest that all workers may work on. */
struct race_guest {
	pthread_rwlock_t lock; /* write: nobody works on it */
	struct guest guest;
	bool open;
	bool bare; /* it was migrated, and has no private memory any more */
	atomic_bool lost; /* its context went elsewhere */
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
	_Atomic uint64_t created; /* guests, so that no two have the same contents */
	struct race_guest guests[RACE_GUESTS];
	struct race_count counts[GUEST_TYPES][RACE_OP_COUNT];
	_Atomic uint64_t ciphertext, untouched, unknown; /* pages, as they were found */
	atomic_bool stop;
	pthread_mutex_t lock; /* of what follows */
	unsigned int wrongs;
	char messages[RACE_WRONGS][RACE_MESSAGE_BYTES];
};

/* Makes the guest of that number anew, of a type that @pick chooses. 0 or -errno. */
int race_create(struct race *race, struct race_guest *slot, enum guest_type type);
enum guest_type race_type(const struct race *race, uint64_t pick);
void race_destroy(struct race *race, struct race_guest *slot, uint64_t pick);
/* Looks at the pages of a guest that nobody works on. 0 or -errno: they could not be looked at. */
int race_check(struct race *race, const struct race_guest *slot);

/* One step; what came of it is counted, what is wrong noted. */
void race_step_do(struct race *race, const struct race_step *step);

void race_wrong(struct race *race, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs options->race seconds. Returns the exit status. */
int race_run(const struct options *options);

/* race_report.c: prints counts and verdict; @asids: those in use were counted. */
void race_report(struct race *race, bool asids);

#endif /* LAUNCHER_RACE_H */
