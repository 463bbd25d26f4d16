/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of the command line.
 */
#ifndef LAUNCHER_CMDLINE_H
#define LAUNCHER_CMDLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "digest.h"
#include "mistakes.h"
#include "spoil.h"

/* Exit statuses */
enum launcher_exit {
	EXIT_LAUNCHED = 0,
	EXIT_OWN_FAILURE = 1,
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3,
	EXIT_CHECK_FAILED = 4
};

#define MAX_PAGES (1ULL << 22) /* 16 GiB */
#define MAX_VCPUS 512
#define MAX_SLOTS 256
#define MAX_LAUNCHES 1024
#define MAX_REPEAT 1000000
#define MAX_RACE_SECONDS 86400

/* The kinds of memslots in --layout; the letters are those of the option. */
enum slot_kind {
	SLOT_SHARED = 's', /* user memory, encrypted in place */
	SLOT_PRIVATE = 'p', /* guest_memfd, filled from user memory */
	SLOT_READONLY = 'r', /* like SLOT_SHARED, but a ROM for the guest */
	SLOT_HOLE = 'h' /* user memory that is in no memslot */
};

#define UNSET (-1) /* value of a flag whose default depends on other options */

#define SEV_POLICY_NODBG (1U << 0)
#define SEV_POLICY_ES (1U << 2)

struct options {
	enum guest_type type;
	uint64_t pages;
	uint64_t count[SNP_PAGE_TYPES]; /* pages by type; 0 where not launched by type */
	uint64_t vcpus;
	uint64_t slots;
	char layout[MAX_SLOTS + 1]; /* a letter for each slot, see enum slot_kind; "": not given */
	uint64_t margin; /* pages of a slot before the first and behind the last launched page */
	const char *psp_log; /* log of the PSP emulator; NULL: encrypted pages are not looked up */
	uint64_t launches;
	uint64_t repeat;
	uint64_t chunk; /* largest number of pages in one ioctl, 0: no limit */
	uint64_t stay; /* ms to keep the VM after the launch */
	uint64_t busy; /* ms of processor time to compute before each of them */
	uint64_t pause; /* ms to sleep before each of them */
	uint64_t policy;
	bool policy_given;
	bool counted; /* some page type was given a count */
	bool type_given;
	uint64_t vmsa_features;
	uint64_t seed;
	uint64_t at_page;
	enum mistake_id mistake;
	uint64_t race; /* duration in seconds; 0: no race */
	uint64_t accept; /* pages that the guest accesses for the first time when it runs */
	const char *write; /* "PORT:VALUE", what it writes to an I/O port then; NULL: nothing */
	const char *trial; /* name of a trial, "all" or "list"; NULL: none */
	int with_snp; /* with SNP guests in the race */
	int list_mistakes;
	int all_mistakes; /* try all mistakes in turn; mistake is MISTAKE_NONE */
	int fork;
	int secret;
	int one_call;
	int resume;
	int fail_here;
	int fault_in;
	int legacy_init;
	int session;
	int reg;
	int run;
	int check;
	int verify_memory;
	int author_key;
	int json;
	int verbose;
	int retry; /* SNP: repeat the ioctl for pages that the kernel left out */
	enum op spoiled; /* the command to spoil, or OP_NONE */
	enum spoil spoil;
	int help;
};

/*
 * Parses the command line. Returns 0, or -EINVAL after it has told the user on @err what is wrong
 * and what to do.
 */
int options_parse(struct options *options, int argc, char *const *argv, FILE *err);

/*
 * Copies @options and adds what a launch with mistake @id needs. Returns false if the mistake is
 * impossible with this type of guest or these pages.
 */
bool options_for_mistake(const struct options *options, enum mistake_id id, struct options *out);

/* Returns whether a guest that is not SEV-SNP has memslots with private memory. */
bool options_private(const struct options *options);

void options_help(FILE *out);

#endif /* LAUNCHER_CMDLINE_H */
