// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the result of a race.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "race.h"

static void print_count(const char *type, const char *name, const struct race_count *count)
{
	printf("  %-7s %-48s %6" PRIu64 " done", type, name, count->done);
	for (unsigned int i = 0; i < RACE_ERRNOS; i++) {
		if (count->refused[i])
			printf(", %" PRIu64 " %s", count->refused[i], errno_name((int)i));
	}
	putchar('\n');
}

static void print_text(struct race *race, bool asids)
{
	for (int type = 0; type < GUEST_TYPES; type++) {
		for (unsigned int op = 0; race->types[type] && op < RACE_OP_COUNT; op++) {
			if (race_op_fits((enum race_op)op, (enum guest_type)type))
				print_count(guest_type_name((enum guest_type)type),
					    race_op_name((enum race_op)op),
					    &race->counts[type][op]);
		}
	}
	printf("guests: %" PRIu64 "; pages as they were found: ciphertext %" PRIu64
	       ", user memory untouched %" PRIu64 ", nothing known %" PRIu64 "\n",
	       race->created, race->ciphertext, race->untouched, race->unknown);
	if (!asids)
		puts("ASIDs were not counted: this cgroup has no misc controller");
	for (unsigned int i = 0; i < race->wrongs && i < RACE_WRONGS; i++)
		printf("WRONG: %s\n", race->messages[i]);
	if (race->wrongs)
		printf("race: wrong %u times; seed %" PRIu64 " makes the same steps\n",
		       race->wrongs, race->options->seed);
	else
		puts("race: clean");
}

static json_t *count_json(const struct race_count *count)
{
	json_t *refused = json_object();

	for (unsigned int i = 0; i < RACE_ERRNOS; i++) {
		if (count->refused[i])
			json_object_set_new(refused, errno_name((int)i),
					    json_integer((json_int_t)count->refused[i]));
	}
	return json_pack("{s:I, s:o}", "done", (json_int_t)count->done, "refused", refused);
}

static json_t *steps_json(const struct race *race)
{
	json_t *steps = json_object();

	for (int type = 0; type < GUEST_TYPES; type++) {
		json_t *of_type = json_object();

		for (unsigned int op = 0; op < RACE_OP_COUNT; op++) {
			if (race_op_fits((enum race_op)op, (enum guest_type)type))
				json_object_set_new(of_type, race_op_name((enum race_op)op),
						    count_json(&race->counts[type][op]));
		}
		if (race->types[type])
			json_object_set(steps, guest_type_name((enum guest_type)type), of_type);
		json_decref(of_type);
	}
	return steps;
}

static void print_json(const struct race *race, bool asids)
{
	json_t *wrong = json_array();
	json_t *root;

	for (unsigned int i = 0; i < race->wrongs && i < RACE_WRONGS; i++)
		json_array_append_new(wrong, json_string(race->messages[i]));
	root = json_pack("{s:I, s:I, s:o, s:{s:I, s:I, s:I}, s:b, s:i, s:o}", "seed",
			 (json_int_t)race->options->seed, "guests", (json_int_t)race->created,
			 "steps", steps_json(race), "pages", "ciphertext",
			 (json_int_t)race->ciphertext, "untouched", (json_int_t)race->untouched,
			 "unknown", (json_int_t)race->unknown, "asids_counted", asids, "wrong",
			 (int)race->wrongs, "messages", wrong);
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

void race_report(struct race *race, bool asids)
{
	if (race->options->json)
		print_json(race, asids);
	else
		print_text(race, asids);
}
