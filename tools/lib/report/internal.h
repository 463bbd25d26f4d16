/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the text report share. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "model/model.h"
#include "report/report.h"
#include "sev/names.h"
#include "util/text.h"

/*
 * Prints how many launches there are by type and result, how long they took, which took longest and
 * what failed, if there are more than a few:
 *
 *   launches, time if ok        ok  failed    open      p50      p90      p99      max
 *   SEV-SNP                      9       1       -   101 ms   118 ms   118 ms   118 ms
 *   slowest  launch 7 118 ms, launch 3 110 ms
 *   1 failed KVM_SEV_SNP_LAUNCH_UPDATE -5 (EIO), step psp, INVALID_PARAM: launch 4
 */
void render_overview(const struct report *report, const struct text_style *style);

/*
 * Prints who owns the time of a launch, the largest first; what is small is summed up:
 *
 *   where the time went                                      time   share
 *   launch                                                1.09 s  100.0%  ██████████████
 *   ├─ the VMM, outside of SEV ioctls                     780 ms   71.4%  ██████████
 *   ├─ KVM_SEV_LAUNCH_START                               159 ms   14.6%  ██
 *   │  └─ PSP executing                                   154 ms   14.1%  ██
 *   └─ 5 smaller ones                                    1.92 ms    0.2%
 */
void render_times(const struct model *m, const struct model_launch *l,
		  const struct text_style *style);

/*
 * Prints when the launch did what, a row for each ioctl, the VMM and the PSP:
 *
 *   over time                     0                                           1.09 s
 *   KVM_SEV_LAUNCH_START                    ▄███▃
 *   the VMM, outside of ioctls    ██████████▅   ▆█████
 *   PSP executing                           ▃███▂
 */
void render_timeline(const struct model_launch *l, const struct text_style *style);

/*
 * Prints whose commands held the PSP's mailbox when, over the whole recording, if there were
 * several:
 *
 *   who held the PSP, by launch   0                                           2.31 s
 *   1: qemu[57]                      ▄███▃  ▂▂▂▂
 *   2: qemu[58]                         ▄▅▅▅▂▂▂▂▅▅▅
 *   the host                      ▂
 */
void render_psp_timeline(const struct model *m, const struct text_style *style);

/*
 * Prints what the VMM called in the kernel between SEV ioctls, the longest first, if the recording
 * has that:
 *
 *   the VMM outside of SEV ioctls        count    total  share      p50      max  1µs    64ms
 *   KVM_CREATE_VCPU                          2  12.3 ms   3.3%  6.02 ms  6.30 ms       █
 *   page faults                             51  1.26 ms   0.3%  12.1 µs   301 µs   █▂
 *   in user space                                145 ms  39.0%
 */
void render_calls(const struct model_launch *l, const struct text_style *style);

/*
 * Prints what the VMM was seen running between SEV ioctls, the innermost function first, if the
 * recording has samples:
 *
 *   what the VMM ran outside of SEV ioctls                   time   share
 *   (kernel) < memset < touch_pages < main                 303 ms   58.8%
 *   sha256_update < measure < main                         111 ms   21.6%
 *   51 of 67 samples, one every 10.1 ms of a processor's time
 */
void render_profile(struct model *m, const struct model_launch *l, const struct text_style *style);

/*
 * Prints what became of the guest, if the recording followed it. Times count from the launch's end:
 *
 *   the guest after its launch                                 at
 *   first run of a vCPU                                  +1.20 ms
 *   first exit to the VMM, of 1,234                      +3.41 ms
 *   kernel (port 0xf4: 0x2)                               +1.32 s
 *   last known to be given memory                         +75.2 s
 *   it was given 3.10 GiB of the VM's 16.0 GiB, 42.0 MiB/s
 */
void render_guest(const struct model *m, const struct model_launch *l,
		  const struct text_style *style);

/* Gets the milestones' names from what the recording says of itself. */
struct milestones;
void guest_milestones(const struct model *m, struct milestones *named);

/* Returns "KVM_CREATE_VCPU", "futex", "page faults" or a number; it may be in buf. */
const char *call_name(const struct model_call *call, char buf[NAME_LEN]);

/*
 * Prints the table of steps with the lines that belong under it; narrow terminals get it without
 * the column "pages":
 *
 *   step               count     pages    total  share      p50      p99      max  8µs      128ms
 *   pin                    2        65  2.03 ms   0.2%  49.2 µs  1.99 ms  1.99 ms    █    █
 *   psp                   32        34   135 ms  12.3%   721 µs  89.8 ms  89.8 ms       ██▃▄ ▁  ▁
 *   vmsa_sync              -         -        -             -        -        -
 *   not seen: VMSAs
 */
void render_steps(const struct model *m, const struct model_launch *l,
		  const struct text_style *style);

/*
 * Prints the table of PSP commands:
 *
 *                                 waiting           executing
 *   PSP command            count    total      p99    total      p50      p99      max  128µs 256ms
 *   LAUNCH_MEASURE             2  48.5 µs  24.4 µs   578 µs   279 µs   308 µs   308 µs   █
 *     1 answered INVALID_LEN
 */
void render_psp(const struct model *m, const struct model_launch *l,
		const struct text_style *style);

/*
 * Prints the slowest pages of a launch, if they are asked for:
 *
 *   slowest of 2,004      pages  type             time      begun  most of it in
 *   0x7fe12                   1  normal        1.92 ms    +101 ms  psp 1.85 ms
 */
void render_slowest(const struct detail_launch *detail, const struct model_launch *l,
		    const struct text_style *style);

/* Prints a line under a table that says what is missing in it; nothing for an empty set. */
void render_unseen(const struct text_style *style, uint32_t lacks);

/*
 * Prints a block about one failure:
 *
 *   FAILED  KVM_SEV_LAUNCH_UPDATE_DATA returned -9 (EBADF) at +292 ms
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

/* Returns "-5 (EIO)" in buf. */
const char *errno_text(int ret, char buf[TEXT_LEN]);

void render_failure(struct model *m, const struct model_launch *l, const struct model_failure *f,
		    const struct text_style *style);

/* Prints a block for each way in which PSP commands outside of launches failed. */
void render_host_failures(const struct model *m, const struct text_style *style);

#endif /* REPORT_INTERNAL_H */
