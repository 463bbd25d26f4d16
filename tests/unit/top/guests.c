// SPDX-License-Identifier: GPL-2.0-only
/* What top shows of a guest whose launch is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"
#include "top/launches.h"

#define SECOND 1000000000ULL

static const struct live_kernel idle;
static uint64_t vcpus_ran; /* of each process */
static bool alive_now = true;

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return live_feed(ctx, rec);
}

static bool alive(pid_t pid)
{
	(void)pid;
	return alive_now;
}

static uint64_t guest_time(pid_t pid)
{
	(void)pid;
	return vcpus_ran;
}

/* Returns the last line of a frame; the caller frees it. */
static char *line_of(const struct live *live)
{
	const struct live_view view = { 0 };
	char *text = NULL, *line, *found;
	size_t size;
	struct text_style style = { open_memstream(&text, &size), 132, true, false };

	render_live(live, &view, &style);
	fclose(style.out);
	line = strstr(text, "\n\n") + 2;
	line = strchr(line, '\n') + 1;
	found = strdup(line);
	free(text);
	return found;
}

static void expect(const struct live *live, const char *wanted)
{
	char *line = line_of(live);

	if (!strstr(line, wanted))
		fail_msg("'%s' is not in '%s'", wanted, line);
	free(line);
}

static void put(struct live *live, uint64_t ts, union sevtrace_record *rec, uint16_t type,
		size_t size)
{
	rec->h = (struct sevtrace_rec){
		.ts = ts, .launch = 1, .tid = 9, .type = type, .size = (uint16_t)size
	};
	assert_int_equal(live_feed(live, rec), 0);
}

static void run(struct live *live, uint64_t ts)
{
	union sevtrace_record rec = { .run = { .vcpu = 0 } };

	put(live, ts, &rec, SEVTRACE_REC_RUN, sizeof(rec.run));
}

static void give(struct live *live, uint64_t ts, uint64_t pages)
{
	union sevtrace_record rec = { .guest = { .given = pages, .memory = 5000 } };

	put(live, ts, &rec, SEVTRACE_REC_GUEST, sizeof(rec.guest));
}

/* Launches a guest; returns when that was done. */
static uint64_t launch(struct live *live, uint8_t vm_type, bool follow)
{
	struct scenario s;

	vcpus_ran = 0;
	alive_now = true;
	live_init(live, 1);
	live->guest_time = follow ? guest_time : NULL;
	scenario_begin(&s, feed, live);
	put_launch(&s, 1, 1001, "vmm", vm_type);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	put_exit(&s, 0, 0, 7, vm_type);
	live_refresh(live, s.now, &idle, alive);
	return s.now;
}

static void accepts_then_runs(void **state)
{
	struct live live;
	uint64_t at = launch(&live, SEVTRACE_VM_SNP, true);

	(void)state;
	expect(&live, "the guest          not run yet");
	/* a VMM that waits is shown for long */
	live_refresh(&live, at += 1000 * SECOND, &idle, alive);
	expect(&live, "not run yet");
	run(&live, at);
	vcpus_ran = SECOND;
	live_refresh(&live, at += SECOND, &idle, alive);
	expect(&live, "the guest          idle");
	give(&live, at, 1000);
	live_refresh(&live, at += SECOND, &idle, alive);
	/* 1,000 of 5,000 pages in a second: four seconds are left */
	expect(&live, "the guest          accepts");
	expect(&live, "1,000     5,000    1,000");
	expect(&live, "4.00 s\n");
	vcpus_ran += 3 * SECOND / 2;
	live_refresh(&live, at += SECOND, &idle, alive);
	expect(&live, "the guest          runs 1.50");
	assert_int_equal(live.results[MODEL_OK], 1);
	live_refresh(&live, at + LIVE_SETTLED_NS, &idle, alive);
	assert_int_equal(live.nr_launches, 0);
	live_free(&live);
}

static void is_dropped(void **state)
{
	struct live live;
	uint64_t at;

	(void)state;
	/* not followed */
	at = launch(&live, SEVTRACE_VM_SNP, false);
	expect(&live, "ok\n");
	live_refresh(&live, at + LIVE_LINGER_NS + 1, &idle, alive);
	assert_int_equal(live.nr_launches, 0);
	live_free(&live);
	/* its VMM has ended */
	at = launch(&live, SEVTRACE_VM_SNP, true);
	alive_now = false;
	live_refresh(&live, at + LIVE_LINGER_NS + 1, &idle, alive);
	assert_int_equal(live.nr_launches, 0);
	assert_int_equal(live.results[MODEL_OK], 1);
	live_free(&live);
	/* a guest of SNP that is never given memory */
	at = launch(&live, SEVTRACE_VM_SNP, true);
	run(&live, at);
	live_refresh(&live, at + LIVE_SILENT_NS, &idle, alive);
	assert_int_equal(live.nr_launches, 1);
	live_refresh(&live, at + LIVE_SILENT_NS + 1, &idle, alive);
	assert_int_equal(live.nr_launches, 0);
	live_free(&live);
	/* others are never given any */
	at = launch(&live, SEVTRACE_VM_SEV_ES, true);
	run(&live, at);
	live_refresh(&live, at + LIVE_SETTLED_NS, &idle, alive);
	assert_int_equal(live.nr_launches, 1);
	live_refresh(&live, at + LIVE_SETTLED_NS + 1, &idle, alive);
	assert_int_equal(live.nr_launches, 0);
	live_free(&live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_then_runs),
		cmocka_unit_test(is_dropped),
	};

	return cmocka_run_group_tests_name("top_guests", tests, NULL, NULL);
}
