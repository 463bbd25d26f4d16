/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trials: each checks one promise of KVM for private memory that goes beyond an undisturbed launch.
 */
#ifndef LAUNCHER_TRIAL_H
#define LAUNCHER_TRIAL_H

#include <stdio.h>

#include "cmdline.h"
#include "frames.h"
#include "guest.h"

#define TRIAL_MESSAGE_BYTES 256
#define TRIAL_NOWHERE 8192 /* a guest frame in no memslot */

struct trial {
	enum guest_type type;
	const char *psp_log;
	uint64_t seed;
	int kvm, sev;
	struct guest guest;
	uint64_t calls, refused; /* calls of the other thread, if there is one */
	char message[TRIAL_MESSAGE_BYTES];
};

struct trial_row {
	const char *name;
	const char *text;
	int (*run)(
		struct trial
			*trial); /* 0: the promise is kept, -EILSEQ: it is not, or another -errno */
};

/*
 * The trials by file: trial_launch.c (something happens during the launch), trial_context.c
 * (migration, mirrors), trial_refused.c (refused calls), trial_access.c (the guest's own accesses).
 */
extern const struct trial_row trials_launch[], trials_context[], trials_refused[], trials_access[];

/* Opens trial->guest. */
int trial_open(struct trial *trial, unsigned int still, unsigned int inplace);

/* Notes that a promise is broken. Returns -EILSEQ. */
int trial_broken(struct trial *trial, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Checks that @ret (0 or -errno) is the wanted one. */
int trial_expect(struct trial *trial, const char *what, int ret, int wanted);
/* Launches pages, which must succeed, and notes it. */
int trial_launch(struct trial *trial, unsigned int first, unsigned int pages);
/*
 * Faults TRIAL_NOWHERE, which installs an MMIO entry, and sets it private, where the entry stays.
 */
int trial_nowhere_private(struct trial *trial);
/* Checks that all pages are as they should be. */
int trial_check(struct trial *trial);

bool trial_exists(const char *name);
void trials_print(FILE *out);

/* Runs options->trial, or all trials. Returns the exit status. */
int trials_run(const struct options *options);

#endif /* LAUNCHER_TRIAL_H */
