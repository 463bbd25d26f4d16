// SPDX-License-Identifier: GPL-2.0-only
/* The flight recorder: what it keeps, forgets and hands out, and its files. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "flight/file.h"
#include "flight/flight.h"
#include "flight/report.h"
#include "scenario.h"

#define SECOND 1000000000ULL
#define KEEP 10

/* The calls that the sink received, and the last launch as a file. */
struct seen {
	struct flight *flight;
	struct scenario s;
	size_t failed;
	size_t ended;
	size_t recovered;
	size_t dropped;
	uint32_t last;
	char dir[32];
	struct host_info host;
	struct flight_report report;
	struct flight_file file;
};

static int on_failed(void *ctx, struct flight_launch *l, bool ended)
{
	struct seen *seen = ctx;
	struct flight_name name;

	seen->failed++;
	seen->ended += ended;
	seen->last = l->number;
	flight_report_fill(&seen->report, seen->flight, l);
	name = flight_report_name(&seen->report);
	assert_int_equal(flight_file_create(&seen->file, seen->dir, &name), 0);
	assert_int_equal(flight_file_write(&seen->file, &seen->host, l, 3), 0);
	assert_int_equal(flight_file_end(&seen->file), 0);
	return 0;
}

static void on_recovered(void *ctx, const struct flight_launch *l)
{
	(void)l;
	((struct seen *)ctx)->recovered++;
}

static void on_dropped(void *ctx, uint32_t launch, bool ended)
{
	(void)launch;
	(void)ended;
	((struct seen *)ctx)->dropped++;
}

static int feed(void *ctx, const union sevtrace_record *rec)
{
	struct seen *seen = ctx;

	return flight_feed(seen->flight, &rec->h);
}

static int setup(void **state)
{
	struct seen *seen = calloc(1, sizeof(*seen));
	const struct flight_sink sink = { on_failed, on_recovered, on_dropped, seen };
	const struct flight_wants wants = { .keep = KEEP, .failures = true };

	strcpy(seen->dir, "/tmp/flight-test.XXXXXX");
	assert_non_null(mkdtemp(seen->dir));
	seen->flight = flight_new(&wants, &sink);
	seen->host = (struct host_info){ .filter = "", .version = "test" };
	scenario_begin(&seen->s, feed, seen);
	*state = seen;
	return 0;
}

static size_t files(const char *dir, bool clean)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	char path[300];
	size_t nr = 0;

	while ((entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (*entry->d_name == '.')
			continue;
		nr++;
		if (clean)
			unlink(path);
	}
	closedir(d);
	return nr;
}

static int teardown(void **state)
{
	struct seen *seen = *state;

	flight_free(seen->flight);
	files(seen->dir, true);
	rmdir(seen->dir);
	free(seen);
	return 0;
}

/* Begins an SNP launch and runs it to its last page; the page at `bad` is refused. */
static void begin_launch(struct scenario *s, uint32_t number, uint32_t pages, uint32_t bad)
{
	put_launch(s, number, 1000 + number, "vmm", SEVTRACE_VM_SNP);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START, 1000, 7,
		   SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0x7f0000000000, 100, SEVTRACE_PAGE_NORMAL, true);
	for (uint32_t i = 0; i < pages; i++) {
		put_step(s, SEVTRACE_STEP_GET_PAGE, 0x100 + i, 1, 0, 1000);
		put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 0, 1000,
			i == bad ? SEVTRACE_PSP_INVALID_PARAM : 0);
		put_step(s, SEVTRACE_STEP_PSP, 0x100 + i, 1, i == bad ? -EIO : 0, 1000);
	}
	put_range_end(s, bad < pages ? bad : pages, bad < pages ? -EIO : 0);
	put_exit(s, bad < pages ? -EIO : 0, bad < pages ? SEVTRACE_PSP_INVALID_PARAM : 0, 7,
		 SEVTRACE_VM_SNP);
}

static void finish_launch(struct scenario *s, int ret)
{
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	put_exit(s, ret, 0, 7, SEVTRACE_VM_SNP);
}

static struct model *read_file(const struct seen *seen)
{
	static struct model m;
	struct tracefile_reader *reader;
	struct tracefile_state state;
	char why[128];

	model_init(&m);
	assert_int_equal(tracefile_open(seen->file.path, &reader, why, sizeof(why)), 0);
	assert_int_equal(model_read(&m, reader, &state), 0);
	assert_true(state.complete);
	tracefile_reader_free(reader);
	return &m;
}

static void good_ones_leave_nothing(void **state)
{
	struct seen *seen = *state;
	size_t bytes = 0;

	for (uint32_t i = 1; i <= 3000; i++) {
		begin_launch(&seen->s, i, 30, 99);
		finish_launch(&seen->s, 0);
		put_step(&seen->s, SEVTRACE_STEP_RECLAIM, 0x100, 1, 0, 1000);
		put_end(&seen->s, 1000);
		if (i == 1)
			bytes = flight_bytes(seen->flight);
	}
	assert_int_equal(seen->s.error, 0);
	assert_int_equal(flight_counts(seen->flight).ok, 3000);
	assert_int_equal(seen->dropped, 3000);
	assert_int_equal(flight_bytes(seen->flight), bytes);
	assert_int_equal(bytes, 0);
	assert_int_equal(flight_finish(seen->flight), 0);
	assert_int_equal(seen->failed, 0);
}

static void a_bad_one_is_handed_out(void **state)
{
	struct seen *seen = *state;
	struct tracefile_cpu_drops sum;
	struct model *m;

	begin_launch(&seen->s, 1, 30, 25);
	assert_int_equal(seen->failed, 0); /* the VMM may still try it again */
	put_end(&seen->s, 1000);
	assert_int_equal(seen->failed, 1);
	assert_int_equal(seen->ended, 1);
	assert_int_equal(flight_counts(seen->flight).failed, 1);
	assert_int_equal(flight_bytes(seen->flight), 0);
	assert_non_null(strstr(seen->file.path, "-pid1001-asid7-SNP_LAUNCH_UPDATE.data"));
	m = read_file(seen);
	assert_int_equal(m->nr_launches, 1);
	assert_int_equal(launch_result(m->launches[0]), MODEL_FAILED);
	assert_string_equal(m->launches[0]->comm, "vmm");
	assert_true(m->launches[0]->destroyed);
	assert_int_equal(m->launches[0]->failures[0].gfn, 0x100 + 25);
	assert_int_equal(m->launches[0]->failures[0].psp.status, SEVTRACE_PSP_INVALID_PARAM);
	assert_int_equal(m->launches[0]->ranges[1], 1);
	/*
	 * The two failed records of the page belong to its course. All records that were cut are
	 * counted.
	 */
	assert_true(model_drops(m, &sum));
	assert_int_equal(sum.emitted, seen->s.records);
	assert_int_equal(sum.recorded, m->records);
	assert_int_equal(sum.emitted, sum.recorded + sum.dropped);
	assert_int_equal(sum.dropped, 3 * 30 - 2 + 1 - KEEP);
	assert_int_equal(m->launches[0]->dropped, sum.dropped + 3);
	assert_int_equal(m->losses[0].count, sum.dropped);
	assert_int_equal(m->losses[1].count, 3);
	model_free(m);
}

static void put_sample(struct seen *seen, uint64_t ts)
{
	const union sevtrace_record rec = { .sample = { .h = { .ts = ts,
							       .launch = 1,
							       .type = SEVTRACE_REC_SAMPLE,
							       .size = sizeof(rec.sample) },
							.user = { 0x1000 },
							.period = 1 } };

	assert_int_equal(feed(seen, &rec), 0);
}

/* Samples of a VMM crowd nothing of the launch's course out, and keep no failed launch alive. */
static void samples(void **state)
{
	struct seen *seen = *state;
	uint64_t now;
	struct model *m;

	begin_launch(&seen->s, 1, 30, 25);
	now = seen->s.now;
	for (uint64_t i = 1; i <= 2000; i++)
		put_sample(seen, now + i * FLIGHT_STALL_NS / 1000);
	assert_int_equal(flight_tick(seen->flight, now + 2 * FLIGHT_STALL_NS), 0);
	assert_int_equal(seen->failed, 1);
	m = read_file(seen);
	assert_string_equal(m->launches[0]->comm, "vmm");
	assert_int_equal(m->launches[0]->failures[0].gfn, 0x100 + 25);
	assert_int_equal(m->launches[0]->ranges[1], 1);
	assert_int_equal(m->launches[0]->profile.samples, KEEP);
	model_free(m);
}

/* The file has the records in the order of their arrival. */
static int in_order(void *ctx, const struct sevtrace_rec *rec)
{
	uint64_t *ts = ctx;

	assert_true(rec->ts >= *ts);
	*ts = rec->ts;
	return 0;
}

static int check_order(void *ctx, struct flight_launch *l, bool ended)
{
	uint64_t ts = 0;

	(void)ended;
	assert_int_equal(flight_each(l, in_order, &ts), 0);
	((struct seen *)ctx)->failed++;
	return 0;
}

static void both_rings_come_in_order(void **state)
{
	struct seen *seen = *state;
	const struct flight_sink sink = { check_order, on_recovered, on_dropped, seen };
	const struct flight_wants wants = { .keep = 1000, .failures = true };

	flight_free(seen->flight);
	seen->flight = flight_new(&wants, &sink);
	begin_launch(&seen->s, 1, 100, 50);
	begin_launch(&seen->s, 1, 100, 50);
	put_end(&seen->s, 1);
	assert_int_equal(seen->failed, 1);
}

static void a_retry_that_succeeds_is_no_failure(void **state)
{
	struct seen *seen = *state;

	begin_launch(&seen->s, 1, 30, 25);
	finish_launch(&seen->s, -EIO);
	finish_launch(&seen->s, 0);
	put_end(&seen->s, 1);
	assert_int_equal(seen->failed, 0);
	assert_int_equal(flight_counts(seen->flight).ok, 1);
}

static void one_that_stands_still(void **state)
{
	struct seen *seen = *state;
	uint64_t now;

	begin_launch(&seen->s, 1, 30, 25);
	now = seen->s.now;
	assert_int_equal(flight_tick(seen->flight, now + FLIGHT_STALL_NS / 2), 0);
	assert_int_equal(seen->failed, 0);
	assert_int_equal(flight_tick(seen->flight, now + 2 * FLIGHT_STALL_NS), 0);
	assert_int_equal(seen->failed, 1);
	assert_int_equal(seen->ended, 0);
	assert_int_equal(flight_tick(seen->flight, now + 9 * FLIGHT_STALL_NS), 0);
	assert_int_equal(seen->failed, 1);
	/* User space goes on after a long pause. */
	finish_launch(&seen->s, 0);
	assert_int_equal(seen->recovered, 1);
	assert_int_equal(flight_counts(seen->flight).ok, 1);
	assert_int_equal(flight_counts(seen->flight).failed, 0);
}

static void stands_still_and_ends(void **state)
{
	struct seen *seen = *state;

	begin_launch(&seen->s, 1, 30, 25);
	assert_int_equal(flight_tick(seen->flight, seen->s.now + 2 * FLIGHT_STALL_NS), 0);
	put_end(&seen->s, 1);
	assert_int_equal(seen->failed, 1);
	assert_int_equal(flight_counts(seen->flight).failed, 1);
}

static void given_up_is_counted_apart(void **state)
{
	struct seen *seen = *state;

	begin_launch(&seen->s, 1, 30, 99);
	put_end(&seen->s, 1);
	assert_int_equal(flight_counts(seen->flight).incomplete, 1);
	assert_int_equal(seen->failed, 0);
}

/* INIT is refused: the VM's first and last ioctl. */
static void one_that_never_began(void **state)
{
	struct seen *seen = *state;

	put_launch(&seen->s, 1, 77, "vmm", SEVTRACE_VM_SEV);
	put_enter(&seen->s, SEVTRACE_KVM_SEV_INIT2);
	put_exit(&seen->s, -EBUSY, 0, 0, SEVTRACE_VM_SEV);
	put_end(&seen->s, 0);
	assert_int_equal(seen->failed, 1);
	assert_non_null(strstr(seen->file.path, "-pid77-asid0-INIT2.data"));
}

static void under_way_at_the_end(void **state)
{
	struct seen *seen = *state;

	begin_launch(&seen->s, 1, 30, 25);
	begin_launch(&seen->s, 2, 30, 99);
	assert_int_equal(flight_finish(seen->flight), 0);
	assert_int_equal(seen->failed, 1);
	assert_int_equal(seen->last, 1);
	assert_int_equal(flight_counts(seen->flight).incomplete, 0);
}

static void commands_of_no_launch(void **state)
{
	struct seen *seen = *state;
	struct model *m;

	put_psp(&seen->s, SEVTRACE_CMD_PDH_CERT_EXPORT, 0, 1000, SEVTRACE_PSP_INVALID_LEN);
	assert_int_equal(flight_tick(seen->flight, seen->s.now + 5 * FLIGHT_HOST_NS), 0);
	assert_int_equal(seen->failed, 0);
	put_psp(&seen->s, SEVTRACE_CMD_SNP_INIT_EX, 0, 1000, SEVTRACE_PSP_INVALID_CONFIG);
	put_psp(&seen->s, SEVTRACE_CMD_INIT_EX, 0, 1000, SEVTRACE_PSP_INVALID_PLATFORM_STATE);
	assert_int_equal(flight_tick(seen->flight, seen->s.now), 0);
	assert_int_equal(seen->failed, 0);
	assert_int_equal(flight_tick(seen->flight, seen->s.now + 5 * FLIGHT_HOST_NS), 0);
	assert_int_equal(seen->failed, 1);
	assert_int_equal(seen->last, 0);
	assert_non_null(strstr(seen->file.path, "-host-SNP_INIT_EX.data"));
	assert_string_equal(seen->report.status, "INVALID_CONFIG");
	assert_non_null(strstr(seen->report.cause, "BIOS"));
	m = read_file(seen);
	assert_int_equal(m->outside->nr_psp, 3);
	model_free(m);
	/* It is handed out only once. */
	assert_int_equal(flight_tick(seen->flight, seen->s.now + 9 * FLIGHT_HOST_NS), 0);
	assert_int_equal(flight_finish(seen->flight), 0);
	assert_int_equal(seen->failed, 1);
	assert_int_equal(flight_counts(seen->flight).host, 1);
}

/* More launches under way than are kept, and more records than fit. */
static void memory_is_bounded(void **state)
{
	struct seen *seen = *state;
	const struct flight_sink sink = { on_failed, on_recovered, on_dropped, seen };
	const struct flight_wants wants = { .keep = FLIGHT_MAX_KEEP, .failures = true };

	flight_free(seen->flight);
	seen->flight = flight_new(&wants, &sink);
	begin_launch(&seen->s, 1, 30, 25);
	for (uint32_t i = 2; i <= FLIGHT_MAX_LAUNCHES + 5; i++)
		begin_launch(&seen->s, i, 300, 999);
	assert_int_equal(seen->s.error, 0);
	assert_int_equal(flight_counts(seen->flight).forgotten, 5);
	/* The oldest launch is the failed one. */
	assert_int_equal(seen->failed, 1);
	assert_in_range(flight_bytes(seen->flight), FLIGHT_BYTES / 2, 2 * (size_t)FLIGHT_BYTES);
	/* Endless ioctls of one launch. */
	for (uint32_t i = 0; i < 100000; i++) {
		put_enter(&seen->s, SEVTRACE_KVM_SEV_GUEST_STATUS);
		put_exit(&seen->s, -EIO, 0, 7, SEVTRACE_VM_SNP);
	}
	assert_in_range(flight_bytes(seen->flight), 0, 2 * (size_t)FLIGHT_BYTES);
	seen->s.launch = FLIGHT_MAX_LAUNCHES + 5;
	put_end(&seen->s, 1);
	assert_int_equal(seen->failed, 2);
}

/* Running guests issue an ioctl now and then. */
static void idle_guests_are_dropped(void **state)
{
	struct seen *seen = *state;
	union sevtrace_record rec = { .launch_begin = { .h = { .ts = 1,
							       .launch = 1,
							       .tid = 5,
							       .size = sizeof(rec.launch_begin),
							       .type = SEVTRACE_REC_LAUNCH_BEGIN },
							.pid = 5,
							.joined = 1 } };

	assert_int_equal(feed(seen, &rec), 0);
	assert_int_equal(flight_tick(seen->flight, 2 * FLIGHT_IDLE_NS), 0);
	assert_int_equal(seen->dropped, 1);
	assert_int_equal(flight_counts(seen->flight).incomplete, 0);
	/* A launch that is known to be over is not taken for a new one. */
	seen->s.launch = 1;
	put_enter(&seen->s, SEVTRACE_KVM_SEV_GUEST_STATUS);
	put_exit(&seen->s, -EIO, 0, 7, SEVTRACE_VM_SNP);
	assert_int_equal(flight_finish(seen->flight), 0);
	assert_int_equal(seen->failed, 0);
}

static void files_are_never_overwritten(void **state)
{
	struct seen *seen = *state;
	const struct flight_name name = { 5 * SECOND, "", 12, 3, "SNP_LAUNCH_UPDATE" };
	char first[PATH_MAX];

	for (int i = 0; i < 3; i++) {
		assert_int_equal(flight_file_create(&seen->file, seen->dir, &name), 0);
		assert_int_equal(flight_file_end(&seen->file), 0);
		if (!i)
			memcpy(first, seen->file.path, sizeof(first));
	}
	assert_int_equal(files(seen->dir, false), 3);
	assert_string_equal(strstr(seen->file.path, "-pid12"),
			    "-pid12-asid3-SNP_LAUNCH_UPDATE-3.data");
	assert_null(strstr(first, ":"));
	assert_int_equal(flight_file_create(&seen->file, "/nonexistent", &name), -ENOENT);
	assert_int_equal(tracefile_create_new("/dev/full", &seen->file.writer), -EEXIST);
	assert_int_equal(flight_file_create(&seen->file, seen->dir, &name), 0);
	flight_file_abandon(&seen->file);
	assert_int_equal(files(seen->dir, false), 3);
}

static void not_too_many_files(void **state)
{
	struct flight_limit limit;
	uint64_t now = 1000 * SECOND;
	size_t taken = 0;

	(void)state;
	flight_limit_init(&limit, 30, now);
	for (int i = 0; i < 100; i++)
		taken += flight_limit_take(&limit, now);
	assert_int_equal(taken, FLIGHT_BURST);
	assert_int_equal(limit.refused, 100 - FLIGHT_BURST);
	now += 3 * FLIGHT_INTERVAL_NS;
	for (int i = 0; i < 100; i++)
		taken += flight_limit_take(&limit, now);
	assert_int_equal(taken, FLIGHT_BURST + 3);
	now += 1000 * FLIGHT_INTERVAL_NS;
	for (int i = 0; i < 100; i++)
		taken += flight_limit_take(&limit, now);
	assert_int_equal(taken, 30);

	/* However long nothing failed: no more at once than at first, and then one by one. */
	flight_limit_init(&limit, 1000000, now);
	now += 1000 * FLIGHT_INTERVAL_NS;
	taken = 0;
	for (int i = 0; i < 100; i++)
		taken += flight_limit_take(&limit, now);
	assert_int_equal(taken, FLIGHT_BURST);
	assert_int_equal(flight_limit_take(&limit, now + FLIGHT_INTERVAL_NS - 1), false);
	assert_int_equal(flight_limit_take(&limit, now - 5 * FLIGHT_INTERVAL_NS), false);
	assert_int_equal(flight_limit_take(&limit, now + FLIGHT_INTERVAL_NS), true);
	assert_int_equal(flight_limit_take(&limit, now + FLIGHT_INTERVAL_NS), false);
}

static void what_is_said(void **state)
{
	struct seen *seen = *state;
	const char *variables[FLIGHT_VARIABLES + 1];
	char *text = NULL;
	size_t size, nr = 0;
	FILE *out = open_memstream(&text, &size);

	begin_launch(&seen->s, 1, 30, 25);
	put_end(&seen->s, 1);
	flight_report_print(&seen->report, out);
	fclose(out);
	assert_non_null(strstr(text, "launch failed: vmm[1001], snp, ASID 7: "
				     "KVM_SEV_SNP_LAUNCH_UPDATE: EIO, firmware INVALID_PARAM: "));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	flight_report_variables(&seen->report, "/x/y", variables);
	while (variables[nr])
		nr++;
	assert_int_equal(nr, FLIGHT_VARIABLES);
	assert_string_equal(variables[0], "SEVTRACE_FILE=/x/y");
	assert_string_equal(variables[1], "SEVTRACE_PID=1001");
}

/* What a guest is called: in full for a command, without unusual characters in the file's name. */
static void what_it_is_called(void **state)
{
	static const char called[] = "SEVTRACE_NAME=../web $1;\xc3\xa9";
	struct seen *seen = *state;
	const char *variables[FLIGHT_VARIABLES + 1];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	put_launch(&seen->s, 1, 1001, "vmm", SEVTRACE_VM_SNP);
	put_name(&seen->s, SEVTRACE_NAME_VMM, called + strlen("SEVTRACE_NAME="));
	put_enter(&seen->s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	put_exit(&seen->s, -EIO, 0, 7, SEVTRACE_VM_SNP);
	put_end(&seen->s, 1);
	flight_report_print(&seen->report, out);
	fclose(out);
	assert_non_null(strstr(text, "launch failed: ../web $1;\xc3\xa9[1001], snp, ASID 7: "));
	free(text);
	flight_report_variables(&seen->report, "/x/y", variables);
	assert_string_equal(variables[3], called);
	assert_non_null(
		strstr(seen->file.path, "Z-___web__1___-pid1001-asid7-SNP_LAUNCH_START.data"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(samples),
		TEST(good_ones_leave_nothing),
		TEST(a_bad_one_is_handed_out),
		TEST(both_rings_come_in_order),
		TEST(a_retry_that_succeeds_is_no_failure),
		TEST(one_that_stands_still),
		TEST(stands_still_and_ends),
		TEST(given_up_is_counted_apart),
		TEST(one_that_never_began),
		TEST(under_way_at_the_end),
		TEST(commands_of_no_launch),
		TEST(memory_is_bounded),
		TEST(idle_guests_are_dropped),
		TEST(files_are_never_overwritten),
		TEST(not_too_many_files),
		TEST(what_is_said),
		TEST(what_it_is_called),
	};

	return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
