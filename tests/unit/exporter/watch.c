// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the exporter attaches, lets go and attaches again, and what it adds up over that. The
 * collector is made of a few lines here, and so is the module.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "exporter/watch.h"
#include "util/array.h"

#define SECOND 1000000000ULL

static struct {
	ino_t module; /* 0: not loaded */
	int open, start; /* their results */
	size_t opened, closed;
	struct collector_options options;
	struct collector_sink sink;
	struct sevtrace_counters counters;
	struct sevtrace_psp_now psp;
	struct collector_cost cost; /* no runs: the kernel does not count */
	char calls[16]; /* a letter each, see below */
	uint32_t number; /* of the live launch */
	struct sevtrace_hist_key key; /* of the only histogram; 0: none */
	size_t drained, took;
	bool behind;
} kernel;

static char said[512];

static void say(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(said, sizeof(said), "%s", text);
}

static void call(char letter)
{
	size_t nr = strlen(kernel.calls);

	if (nr + 1 < sizeof(kernel.calls))
		kernel.calls[nr] = letter;
}

/* --- these stand before those of the libraries ------------------------------------------------ */

int stat(const char *path, struct stat *st)
{
	if (strcmp(path, "/sys/module/kvm_amd") != 0)
		return fstatat(AT_FDCWD, path, st, 0);
	memset(st, 0, sizeof(*st));
	st->st_ino = kernel.module;
	errno = ENOENT;
	return kernel.module ? 0 : -1;
}

int collector_open(const struct collector_options *options, const struct collector_sink *sink,
		   struct collector **out, char *why, size_t why_size)
{
	kernel.options = *options;
	kernel.sink = *sink;
	snprintf(why, why_size, "%s", kernel.open ? "cannot be opened" : "");
	kernel.opened += !kernel.open;
	*out = kernel.open ? NULL : (struct collector *)&kernel;
	return kernel.open;
}

int collector_start(struct collector *c, char *why, size_t why_size)
{
	(void)c;
	snprintf(why, why_size, "%s", kernel.start ? "cannot be started" : "");
	return kernel.start;
}

void collector_close(struct collector *c)
{
	kernel.closed += c != NULL;
}

const struct event_choice *collector_choice(const struct collector *c)
{
	static const struct event_choice choice;

	(void)c;
	return &choice;
}

const char *collector_lacks(const struct collector *c)
{
	(void)c;
	return "this and that";
}

void counters_sum(const struct sevtrace_counters *counters, size_t nr,
		  struct sevtrace_counters *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < nr; i++) {
		sum->emitted += counters[i].emitted;
		sum->skipped_pages += counters[i].skipped_pages;
	}
}

int collector_counters(struct collector *c, const struct sevtrace_counters **counters, size_t *nr)
{
	(void)c;
	call('c');
	*counters = &kernel.counters;
	*nr = 1;
	return 0;
}

struct sevtrace_psp_now collector_psp_now(const struct collector *c)
{
	(void)c;
	return kernel.psp;
}

int collector_finish(struct collector *c)
{
	(void)c;
	call('f');
	return 0;
}

bool collector_behind(const struct collector *c)
{
	(void)c;
	return kernel.behind;
}

int collector_drain(struct collector *c)
{
	(void)c;
	kernel.drained++;
	return 0;
}

int collector_drain_all(struct collector *c)
{
	call('d');
	return collector_drain(c);
}

int collector_live(const struct collector *c, struct collector_live *live)
{
	(void)c;
	call('l');
	live->numbers = calloc(1, sizeof(*live->numbers));
	live->nr = kernel.number != 0;
	live->last = 9;
	assert_non_null(live->numbers);
	live->numbers[0] = kernel.number;
	return 0;
}

int collector_look(struct collector *c, collector_looker fn, void *ctx)
{
	static const struct sevtrace_hist hist = {
		.count = 1, .sum = 5, .max = 5, .inv_min = ~5ULL
	};

	(void)c;
	call('h');
	return kernel.key.launch ? fn(ctx, &kernel.key, &hist) : 0;
}

int collector_take(struct collector *c, const struct sevtrace_hist_key *key)
{
	(void)c;
	assert_int_equal(key->launch, kernel.key.launch);
	kernel.took++;
	kernel.key.launch = 0;
	return 0;
}

int collector_take_launch(struct collector *c, uint32_t launch, bool over)
{
	(void)c;
	(void)launch;
	(void)over;
	return 0;
}

bool collector_cost(const struct collector *c, struct collector_cost *cost)
{
	(void)c;
	*cost = kernel.cost;
	return kernel.cost.runs != 0;
}

uint64_t collector_map_bytes(const struct collector *c)
{
	return c ? 4096 : 1;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void begin(struct watch *w)
{
	const struct collector_options options = { .buffer_size = 12345 };

	memset(&kernel, 0, sizeof(kernel));
	*said = '\0';
	kernel.module = 11;
	assert_int_equal(watch_init(w, &options, say, NULL), 0);
}

static void attach(struct watch *w)
{
	char why[64] = "before";

	assert_int_equal(watch_attach(w, why, sizeof(why)), 0);
	assert_string_equal(why, "");
}

static struct page describe(const struct watch *w)
{
	struct page page = { 0 };

	watch_describe(w, &page);
	return page;
}

static void attaches(void **state)
{
	struct watch w;

	(void)state;
	begin(&w);
	assert_true(watch_wants(&w, 0));
	assert_false(describe(&w).attached);
	attach(&w);
	assert_int_equal(kernel.options.buffer_size, 12345);
	assert_int_equal(kernel.options.filter.failures, 1);
	assert_true(kernel.options.system_wide);
	assert_false(watch_wants(&w, UINT64_MAX));
	assert_true(describe(&w).attached);
	assert_int_equal(describe(&w).attachments, 1);
	assert_int_equal(describe(&w).map_bytes, 4096);
	assert_string_equal(describe(&w).host[HOST_LACKS], "this and that");
	kernel.sink.warn(kernel.sink.warn_ctx, "a warning");
	assert_string_equal(said, "a warning");
	watch_free(&w);
	assert_int_equal(kernel.closed, 1);
}

static void without_a_module(void **state)
{
	char why[64] = "before";
	struct watch w;

	(void)state;
	begin(&w);
	kernel.module = 0;
	assert_false(watch_wants(&w, UINT64_MAX));
	assert_int_equal(watch_attach(&w, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "");
	assert_int_equal(kernel.opened, 0);
	/* Nobody is attached to what there is: that is no error, and nothing happens. */
	assert_false(watch_behind(&w));
	assert_int_equal(watch_drain(&w), 0);
	assert_int_equal(watch_refresh(&w, 1), 0);
	assert_int_equal(kernel.drained, 0);
	assert_string_equal(kernel.calls, "");
	assert_int_equal(describe(&w).map_bytes, 0);
	watch_free(&w);
}

/* What goes wrong is said, and tried again after a while, but lack of memory ends the exporter. */
static void tries_again(void **state)
{
	const uint64_t now = 100 * SECOND;
	struct watch w;

	(void)state;
	begin(&w);
	kernel.open = -EPERM;
	assert_int_equal(watch_retry(&w, now), 0);
	assert_string_equal(said, "cannot be opened");
	assert_string_equal(w.trouble, "cannot be opened");
	assert_false(watch_wants(&w, now + 10 * SECOND - 1));
	assert_true(watch_wants(&w, now + 10 * SECOND));
	kernel.open = 0;
	kernel.start = -EACCES;
	assert_int_equal(watch_retry(&w, now), 0);
	assert_string_equal(said, "cannot be started");
	assert_int_equal(kernel.closed, 1);
	assert_int_equal(describe(&w).attachments, 0);
	kernel.start = -ENOMEM;
	assert_int_equal(watch_retry(&w, now), -ENOMEM);
	kernel.start = 0;
	assert_int_equal(watch_retry(&w, now), 0);
	assert_non_null(strstr(said, "attached to "));
	assert_non_null(strstr(said, " again"));
	assert_string_equal(w.trouble, "");
	/* A module that went meanwhile is nothing to tell of. */
	assert_int_equal(watch_let_go(&w, now), 0);
	kernel.module = 0;
	*said = '\0';
	assert_int_equal(watch_retry(&w, now), 0);
	assert_string_equal(said, "");
	watch_free(&w);
}

/* Numbers of launches start anew with each attachment. */
static void forgets(void **state)
{
	const struct sevtrace_rec_launch_begin begun = {
		.h = { .ts = 1,
		       .launch = 1,
		       .type = SEVTRACE_REC_LAUNCH_BEGIN,
		       .size = sizeof(begun) },
		.pid = 7,
	};
	struct watch w;

	(void)state;
	begin(&w);
	attach(&w);
	assert_int_equal(kernel.sink.record(kernel.sink.ctx, &begun.h), 0);
	assert_int_equal(w.tally.nr_launches, 1);
	assert_int_equal(watch_let_go(&w, 1), 0);
	assert_int_equal(w.tally.nr_launches, 0);
	watch_free(&w);
}

/* Let go of, a module is left alone for a minute, unless it was loaded again. */
static void lets_go(void **state)
{
	const uint64_t now = 100 * SECOND;
	struct watch w;

	(void)state;
	begin(&w);
	attach(&w);
	assert_int_equal(watch_let_go(&w, now), 0);
	assert_string_equal(kernel.calls, "fc");
	assert_int_equal(kernel.closed, 1);
	assert_false(describe(&w).attached);
	assert_false(watch_wants(&w, now + WATCH_LET_GO_NS - 1));
	assert_true(watch_wants(&w, now + WATCH_LET_GO_NS));
	kernel.module = 0;
	assert_false(watch_wants(&w, now + WATCH_LET_GO_NS));
	kernel.module = 12;
	assert_true(watch_wants(&w, now + 1));
	attach(&w);
	assert_int_equal(describe(&w).attachments, 2);
	/* A second time while it is not attached: nothing to finish. */
	assert_int_equal(watch_let_go(&w, now), 0);
	memset(kernel.calls, 0, sizeof(kernel.calls));
	assert_int_equal(watch_let_go(&w, now), 0);
	assert_string_equal(kernel.calls, "");
	watch_free(&w);
}

/* Counters start anew with each attachment, what is told does not. */
static void sums(void **state)
{
	struct watch w;

	(void)state;
	begin(&w);
	attach(&w);
	kernel.counters = (struct sevtrace_counters){ .emitted = 7 };
	kernel.psp = (struct sevtrace_psp_now){ .busy_ns = 30, .cmd = 5 };
	assert_int_equal(watch_refresh(&w, 1), 0);
	assert_int_equal(describe(&w).counters.emitted, 7);
	assert_int_equal(describe(&w).psp.busy_ns, 30);
	assert_int_equal(describe(&w).psp.cmd, 5);
	assert_false(describe(&w).programs_counted);
	assert_false(w.tally.coherent);
	kernel.cost = (struct collector_cost){ .runs = 3, .ns = 600 };
	kernel.counters.emitted = 9;
	kernel.psp.busy_ns = 40;
	assert_int_equal(watch_let_go(&w, 2), 0);
	assert_int_equal(describe(&w).counters.emitted, 9);
	assert_int_equal(describe(&w).psp.busy_ns, 40);
	assert_int_equal(describe(&w).psp.cmd, 0);
	assert_true(describe(&w).programs_counted);
	assert_int_equal(describe(&w).program_runs, 3);
	assert_int_equal(describe(&w).program_ns, 600);
	attach(&w);
	kernel.counters = (struct sevtrace_counters){ .emitted = 2, .skipped_pages = 1 };
	kernel.psp.busy_ns = 1;
	assert_int_equal(watch_refresh(&w, 3), 0);
	assert_int_equal(describe(&w).counters.emitted, 11);
	assert_int_equal(describe(&w).psp.busy_ns, 41);
	assert_int_equal(describe(&w).program_runs, 6);
	assert_int_equal(describe(&w).program_ns, 1200);
	assert_true(w.tally.coherent);
	/* The processor stays what it is. */
	assert_int_equal(watch_let_go(&w, 4), 0);
	attach(&w);
	kernel.counters = (struct sevtrace_counters){ 0 };
	assert_int_equal(watch_refresh(&w, 5), 0);
	assert_true(w.tally.coherent);
	watch_free(&w);
}

/*
 * The live launches are asked for before the buffer is drained: of one that is not among them, the
 * end is in the buffer. Histograms of launches that nobody knows and that are over are freed.
 */
static void refreshes(void **state)
{
	struct watch w;

	(void)state;
	begin(&w);
	attach(&w);
	kernel.behind = true;
	assert_true(watch_behind(&w));
	assert_int_equal(watch_drain(&w), 0);
	assert_int_equal(kernel.drained, 1);
	kernel.key = (struct sevtrace_hist_key){ .launch = 4, .kind = SEVTRACE_HIST_PSP_EXEC };
	kernel.number = 4;
	assert_int_equal(watch_refresh(&w, 1), 0);
	assert_string_equal(kernel.calls, "ldhc");
	assert_int_equal(kernel.took, 0);
	kernel.number = 5;
	assert_int_equal(watch_refresh(&w, 2), 0);
	assert_int_equal(kernel.took, 1);
	watch_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attaches),    cmocka_unit_test(without_a_module),
		cmocka_unit_test(tries_again), cmocka_unit_test(forgets),
		cmocka_unit_test(lets_go),     cmocka_unit_test(sums),
		cmocka_unit_test(refreshes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
