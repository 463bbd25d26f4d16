// SPDX-License-Identifier: GPL-2.0-only
/*
 * Issues LAUNCH_UPDATE_DATA over memslots of several kinds, and checks the result.
 */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../psp/transform.h"
#include "bytes.h"

#define PROBE_BYTES 16 /* the granularity of LAUNCH_UPDATE_DATA, less than a page */

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		error = -errno;
	close(fd);
	return error;
}

/*
 * Switches on or off that this thread's allocations may fail. Uses the kernel's fault injection, or
 * the virtual host's module if the kernel is built without it.
 */
static int fail_here(struct launch *launch, bool on)
{
	static const char injection[] = "/proc/thread-self/make-it-fail";
	static const char module[] = "/sys/module/virtual_sev_host/parameters/fail_thread";
	char thread[16] = "0";
	int error;

	if (!launch->options->fail_here)
		return 0;
	error = write_text(injection, on ? "1" : "0");
	if (error != -ENOENT)
		return error ? launch_failed(launch, error, injection) : 0;
	if (on)
		snprintf(thread, sizeof(thread), "%d", (int)gettid());
	error = write_text(module, thread);
	return error ? launch_failed(launch, error, module) : 0;
}

/* Undoes the mistake, for --resume. */
static int repair(struct launch *launch)
{
	return launch_mistaken(launch, MISTAKE_UNMAPPED_SOURCE) ||
			       launch_mistaken(launch, MISTAKE_READONLY_SOURCE) ?
		       launch_protect_page(launch, PROT_READ | PROT_WRITE) :
		       0;
}

static void spoil_call(const struct launch *launch, struct kvm_sev_launch_update_data *data)
{
	switch (launch->options->mistake) {
	case MISTAKE_UNALIGNED_LENGTH:
		data->len -= PROBE_BYTES;
		break;
	case MISTAKE_UNALIGNED_ADDRESS:
		data->uaddr += PROBE_BYTES;
		data->len -= PROBE_BYTES;
		break;
	case MISTAKE_ZERO_LENGTH:
		data->len = 0;
		break;
	default:
		break;
	}
}

/* Makes one call. Returns its result; sets *done to the pages that the kernel reports as done. */
static int update_once(struct launch *launch, struct kvm_sev_launch_update_data *data,
		       uint32_t *fw_error, uint64_t *done)
{
	const struct kvm_sev_launch_update_data before = *data;
	int ret;

	ret = fail_here(launch, true);
	if (ret)
		return ret;
	ret = launch_command(launch, OP_UPDATE_DATA, launch->sev, data, fw_error);
	if (fail_here(launch, false))
		return -ECANCELED;
	*done = (data->uaddr - before.uaddr) / PAGE_BYTES;
	if (data->uaddr + data->len != before.uaddr + before.len)
		return launch_failed(launch, -EPROTO, "LAUNCH_UPDATE_DATA wrote back nonsense");
	/* the kernel leaves the argument alone if the range has no private memory */
	if (!ret && data->len) {
		*done = data->len / PAGE_BYTES;
		data->len = 0;
	}
	return ret;
}

/*
 * Notes a refusal at @page. Returns 0 if KVM kept its promises for a refusal and the launch may try
 * again. A second refusal at the same page may not be tried again.
 */
static int refused(struct launch *launch, int error, uint32_t fw_error, uint64_t page, bool again)
{
	uint64_t gfn;

	if (launch->result->outcome == OUTCOME_FAILED)
		return error;
	plan_page(&launch->plan, page, &gfn);
	launch_refused(launch, OP_UPDATE_DATA, error, fw_error, gfn);
	if (launch->options->check && layout_verify(launch, page))
		return -EILSEQ;
	return launch->options->resume && !again ? repair(launch) : error;
}

static int update_pages(struct launch *launch, uint64_t first, uint64_t pages)
{
	struct kvm_sev_launch_update_data data = { .len = (uint32_t)(pages * PAGE_BYTES) };
	uint64_t refused_page = UINT64_MAX;
	uint64_t page = first;
	uint64_t gfn;
	int ret;

	data.uaddr = (uintptr_t)plan_page(&launch->plan, first, &gfn);
	spoil_call(launch, &data);
	for (;;) {
		uint64_t done = 0;
		uint32_t fw_error = 0;

		ret = update_once(launch, &data, &fw_error, &done);
		page += done;
		launch->result->pages[SNP_PAGE_NORMAL] += done;
		if (!ret)
			return 0;
		ret = refused(launch, ret, fw_error, page, page == refused_page);
		if (ret)
			return ret;
		refused_page = page;
	}
}

int layout_update(struct launch *launch)
{
	const struct plan *plan = &launch->plan;
	uint64_t first = 0;
	int ret = 0;

	if (launch->options->psp_log) {
		ret = psplog_end(launch->options->psp_log, &launch->log_start);
		if (ret)
			return launch_failed(launch, ret, launch->options->psp_log);
	}
	if (launch_mistaken(launch, MISTAKE_TWICE))
		ret = update_pages(launch, launch->options->at_page, 1);
	if (ret)
		return ret;
	if (launch->options->one_call)
		return update_pages(launch, 0, plan->pages);
	for (unsigned int i = 0; i < plan->slot_count && !ret; i++) {
		ret = update_pages(launch, first, plan->slots[i].pages);
		first += plan->slots[i].pages;
	}
	return ret;
}

/*
 * Checks whether a page of a private memslot is private, by launching a part of it. KVM always
 * refuses that: with EEXIST if the page is private already, else with EINVAL.
 */
static int verify_attribute(struct launch *launch, const uint8_t *page, uint64_t gfn, bool private)
{
	struct kvm_sev_launch_update_data data = { .uaddr = (uintptr_t)page, .len = PROBE_BYTES };
	uint32_t fw_error;
	int ret = launch_command(launch, OP_PROBE, launch->sev, &data, &fw_error);

	if (ret == (private ? -EEXIST : -EINVAL))
		return 0;
	return launch_wrong_page(launch, gfn, private ? "is not private" : "is private");
}

static int verify_source(struct launch *launch, const uint8_t *page, uint64_t gfn)
{
	uint8_t plain[PAGE_BYTES];

	plan_fill_page(&launch->plan, SNP_PAGE_NORMAL, gfn, plain);
	if (launch_mistaken(launch, MISTAKE_UNMAPPED_SOURCE) ||
	    launch_mistaken(launch, MISTAKE_PAGE_CHANGED))
		return 0;
	return memcmp(page, plain, PAGE_BYTES) ?
		       launch_wrong_page(launch, gfn, "the source changed") :
		       0;
}

static int verify_private(struct launch *launch, uint64_t done)
{
	uint64_t early = launch_mistaken(launch, MISTAKE_TWICE) ? launch->options->at_page : 0;
	int ret = 0;

	for (uint64_t i = 0; i < launch->plan.pages && !ret; i++) {
		uint64_t gfn;
		const uint8_t *page = plan_page(&launch->plan, i, &gfn);

		if (plan_slot_of(&launch->plan, i)->kind != SLOT_PRIVATE)
			continue;
		ret = verify_attribute(launch, page, gfn, i < done || (early && i == early));
		if (!ret)
			ret = verify_source(launch, page, gfn);
	}
	return ret;
}

/* Checks that the pages of private memslots that nobody launched are not private. */
static int verify_margins(struct launch *launch)
{
	const struct plan *plan = &launch->plan;
	int ret = 0;

	for (unsigned int i = 0; i < plan->slot_count; i++) {
		const struct slot *slot = &plan->slots[i];

		for (uint64_t k = 0; k < slot->mapped && !ret; k++) {
			if (slot->kind == SLOT_PRIVATE &&
			    (k < slot->lead || k >= slot->lead + slot->pages))
				ret = verify_attribute(launch, slot->memory + k * PAGE_BYTES,
						       slot->gfn + k, false);
		}
	}
	return ret;
}

/*
 * Checks that physical memory at @address holds the page encrypted exactly once, as the PSP does it
 * for this guest.
 */
static int verify_encrypted(struct launch *launch, int memory, const uint8_t *vek, uint64_t page,
			    uint64_t address)
{
	uint8_t plain[PAGE_BYTES];
	uint8_t found[PAGE_BYTES];
	uint64_t gfn;

	plan_page(&launch->plan, page, &gfn);
	plan_fill_page(&launch->plan, SNP_PAGE_NORMAL, gfn, plain);
	if (pread(memory, found, sizeof(found), (off_t)address) != sizeof(found))
		return launch_failed(launch, -errno, "cannot read /dev/mem");
	if (!memcmp(found, plain, sizeof(found)))
		return launch_wrong_page(launch, gfn, "is not encrypted");
	if (!psp_transform(vek, false, address, found, sizeof(found)))
		return launch_failed(launch, -EINVAL, "cannot decrypt a page");
	if (memcmp(found, plain, sizeof(found)) != 0)
		return launch_wrong_page(launch, gfn, "is not encrypted as it should be");
	launch->result->pages_decrypted++;
	return 0;
}

static int verify_pages(struct launch *launch, const uint64_t *addresses, uint64_t done)
{
	uint8_t root[PSP_ROOT_SIZE];
	uint8_t vek[PSP_VEK_SIZE];
	int memory = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	int ret = 0;

	if (memory < 0)
		return launch_failed(launch, -errno, "cannot open /dev/mem");
	if (!psp_root(PSP_DEFAULT_SEED, root) ||
	    !psp_guest_key(root, "vek", launch->handle, vek, sizeof(vek)))
		ret = launch_failed(launch, -EINVAL, "cannot derive the guest's key");
	for (uint64_t i = 0; i < done && !ret; i++)
		ret = verify_encrypted(launch, memory, vek, i, addresses[i]);
	close(memory);
	return ret;
}

static int verify_memory(struct launch *launch, uint64_t done)
{
	uint64_t *addresses;
	int ret;

	/* the log lists pages in the order of their encryption, which the mistake changes */
	if (!launch->options->psp_log || !done || launch_mistaken(launch, MISTAKE_TWICE))
		return 0;
	addresses = calloc(done, sizeof(*addresses));
	if (!addresses)
		return launch_failed(launch, -ENOMEM, "no memory for the PSP's log");
	ret = psplog_pages(launch->options->psp_log, launch->log_start, launch->handle, done,
			   addresses);
	if (ret)
		ret = launch_failed(launch, ret, launch->options->psp_log);
	else
		ret = verify_pages(launch, addresses, done);
	free(addresses);
	return ret;
}

/*
 * Maps the memory for the guest, if asked. Checks nothing: KVM's trace events show what the guest
 * gets.
 */
static int fault_in(struct launch *launch)
{
	const struct plan *plan = &launch->plan;
	int ret = 0;

	for (unsigned int i = 0; i < plan->slot_count && !ret; i++) {
		const struct slot *slot = &plan->slots[i];

		if (launch->options->fault_in && slot->kind != SLOT_HOLE)
			ret = vcpu_fault_in(launch, slot->gfn, slot->mapped);
	}
	return ret;
}

int layout_verify(struct launch *launch, uint64_t done)
{
	int ret = verify_private(launch, done);

	if (!ret)
		ret = verify_margins(launch);
	if (!ret)
		ret = verify_memory(launch, done);
	if (!ret)
		ret = fault_in(launch);
	return ret;
}
