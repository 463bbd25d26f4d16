// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace predict: tells how long launches take if many share the host's PSP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/chains.h"
#include "cli/look.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "predict/check.h"
#include "predict/predict.h"
#include "util/array.h"
#include "util/json.h"

#define DEFAULT_COUNTS "1,8,64"
#define DEFAULT_HOSTS 2
#define PAGE_SIZE 4096
#define MAX_SEED 1000000000
#define COUNTS_EXPECTED "up to 16 numbers from 1 to 10000, with commas between"
#define RATE_EXPECTED "a number above 0 and /s, /m or /h, such as 200/h"

struct predict_options {
	/* The texts as given on the command line. */
	const char *counts;
	const char *pages;
	const char *size;
	const char *rate;
	const char *hosts;
	const char *seed;
	const char *check; /* recording that predictions are held against; NULL: none */
	bool json;
	bool allow_empty;
	struct look look;
	struct predict_request request;
};

/* --- options ---------------------------------------------------------------------------------- */

static int parse_counts(const char *text, struct predict_request *q)
{
	const char *at = text;
	char *end;

	do {
		unsigned long n = strtoul(at, &end, 10);

		if (*at < '0' || *at > '9' || !n || n > PREDICT_MAX_LAUNCHES ||
		    q->nr_launches == PREDICT_MAX_COUNTS || (*end && *end != ','))
			return -EINVAL;
		q->launches[q->nr_launches++] = (uint32_t)n;
		at = end + 1;
	} while (*end);
	return 0;
}

static int parse_rate(const char *text, double *rate)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "/s", 1 }, { "/m", 60 }, { "/h", 3600 } };
	char *end;
	double value = strtod(text, &end);

	if (end == text || !(value > 0 && value <= 1e9))
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		*rate = value / units[i].seconds;
		return 0;
	}
	return -EINVAL;
}

static int parse_guest(const struct predict_options *o, struct predict_request *q)
{
	long pages = 0;

	if (o->pages && o->size)
		return say_usage("predict", "use either --pages or --size");
	if (o->pages && parse_number(o->pages, PREDICT_MAX_PAGES, &pages))
		return say_invalid("predict", "number of pages", o->pages,
				   "a number from 1 to 268435456");
	q->pages = (uint64_t)pages;
	if (!o->size)
		return 0;
	if (parse_size(o->size, PREDICT_MAX_PAGES * PAGE_SIZE, &q->pages))
		return say_invalid("predict", "size", o->size,
				   "bytes, or with K, M or G, 1024G at most");
	q->pages = (q->pages + PAGE_SIZE - 1) / PAGE_SIZE;
	return 0;
}

static int parse_load(const struct predict_options *o, struct predict_request *q)
{
	if (o->check && (o->rate || o->pages || o->size))
		return say_usage("predict", "--check is of launches at once, as recorded");
	if (o->counts && o->rate)
		return say_usage("predict", "use either --concurrency or --arrivals");
	if (o->rate) {
		q->nr_launches = 1;
		q->launches[0] = PREDICT_ARRIVALS;
		return parse_rate(o->rate, &q->rate) ?
			       say_invalid("predict", "rate", o->rate, RATE_EXPECTED) :
			       0;
	}
	if (parse_counts(o->counts ? o->counts : DEFAULT_COUNTS, q))
		return say_invalid("predict", "numbers of launches", o->counts, COUNTS_EXPECTED);
	return 0;
}

static int parse(struct predict_options *o)
{
	struct predict_request *q = &o->request;
	long hosts = DEFAULT_HOSTS, seed = 1;

	if (parse_load(o, q) || parse_guest(o, q))
		return -EINVAL;
	if (o->hosts && parse_number(o->hosts, PREDICT_MAX_HOSTS, &hosts))
		return say_invalid("predict", "number of hosts", o->hosts,
				   "a number from 1 to 1000");
	if (o->seed && parse_number(o->seed, MAX_SEED, &seed))
		return say_invalid("predict", "seed", o->seed, "a number from 1 to 1000000000");
	q->hosts = (uint32_t)hosts;
	q->seed = (uint64_t)seed;
	return 0;
}

/* --- recordings ------------------------------------------------------------------------------- */

static int read_recording(const char *path, struct chains *chains)
{
	struct tracefile_state state;
	struct model model;
	int err;

	model_init(&model);
	err = chains_read("predict", path, "predicting from what was read before", chains, &model,
			  &state);
	model_free(&model);
	return err;
}

/* --- results ---------------------------------------------------------------------------------- */

static int print_json(const struct predict_result *result, const struct predict_checks *checks)
{
	json_t *json = predict_json(result, SEVTRACE_VERSION);

	if (checks)
		json = set_json(json, "checks", predict_check_json(checks));

	if (!json)
		return say_out_of_memory("predict");
	if (!json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12)))
		putchar('\n');
	json_decref(json);
	return 0;
}

static int print(const struct predict_result *result, const struct predict_checks *checks,
		 struct predict_options *o)
{
	struct text_style style;
	int err = 0;

	if (o->json)
		err = print_json(result, checks);
	else if (look_begin(&o->look, "predict", &style))
		return EXIT_USAGE;
	else
		predict_text(result, &style);
	if (checks && !o->json)
		predict_check_text(checks, o->check, &style);
	if (err)
		return EXIT_OWN_FAILURE;
	err = look_end(&o->look);
	if (err)
		say_error("predict", "cannot write the prediction: %s", strerror(-err));
	return err ? EXIT_OWN_FAILURE : EXIT_ALL_OK;
}

/* Says why there is nothing to predict from. */
static int say_empty(const struct chains *c, bool allowed)
{
	uint64_t refused = 0;

	for (size_t i = 0; i < CHAIN_REFUSALS; i++)
		refused += c->refused[i];
	say_error("predict", "%s%s",
		  refused ?
			  "no launch was recorded from its start to its end with its PSP commands" :
			  "there is no launch in what was recorded",
		  allowed ? "" : "; record some with 'sevtrace record'");
	return allowed ? EXIT_ALL_OK : EXIT_EMPTY;
}

/* Predicts what the recording of --check has. Returns 0 or the exit status. */
static int check(struct predict_checks *checks, const struct chains *chains, const char *path)
{
	struct chains measured;
	int status = EXIT_OWN_FAILURE;

	chains_init(&measured);
	if (!read_recording(path, &measured)) {
		status = measured.nr ? EXIT_ALL_OK : say_empty(&measured, false);
		if (!status && predict_check(checks, chains, &measured)) {
			say_out_of_memory("predict");
			status = EXIT_OWN_FAILURE;
		}
	}
	chains_free(&measured);
	return status;
}

static int predict_from(char *const *paths, size_t nr, struct predict_options *o)
{
	struct predict_result result = { 0 };
	struct predict_checks checks;
	struct chains chains;
	int status = EXIT_OWN_FAILURE, err = 0;

	chains_init(&chains);
	for (size_t i = 0; i < nr && !err; i++)
		err = read_recording(paths[i], &chains);
	if (err)
		goto out;
	if (!chains.nr) {
		status = say_empty(&chains, o->allow_empty);
		goto out;
	}
	status = o->check ? check(&checks, &chains, o->check) : EXIT_ALL_OK;
	if (status)
		goto out;
	status = EXIT_OWN_FAILURE;
	if (predict(&result, &chains, &o->request))
		say_out_of_memory("predict");
	else
		status = print(&result, o->check ? &checks : NULL, o);
out:
	predict_free(&result);
	chains_free(&chains);
	return status;
}

static const char notes[] =
	"All launches begin at once, or with --arrivals at random times at this rate.\n"
	"'from' and 'to' enclose 95 % of what other launches of the same kind would tell.\n"
	"docs/predict.md says what is simulated, and what is left out.\n";

int cmd_predict(int argc, char **argv)
{
	static char default_file[] = DEFAULT_FILE;
	char *only[] = { default_file };
	struct predict_options o = { 0 };
	const struct option_row options[] = {
		OPT_VALUE('C', "concurrency", "LIST", "launches at once (" DEFAULT_COUNTS ")",
			  &o.counts),
		OPT_VALUE(0, "arrivals", "RATE", "instead: launches by and by, such as 200/h",
			  &o.rate),
		OPT_VALUE(0, "pages", "N", "pages of a guest (as recorded)", &o.pages),
		OPT_VALUE(0, "size", "SIZE", "the same as memory: bytes, or with K, M, G", &o.size),
		OPT_VALUE(0, "hosts", "N", "hosts of which the last table tells (2)", &o.hosts),
		OPT_VALUE(0, "check", "FILE", "hold it against launches at once in FILE", &o.check),
		OPT_VALUE(0, "seed", "N", "draw other random numbers (1)", &o.seed),
		OPT_FLAG('j', "json", "print one JSON object instead of text", &o.json),
		OPT_FLAG('E', "allow-empty", "without a launch, exit with 0 instead of 5",
			 &o.allow_empty),
		LOOK_ROWS(&o.look),
	};
	const struct command_usage usage = {
		.name = "predict",
		.synopsis = "[FILE]...",
		.summary = "Tell how long launches like those in FILE (" DEFAULT_FILE ") take if\n"
			   "many share the host's PSP",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.max_operands = 64,
		.notes = notes,
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	if (parse(&o))
		return EXIT_USAGE;
	if (operand == argc)
		return predict_from(only, 1, &o);
	return predict_from(argv + operand, (size_t)(argc - operand), &o);
}
