// SPDX-License-Identifier: GPL-2.0-only
/* The actions of sevtrace history that change or compare runs: add, prune and diff. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/chains.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/verdict.h"
#include "history/history.h"
#include "predict/predict.h"
#include "util/crc32c.h"
#include "util/text.h"

#define CHUNK (1 << 16)
#define IDENTITY_LEN 128
#define SHOWN_LEN 256
#define PREDICTED 6 /* numbers of launches at once */

/*
 * Computes what identifies a recording: its size, a checksum of its bytes, and the times of its
 * first and last record in nanoseconds.
 */
static int identify(const char *path, const struct model *m, char identity[IDENTITY_LEN])
{
	unsigned char *chunk = malloc(CHUNK);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;
	uint32_t crc = 0;
	ssize_t n = -1;
	int ret = 0;

	while (chunk && fd >= 0 && (n = read(fd, chunk, CHUNK)) > 0) {
		crc = crc32c(crc, chunk, (size_t)n);
		size += (uint64_t)n;
	}
	if (n < 0)
		ret = chunk ? -errno : -ENOMEM;
	if (fd >= 0)
		close(fd);
	free(chunk);
	snprintf(identity, IDENTITY_LEN, "%" PRIu64 "-%08" PRIx32 "-%" PRIu64 "-%" PRIu64, size,
		 crc, m->first_ts, m->last_ts);
	return ret;
}

/* Prints the result for one file. */
static int print_added(const struct history_options *o, const char *path, int64_t id,
		       const struct model *m)
{
	char clean[SHOWN_LEN];
	char count[TEXT_LEN];

	if (o->json)
		printf("{\"run\": %" PRId64 ", \"launches\": %" PRIu64 "}\n", id, m->nr_launches);
	else
		printf("run %" PRId64 ": %s, %s launch%s\n", id,
		       text_clean(clean, sizeof(clean), path), text_count(m->nr_launches, count),
		       m->nr_launches == 1 ? "" : "es");
	return EXIT_ALL_OK;
}

/* Predicts what launches like these would take if more were made at once. */
static int predict_more(const struct chains *c, struct history_prediction *to, size_t *nr)
{
	static const struct predict_request request = { .launches = { 2, 4, 8, 16, 32, 64 },
							.nr_launches = PREDICTED,
							.hosts = 1,
							.seed = 1,
							.quick = true };
	struct predict_result result = { 0 };
	int err;

	*nr = 0;
	if (!chains_alone(c))
		return 0;
	err = predict(&result, c, &request);
	for (size_t i = 0; i < result.nr_predictions && !err; i++) {
		const struct prediction *p = &result.predictions[i];

		to[(*nr)++] = (struct history_prediction){
			.vm_type = c->chains[0].vm_type,
			.launches = p->launches,
			.p50 = (uint64_t)p->figures[PREDICT_P50].value,
			.p90 = (uint64_t)p->figures[PREDICT_P90].value,
			.p99 = (uint64_t)p->figures[PREDICT_P99].value,
			.last = (uint64_t)p->figures[PREDICT_LAST].value,
		};
	}
	predict_free(&result);
	return err;
}

static int add_model(struct history *h, const struct history_options *o, const char *path,
		     const struct model *m, const struct tracefile_state *state,
		     const struct chains *chains)
{
	struct history_prediction predictions[PREDICTED];
	char identity[IDENTITY_LEN];
	char clean[SHOWN_LEN];
	struct history_new new = {
		.file = text_clean(clean, sizeof(clean), path),
		.identity = identity,
		.complete = state->complete,
		.labels = o->runs.pairs,
		.nr_labels = o->runs.labels.nr,
		.predictions = predictions,
	};
	int64_t id;
	int ret = identify(path, m, identity);

	if (ret) {
		say_error("history", "cannot read %s: %s", path, strerror(-ret));
		return EXIT_OWN_FAILURE;
	}
	if (predict_more(chains, predictions, &new.nr_predictions)) {
		say_out_of_memory("history");
		return EXIT_OWN_FAILURE;
	}
	ret = history_add(h, &new, m, &id);
	if (!ret)
		return print_added(o, path, id, m);
	say_error("history", "cannot add %s: %s", path, history_why(h));
	return EXIT_OWN_FAILURE;
}

static int add_file(struct history *h, const struct history_options *o, const char *path)
{
	struct tracefile_state state;
	struct model model;
	struct chains chains;
	int status = EXIT_OWN_FAILURE;

	model_init(&model);
	chains_init(&chains);
	if (!chains_read("history", path, "adding what was read before", &chains, &model, &state))
		status = add_model(h, o, path, &model, &state, &chains);
	chains_free(&chains);
	model_free(&model);
	return status;
}

/* Adds each file as a run of its own; a file that cannot be added does not stop the others. */
int history_action_add(struct history *h, const struct history_options *o, int argc, char **argv)
{
	int status = EXIT_ALL_OK;

	for (int i = 0; i < argc; i++)
		if (add_file(h, o, argv[i]))
			status = EXIT_OWN_FAILURE;
	return status;
}

/* --- prune ------------------------------------------------------------------------------------ */

static int select_run(void *ctx, const struct history_run *run)
{
	return history_selection_add(ctx, run->id);
}

static int select_operands(struct history *h, struct history_selection *s, int argc, char **argv)
{
	int status = EXIT_ALL_OK;

	for (int i = 0; i < argc && !status; i++)
		status = history_select(h, argv[i], s);
	return status;
}

/* Removes all runs of the selection, or none. */
static int remove_runs(struct history *h, const struct history_selection *s, bool dry)
{
	int ret = history_begin(h);

	for (size_t i = 0; i < s->nr && !ret; i++)
		ret = history_remove(h, s->ids[i]);
	ret = ret || dry ? (history_end(h, false), ret) : history_end(h, true);
	if (!ret && !dry && s->nr)
		ret = history_vacuum(h);
	if (ret)
		return history_failed(h);
	printf("%s%zu run%s%s", dry ? "would remove " : "removed ", s->nr, s->nr == 1 ? "" : "s",
	       s->nr ? ":" : "");
	for (size_t i = 0; i < s->nr; i++)
		printf(" %" PRId64, s->ids[i]);
	putchar('\n');
	return EXIT_ALL_OK;
}

int history_action_prune(struct history *h, const struct history_options *o, int argc, char **argv)
{
	const struct history_filter *f = &o->runs.filter;
	bool filtered = f->nr_labels || f->host || f->since || f->until || f->last || o->keep;
	struct history_selection s = { 0 };
	int status = EXIT_ALL_OK;

	if (filtered == (argc > 0)) {
		fprintf(stderr, "sevtrace history: prune takes %s; nothing is removed\n",
			argc ? "runs or a filter, not both" :
			       "the numbers of runs, a filter (--until 90d) or --keep N");
		return EXIT_USAGE;
	}
	if (argc)
		status = select_operands(h, &s, argc, argv);
	else if (history_runs(h, f, select_run, &s))
		status = history_failed(h);
	/* The runs are ordered oldest first; drop the ones to keep from the end. */
	s.nr = s.nr > (size_t)o->nr_keep ? s.nr - (size_t)o->nr_keep : 0;
	if (!status)
		status = remove_runs(h, &s, o->dry_run);
	history_selection_free(&s);
	return status;
}

/* --- diff ------------------------------------------------------------------------------------- */

static int no_memory(void)
{
	say_out_of_memory("history");
	return EXIT_OWN_FAILURE;
}

static int add_run(struct history *h, struct comparison *c, enum compare_which which, int64_t id)
{
	struct comparison run = { 0 };
	int ret = history_fill(h, id, &run, COMPARE_A, NULL);
	int status = ret ? history_failed(h) : EXIT_ALL_OK;

	if (!ret && compare_merge(c, which, &run))
		status = no_memory();
	compare_free(&run);
	return status;
}

/*
 * Refuses two sides that share a run, a likely typing mistake. Allows a comparison of one run with
 * itself.
 */
static int check_apart(const struct history_selection sides[2])
{
	if (sides[0].nr == 1 && sides[1].nr == 1)
		return EXIT_ALL_OK;
	for (size_t a = 0, b = 0; a < sides[0].nr && b < sides[1].nr;) {
		int64_t left = sides[0].ids[a];
		int64_t right = sides[1].ids[b];

		if (left == right) {
			fprintf(stderr, "sevtrace history: run %" PRId64 " is on both sides\n",
				left);
			return EXIT_USAGE;
		}
		if (left < right)
			a++;
		else
			b++;
	}
	return EXIT_ALL_OK;
}

static int fill_sides(struct history *h, struct comparison *c,
		      const struct history_selection sides[2], char **argv, char *names[2])
{
	int status = EXIT_ALL_OK;

	for (int which = COMPARE_A; which <= COMPARE_B && !status; which++) {
		const struct history_selection *s = &sides[which];

		if (asprintf(&names[which], "run%s %s", s->nr == 1 ? "" : "s", argv[which]) < 0) {
			names[which] = NULL;
			return no_memory();
		}
		c->path[which] = names[which];
		for (size_t i = 0; i < s->nr && !status; i++)
			status = add_run(h, c, which, s->ids[i]);
	}
	return status;
}

int history_action_diff(struct history *h, const struct history_options *o, int argc, char **argv)
{
	struct verdict_options v = {
		.name = "history diff",
		.json = o->json,
		.csv = o->csv,
		.fail_above = o->fail_above,
		.allow_empty = o->allow_empty,
		.junit = o->junit,
		.markdown = o->markdown,
	};
	struct history_selection sides[2] = { 0 };
	struct comparison c = { 0 };
	char *names[2] = { NULL, NULL };
	int status = verdict_parse(&v) ? EXIT_USAGE : EXIT_ALL_OK;

	for (int i = 0; i < argc && !status; i++)
		status = history_select(h, argv[i], &sides[i]);
	if (!status)
		status = check_apart(sides);
	if (!status)
		status = fill_sides(h, &c, sides, argv, names);
	if (!status)
		status = verdict_report(&c, &v);
	compare_free(&c);
	for (int which = COMPARE_A; which <= COMPARE_B; which++) {
		free(names[which]);
		history_selection_free(&sides[which]);
	}
	return status;
}
