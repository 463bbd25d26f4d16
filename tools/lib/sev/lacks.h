/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording lacks because of its source of events, or because the kernel does not have one
 * of them; and the figures that cannot be known then. A recording names what it lacks by these
 * texts (host key "lacks").
 */
#ifndef SEV_LACKS_H
#define SEV_LACKS_H

#include <stddef.h>
#include <stdint.h>

#include <sevtrace/kvm_sev.h>

/* Figures beside those of steps. */
#define FIGURE_SHARED_PAGES 1U /* pages encrypted in place */
#define FIGURE_PRIVATE_PAGES 2U /* pages of guest_memfd */
#define FIGURE_VMSAS 4U
#define FIGURE_FLUSHES 8U
#define FIGURE_REGIONS 16U /* ioctls that register regions */
#define FIGURE_ATTRIBUTES 32U /* attribute updates */
#define FIGURE_SLOTS_WAIT 64U /* what these wait for slots_lock */
#define FIGURE_TEARDOWN 128U
#define FIGURE_PSP 256U /* all about PSP commands */
#define FIGURE_PSP_WAIT 512U /* for the mailbox */
#define FIGURE_PSP_PARTS 1024U /* the time of a command is one, preparation included */
#define FIGURE_PSP_ASKED 2048U /* whether the PSP was asked and answered is inferred by errno */
#define FIGURE_ERROR_WORDS 4096U

#define LACK_STEP(id) (1U << SEVTRACE_STEP_##id)

/* clang-format off */
/*
 * X(id, figures, steps, text). Texts list what is lacking in this order. Files hold the texts:
 * change none.
 */
#define SEVTRACE_LACKS(X) \
	X(EVERYTHING, ~0U, ~0U, "everything") \
	X(ERROR_WORDS, FIGURE_ERROR_WORDS, 0, "additional error words of the PSP") \
	X(PFNS, 0, 0, "the PFN of regions and of VMSAs before their command") \
	X(REGIONS, FIGURE_REGIONS, 0, "registration of regions") \
	X(RANGES, FIGURE_SHARED_PAGES | FIGURE_PRIVATE_PAGES | FIGURE_VMSAS, 0, "page ranges") \
	X(STEPS, 0, ~(LACK_STEP(ATTRIBUTES) | LACK_STEP(CLFLUSH)), "steps of pages") \
	X(FLUSHES, FIGURE_FLUSHES, LACK_STEP(CLFLUSH), "flushes") \
	X(TEARDOWN, FIGURE_TEARDOWN, 0, "teardown") \
	X(ATTRIBUTES, FIGURE_ATTRIBUTES | FIGURE_SLOTS_WAIT, LACK_STEP(ATTRIBUTES), "attribute updates") \
	X(POPULATION, 0, LACK_STEP(GET_PAGE) | LACK_STEP(CHECK_ATTRS) | LACK_STEP(RELEASE), \
	  "getting, checking and releasing private pages") \
	X(PSP, FIGURE_PSP | FIGURE_PSP_WAIT | FIGURE_PSP_PARTS | FIGURE_PSP_ASKED, 0, \
	  "times and answers of PSP commands") \
	X(PRIVATE_PAGES, FIGURE_PRIVATE_PAGES, \
	  LACK_STEP(GET_PAGE) | LACK_STEP(CHECK_ATTRS) | LACK_STEP(RMP_LOOKUP) | LACK_STEP(COPY) | \
	  LACK_STEP(RMP_UPDATE) | LACK_STEP(PSP) | LACK_STEP(RELEASE), "private pages") \
	X(RELEASE, 0, LACK_STEP(RELEASE), "releasing private pages, and why one cannot be got") \
	X(GETTING, FIGURE_SLOTS_WAIT, LACK_STEP(GET_PAGE) | LACK_STEP(CHECK_ATTRS), \
	  "getting and checking private pages, waits for slots_lock") \
	X(SOURCES, 0, LACK_STEP(COPY), "sources that cannot be read") \
	X(RMP_LOOKUP, 0, LACK_STEP(RMP_LOOKUP) | LACK_STEP(COPY), "looking private pages up in the RMP") \
	X(RMP_UPDATE, 0, LACK_STEP(COPY) | LACK_STEP(RMP_UPDATE) | LACK_STEP(PSP), \
	  "copying private pages, RMP updates") \
	X(RECLAIM, 0, LACK_STEP(RECLAIM), "taking private pages back") \
	X(VMSAS, FIGURE_VMSAS | FIGURE_FLUSHES, \
	  LACK_STEP(VMSA_SYNC) | LACK_STEP(CLFLUSH) | LACK_STEP(RMP_UPDATE) | LACK_STEP(PSP), "VMSAs") \
	X(VMSA_FLUSHES, FIGURE_FLUSHES, LACK_STEP(CLFLUSH), "flushes of VMSAs") \
	X(SHARED_PAGES, FIGURE_SHARED_PAGES, LACK_STEP(PIN) | LACK_STEP(PSP), "shared pages") \
	X(UNPIN, 0, LACK_STEP(UNPIN), "unpinning of shared pages") \
	X(PSP_PARTS, FIGURE_PSP_PARTS | FIGURE_PSP_ASKED, 0, \
	  "the parts of a PSP command's time; whether it was asked is guessed") \
	X(MAILBOX, FIGURE_PSP_WAIT, 0, "waits for the mailbox") \
	X(FOLLOWING, 0, 0, "following a command's children") \
	X(LAST_PAGE, 0, 0, "the last page of a thread that dies") \
	X(REFUSALS, 0, 0, "VMs, memory slots and attributes that KVM refuses") \
	X(FIRST_RUN, 0, 0, "when the guest first runs") \
	X(VMM_START, 0, 0, "when a VMM began its program")
/* clang-format on */

#define SEVTRACE_LACK_ENUM(id, figures, steps, text) LACK_##id,
enum sevtrace_lack { SEVTRACE_LACKS(SEVTRACE_LACK_ENUM) LACK_COUNT };
#undef SEVTRACE_LACK_ENUM
_Static_assert(LACK_COUNT <= 32, "sets of lacks are bits of 32");

#define LACKS_LEN 1024 /* enough for the texts of every set; the unit test looks */

/* A set of lacks has bit N for enum sevtrace_lack N. */
#define LACK_BIT(lack) (1U << (lack))

const char *lack_text(enum sevtrace_lack lack);
const char *lack_name(enum sevtrace_lack lack); /* "ERROR_WORDS" */

/* Writes the texts of a set, with ", " between; cuts what does not fit. Returns buf. */
const char *lacks_write(uint32_t lacks, char *buf, size_t size);

/* Returns the set that a recording names, without what this version does not know. */
uint32_t lacks_read(const char *text);

/* Returns those of a set that leave any of the figures or steps (bits by number) unknown. */
uint32_t lacks_touching(uint32_t lacks, uint32_t figures, uint32_t steps);

/* Return the figures and the steps that a set leaves unknown. */
uint32_t lacks_figures(uint32_t lacks);
uint32_t lacks_steps(uint32_t lacks);

#endif /* SEV_LACKS_H */
