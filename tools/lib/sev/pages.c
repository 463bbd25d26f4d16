// SPDX-License-Identifier: GPL-2.0-only
#include "sev/pages.h"

#include <stddef.h>

#include <sevtrace/kvm_sev.h>

static struct sevtrace_rec header(const struct sevtrace_rec *of, uint64_t ts, uint16_t type,
				  size_t size)
{
	struct sevtrace_rec h = *of;

	h.ts = ts;
	h.type = type;
	h.size = (uint16_t)size;
	return h;
}

struct sevtrace_rec_psp page_command(const struct sevtrace_rec_page *page, uint64_t ts)
{
	return (struct sevtrace_rec_psp){
		.h = header(&page->h, ts, SEVTRACE_REC_PSP, sizeof(struct sevtrace_rec_psp)),
		.wait = page->wait,
		.prep = page->prep,
		.exec = page->exec,
		.reclaim = page->reclaim,
		.cmd = page->cmd,
		.status = page->status,
		.ret = page->psp_ret,
		.err_lo = page->err_lo,
		.err_hi = page->err_hi,
		.asked = page->asked,
		.answered = page->answered,
		.extra = page->extra,
	};
}

static struct sevtrace_rec_step step_of(const struct sevtrace_rec_page *page, uint32_t i,
					uint64_t ts)
{
	bool flush = page->steps[i] == SEVTRACE_STEP_CLFLUSH;
	uint8_t marks = (flush ? SEVTRACE_MARK_SKIPPED : 0) |
			(i + 1 == page_steps(page) ? SEVTRACE_MARK_INFERRED : 0);

	return (struct sevtrace_rec_step){
		.h = header(&page->h, ts, SEVTRACE_REC_STEP, sizeof(struct sevtrace_rec_step)),
		.duration = page_step_ns(page, i),
		.gfn = page->gfn,
		.pfn = flush ? SEVTRACE_NO_FRAME : page->pfn,
		.npages = page->npages,
		.ret = page_step_ret(page, i),
		.step = page->steps[i],
		.page_type = page->page_type,
		.marks = page->marks & marks,
		.private_pages = page->private_pages,
		.ioctl = page->ioctl,
	};
}

static uint64_t before(uint64_t ts, uint64_t ns)
{
	return ns < ts ? ts - ns : 0;
}

int page_each(const struct sevtrace_rec_page *page,
	      int (*fn)(void *ctx, const union sevtrace_record *rec), void *ctx)
{
	uint64_t ends[SEVTRACE_PAGE_STEPS + 1];
	uint32_t nr = page_steps(page);
	union sevtrace_record rec;
	int ret = 0;

	ends[nr] = page->h.ts;
	if (page_has_command(page) && page_psp_step(page) == nr)
		ends[nr] = before(page->h.ts, page_command_ns(page));
	for (uint32_t i = nr; i > 0; i--)
		ends[i - 1] = before(ends[i], i < nr ? page_step_ns(page, i) : 0);
	for (uint32_t i = 0; i <= nr && !ret; i++) {
		if (page_has_command(page) && page_psp_step(page) == i) {
			rec.psp = page_command(page, i < nr ? ends[i] : page->h.ts);
			ret = fn(ctx, &rec);
		}
		if (i < nr && !ret) {
			rec.step = step_of(page, i, ends[i]);
			ret = fn(ctx, &rec);
		}
	}
	return ret;
}
