// SPDX-License-Identifier: GPL-2.0-only
/*
 * LAUNCH_UPDATE: puts the pages into the guest, range by range.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"
#include "launch.h"
#include "layout.h"

#define NOT_A_PAGE_TYPE 9
#define NOWHERE_PAGES (1ULL << 30) /* far past every slot */

/* One call to the kernel, before its values go into the command's structure. */
struct update {
	enum snp_page_type type;
	uint64_t gfn;
	uint64_t uaddr;
	uint64_t bytes;
	uint16_t flags;
	int sev_fd;
};

static int update_sev(struct launch *launch, struct update *update)
{
	struct kvm_sev_launch_update_data data = {
		.uaddr = update->uaddr,
		.len = (uint32_t)update->bytes,
	};
	uint32_t fw_error;
	int ret = launch_command(launch, OP_UPDATE_DATA, update->sev_fd, &data, &fw_error);

	if (ret < 0)
		return launch_refused(launch, OP_UPDATE_DATA, ret, fw_error, update->gfn);
	return 0;
}

/*
 * Launches SNP pages. The kernel may stop early and writes its progress back; then asks for the
 * rest.
 */
static int update_snp(struct launch *launch, struct update *update)
{
	struct uapi_kvm_sev_snp_launch_update data = {
		.gfn_start = update->gfn,
		.uaddr = update->type == SNP_PAGE_ZERO ? 0 : update->uaddr,
		.len = update->bytes,
		.type = (uint8_t)update->type,
		.flags = update->flags,
	};

	do {
		uint64_t before = data.len;
		uint32_t fw_error;
		int ret = launch_command(launch, OP_SNP_UPDATE, update->sev_fd, &data, &fw_error);

		if (ret < 0)
			return launch_refused(launch, OP_SNP_UPDATE, ret, fw_error, data.gfn_start);
		if (before && data.len >= before)
			return launch_failed(launch, -ELOOP, "SNP_LAUNCH_UPDATE makes no progress");
	} while (data.len && launch->options->retry);
	return 0;
}

static int update_pages(struct launch *launch, struct update *update)
{
	if (launch->options->type == GUEST_SNP)
		return update_snp(launch, update);
	return update_sev(launch, update);
}

/* Spoils the call for the chosen page as the mistake demands. */
static void spoil(const struct launch *launch, struct update *update)
{
	bool snp = launch->options->type == GUEST_SNP;

	switch (launch->options->mistake) {
	case MISTAKE_BAD_FD_UPDATE:
		update->sev_fd = -1;
		break;
	case MISTAKE_NO_SLOT:
		update->gfn += NOWHERE_PAGES;
		break;
	case MISTAKE_UNALIGNED_LENGTH:
		update->bytes = snp ? PAGE_BYTES - 1 : 24;
		break;
	case MISTAKE_UNALIGNED_ADDRESS:
		update->uaddr += 8;
		update->bytes = 16;
		break;
	case MISTAKE_ZERO_LENGTH:
		update->bytes = 0;
		break;
	case MISTAKE_BAD_PAGE_TYPE:
		update->type = NOT_A_PAGE_TYPE;
		break;
	case MISTAKE_BAD_FLAGS:
		update->flags = 1;
		break;
	default:
		break;
	}
}

static int update_chunk(struct launch *launch, const struct range *range, uint64_t done,
			uint64_t pages, bool strikes)
{
	const struct plan *plan = &launch->plan;
	struct update update = {
		.type = range->type,
		.gfn = range_gfn(plan, range) + done,
		.uaddr = (uintptr_t)(range_memory(plan, range) + done * PAGE_BYTES),
		.bytes = pages * PAGE_BYTES,
		.sev_fd = launch->sev,
	};
	struct update spoiled = update;
	int ret = 0;

	if (strikes) {
		spoil(launch, &spoiled);
		ret = update_pages(launch, &spoiled);
		if (ret || spoiled.bytes == update.bytes)
			goto out;
	}
	ret = update_pages(launch, &update);
out:
	if (!ret)
		launch->result->pages[range->type] += pages;
	return ret;
}

static uint64_t processor_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* A function that a profiler finds, called by another one. */
static __attribute__((noinline)) void compute(uint64_t ms)
{
	const uint64_t end = processor_ms() + ms;

	while (ms && processor_ms() < end)
		for (volatile unsigned int i = 0; i < 10000; i++)
			;
}

static int update_range(struct launch *launch, const struct range *range)
{
	const struct options *options = launch->options;
	bool splits = launch->mistake->reach == REACH_RANGE;
	uint64_t limit = options->chunk;
	uint64_t done = 0;
	int ret = 0;

	/* the length of a SEV command has 32 bits */
	if (!limit && options->type != GUEST_SNP)
		limit = UINT32_MAX / PAGE_BYTES;
	while (done < range->pages && !ret) {
		uint64_t pages = range->pages - done;
		uint64_t at = range->first + done;

		if (limit && pages > limit)
			pages = limit;
		if (splits && at < options->at_page && at + pages > options->at_page)
			pages = options->at_page - at;
		compute(options->busy);
		if (options->pause)
			usleep((useconds_t)options->pause * 1000);
		ret = update_chunk(launch, range, done, pages, splits && at == options->at_page);
		done += pages;
	}
	return ret;
}

/* Launches one page ahead of its range. */
static int update_page_early(struct launch *launch, uint64_t page)
{
	const struct plan *plan = &launch->plan;

	for (unsigned int i = 0; i < plan->range_count; i++) {
		const struct range *range = &plan->ranges[i];

		if (page >= range->first && page < range->first + range->pages)
			return update_chunk(launch, range, page - range->first, 1, false);
	}
	return 0;
}

static int update_spare(struct launch *launch)
{
	struct update update = {
		.type = SNP_PAGE_NORMAL,
		.gfn = plan_spare_gfn(&launch->plan),
		.uaddr = (uintptr_t)plan_spare_memory(&launch->plan),
		.bytes = PAGE_BYTES,
		.sev_fd = launch->sev,
	};

	return update_pages(launch, &update);
}

int launch_protect_page(struct launch *launch, int protection)
{
	uint64_t gfn;
	uint8_t *page = plan_page(&launch->plan, launch->options->at_page, &gfn);

	if (mprotect(page, PAGE_BYTES, protection))
		return launch_failed(launch, -errno, "cannot protect a page");
	return 0;
}

static void change_page(struct launch *launch)
{
	uint64_t gfn;

	*plan_page(&launch->plan, launch->options->at_page, &gfn) ^= 1;
}

static void close_guest_memfds(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->slot_count; i++) {
		if (plan->slots[i].gmem >= 0)
			close(plan->slots[i].gmem);
		plan->slots[i].gmem = -1;
	}
}

static int interrupt_page(struct launch *launch)
{
	uint64_t gfn;
	int ret = interrupt_at(plan_page(&launch->plan, launch->options->at_page, &gfn));

	return ret ? launch_failed(launch, ret, "cannot trap a page") : 0;
}

static int spoil_memory(struct launch *launch)
{
	switch (launch->options->mistake) {
	case MISTAKE_INTERRUPTED:
		return interrupt_page(launch);
	case MISTAKE_UNMAPPED_SOURCE:
		return launch_protect_page(launch, PROT_NONE);
	case MISTAKE_READONLY_SOURCE:
		return launch_protect_page(launch, PROT_READ);
	case MISTAKE_CLOSED_GUEST_MEMFD:
		close_guest_memfds(&launch->plan);
		return 0;
	case MISTAKE_PAGE_CHANGED:
		change_page(launch);
		return 0;
	default:
		return 0;
	}
}

int phase_update(struct launch *launch)
{
	int ret;

	if (launch->finished)
		return update_spare(launch);
	ret = spoil_memory(launch);
	if (!ret && *launch->options->layout)
		return layout_update(launch);
	if (!ret && launch_mistaken(launch, MISTAKE_TWICE))
		ret = update_page_early(launch, launch->options->at_page);
	for (unsigned int i = 0; i < launch->plan.range_count && !ret; i++)
		ret = update_range(launch, &launch->plan.ranges[i]);
	return ret;
}
