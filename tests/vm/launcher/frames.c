// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks the pages of a guest that no thread works on.
 */
#include "frames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../psp/transform.h"
#include "bytes.h"
#include "layout.h"
#include "session.h"
#include "uapi.h"

/* A command's line may appear in the PSP's log shortly after the caller has the answer. */
#define WAIT_US 10000
#define WAITS 300

/* State of the search for the pages that the PSP emulator encrypted. */
struct search {
	const struct guest *guest;
	int memory; /* /dev/mem */
	uint8_t vek[PSP_VEK_SIZE];
	bool found[GUEST_PAGES_MAX];
};

int frames_key(const struct guest *guest, const char *name, void *key, size_t bytes)
{
	uint8_t root[PSP_ROOT_SIZE];

	return psp_root(PSP_DEFAULT_SEED, root) &&
			       psp_guest_key(root, name, guest->handle, key, bytes) ?
		       0 :
		       -EINVAL;
}

/* Finds out which page lies encrypted at @address. */
static int identify(struct search *search, uint64_t address)
{
	uint8_t head[sizeof(uint64_t)];
	uint8_t page[PAGE_BYTES];
	uint8_t plain[PAGE_BYTES];

	if (pread(search->memory, page, sizeof(page), (off_t)address) != sizeof(page))
		return -errno;
	if (!psp_transform(search->vek, false, address, page, sizeof(page)))
		return -EINVAL;
	for (unsigned int i = 0; i < search->guest->pages; i++) {
		if (search->found[i])
			continue;
		fill_pattern(head, sizeof(head), search->guest->seed, i);
		if (memcmp(head, page, sizeof(head)) != 0)
			continue;
		fill_pattern(plain, sizeof(plain), search->guest->seed, i);
		search->found[i] = !memcmp(plain, page, sizeof(page));
	}
	return 0;
}

/* Returns whether the page must be found encrypted. */
static bool must_be_found(const struct guest *guest, unsigned int page)
{
	const uint8_t notes = atomic_load(&guest->notes[page]);
	unsigned int offset;

	if (guest_slot_of(guest, page, &offset) == SLOT_INPLACE)
		return atomic_load(&guest->encrypted[page]) == 1 && !(notes & NOTE_WRITTEN);
	return (notes & (NOTE_DONE | NOTE_GONE | NOTE_WRITTEN)) == NOTE_DONE;
}

static bool must_be_untouched(const struct guest *guest, unsigned int page)
{
	return !atomic_load(&guest->encrypted[page]) &&
	       !(atomic_load(&guest->notes[page]) & NOTE_WRITTEN);
}

/* Returns the first page that is missing, or the number of pages if none is. */
static unsigned int first_missing(const struct search *search)
{
	unsigned int page = 0;

	while (page < search->guest->pages &&
	       (search->found[page] || !must_be_found(search->guest, page)))
		page++;
	return page;
}

static int look_up(struct search *search, const char *psp_log)
{
	uint64_t *addresses = NULL;
	uint64_t count;
	int ret;

	ret = psplog_all(psp_log, search->guest->log_start, search->guest->handle, &addresses,
			 &count);
	for (uint64_t i = 0; i < count && !ret; i++)
		ret = identify(search, addresses[i]);
	free(addresses);
	return ret;
}

static int find_pages(struct search *search, const char *psp_log)
{
	int ret = frames_key(search->guest, "vek", search->vek, sizeof(search->vek));

	for (int i = 0; i < WAITS && !ret && first_missing(search) < search->guest->pages; i++) {
		if (i)
			usleep(WAIT_US);
		ret = look_up(search, psp_log);
	}
	return ret;
}

static void wrong(struct frames *frames, const struct guest *guest, unsigned int page,
		  const char *what)
{
	if (!frames->wrong++)
		snprintf(frames->message, sizeof(frames->message), "page %u (gfn %#llx): %s", page,
			 (unsigned long long)guest_gfn(guest, page), what);
}

static void judge(const struct search *search, unsigned int page, struct frames *frames)
{
	const struct guest *guest = search->guest;
	const bool encrypted = must_be_found(guest, page);
	const bool untouched = must_be_untouched(guest, page);
	uint8_t plain[PAGE_BYTES];

	fill_pattern(plain, sizeof(plain), guest->seed, page);
	if (encrypted && search->found[page])
		frames->ciphertext++;
	else if (encrypted)
		wrong(frames, guest, page, "is not encrypted as it should be");
	if (untouched && !memcmp(plain, guest_page(guest, page), PAGE_BYTES))
		frames->untouched++;
	else if (untouched)
		wrong(frames, guest, page, "its user memory changed");
	if (!encrypted && !untouched)
		frames->unknown++;
}

int frames_check(const struct guest *guest, const char *psp_log, struct frames *frames)
{
	struct search search = { .guest = guest };
	int ret;

	memset(frames, 0, sizeof(*frames));
	search.memory = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	if (search.memory < 0)
		return -errno;
	ret = find_pages(&search, psp_log);
	close(search.memory);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < guest->pages; i++)
		judge(&search, i, frames);
	return frames->wrong ? -EILSEQ : 0;
}

int frames_measurement(const struct guest *guest, unsigned int pages, const uint8_t *nonce,
		       uint8_t *expected)
{
	struct sev_user_data_status status = { 0 };
	struct sev_issue_cmd command = {
		.cmd = SEV_PLATFORM_STATUS,
		.data = (uintptr_t)&status,
	};
	struct sev_digest digest = { NULL };
	uint8_t plain[PAGE_BYTES];
	uint8_t tik[SEV_KEY_BYTES];
	uint8_t sum[SHA256_BYTES];
	struct sev_measured measured;
	int ret;

	if (ioctl(guest->sev, SEV_ISSUE_CMD, &command))
		return -errno;
	measured = (struct sev_measured){
		.api_major = status.api_major,
		.api_minor = status.api_minor,
		.build = status.build,
	};
	ret = frames_key(guest, "tik", tik, sizeof(tik));
	if (!ret)
		ret = sev_digest_init(&digest);
	for (unsigned int i = 0; i < pages && !ret; i++) {
		fill_pattern(plain, sizeof(plain), guest->seed, i);
		ret = sev_digest_data(&digest, plain, sizeof(plain));
	}
	if (!ret)
		ret = sev_digest_final(&digest, sum);
	if (!ret)
		ret = sev_measurement(tik, &measured, sum, nonce, expected);
	sev_digest_free(&digest);
	return ret;
}
