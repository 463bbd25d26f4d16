// SPDX-License-Identifier: GPL-2.0-only
#include "cli/verdict.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/numbers.h"
#include "cli/recording.h"
#include "cli/say.h"
#include "cli/status.h"
#include "diff/render.h"
#include "util/outfile.h"

int verdict_parse(struct verdict_options *o)
{
	o->limit = INFINITY;
	if (o->json && o->csv)
		return say_usage(o->name, "--json and --csv exclude each other");
	if (o->fail_above && parse_percent(o->fail_above, &o->limit))
		return say_invalid(o->name, "--fail-above", o->fail_above,
				   "a percentage of 0 or more, such as 5%");
	return 0;
}

int verdict_read(const char *command, struct comparison *c, enum compare_which which,
		 const char *path, const struct selection *selection)
{
	struct tracefile_state state;
	struct model model;
	bool *shown = NULL;
	int err;

	c->path[which] = path;
	model_init(&model);
	err = recording_read(command, path, &model, &state, "comparing what was read before");
	if (!err && selection)
		err = selection_of(selection, command, &model, &shown);
	if (!err) {
		err = compare_add_some(c, which, &model, shown);
		if (err)
			say_out_of_memory(command);
	}
	free(shown);
	model_free(&model);
	return err;
}

int verdict_judge(struct comparison *c, const struct verdict_options *o)
{
	c->gate = o->limit;
	c->changed_only = o->changed_only;
	c->by_change = o->by_change;
	c->allow_empty = o->allow_empty;
	return compare_judge(c, o->limit < COMPARE_MIN_CHANGE ? o->limit : COMPARE_MIN_CHANGE);
}

bool verdict_above_limit(const struct comparison *c, const struct verdict_options *o)
{
	char name[COMPARE_NAME_LEN];
	bool found = false;

	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];

		if (!compare_too_slow(c, row))
			continue;
		found = true;
		say_error(o->name, "%s is slower by %.1f %%, more than %s", compare_name(row, name),
			  100 * row->change, o->fail_above);
	}
	return found;
}

bool verdict_empty(const struct comparison *c, const struct verdict_options *o)
{
	char basis[COMPARE_BASIS_LEN];
	const char *nothing = compare_basis_text(c, basis);

	if (!nothing)
		return false;
	say_error(o->name, "nothing to compare: %s%s", nothing,
		  o->allow_empty ? "" : "; --allow-empty ends with 0 nevertheless");
	return !o->allow_empty;
}

static int print_json(const struct comparison *c, const struct verdict_options *o)
{
	json_t *json = compare_json(c, SEVTRACE_VERSION);

	if (!json)
		return say_out_of_memory(o->name);
	if (!json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6)))
		putchar('\n');
	json_decref(json);
	return 0;
}

static int print(const struct comparison *c, const struct verdict_options *o)
{
	struct look none = { .no_pager = true }, *look = o->look ? o->look : &none;
	struct text_style style;
	int err = 0;

	if (o->json)
		err = print_json(c, o);
	else if (o->csv)
		compare_csv(c, stdout);
	else
		err = look_begin(look, o->name, &style);
	if (err)
		return err;
	if (!o->json && !o->csv)
		compare_text(c, &style);
	err = look_end(look);
	if (err)
		say_error(o->name, "cannot write the comparison: %s", strerror(-err));
	return err;
}

/* Writes a result for CI to a separate file. */
static int write_result(const struct comparison *c, const struct verdict_options *o,
			const char *path,
			void (*render)(const struct comparison *, const char *, FILE *))
{
	struct outfile out;
	int err;

	if (!path)
		return 0;
	err = outfile_open(&out, path);
	if (!err) {
		render(c, o->fail_above, out.stream);
		err = outfile_finish(&out);
	}
	if (err)
		say_error(o->name, "cannot write %s: %s", path, strerror(-err));
	return err;
}

int verdict_report(struct comparison *c, const struct verdict_options *o)
{
	bool slower, empty;
	int err = verdict_judge(c, o);

	if (err)
		say_out_of_memory(o->name);
	else
		err = print(c, o);
	if (!err)
		err = write_result(c, o, o->junit, compare_junit);
	if (!err)
		err = write_result(c, o, o->markdown, compare_markdown);
	if (err)
		return err == -EINVAL ? EXIT_USAGE : EXIT_OWN_FAILURE;
	slower = verdict_above_limit(c, o);
	empty = verdict_empty(c, o);
	if (compare_failed(c, COMPARE_A) + compare_failed(c, COMPARE_B))
		return EXIT_LAUNCH_FAILED;
	if (slower)
		return EXIT_SLOWER;
	return empty ? EXIT_EMPTY : EXIT_ALL_OK;
}
