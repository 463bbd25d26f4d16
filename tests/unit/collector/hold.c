// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes histograms of a launch that goes on, from a kernel that is a few lines here: it gives the
 * memory of a deleted histogram to another launch at once, while a program that has looked it up
 * is about to add to it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <sevtrace/kvm_sev.h>

#include "collector/internal.h"

#define LAUNCH 7
#define OTHER 8
#define OUTER 3 /* file descriptors */
#define INNER 4

static struct sevtrace_bpf skel;
static struct sevtrace_bpf__bss bss;
static struct bpf_map *const hists = (struct bpf_map *)&skel.maps.hists;
static struct bpf_map *const launches = (struct bpf_map *)&skel.maps.launches;

static struct {
	struct sevtrace_hist hist; /* the only memory for a histogram */
	struct sevtrace_hist_key key; /* whose it is */
	bool used;
	struct sevtrace_hist *program; /* has looked this up and will add to it */
	struct sevtrace_launch launch;
	size_t waits;
	struct sevtrace_hist taken;
	size_t nr_taken;
	bool refuse; /* to wait */
} kernel;

/* A program that was interrupted goes on. */
static void program_goes_on(void)
{
	if (kernel.program)
		kernel.program->count++;
	kernel.program = NULL;
	kernel.launch.inside = 0;
}

/* A program of the launch begins and ends now. Returns whether it added a sample. */
static bool program_runs(__u32 launch)
{
	if (bss.held_launch == launch || bss.held_launch == SEVTRACE_HOLD_ALL)
		return false;
	assert_true(kernel.used && kernel.key.launch == launch);
	kernel.hist.count++;
	return true;
}

/* These stand before those of the shared library. */
int bpf_map__lookup_and_delete_elem(const struct bpf_map *map, const void *key, size_t key_size,
				    void *value, size_t value_size, __u64 flags)
{
	(void)flags;
	assert_ptr_equal(map, hists);
	if (!kernel.used || memcmp(key, &kernel.key, key_size) != 0)
		return -ENOENT;
	memcpy(value, &kernel.hist, value_size);
	/* Another launch gets the memory. */
	memset(&kernel.hist, 0, sizeof(kernel.hist));
	kernel.key.launch = OTHER;
	return 0;
}

int bpf_map__get_next_key(const struct bpf_map *map, const void *last, void *next, size_t size)
{
	const __u64 kvm = 0xffff888000000000;

	if (last)
		return -ENOENT;
	if (map == launches)
		memcpy(next, &kvm, size);
	else
		memcpy(next, &kernel.key, size);
	return 0;
}

int bpf_map__lookup_elem(const struct bpf_map *map, const void *key, size_t key_size, void *value,
			 size_t value_size, __u64 flags)
{
	(void)key;
	(void)key_size;
	(void)flags;
	assert_ptr_equal(map, launches);
	/* Whoever begins now sees that the launch is held. */
	assert_false(program_runs(LAUNCH));
	memcpy(value, &kernel.launch, value_size);
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	(void)key;
	(void)flags;
	assert_int_equal(fd, OUTER);
	assert_int_equal(*(const __u32 *)value, INNER);
	assert_true(bss.held_launch);
	if (kernel.refuse) {
		errno = ENOMEM;
		return -1;
	}
	kernel.waits++;
	program_goes_on();
	return 0;
}

static int on_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	(void)ctx;
	assert_int_equal(key->launch, LAUNCH);
	kernel.taken = *hist;
	kernel.nr_taken++;
	return 0;
}

/* A launch with a histogram of one sample; busy: a program is about to add the second one. */
static struct collector prepare(bool busy)
{
	memset(&kernel, 0, sizeof(kernel));
	memset(&bss, 0, sizeof(bss));
	skel.bss = &bss;
	skel.maps.hists = hists;
	skel.maps.launches = launches;
	kernel.key = (struct sevtrace_hist_key){ .launch = LAUNCH,
						 .kind = SEVTRACE_HIST_STEP,
						 .id = SEVTRACE_STEP_PSP };
	kernel.used = true;
	kernel.hist.count = 1;
	kernel.launch.number = LAUNCH;
	kernel.launch.inside = busy;
	kernel.program = busy ? &kernel.hist : NULL;
	return (struct collector){ .sink = { .hist = on_hist },
				   .skel = &skel,
				   .samples = samples_new(),
				   .wait = { .inner = INNER, .outer = OUTER } };
}

static void assert_taken(uint64_t count)
{
	program_goes_on();
	assert_int_equal(kernel.nr_taken, 1);
	assert_int_equal(kernel.taken.count, count);
	assert_int_equal(kernel.hist.count, 0); /* of the other launch */
	assert_int_equal(bss.held_launch, 0);
	assert_true(program_runs(OTHER));
}

static void program_inside(void **state)
{
	struct collector c = prepare(true);

	(void)state;
	assert_int_equal(collector_take_launch(&c, LAUNCH, false), 0);
	assert_taken(2);
	samples_free(c.samples);
}

/* Waiting takes long, and most launches that are taken are idle. */
static void nobody_inside(void **state)
{
	struct collector c = prepare(false);

	(void)state;
	assert_int_equal(collector_take_launch(&c, LAUNCH, false), 0);
	assert_int_equal(kernel.waits, 0);
	assert_taken(1);
	samples_free(c.samples);
}

static void all_at_once(void **state)
{
	struct collector c = prepare(true);

	(void)state;
	assert_int_equal(collector_take_all(&c), 0);
	assert_int_equal(kernel.waits, 1);
	assert_taken(2);
	samples_free(c.samples);
}

/* Nothing is taken from under a program, and the programs go on. */
static void cannot_wait(void **state)
{
	struct collector c = prepare(true);

	(void)state;
	kernel.refuse = true;
	assert_int_equal(collector_take_launch(&c, LAUNCH, false), -ENOMEM);
	assert_int_equal(kernel.nr_taken, 0);
	assert_int_equal(bss.held_launch, 0);
	assert_true(program_runs(LAUNCH));
	samples_free(c.samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_inside),
		cmocka_unit_test(nobody_inside),
		cmocka_unit_test(all_at_once),
		cmocka_unit_test(cannot_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
