// SPDX-License-Identifier: GPL-2.0-only
/*
 * list_pages FILE: prints the PAGE records of a recording as they are, one JSON object a line.
 * `sevtrace script` prints their parts, which do not tell where a record begins and ends.
 */
#include <inttypes.h>
#include <stdio.h>

#include "sev/names.h"
#include "sev/pages.h"
#include "tracefile/tracefile.h"

static void print_frame(const char *key, uint64_t frame)
{
	if (frame == SEVTRACE_NO_FRAME)
		printf(",\"%s\":null", key);
	else
		printf(",\"%s\":%" PRIu64, key, frame);
}

static void print_steps(const struct sevtrace_rec_page *page)
{
	for (uint32_t i = 0; i < page_steps(page); i++)
		printf("%s\"%s\"", i ? "," : "", step_name(page->steps[i]));
}

static void print_times(const struct sevtrace_rec_page *page)
{
	for (uint32_t i = 0; i < page_steps(page); i++)
		printf("%s%" PRIu64, i ? "," : "", (uint64_t)page->ns[i]);
}

static int list(void *ctx, const union sevtrace_record *rec)
{
	const struct sevtrace_rec_page *page = &rec->page;

	(void)ctx;
	if (rec->h.type != SEVTRACE_REC_PAGE)
		return 0;
	printf("{\"event\":\"page\",\"ts\":%" PRIu64 ",\"launch\":%u,\"tid\":%u,\"steps\":[",
	       (uint64_t)page->h.ts, page->h.launch, page->h.tid);
	print_steps(page);
	printf("],\"ns\":[");
	print_times(page);
	printf("]");
	print_frame("gfn", page->gfn);
	print_frame("pfn", page->pfn);
	printf(",\"npages\":%u,\"ret\":%d,\"ioctl\":\"%s\",\"page_type\":\"%s\",\"private_pages\":%u,"
	       "\"marks\":%u",
	       page->npages, page->ret, ioctl_name(page->ioctl), page_type_name(page->page_type),
	       page->private_pages, page->marks);
	printf(",\"psp_step\":%u,\"cmd\":%u,\"status\":%u,\"psp_ret\":%d,\"asked\":%u,\"answered\":%u,"
	       "\"extra\":%u,\"err_lo\":%u,\"err_hi\":%u",
	       page->psp_step, page->cmd, page->status, page->psp_ret, page->asked, page->answered,
	       page->extra, page->err_lo, page->err_hi);
	printf(",\"wait\":%" PRIu64 ",\"prep\":%" PRIu64 ",\"exec\":%" PRIu64
	       ",\"reclaim\":%" PRIu64 "}\n",
	       (uint64_t)page->wait, (uint64_t)page->prep, (uint64_t)page->exec,
	       (uint64_t)page->reclaim);
	return 0;
}

int main(int argc, char **argv)
{
	const struct tracefile_visitor visitor = { .record = list };
	struct tracefile_reader *reader;
	struct tracefile_state state;
	char why[256];
	int err;

	if (argc != 2) {
		fputs("usage: list_pages FILE\n", stderr);
		return 2;
	}
	err = tracefile_open(argv[1], &reader, why, sizeof(why));
	if (err) {
		fprintf(stderr, "list_pages: %s %s\n", argv[1], why);
		return 1;
	}
	err = tracefile_read(reader, &visitor, NULL, &state);
	tracefile_reader_free(reader);
	if (!err && !state.complete)
		fprintf(stderr, "list_pages: %s: %s\n", argv[1], state.text);
	return err != 0;
}
