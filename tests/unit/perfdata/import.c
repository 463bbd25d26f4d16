// SPDX-License-Identifier: GPL-2.0-only
/*
 * perf.data: layouts of events, order, pairing, and files that are truncated or damaged anywhere.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <sevtrace/kvm_sev.h>
#include <sevtrace/psp.h>

#include "perfdata/internal.h"
#include "perfdata/pairing.h"
#include "util/array.h"

#define SAMPLES "tests/golden/perf/"

/*
 * --- layouts ------------------------------------------------------------------------------------
 */

static const char clflush_format[] =
	"name: kvm_sev_clflush\n"
	"ID: 1285\n"
	"format:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
	"\n"
	"\tfield:u64 gfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:u64 npages;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 asid;\toffset:24;\tsize:4;\tsigned:0;\n"
	"\tfield:bool skipped;\toffset:28;\tsize:1;\tsigned:0;\n"
	"\n"
	"print fmt: \"asid %u gfn %s npages %llu skipped %s\", REC->asid\n";

static void reads_a_format(void **state)
{
	const struct perf_event_info *info = &perf_events[PERF_CLFLUSH];
	struct perf_format format;
	const char *missing;
	__u64 values[PERF_MAX_FIELDS];
	__u8 raw[29] = { [8] = 0x34, [9] = 0x12, [16] = 7, [28] = 1 };

	(void)state;
	assert_int_equal(perf_format_parse(info, clflush_format, sizeof(clflush_format) - 1,
					   &format, &missing),
			 0);
	assert_int_equal(format.id, 1285);
	assert_int_equal(perf_format_decode(info, &format, raw, sizeof(raw), values), 0);
	assert_int_equal(values[STEP_GFN], 0x1234);
	assert_int_equal(values[STEP_NPAGES], 7);
	assert_int_equal(values[STEP_SKIPPED], 1);
	assert_int_equal(perf_format_decode(info, &format, raw, sizeof(raw) - 1, values), -EINVAL);
}

static void names_a_missing_field(void **state)
{
	struct perf_format format;
	const char *missing;

	(void)state;
	assert_int_equal(perf_format_parse(&perf_events[PERF_STEP], clflush_format,
					   sizeof(clflush_format) - 1, &format, &missing),
			 -ENOENT);
	assert_non_null(missing);
	assert_false(format.known);
	assert_int_equal(perf_format_parse(&perf_events[PERF_STEP], "", 0, &format, &missing),
			 -EINVAL);
}

static void extends_signs(void **state)
{
	const struct perf_event_info *info = &perf_events[PERF_ATTR_DONE];
	struct perf_format format = { .fields = { [ATTR_START] = { 0, 8, false },
						  [ATTR_END] = { 0, 8, false },
						  [ATTR_ATTR] = { 0, 8, false },
						  [ATTR_RET] = { 8, 4, true } } };
	__u8 raw[12] = { [8] = 0xea, [9] = 0xff, [10] = 0xff, [11] = 0xff };
	__u64 values[PERF_MAX_FIELDS];

	(void)state;
	assert_int_equal(perf_format_decode(info, &format, raw, sizeof(raw), values), 0);
	assert_int_equal((__s64)values[ATTR_RET], -22);
}

/*
 * --- order --------------------------------------------------------------------------------------
 */

struct seen {
	__u64 ts[16];
	size_t nr;
};

static int note_ts(void *ctx, const struct perf_event *event)
{
	struct seen *seen = ctx;

	assert_true(seen->nr < ARRAY_SIZE(seen->ts));
	seen->ts[seen->nr++] = event->ts;
	return 0;
}

static void orders_rounds(void **state)
{
	struct perf_order order = { 0 };
	struct seen seen = { .nr = 0 };
	static const __u64 rounds[3][3] = { { 30, 10, 20 }, { 25, 50, 40 }, { 35, 60, 45 } };
	static const __u64 sorted[] = { 10, 20, 25, 30, 35, 40, 45, 50, 60 };

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++) {
			struct perf_event event = { .ts = rounds[round][i] };

			assert_int_equal(perf_order_add(&order, &event, note_ts, &seen), 0);
		}
		assert_int_equal(perf_order_round(&order, note_ts, &seen), 0);
	}
	/* The records from before the end of the second round have been passed on. */
	assert_int_equal(seen.nr, 8);
	assert_int_equal(perf_order_flush(&order, UINT64_MAX, note_ts, &seen), 0);
	assert_int_equal(seen.nr, 9);
	assert_memory_equal(seen.ts, sorted, sizeof(sorted));
	perf_order_free(&order);
}

/*
 * --- pairing ------------------------------------------------------------------------------------
 */

union record {
	struct sevtrace_rec h;
	struct sevtrace_rec_launch_begin begin;
	struct sevtrace_rec_launch_end end;
	struct sevtrace_rec_ioctl_exit ioctl;
	struct sevtrace_rec_range_end range;
	struct sevtrace_rec_step step;
	struct sevtrace_rec_psp psp;
	struct sevtrace_rec_attr attr;
	struct sevtrace_rec_stack stack;
	struct sevtrace_rec_page page;
};

struct records {
	union record of[64];
	size_t nr;
};

static int keep(void *ctx, const struct sevtrace_rec *rec)
{
	struct records *records = ctx;

	assert_true(records->nr < 64);
	assert_true(rec->size <= sizeof(union record) && rec->size % 8 == 0);
	memcpy(&records->of[records->nr++], rec, rec->size);
	return 0;
}

struct fixture {
	struct pairing *p;
	struct records records;
};

static int start(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f)
		f->p = pairing_new(keep, &f->records);
	return f && f->p ? 0 : -1;
}

static int stop(void **state)
{
	struct fixture *f = *state;

	pairing_free(f->p);
	free(f);
	return 0;
}

/* FEED(p, tid, ts, type, values...): threads below 200 belong to process 100. */
#define FEED(p, tid_, ts_, type_, ...)                                   \
	do {                                                             \
		struct perf_event event = { .ts = (ts_),                 \
					    .tid = (tid_),               \
					    .pid = (tid_) / 100 * 100,   \
					    .cpu = 1,                    \
					    .type = (type_),             \
					    .values = { __VA_ARGS__ } }; \
		assert_int_equal(pairing_feed(p, &event), 0);            \
	} while (0)

/*
 * Feeds KVM_SEV_INIT2, which gives the VM its ASID. Makes two records, or three with the launch's
 * first.
 */
static void init_vm(struct pairing *p, __u32 tid, __u64 ts, __u64 asid)
{
	FEED(p, tid, ts,
	     PERF_CMD_ENTER, [CMD_CMD] = SEVTRACE_KVM_SEV_INIT2, [CMD_VM_TYPE] = SEVTRACE_VM_SNP);
	FEED(p, tid, ts + 10, PERF_CMD_EXIT, [CMD_CMD] = SEVTRACE_KVM_SEV_INIT2, [CMD_ASID] = asid,
	     [CMD_VM_TYPE] = SEVTRACE_VM_SNP);
}

static void pairs_a_page(void **state)
{
	struct fixture *f = *state;
	struct pairing *p = f->p;
	struct records *r = &f->records;
	const struct sevtrace_rec_page *page;

	init_vm(p, 100, 1000, 5);
	assert_int_equal(r->of[0].h.type, SEVTRACE_REC_LAUNCH_BEGIN);
	assert_int_equal(r->of[2].ioctl.duration, 10);
	assert_int_equal(r->of[2].ioctl.asid, 5);
	FEED(p, 100, 2000, PERF_CMD_ENTER, [CMD_CMD] = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE,
	     [CMD_ASID] = 5, [CMD_VM_TYPE] = SEVTRACE_VM_SNP);
	FEED(p, 100, 2100, PERF_RANGE_START, [RANGE_GFN] = 16, [RANGE_NPAGES] = 1,
	     [RANGE_PAGE_TYPE] = SEVTRACE_PAGE_NORMAL, [RANGE_PRIVATE] = 1);
	FEED(p, 100, 2150, PERF_POPULATE_STEP, [STEP_GFN] = 16, [STEP_NPAGES] = 1);
	FEED(p, 100, 2180, PERF_STEP, [STEP_GFN] = 16, [STEP_NPAGES] = 1, [STEP_STEP] = 3);
	FEED(p, 100, 2200, PERF_PSP_WAIT, [PSP_CMD] = SEVTRACE_CMD_SNP_LAUNCH_UPDATE);
	FEED(p, 100, 2203, PERF_PSP_START, [PSP_CMD] = SEVTRACE_CMD_SNP_LAUNCH_UPDATE);
	FEED(p, 100, 2208, PERF_PSP_ISSUE, [PSP_CMD] = SEVTRACE_CMD_SNP_LAUNCH_UPDATE);
	FEED(p, 100, 2308,
	     PERF_PSP_COMPLETE, [PSP_CMD] = SEVTRACE_CMD_SNP_LAUNCH_UPDATE, [PSP_ANSWERED] = 1);
	FEED(p, 100, 2309, PERF_PSP_END, [PSP_CMD] = SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
	     [PSP_ASKED] = 1, [PSP_ANSWERED] = 1);
	FEED(p, 100, 2310, PERF_STEP, [STEP_GFN] = 16, [STEP_NPAGES] = 1, [STEP_STEP] = 4);
	assert_int_equal(r->of[r->nr - 1].h.type, SEVTRACE_REC_RANGE_START);
	FEED(p, 100, 2400, PERF_RANGE_END, [RANGE_GFN] = 16, [RANGE_NPAGES] = 1, [RANGE_DONE] = 1);
	page = &r->of[r->nr - 2].page;
	assert_int_equal(page->h.type, SEVTRACE_REC_PAGE);
	assert_int_equal(page->h.ts, 2310);
	assert_int_equal(page->h.launch, 1);
	assert_int_equal(page->h.tid, 100);
	assert_int_equal(page->nr_steps, 3);
	assert_int_equal(page->steps[0], SEVTRACE_STEP_GET_PAGE);
	assert_int_equal(page->steps[1], SEVTRACE_STEP_RMP_UPDATE);
	assert_int_equal(page->steps[2], SEVTRACE_STEP_PSP);
	assert_int_equal(page->ns[0], 50);
	assert_int_equal(page->ns[1], 30);
	assert_int_equal(page->ns[2], 130 - 109);
	assert_int_equal(page->psp_step, 3);
	assert_int_equal(page->wait, 3);
	assert_int_equal(page->prep, 5);
	assert_int_equal(page->exec, 100);
	assert_int_equal(page->reclaim, 1);
	assert_int_equal(page->page_type, SEVTRACE_PAGE_NORMAL);
	assert_int_equal(r->of[r->nr - 1].range.duration, 300);
	assert_int_equal(r->of[r->nr - 1].range.done, 1);
	FEED(p, 100, 2500, PERF_CMD_EXIT, [CMD_CMD] = SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE,
	     [CMD_ASID] = 5, [CMD_VM_TYPE] = SEVTRACE_VM_SNP);
	assert_int_equal(r->of[r->nr - 1].ioctl.psp_answered, 1);
	assert_int_equal(pairing_launches(p), 1);
}

/* Feeds a PSP command at a depth from its start to its end. */
static void command(struct pairing *p, __u64 ts, __u32 cmd, __u64 depth, bool answered, int ret)
{
	FEED(p, 100, ts, PERF_PSP_START, [PSP_CMD] = cmd, [PSP_DEPTH] = depth);
	FEED(p, 100, ts + 1, PERF_PSP_ISSUE, [PSP_CMD] = cmd, [PSP_DEPTH] = depth);
	FEED(p, 100, ts + 2,
	     PERF_PSP_COMPLETE, [PSP_CMD] = cmd, [PSP_DEPTH] = depth, [PSP_ANSWERED] = answered);
	FEED(p, 100, ts + 3, PERF_PSP_END, [PSP_CMD] = cmd, [PSP_DEPTH] = depth, [PSP_ASKED] = 1,
	     [PSP_ANSWERED] = answered, [PSP_RET] = (__u64)ret);
}

/*
 * What an ioctl's exit says of the PSP is of the first command that failed, else of the last one.
 * Commands inside a command do not count: user space did not ask for them.
 */
static void nested_commands_do_not_count(void **state)
{
	struct fixture *f = *state;
	struct pairing *p = f->p;
	struct records *r = &f->records;

	init_vm(p, 100, 1000, 5);
	for (int nested = 0; nested < 2; nested++) {
		FEED(p, 100, 2000,
		     PERF_CMD_ENTER, [CMD_CMD] = SEVTRACE_KVM_SEV_LAUNCH_START, [CMD_ASID] = 5);
		command(p, 2010, SEVTRACE_CMD_LAUNCH_START, 0, true, 0);
		assert_int_equal(r->of[r->nr - 1].psp.depth, 0);
		/* Without an answer: nested, that changes nothing. */
		command(p, 2020, SEVTRACE_CMD_SNP_PAGE_RECLAIM, nested, false, -ETIMEDOUT);
		assert_int_equal(r->of[r->nr - 1].psp.depth, nested);
		assert_int_equal(r->of[r->nr - 1].psp.answered, 0);
		FEED(p, 100, 2100, PERF_CMD_EXIT, [CMD_CMD] = SEVTRACE_KVM_SEV_LAUNCH_START,
		     [CMD_ASID] = 5, [CMD_RET] = (__u64)-EIO);
		assert_int_equal(r->of[r->nr - 1].ioctl.psp_asked, 1);
		assert_int_equal(r->of[r->nr - 1].ioctl.psp_answered, nested);
	}
	/* The first failure stays, whatever succeeds or fails behind it. */
	FEED(p, 100, 3000,
	     PERF_CMD_ENTER, [CMD_CMD] = SEVTRACE_KVM_SEV_LAUNCH_START, [CMD_ASID] = 5);
	command(p, 3010, SEVTRACE_CMD_LAUNCH_START, 0, false, -ETIMEDOUT);
	command(p, 3020, SEVTRACE_CMD_DECOMMISSION, 0, true, 0);
	FEED(p, 100, 3100, PERF_CMD_EXIT, [CMD_CMD] = SEVTRACE_KVM_SEV_LAUNCH_START, [CMD_ASID] = 5,
	     [CMD_RET] = (__u64)-EIO);
	assert_int_equal(r->of[r->nr - 1].ioctl.psp_answered, 0);
}

/* Any process may have the thread that destroys a VM, and ASIDs are reused. */
static void tells_launches_apart(void **state)
{
	struct fixture *f = *state;
	struct pairing *p = f->p;
	struct records *r = &f->records;

	init_vm(p, 100, 1000, 5);
	init_vm(p, 101, 1100, 6);
	FEED(p, 101, 1200, PERF_ATTR, 0);
	FEED(p, 100, 1201, PERF_ATTR, 0);
	FEED(p, 101, 1230, PERF_ATTR_LOCKED, 0);
	FEED(p, 101, 1250, PERF_ATTR_DONE, [ATTR_END] = 4);
	assert_int_equal(r->of[r->nr - 1].attr.h.launch, 2);
	assert_int_equal(r->of[r->nr - 1].attr.wait, 30);
	assert_int_equal(r->of[r->nr - 1].attr.duration, 50);
	FEED(p, 100, 1260, PERF_ATTR_DONE, [ATTR_END] = 4);
	assert_int_equal(r->of[r->nr - 1].attr.h.launch, 1);
	/* A third thread of the process with two launches: its launch is unknown. */
	FEED(p, 102, 1300, PERF_ATTR, 0);
	FEED(p, 102, 1310, PERF_ATTR_DONE, [ATTR_END] = 4);
	assert_int_equal(r->of[r->nr - 1].attr.h.launch, 0);

	FEED(p, 900, 2000, PERF_DESTROY_START, [DESTROY_ASID] = 5);
	init_vm(p, 200, 2100, 5);
	assert_int_equal(r->of[r->nr - 1].ioctl.h.launch, 3);
	FEED(p, 900, 2500, PERF_DESTROY_END, [DESTROY_ASID] = 5);
	/* The destroy event does not touch the new owner of the ASID. */
	assert_int_equal(r->of[r->nr - 1].h.type, SEVTRACE_REC_IOCTL_EXIT);
	FEED(p, 900, 2600, PERF_DESTROY_START, [DESTROY_ASID] = 6);
	FEED(p, 900, 2650, PERF_DESTROY_END, [DESTROY_ASID] = 6);
	assert_int_equal(r->of[r->nr - 1].end.h.launch, 2);
	assert_int_equal(r->of[r->nr - 1].end.duration, 50);
	assert_int_equal(r->of[r->nr - 1].end.destroyed, 1);
}

static void ends_a_refused_launch(void **state)
{
	struct fixture *f = *state;
	struct pairing *p = f->p;
	struct records *r = &f->records;

	FEED(p, 100, 1000, PERF_CMD_ENTER, [CMD_CMD] = SEVTRACE_KVM_SEV_INIT);
	assert_int_equal(r->of[0].begin.vm_type, SEVTRACE_VM_SEV);
	FEED(p, 100, 1010, PERF_CMD_EXIT, [CMD_RET] = (__u64)-EBUSY);
	assert_int_equal(r->of[r->nr - 2].ioctl.ret, -EBUSY);
	assert_int_equal(r->of[r->nr - 1].h.type, SEVTRACE_REC_LAUNCH_END);
	assert_int_equal(r->of[r->nr - 1].end.destroyed, 0);
	/* A launch that began before the recording. */
	FEED(p, 100, 1100, PERF_CMD_ENTER, [CMD_CMD] = SEVTRACE_KVM_SEV_LAUNCH_MEASURE,
	     [CMD_ASID] = 9, [CMD_VM_TYPE] = SEVTRACE_VM_SEV);
	assert_int_equal(r->of[r->nr - 2].begin.joined, 1);
}

/* A query for a length fails by design: no stack of it is kept. One of a real failure is. */
static void no_stack_of_a_length_query(void **state)
{
	static struct perf_stack stack = { .kernel = { 1 }, .user = { 2 } };
	struct fixture *f = *state;
	struct records *r = &f->records;

	init_vm(f->p, 100, 1000, 5);
	for (int query = 0; query < 2; query++) {
		struct perf_event end = { .ts = 2010,
					  .tid = 100,
					  .pid = 100,
					  .type = PERF_CMD_EXIT,
					  .values = { [CMD_ASID] = 5,
						      [CMD_RET] = (__u64)-EIO,
						      [CMD_FW_ERROR] =
							      query ? SEVTRACE_PSP_INVALID_LEN :
								      SEVTRACE_PSP_INVALID_PARAM },
					  .stack = &stack };

		FEED(f->p, 100, 2000,
		     PERF_CMD_ENTER, [CMD_CMD] = SEVTRACE_KVM_SEV_LAUNCH_MEASURE, [CMD_ASID] = 5);
		assert_int_equal(pairing_feed(f->p, &end), 0);
		assert_int_equal(r->of[r->nr - 1].h.type, SEVTRACE_REC_IOCTL_EXIT);
		assert_int_equal(r->of[r->nr - 2].h.type,
				 query ? SEVTRACE_REC_IOCTL_ENTER : SEVTRACE_REC_STACK);
	}
}

/* Ends without beginnings, and steps outside of launches, belong to no launch. */
static void leaves_out_what_has_no_beginning(void **state)
{
	struct fixture *f = *state;
	struct pairing *p = f->p;

	FEED(p, 100, 10, PERF_CMD_EXIT, 0);
	FEED(p, 100, 20, PERF_STEP, 0);
	FEED(p, 100, 30, PERF_RANGE_END, 0);
	FEED(p, 100, 40, PERF_PSP_END, [PSP_DEPTH] = 1);
	FEED(p, 100, 50, PERF_PSP_END, [PSP_DEPTH] = 200);
	FEED(p, 100, 60, PERF_ATTR_DONE, 0);
	FEED(p, 100, 70, PERF_DESTROY_END, 0);
	assert_int_equal(f->records.nr, 0);
	init_vm(p, 100, 100, 5);
	FEED(p, 100, 200, PERF_CMD_ENTER, [CMD_CMD] = 3, [CMD_ASID] = 5);
	FEED(p, 100, 210, PERF_STEP, [STEP_STEP] = 99);
	assert_int_equal(pairing_unknown_steps(p), 1);
}

/*
 * --- files --------------------------------------------------------------------------------------
 */

static int count_record(void *ctx, const struct sevtrace_rec *rec)
{
	(void)rec;
	++*(size_t *)ctx;
	return 0;
}

static int pair_up(void *ctx, const struct perf_event *event)
{
	return pairing_feed(ctx, event);
}

/* Imports bytes. Returns the result of opening or reading. */
static int import(const void *bytes, size_t size, struct perf_file_state *state, size_t *records)
{
	int fd = memfd_create("perf", MFD_CLOEXEC);
	struct pairing *p = pairing_new(count_record, records);
	struct perf_file *file;
	char path[32], why[512];
	int err;

	*records = 0;
	assert_non_null(p);
	assert_true(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = perf_file_open(path, NULL, &file, why, sizeof(why));
	if (!err)
		err = perf_file_check(file, why, sizeof(why));
	if (!err)
		err = perf_file_read(file, pair_up, p, state, why, sizeof(why));
	if (err)
		assert_true(*why != '\0');
	perf_file_free(file);
	pairing_free(p);
	close(fd);
	return err;
}

static void *load(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	void *bytes;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(*size);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *size, f), *size);
	fclose(f);
	return bytes;
}

static void survives_any_end(void **state)
{
	static const char *const files[] = { SAMPLES "failed.perf", SAMPLES "packed.perf",
					     SAMPLES "piped.perf" };
	static struct perf_file_state read;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		size_t size, records, before = 0;
		__u8 *bytes = load(files[i], &size);

		assert_int_equal(import(bytes, size, &read, &records), 0);
		assert_true(read.complete && records > 20);
		assert_int_equal(read.damaged, 0);
		for (size_t end = 0; end < size; end += 997) {
			if (import(bytes, end, &read, &records))
				continue;
			assert_true(records >= before);
			/* A pipe may end after any record. */
			assert_true(!read.complete || i == 2);
			before = records;
		}
		free(bytes);
	}
}

static void survives_any_byte(void **state)
{
	static struct perf_file_state read;
	size_t size, records;
	__u8 *bytes = load(SAMPLES "packed.perf", &size);

	(void)state;
	for (size_t at = 0; at < size; at += at < 512 ? 1 : 307) {
		__u8 was = bytes[at];

		bytes[at] ^= 0xff;
		import(bytes, size, &read, &records);
		bytes[at] = was;
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_format),
		cmocka_unit_test(names_a_missing_field),
		cmocka_unit_test(extends_signs),
		cmocka_unit_test(orders_rounds),
		cmocka_unit_test_setup_teardown(pairs_a_page, start, stop),
		cmocka_unit_test_setup_teardown(tells_launches_apart, start, stop),
		cmocka_unit_test_setup_teardown(nested_commands_do_not_count, start, stop),
		cmocka_unit_test_setup_teardown(ends_a_refused_launch, start, stop),
		cmocka_unit_test_setup_teardown(no_stack_of_a_length_query, start, stop),
		cmocka_unit_test_setup_teardown(leaves_out_what_has_no_beginning, start, stop),
		cmocka_unit_test(survives_any_end),
		cmocka_unit_test(survives_any_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
