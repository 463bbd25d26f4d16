// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_history DB COMMITS LAUNCHES [hostile]: a made-up history for the dashboard: for each commit
 * nine runs (sizes 1M, 4M and 32M, 1, 2 and 8 launches at once) of so many launches, a day apart.
 * Known changes are in it:
 *
 *   30 %  get_page of 32M guests takes 20 % longer; 50 %: it is as before
 *   60 %  SNP_LAUNCH_UPDATE takes 8 % longer, and so does all that it is a part of; the kernel is
 *         another one, too
 *   75 %  launches fail with INVALID_ADDRESS, for five commits
 *
 * hostile: text that wants to be markup, wherever text of a trace goes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sevtrace/psp.h>

#include "history/internal.h"
#include "scenario.h"
#include "stats/hist.h"
#include "util/array.h"

#define DAY 86400
#define FIRST_DAY 1756684800 /* 2025-09-01 */
#define MARKUP \
	"</script><script>alert(1)</script><img src=x onerror=alert(1)>\xe2\x80\xa8\"'&amp;\\"

static const struct {
	const char *name;
	int pages;
} sizes[] = { { "1M", 16 }, { "4M", 64 }, { "32M", 512 } };
static const int at_once[] = { 1, 2, 8 };

static const struct {
	uint32_t step;
	double ns;
} steps[] = {
	{ SEVTRACE_STEP_GET_PAGE, 91e3 },   { SEVTRACE_STEP_CHECK_ATTRS, 4.7e3 },
	{ SEVTRACE_STEP_RMP_LOOKUP, 7e3 },  { SEVTRACE_STEP_COPY, 71e3 },
	{ SEVTRACE_STEP_RMP_UPDATE, 31e3 }, { SEVTRACE_STEP_PSP, 1.75e6 },
	{ SEVTRACE_STEP_RELEASE, 6.8e3 },
};

static const struct {
	double ns;
	uint32_t cmd;
	bool pages; /* one for each */
} commands[] = {
	{ 2.2e6, SEVTRACE_CMD_SNP_GCTX_CREATE, false },
	{ 10.6e6, SEVTRACE_CMD_SNP_LAUNCH_START, false },
	{ 3.8e6, SEVTRACE_CMD_SNP_ACTIVATE, false },
	{ 1.69e6, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, true },
	{ 3.8e6, SEVTRACE_CMD_SNP_LAUNCH_FINISH, false },
};

struct plan {
	int commits;
	int launches;
	bool hostile;
	int commit;
	size_t size;
	int at_once;
};

static unsigned int seed = 1;

static double uniform(void)
{
	return (rand_r(&seed) + 1.0) / (RAND_MAX + 2.0);
}

static double gauss(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static bool after(const struct plan *p, double share)
{
	return p->commit >= share * p->commits;
}

static double slower(const struct plan *p, bool update, bool get_page)
{
	double factor = 1;

	if (update && after(p, 0.6))
		factor *= 1.08;
	if (get_page && p->size == 2 && after(p, 0.3) && !after(p, 0.5))
		factor *= 1.2;
	return factor;
}

/* Samples of one launch. Returns their sum. */
static double add(struct model *m, const struct sevtrace_hist_key *key, double ns, int samples)
{
	struct sevtrace_hist h = { 0 };

	for (int i = 0; i < samples; i++)
		hist_add(&h, (uint64_t)(ns * exp(0.15 * gauss()) * (uniform() < 0.02 ? 8 : 1)), 1,
			 1);
	if (model_hist(m, key, &h))
		abort();
	return (double)h.sum;
}

static int feed(void *ctx, const union sevtrace_record *rec)
{
	return model_feed(ctx, rec);
}

static void add_launch(struct scenario *s, struct model *m, const struct plan *p, uint32_t n)
{
	double noise = exp(0.02 * gauss());
	int pages = sizes[p->size].pages;
	double sum = 0;

	put_launch(s, n, 100 + n, p->hostile ? "<b>x</b>" : "qemu", SEVTRACE_VM_SNP);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		const struct sevtrace_hist_key key = { .launch = n,
						       .kind = SEVTRACE_HIST_STEP,
						       .id = steps[i].step,
						       .phase = SEVTRACE_PHASE_PRIVATE };

		sum += add(m, &key,
			   steps[i].ns * noise *
				   slower(p, steps[i].step == SEVTRACE_STEP_PSP,
					  steps[i].step == SEVTRACE_STEP_GET_PAGE),
			   pages);
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		struct sevtrace_hist_key key = { .launch = n,
						 .kind = SEVTRACE_HIST_PSP_EXEC,
						 .id = commands[i].cmd };
		int samples = commands[i].pages ? pages : 1;

		add(m, &key, commands[i].ns * noise * slower(p, commands[i].pages, false), samples);
		key.kind = SEVTRACE_HIST_PSP_WAIT;
		add(m, &key, 2e3 + commands[i].ns * 0.9 * (p->at_once - 1) * noise, samples);
	}
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	s->now += (uint64_t)(sum * (1 + 0.8 * (p->at_once - 1)));
	put_exit(s, 0, 0, 1, SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_FINISH);
	s->now += (uint64_t)(4e6 * noise);
	put_exit(s, 0, 0, 1, SEVTRACE_VM_SNP);
}

static void add_failure(struct scenario *s, uint32_t n)
{
	put_launch(s, n, 100 + n, "qemu", SEVTRACE_VM_SNP);
	put_enter(s, SEVTRACE_KVM_SEV_SNP_LAUNCH_UPDATE);
	put_psp(s, SEVTRACE_CMD_SNP_LAUNCH_UPDATE, 1000, 500000, 0x09);
	put_exit(s, -5, 0x09, 1, SEVTRACE_VM_SNP);
}

static void make_model(struct model *m, const struct plan *p)
{
	bool failing = after(p, 0.75) && p->commit < 0.75 * p->commits + 5;
	struct scenario s;

	model_init(m);
	model_host(m, "hostname", p->hostile ? MARKUP : "epyc-7");
	model_host(m, "kernel", after(p, 0.6) ? "6.12.58" : "6.12.57");
	model_host(m, "fw_api", "1.55");
	model_host(m, "backend", "kernel tracepoints");
	model_host(m, "version", SEVTRACE_VERSION);
	scenario_begin(&s, feed, m);
	for (int n = 1; n <= p->launches; n++)
		add_launch(&s, m, p, (uint32_t)n);
	if (failing)
		add_failure(&s, (uint32_t)p->launches + 1);
	if (s.error)
		abort();
}

/* What a run of one launch at a time predicts of more: what add_launch() makes of them. */
static size_t predict(const struct plan *p, struct history_prediction *to)
{
	double ns = 4e6;
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		ns += steps[i].ns * sizes[p->size].pages;
	for (uint32_t n = 2; n <= 8 && p->at_once == 1; n *= 2) {
		uint64_t predicted = (uint64_t)(ns * (1 + 0.8 * (n - 1)));

		to[nr++] = (struct history_prediction){ SEVTRACE_VM_SNP, n,	    predicted,
							predicted,	 predicted, predicted };
	}
	return nr;
}

static int add_run(struct history *h, const struct plan *p)
{
	char commit[32];
	char concurrency[16];
	char size[8];
	char identity[64];
	struct history_pair labels[] = { { "build", p->hostile ? MARKUP : "release" },
					 { "commit", commit },
					 { "concurrency", concurrency },
					 { "size", size },
					 { p->hostile ? MARKUP : "suite", "nightly" } };
	struct history_prediction predictions[3];
	const struct history_new new = { .file = p->hostile ? MARKUP : "snp.data",
					 .identity = identity,
					 .complete = true,
					 .labels = labels,
					 .nr_labels = ARRAY_SIZE(labels),
					 .predictions = predictions,
					 .nr_predictions = predict(p, predictions) };
	struct model m;
	char when[96];
	int64_t id;
	int ret;

	snprintf(commit, sizeof(commit), "%07x",
		 (unsigned int)(p->commit + 1) * 2654435761U >> 4 & 0xfffffff);
	snprintf(concurrency, sizeof(concurrency), "%d", p->at_once);
	snprintf(identity, sizeof(identity), "%d %zu %d", p->commit, p->size, p->at_once);
	snprintf(size, sizeof(size), "%s", sizes[p->size].name);
	make_model(&m, p);
	ret = history_add(h, &new, &m, &id);
	model_free(&m);
	if (ret)
		return ret;
	snprintf(when, sizeof(when), "UPDATE run SET added = %d WHERE id = %lld",
		 FIRST_DAY + p->commit * DAY, (long long)id);
	return history_exec(h, when);
}

static int make(struct history *h, struct plan *p)
{
	int ret = history_begin(h);

	for (p->commit = 0; p->commit < p->commits && !ret; p->commit++) {
		for (size_t i = 0; i < 9 && !ret; i++) {
			p->size = i / 3;
			p->at_once = at_once[i % 3];
			ret = add_run(h, p);
		}
	}
	return ret ? ret : history_end(h, true);
}

int main(int argc, char **argv)
{
	struct plan p = { .hostile = argc > 4 };
	struct history *h;
	int ret;

	if (argc < 4) {
		fputs("Usage: make_history DB COMMITS LAUNCHES [hostile]\n", stderr);
		return 2;
	}
	p.commits = (int)strtol(argv[2], NULL, 10);
	p.launches = (int)strtol(argv[3], NULL, 10);
	ret = history_open(argv[1], HISTORY_CREATE, &h);
	if (!ret)
		ret = make(h, &p);
	if (ret)
		fprintf(stderr, "make_history: %s\n", history_why(h));
	history_close(h);
	return ret ? 1 : 0;
}
