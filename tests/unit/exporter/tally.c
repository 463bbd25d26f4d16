// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `sevtrace exporter` counts, on a made-up kernel that counts every record in histograms and
 * hands out only those records that the collector would. The tests compare it with the export of
 * all records, and check that memory does not grow during a day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <malloc.h>

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void); /* gcc lacks the header */
#endif

#include "exporter/page.h"
#include "exporter/tally.h"
#include "model/internal.h"
#include "scenario.h"
#include "stats/hist.h"

#define SECOND 1000000000ULL
#define MAX_ENTRIES 4096

struct entry {
	struct sevtrace_hist_key key;
	struct sevtrace_hist hist;
};

struct kernel {
	struct entry *entries;
	size_t nr;
	struct tally tally;
	struct model all; /* fed with every record */
	bool lose_ends; /* LAUNCH_END never fits into the buffer */
	bool whole; /* also feed the model `all` */
	uint32_t shift; /* added to launch numbers */
	uint32_t last;
};

static void setup(struct kernel *k)
{
	*k = (struct kernel){ .entries = calloc(MAX_ENTRIES, sizeof(struct entry)), .whole = true };
	model_init(&k->all);
	assert_int_equal(tally_init(&k->tally), 0);
}

static void teardown(struct kernel *k)
{
	tally_free(&k->tally);
	model_free(&k->all);
	free(k->entries);
}

static void sample(struct kernel *k, struct sevtrace_hist_key key, uint64_t ns, uint64_t pages)
{
	size_t i = 0;

	while (i < k->nr && memcmp(&k->entries[i].key, &key, sizeof(key)) != 0)
		i++;
	assert_true(i < MAX_ENTRIES);
	if (i == k->nr)
		k->entries[k->nr++] = (struct entry){ .key = key };
	hist_add(&k->entries[i].hist, ns, 1, pages);
}

static bool in_ioctl(const struct kernel *k, const struct sevtrace_rec *rec)
{
	size_t at = model_position(&k->all, rec->launch);

	return at < k->all.nr_launches && launch_in_ioctl(k->all.launches[at], rec->tid);
}

static void count_attributes(struct kernel *k, const struct sevtrace_rec_attr *rec)
{
	struct sevtrace_hist_key key = { rec->h.launch, SEVTRACE_STEP_ATTRIBUTES,
					 SEVTRACE_HIST_STEP, rec->phase };
	uint64_t pages = rec->end - rec->start;

	sample(k, key, rec->duration, pages);
	key = (struct sevtrace_hist_key){ rec->h.launch, 0, SEVTRACE_HIST_ATTR_WAIT, 0 };
	sample(k, key, rec->wait, pages);
	key = (struct sevtrace_hist_key){ rec->h.launch, SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES,
					  SEVTRACE_HIST_IOCTL, 0 };
	if (!in_ioctl(k, &rec->h))
		sample(k, key, rec->duration, pages);
}

/* Counts one record as bpf/ does. Returns whether it is recorded if only failures are wanted. */
static bool count(struct kernel *k, const union sevtrace_record *rec)
{
	struct sevtrace_hist_key key = { .launch = rec->h.launch };

	switch (rec->h.type) {
	case SEVTRACE_REC_STEP:
		key.id = rec->step.step;
		key.phase = (uint16_t)sevtrace_phase_of(rec->step.ioctl, rec->step.page_type,
							rec->step.private_pages);
		sample(k, key, rec->step.duration, rec->step.npages);
		k->tally.coherent |= rec->step.marks & SEVTRACE_MARK_SKIPPED;
		return rec->step.ret;
	case SEVTRACE_REC_PSP:
		key.id = rec->psp.cmd;
		key.kind = SEVTRACE_HIST_PSP_WAIT;
		if (rec->psp.wait)
			sample(k, key, rec->psp.wait, 0);
		key.kind = SEVTRACE_HIST_PSP_EXEC;
		if (rec->psp.asked)
			sample(k, key, rec->psp.exec, 0);
		return rec->psp.status || !rec->psp.asked || !rec->psp.answered;
	case SEVTRACE_REC_ATTR:
		count_attributes(k, &rec->attr);
		return rec->attr.ret;
	case SEVTRACE_REC_IOCTL_EXIT:
		key.id = rec->ioctl_exit.ioctl;
		key.kind = SEVTRACE_HIST_IOCTL;
		sample(k, key, rec->ioctl_exit.duration, 0);
		return true;
	default:
		return true;
	}
}

static bool is_of_attributes(const struct sevtrace_hist_key *key)
{
	return key->kind == SEVTRACE_HIST_ATTR_WAIT ||
	       (key->kind == SEVTRACE_HIST_STEP && key->id == SEVTRACE_STEP_ATTRIBUTES) ||
	       (key->kind == SEVTRACE_HIST_IOCTL && key->id == SEVTRACE_KVM_SET_MEMORY_ATTRIBUTES);
}

static void take(struct kernel *k, uint32_t launch, bool over)
{
	for (size_t i = k->nr; i > 0; i--) {
		struct entry entry = k->entries[i - 1];

		if (entry.key.launch != launch || (!over && is_of_attributes(&entry.key)))
			continue;
		k->entries[i - 1] = k->entries[--k->nr];
		assert_int_equal(tally_hist(&k->tally, &entry.key, &entry.hist), 0);
	}
}

static int take_launch(void *ctx, uint32_t launch, bool over)
{
	take(ctx, launch, over);
	return 0;
}

static int feed(void *ctx, const union sevtrace_record *rec)
{
	struct kernel *k = ctx;
	union sevtrace_record copy;
	bool wanted;

	memset(&copy, 0, sizeof(copy));
	memcpy(&copy, rec, rec->h.size);
	if (copy.h.launch)
		copy.h.launch += k->shift;
	if (copy.h.launch > k->last)
		k->last = copy.h.launch;
	wanted = count(k, &copy);
	if (k->whole)
		assert_int_equal(model_feed(&k->all, &copy), 0);
	if (copy.h.type == SEVTRACE_REC_LAUNCH_END && k->lose_ends)
		return 0;
	if (wanted)
		assert_int_equal(tally_record(&k->tally, &copy), 0);
	if (copy.h.type == SEVTRACE_REC_LAUNCH_END)
		take(k, copy.h.launch, true);
	return 0;
}

/* Refreshes the tally while the launches with these numbers exist. */
static void refresh(struct kernel *k, const uint32_t *numbers, size_t nr, uint64_t now)
{
	const struct tally_live live = { numbers, nr, k->last };

	tally_mark(&k->tally);
	for (size_t i = k->nr; i > 0; i--) {
		struct entry entry = k->entries[i - 1];
		int ret = tally_look(&k->tally, &entry.key, &entry.hist, &live);

		assert_true(ret >= 0);
		if (!ret)
			continue;
		k->entries[i - 1] = k->entries[--k->nr];
		assert_int_equal(tally_hist(&k->tally, &entry.key, &entry.hist), 0);
	}
	assert_int_equal(tally_settle(&k->tally, &live, now, take_launch, k), 0);
}

/* Refreshes the tally while all launches exist. */
static void look(struct kernel *k)
{
	uint32_t numbers[256];

	for (uint32_t i = 0; i < 256; i++)
		numbers[i] = i + 1;
	refresh(k, numbers, 256, 0);
}

static char *text_of(const struct metrics *sums)
{
	char *text = NULL;
	size_t size;
	struct metrics_out out = { .file = open_memstream(&text, &size) };

	metrics_write(&out, sums);
	fclose(out.file);
	return text;
}

static char *tally_text(const struct tally *t)
{
	struct metrics *sums = tally_sums(t);
	char *text = text_of(sums);

	metrics_free(sums);
	return text;
}

static char *export_text(const struct model *m)
{
	struct metrics *sums = metrics_new();
	char *text;

	for (size_t i = 0; i < m->nr_launches; i++)
		assert_int_equal(
			metrics_add(sums, m, m->launches[i], METRICS_OUTCOME | METRICS_SAMPLES), 0);
	if (m->outside)
		assert_int_equal(metrics_add(sums, m, m->outside, METRICS_SAMPLES), 0);
	text = text_of(sums);
	metrics_free(sums);
	return text;
}

static void assert_exported(const struct kernel *k, const char *name, void (*cut)(char *text))
{
	char *counted = tally_text(&k->tally), *exported = export_text(&k->all);

	if (cut) {
		cut(counted);
		cut(exported);
	}
	if (strcmp(counted, exported) != 0) {
		size_t i = 0;

		while (counted[i] == exported[i])
			i++;
		while (i && counted[i - 1] != '\n')
			i--;
		fail_msg("%s: %.100s; exported: %.100s", name, counted + i, exported + i);
	}
	free(counted);
	free(exported);
}

static bool says(const struct tally *t, const char *line)
{
	char *text = tally_text(t);
	bool found = strstr(text, line);

	free(text);
	return found;
}

/*
 * Cuts out the launches' durations: an unfinished launch lasts until its last record, and the tally
 * has fewer records.
 */
static void without_durations(char *text)
{
	char *start = strstr(text, "# HELP sevtrace_launch_duration"), *end;

	if (!start)
		return;
	end = strstr(start + 1, "# HELP sevtrace_c");
	end = strstr(start + 1, "# HELP sevtrace_p") < end ?
		      strstr(start + 1, "# HELP sevtrace_p") :
		      end;
	assert_non_null(end);
	memmove(start, end, strlen(end) + 1);
}

/* Every made-up launch after its end, also if its end record is lost. */
static void as_exported(void **state)
{
	(void)state;
	for (size_t i = 0; scenario_name(i); i++) {
		for (int lose = 0; lose < 2; lose++) {
			struct kernel k;

			setup(&k);
			k.lose_ends = lose;
			scenario_run(scenario_name(i), feed, &k);
			look(&k);
			refresh(&k, NULL, 0, 0);
			assert_int_equal(k.tally.nr_launches, 0);
			assert_exported(&k, scenario_name(i), without_durations);
			teardown(&k);
		}
	}
}

/*
 * A program adds a sample to a launch that is already over: the sample is counted once, however
 * often the tally is refreshed.
 */
static void late_sample(void **state)
{
	const struct sevtrace_hist_key key = { 1, SEVTRACE_CMD_SNP_LAUNCH_UPDATE,
					       SEVTRACE_HIST_PSP_EXEC, 0 };
	struct kernel k;

	(void)state;
	setup(&k);
	scenario_run("snp", feed, &k);
	refresh(&k, NULL, 0, 0);
	assert_int_equal(k.nr, 0);
	sample(&k, key, 1000, 0);
	for (int i = 0; i < 5; i++)
		refresh(&k, NULL, 0, 0);
	assert_int_equal(k.nr, 0);
	assert_int_equal(k.tally.nr_launches, 0);
	assert_true(says(
		&k.tally,
		"sevtrace_psp_exec_seconds_count{vm_type=\"unknown\",command=\"SNP_LAUNCH_UPDATE\"} 1\n"));
	teardown(&k);
}

static void launch_snp(struct scenario *s, uint32_t number, uint32_t pages)
{
	put_launch(s, number, 1000 + number, "qemu", SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_INIT2);
	put_exit(s, 0, 0, number, SEVTRACE_VM_SNP);
	put_attributes(s, 0x100, 0x100 + pages, 0, 1000, 5000);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START, SEVTRACE_CMD_SNP_LAUNCH_START, 100000,
		   number, SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_range(s, 0x100, 0x7f0000000000, pages, SEVTRACE_PAGE_NORMAL, true);
	for (uint32_t i = 0; i < pages; i++) {
		put_step(s, SEVTRACE_STEP_RMP_UPDATE, 0x100 + i, 1, 0, 1000);
		put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 500, 50000 + i, 0);
		put_step(s, SEVTRACE_STEP_PSP, 0x100 + i, 1, 0, 51000);
	}
	put_range_end(s, pages, 0);
	put_exit(s, 0, 0, number, SEVTRACE_VM_SNP);
	put_simple(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH, SEVTRACE_CMD_SNP_LAUNCH_FINISH, 100000,
		   number, SEVTRACE_VM_SNP);
}

#define OK_LINE "sevtrace_launches_total{vm_type=\"snp\",result=\"ok\"} "
#define UPDATES "sevtrace_psp_commands_total{vm_type=\"snp\",command=\"SNP_LAUNCH_UPDATE\"} "

/*
 * A guest that runs for months: its launch is summed and freed at once; its later activity is
 * added, nothing twice.
 */
static void long_lived(void **state)
{
	const uint32_t one = 1;
	struct scenario s;
	struct kernel k;

	(void)state;
	setup(&k);
	scenario_begin(&s, feed, &k);
	launch_snp(&s, 1, 10);
	refresh(&k, &one, 1, s.now);
	assert_true(k.tally.launches[0].counted == false);
	assert_true(says(&k.tally, OK_LINE "1\n"));
	assert_exported(&k, "finished just now", NULL);
	refresh(&k, &one, 1, s.now + 3 * SECOND);
	assert_true(k.tally.launches[0].counted);
	assert_int_equal(k.nr, 3); /* histograms of attribute updates */
	assert_exported(&k, "through", NULL);
	for (int i = 0; i < 3; i++) {
		s.now += SECOND;
		put_attributes(&s, 0x100, 0x110, i == 1 ? -22 : 0, 1000, 5000);
		put_simple(&s, SEVTRACE_KVM_SEV_GUEST_STATUS, SEVTRACE_CMD_GUEST_STATUS, 100000, 1,
			   SEVTRACE_VM_SNP);
		refresh(&k, &one, 1, s.now + 3 * SECOND);
		assert_exported(&k, "running", NULL);
	}
	put_end(&s, 1000);
	refresh(&k, NULL, 0, s.now);
	assert_int_equal(k.tally.nr_launches, 0);
	assert_exported(&k, "over", NULL);
	assert_true(says(&k.tally, OK_LINE "1\n"));
	teardown(&k);
}

/* A finished launch is summed when it is quiet, but not while a thread is inside an ioctl. */
static void inside_an_ioctl(void **state)
{
	const uint32_t number = 1;
	struct scenario s;
	struct kernel k;

	(void)state;
	setup(&k);
	scenario_begin(&s, feed, &k);
	launch_snp(&s, number, 4);
	put_enter(&s, SEVTRACE_KVM_SEV_GUEST_STATUS);
	refresh(&k, &number, 1, s.now + 10 * TALLY_QUIET_NS);
	assert_int_equal(k.tally.nr_launches, 1);
	assert_false(k.tally.launches[0].counted);
	put_exit(&s, -5, 0, 7, SEVTRACE_VM_SNP);
	refresh(&k, &number, 1, s.now + TALLY_QUIET_NS / 2);
	assert_false(k.tally.launches[0].counted);
	refresh(&k, &number, 1, s.now + 10 * TALLY_QUIET_NS);
	assert_true(k.tally.launches[0].counted);
	assert_int_equal(s.error, 0);
	teardown(&k);
}

/*
 * The modules are reloaded and launch numbers start again. A finished launch has been counted; one
 * under way is counted when it is over.
 */
static void reattached(void **state)
{
	struct scenario s;
	struct kernel k;

	(void)state;
	setup(&k);
	scenario_begin(&s, feed, &k);
	launch_snp(&s, 1, 10);
	put_launch(&s, 2, 77, "qemu", SEVTRACE_VM_SNP);
	put_enter(&s, SEVTRACE_KVM_SEV_SNP_LAUNCH_START);
	put_psp(&s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 500, 50000, 0);
	look(&k);
	assert_int_equal(tally_under_way(&k.tally), 1);
	assert_int_equal(tally_detach(&k.tally), 0);
	assert_int_equal(k.tally.nr_launches, 0);
	assert_true(says(&k.tally, OK_LINE "1\n"));
	assert_true(says(&k.tally,
			 "sevtrace_launches_total{vm_type=\"snp\",result=\"incomplete\"} 0\n"));
	assert_true(says(&k.tally, UPDATES "11\n"));
	k.nr = 0;
	launch_snp(&s, 1, 5);
	put_end(&s, 1000);
	refresh(&k, NULL, 0, s.now);
	assert_true(says(&k.tally, OK_LINE "2\n"));
	assert_true(says(&k.tally, UPDATES "16\n"));
	teardown(&k);
}

/* A guest that is older than the recording counts as a launch only if it launches. */
static void joined(void **state)
{
	struct scenario s;
	struct kernel k;

	(void)state;
	setup(&k);
	for (uint32_t number = 1; number <= 2; number++) {
		const union sevtrace_record begin = {
			.launch_begin = { .h = { .ts = 1,
						 .launch = number,
						 .type = SEVTRACE_REC_LAUNCH_BEGIN,
						 .size = sizeof(begin.launch_begin) },
					  .vm_type = SEVTRACE_VM_SNP,
					  .joined = 1 }
		};

		feed(&k, &begin);
		scenario_begin(&s, feed, &k);
		s.launch = number;
		put_simple(&s,
			   number == 1 ? SEVTRACE_KVM_SEV_GUEST_STATUS :
					 SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH,
			   SEVTRACE_CMD_GUEST_STATUS, 100000, 1, SEVTRACE_VM_SNP);
		put_end(&s, 1000);
	}
	refresh(&k, NULL, 0, s.now);
	assert_true(says(&k.tally, OK_LINE "1\n"));
	assert_true(says(&k.tally, "result=\"incomplete\"} 0\n"));
	assert_int_equal(k.tally.begun, 0);
	teardown(&k);
}

/*
 * A launch that begins after the list of live ones was fetched is not over, although the list lacks
 * it.
 */
static void began_meanwhile(void **state)
{
	struct scenario s;
	struct kernel k;
	const struct tally_live none = { NULL, 0, 5 };

	(void)state;
	setup(&k);
	scenario_begin(&s, feed, &k);
	tally_mark(&k.tally);
	put_launch(&s, 5, 77, "qemu", SEVTRACE_VM_SNP);
	assert_int_equal(tally_settle(&k.tally, &none, 1, take_launch, &k), 0);
	assert_int_equal(k.tally.nr_launches, 1);
	refresh(&k, NULL, 0, s.now);
	assert_int_equal(k.tally.nr_launches, 0);
	teardown(&k);
}

static size_t heap(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	return mallinfo2().uordblks;
#endif
}

static size_t scrape(const struct kernel *k)
{
	const struct page page = { .version = "test", .tally = &k->tally, .per_launch = 10 };
	struct metrics *sums = tally_sums(&k->tally);
	size_t size = 0;

	for (int strict = 0; strict < 2; strict++) {
		char *text = NULL;
		struct metrics_out out = { open_memstream(&text, &size), strict, true };

		assert_int_equal(page_write(&out, &page, sums), 0);
		fclose(out.file);
		free(text);
	}
	metrics_free(sums);
	return size;
}

/*
 * A day: a launch of every made-up kind every 5 minutes; a launch of 4 pages every 10 s, of which
 * every tenth leaves no end; a scrape every 15 s. After a day no more memory may be allocated than
 * after an hour.
 */
static void a_day(void **state)
{
	size_t after_hour = 0, size = 0, launches = 0, scrapes = 0;
	struct scenario s = { 0 };
	struct kernel k;

	(void)state;
	setup(&k);
	k.whole = false;
	for (unsigned int second = 5; second <= 86400; second += 5) {
		if (second % 10 == 0) {
			scenario_begin(&s, feed, &k);
			k.shift = k.last;
			launch_snp(&s, 1, 4);
			k.lose_ends = second % 100 == 0;
			put_end(&s, 1000);
			if (k.lose_ends)
				take(&k, k.last, true);
			k.lose_ends = false;
			launches++;
		}
		for (size_t i = 0; second % 300 == 0 && scenario_name(i); i++) {
			k.shift = k.last;
			scenario_run(scenario_name(i), feed, &k);
			for (uint32_t l = k.shift; l <= k.last; l++)
				take(&k, l, true);
			launches++;
		}
		refresh(&k, NULL, 0, s.now);
		if (second % 15 == 0) {
			size = scrape(&k);
			scrapes++;
		}
		if (second == 3600)
			after_hour = heap();
	}
	print_message(
		"# %zu launches, %zu scrapes of %zu bytes; %zu bytes allocated after an hour, %zu after a day\n",
		launches, scrapes, size, after_hour, heap());
	assert_int_equal(heap(), after_hour);
	teardown(&k);
}

/* tally [PATTERN]: without the tests of that name. make mutants has no day for each mutant. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_exported),	   cmocka_unit_test(late_sample),
		cmocka_unit_test(long_lived),	   cmocka_unit_test(reattached),
		cmocka_unit_test(inside_an_ioctl), cmocka_unit_test(joined),
		cmocka_unit_test(began_meanwhile), cmocka_unit_test(a_day),
	};

	if (argc == 2)
		cmocka_set_skip_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
