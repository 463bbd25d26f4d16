/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the text report share. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "model/model.h"
#include "util/text.h"

/*
 * Prints the table of steps with the lines that belong under it; narrow terminals get it without
 * the column "pages":
 *
 *   step               count     pages    total  share      p50      p99      max  8µs      128ms
 *   pin                    2        65  2.03 ms   0.2%  49.2 µs  1.99 ms  1.99 ms    █    █
 *   psp                   32        34   135 ms  12.3%   721 µs  89.8 ms  89.8 ms       ██▃▄ ▁  ▁
 *   in no step                           953 ms  87.4%
 */
void render_steps(const struct model_launch *l, const struct text_style *style);

/*
 * Prints the table of PSP commands:
 *
 *                                 waiting           executing
 *   PSP command            count    total      p99    total      p50      p99      max  128µs 256ms
 *   LAUNCH_MEASURE             2  48.5 µs  24.4 µs   578 µs   279 µs   308 µs   308 µs   █
 *     1 answered INVALID_LEN
 */
void render_psp(const struct model_launch *l, const struct text_style *style);

/*
 * Prints a block about one failure:
 *
 *   FAILED  KVM_SEV_LAUNCH_UPDATE_DATA returned -9 (EBADF) after 292 ms
 *   where    step psp (have the PSP measure and encrypt it): -9 (EBADF)
 *   page     GFN 0x0, PFN 0x42f0, page 1 of 8, normal, shared, memory slot 0
 *   firmware not asked
 *   why      The launch was not started, or not with an open /dev/sev.
 *   do       Call LAUNCH_START first, with a file descriptor of /dev/sev.
 */
/* Tells of errors that the VMM never saw and made good, a line each. */
void render_retried(const struct model_launch *l, const struct text_style *style);
static inline bool failure_retried(const struct model_failure *f)
{
	return f->swallowed && f->recovered;
}

void render_failure(struct model *m, const struct model_launch *l, const struct model_failure *f,
		    const struct text_style *style);

/* Prints a block for each way in which PSP commands outside of launches failed. */
void render_host_failures(const struct model_launch *outside, const struct text_style *style);

#endif /* REPORT_INTERNAL_H */
