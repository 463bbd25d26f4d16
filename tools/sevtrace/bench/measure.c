// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the measurements of sevtrace bench: checks the baseline, warms up, records, adds to the
 * history.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "bench/bench.h"
#include "cli/alike.h"
#include "cli/say.h"
#include "cli/status.h"
#include "collector/collector.h"
#include "diff/render.h"
#include "host/identity.h"
#include "util/array.h"

int bench_own_failure(const char *what, int err)
{
	say_error("bench", "%s: %s", what, strerror(-err));
	return EXIT_RECORD_FAILURE;
}

/* --- the baseline ----------------------------------------------------------------------------- */

/* Returns the path of a configuration's recording in a folder. The caller frees it. */
static char *file_of(const char *folder, const struct bench_result *r)
{
	char *path;

	if (r->size ? asprintf(&path, "%s/size-%s.concurrency-%ld.data", folder, r->size,
			       r->concurrency) < 0 :
		      asprintf(&path, "%s/concurrency-%ld.data", folder, r->concurrency) < 0)
		return NULL;
	return path;
}

/* Reads a recording into a side of the comparison. Returns an exit status of sevtrace. */
static int read_side(struct comparison *c, enum compare_which which, const char *path)
{
	return verdict_read("bench", c, which, path, NULL) ? EXIT_RECORD_FAILURE : 0;
}

/*
 * Checks that a recording of the baseline comes from a host like ours; prints what must not differ
 * but does.
 */
static int check_alike(const struct bench *b, const char *path, const struct host_info *here)
{
	const char *const ours[ALIKE_COUNT] = { here->uts.nodename, here->uts.release,
						here->fw_api };
	struct comparison c = { 0 };
	int status = read_side(&c, COMPARE_A, path);
	const char *values[ALIKE_COUNT];

	for (size_t i = 0; i < ALIKE_COUNT; i++)
		values[i] = alike_value(&c, COMPARE_A, (enum alike_property)i);
	if (!status && !alike("bench", path, values, ours, b->allowed))
		status = EXIT_RECORD_FAILURE;
	compare_free(&c);
	return status;
}

/* Checks the baseline before the first run: measuring may take hours. */
static int check_baseline(const struct bench *b)
{
	struct host_info here;
	int status = 0;
	int err;

	if (!b->report.baseline)
		return 0;
	err = host_gather(&here, NULL, "", SEVTRACE_VERSION);
	if (err)
		status = bench_own_failure("cannot look at this host", err);
	for (size_t i = 0; i < b->report.nr && !status; i++) {
		char *path = file_of(b->report.baseline, &b->report.results[i]);

		status = path ? check_alike(b, path, &here) :
				bench_own_failure("cannot start", -ENOMEM);
		free(path);
	}
	host_release(&here);
	return status;
}

/* --- one configuration ------------------------------------------------------------------------ */

struct argv_list {
	char **items; /* the caller frees the array and all items */
	size_t nr;
	bool failed; /* memory ran out */
};

static void push(struct argv_list *list, const char *text)
{
	char **items = realloc(list->items, (list->nr + 2) * sizeof(*items));

	if (items)
		list->items = items;
	if (!items || !(items[list->nr] = strdup(text))) {
		list->failed = true;
		return;
	}
	items[++list->nr] = NULL;
}

static void push_number(struct argv_list *list, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	push(list, text);
}

/* Pushes a command for the shell with what is known of its placeholders, "" for none. */
static void push_shell(struct argv_list *list, const char *text, const struct bench_values *values)
{
	char *expanded = bench_expand(text ? text : "", values);

	if (expanded)
		push(list, expanded);
	else
		list->failed = true;
	free(expanded);
}

/*
 * Returns the command line of sevtrace record, or, where recording is NULL, that of a warm-up. The
 * caller frees the result with bench_free_command().
 */
static char **make_argv(const struct bench *b, const struct bench_result *r, long repeat,
			const char *outcome, const char *recording)
{
	const struct bench_values values = { .size = r->size,
					     .bytes = r->bytes,
					     .concurrency = r->concurrency };
	const char *const record[] = { b->self,	       "record", "-q",	    "--source",
				       b->source_text, "-o",	 recording, "--" };
	const char *const drive[] = { b->self, "bench", BENCH_DRIVE, outcome };
	char **command = bench_expand_command(b->report.command, &values);
	struct argv_list list = { .failed = !command };

	for (size_t i = 0; recording && i < ARRAY_SIZE(record); i++)
		push(&list, record[i]);
	for (size_t i = 0; i < ARRAY_SIZE(drive); i++)
		push(&list, drive[i]);
	push_number(&list, repeat);
	push_number(&list, r->concurrency);
	push_shell(&list, b->prepare, &values);
	push_shell(&list, b->conclude, &values);
	for (size_t i = 0; command && command[i]; i++)
		push(&list, command[i]);
	bench_free_command(command);
	if (!list.failed)
		return list.items;
	bench_free_command(list.items);
	return NULL;
}

/*
 * Runs the command as often as repeat says. Returns 0 or an exit status of sevtrace; the outcome
 * has what COMMAND returned.
 */
static int run(const struct bench *b, struct bench_result *r, long repeat, const char *recording)
{
	char outcome[PATH_MAX];
	char **argv;
	pid_t pid;
	int status;
	int err;

	snprintf(outcome, sizeof(outcome), "%s/.outcome", b->folder);
	unlink(outcome);
	argv = make_argv(b, r, repeat, outcome, recording);
	err = argv ? bench_spawn(argv, b->verbose ? BENCH_STDOUT_STDERR : BENCH_STDOUT_NOWHERE,
				 &pid) :
		     -ENOMEM;
	bench_free_command(argv);
	if (err)
		return bench_own_failure("cannot start", err);
	status = bench_wait(pid);
	err = bench_read_outcome(outcome, &r->outcome);
	unlink(outcome);
	if (!err)
		return r->outcome.runs ? 0 : r->outcome.status;
	/* Nothing was run, and the program that failed has printed why. */
	return status == EXIT_CANNOT_RUN || status == EXIT_NOT_FOUND ? status : EXIT_RECORD_FAILURE;
}

static const char *describe(const struct bench_result *r, char buf[96])
{
	snprintf(buf, 96, "%s%s%s%ld at once", r->size ? "size " : "", r->size ? r->size : "",
		 r->size ? ", " : "", r->concurrency);
	return buf;
}

static int warm_up(const struct bench *b, struct bench_result *r)
{
	char what[96];
	int status;

	if (!b->report.warmup)
		return 0;
	status = run(b, r, b->report.warmup, NULL);
	if (status || !r->outcome.status || bench_signalled())
		return status;
	say_error("bench", "%s failed in the warm-up (%s, status %d): nothing is measured",
		  b->report.command[0], describe(r, what), r->outcome.status);
	return r->outcome.status;
}

static int measure(struct bench *b, struct bench_result *r, size_t i)
{
	char what[96];
	int status;

	r->path = file_of(b->folder, r);
	if (!r->path)
		return bench_own_failure("cannot start", -ENOMEM);
	if (!b->quiet)
		fprintf(stderr, "[ sevtrace bench: %zu of %zu: %s ]\n", i + 1, b->report.nr,
			describe(r, what));
	status = warm_up(b, r);
	if (!status && !bench_signalled())
		status = run(b, r, b->report.repeat, r->path);
	if (!status && !bench_signalled())
		status = read_side(&r->figures, COMPARE_A, r->path);
	if (!status && compare_judge(&r->figures, 0))
		status = bench_own_failure("cannot go on", -ENOMEM);
	r->done = !status && !bench_signalled();
	return status;
}

static int compare_with_baseline(struct bench *b, struct bench_result *r)
{
	char *path = file_of(b->report.baseline, r);
	int status = 0;

	r->against = calloc(1, sizeof(*r->against));
	if (!path || !r->against) {
		status = bench_own_failure("cannot go on", -ENOMEM);
		goto out;
	}
	status = read_side(r->against, COMPARE_A, path);
	if (!status)
		status = read_side(r->against, COMPARE_B, r->path);
	/* These paths live as long as the comparison. */
	r->against->path[COMPARE_A] = b->report.baseline;
	r->against->path[COMPARE_B] = r->path;
	if (!status && verdict_judge(r->against, &b->verdict))
		status = bench_own_failure("cannot go on", -ENOMEM);
out:
	free(path);
	return status;
}

/* --- all configurations ---------------------------------------------------------------------- */

/* Adds a configuration to the history as a run with its size and concurrency as labels. */
static int add_to_history(const struct bench *b, const struct bench_result *r)
{
	const char *const head[] = { b->self, "history", "add", "--db", b->db };
	struct argv_list list = { .failed = false };
	char label[96];
	pid_t pid;
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		push(&list, head[i]);
	snprintf(label, sizeof(label), "--label=concurrency=%ld", r->concurrency);
	push(&list, label);
	snprintf(label, sizeof(label), "--label=size=%s", r->size ? r->size : "");
	if (r->size)
		push(&list, label);
	for (size_t i = 0; i < b->labels.nr; i++) {
		push(&list, "-l");
		push(&list, b->labels.values[i]);
	}
	push(&list, "--");
	push(&list, r->path);
	err = list.failed ? -ENOMEM : bench_spawn(list.items, BENCH_STDOUT_STDERR, &pid);
	bench_free_command(list.items);
	if (err)
		return bench_own_failure("cannot add to the history", err);
	return bench_wait(pid) ? EXIT_RECORD_FAILURE : 0;
}

/*
 * Shuffles the order with a new seed each time, so that a slow drift of the host does not always
 * hit the same configuration.
 */
static void shuffle(struct bench_result **order, size_t nr, unsigned int seed)
{
	for (size_t i = 0; i < nr; i++) {
		size_t other = i + (size_t)rand_r(&seed) % (nr - i);
		struct bench_result *result = order[i];

		order[i] = order[other];
		order[other] = result;
	}
}

static int measure_all(struct bench *b)
{
	struct bench_result *order[BENCH_MAX_LIST * BENCH_MAX_LIST];
	int status = 0;

	for (size_t i = 0; i < b->report.nr; i++)
		order[i] = &b->report.results[i];
	shuffle(order, b->report.nr, b->report.seed);
	for (size_t i = 0; i < b->report.nr && !status && !bench_signalled(); i++) {
		status = measure(b, order[i], i);
		if (order[i]->done && b->report.baseline)
			status = compare_with_baseline(b, order[i]);
		if (!status && order[i]->done && b->db)
			status = add_to_history(b, order[i]);
	}
	return status;
}

static int print(const struct bench *b)
{
	struct text_style style = text_style_of(stdout);
	json_t *json;

	if (b->json) {
		json = bench_json(&b->report);
		if (!json)
			return bench_own_failure("cannot print", -ENOMEM);
		json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
		putchar('\n');
		json_decref(json);
	} else {
		bench_print(&b->report, &style);
	}
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return bench_own_failure("cannot write the figures", -errno);
}

/* Tells whether there is nothing to measure or to compare, and whether that is not allowed. */
static bool empty(const struct bench *b, const struct bench_result *r)
{
	char what[96];

	if (r->against)
		return verdict_empty(r->against, &b->verdict);
	if (!r->done || r->figures.nr_types)
		return false;
	say_error("bench", "%s: COMMAND launched no guest%s", describe(r, what),
		  b->verdict.allow_empty ? "" : "; --allow-empty ends with 0 nevertheless");
	return !b->verdict.allow_empty;
}

/*
 * Returns the exit status of the worst result: COMMAND's own failure, a failed launch, a slowdown,
 * nothing to measure or to compare.
 */
static int verdict(const struct bench *b)
{
	bool failed = false;
	bool slower = false;
	bool nothing = false;

	for (size_t i = 0; i < b->report.nr; i++) {
		const struct bench_result *r = &b->report.results[i];

		if (r->outcome.status)
			return r->outcome.status;
		failed |= compare_failed(&r->figures, COMPARE_A) != 0;
		slower |= r->against && verdict_above_limit(r->against, &b->verdict);
		nothing |= empty(b, r);
	}
	if (bench_signalled())
		return 128 + bench_signalled();
	if (failed)
		return EXIT_LAUNCH_FAILED;
	if (slower)
		return EXIT_SLOWER;
	return nothing ? EXIT_EMPTY : EXIT_ALL_OK;
}

static int start(struct bench *b)
{
	struct text_style style = text_style_of(stderr);
	ssize_t n = readlink("/proc/self/exe", b->self, sizeof(b->self) - 1);
	size_t noisy;

	if (n < 0)
		return bench_own_failure("cannot find itself in /proc", -errno);
	b->self[n] = '\0';
	if (mkdir(b->folder, 0777) && errno != EEXIST) {
		say_error("bench", "cannot create the folder %s: %s", b->folder, strerror(errno));
		return EXIT_RECORD_FAILURE;
	}
	conditions_read(&system_host, b->report.conditions);
	noisy = conditions_noisy(b->report.conditions);
	if (!b->strict || !noisy)
		return check_baseline(b);
	say_error("bench", "--strict refuses this noisy host:");
	conditions_print(b->report.conditions, &style);
	return EXIT_RECORD_FAILURE;
}

void bench_release(struct bench *b)
{
	for (size_t i = 0; i < b->report.nr; i++) {
		struct bench_result *r = &b->report.results[i];

		compare_free(&r->figures);
		if (r->against)
			compare_free(r->against);
		free(r->against);
		free(r->path);
	}
	free(b->report.results);
}

static bool any_done(const struct bench *b)
{
	for (size_t i = 0; i < b->report.nr; i++)
		if (b->report.results[i].done)
			return true;
	return false;
}

/* What follows is for a collector that only shows whether it could record. */
static int no_record(void *ctx, const struct sevtrace_rec *rec)
{
	(void)ctx;
	(void)rec;
	return 0;
}

static int no_hist(void *ctx, const struct sevtrace_hist_key *key, const struct sevtrace_hist *hist)
{
	(void)ctx;
	(void)key;
	(void)hist;
	return 0;
}

static void no_warning(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

/* Finds out whether launches can be recorded here, before COMMAND runs for the first time. */
static int check_recording(const struct bench *b)
{
	const struct collector_sink sink = { .record = no_record,
					     .hist = no_hist,
					     .warn = no_warning };
	const struct collector_options options = { .source = b->source };
	struct collector *c = NULL;
	char why[512];
	int err = collector_open(&options, &sink, &c, why, sizeof(why));

	if (!err) {
		err = collector_start(c, why, sizeof(why));
		collector_close(c);
	}
	if (err)
		say_error("bench", "%s", why);
	return err ? EXIT_RECORD_FAILURE : 0;
}

int bench_run(struct bench *b)
{
	int status = start(b);
	int printed, err;

	if (!status)
		status = check_recording(b);
	if (status)
		return status;
	bench_catch_signals();
	status = measure_all(b);
	err = status ? 0 : bench_predict(&b->report);
	if (err)
		status = bench_own_failure("cannot predict", err);
	/* Prints what was measured even if a later step failed. */
	printed = any_done(b) ? print(b) : 0;
	if (!status)
		status = printed;
	return status ? status : verdict(b);
}
