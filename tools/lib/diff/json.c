// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders a comparison as JSON and CSV. jansson's "o" takes NULL for an error, so where memory runs
 * out, the top object becomes NULL.
 */
#include <inttypes.h>
#include <math.h>

#include "diff/render.h"
#include "sev/names.h"
#include "stats/hist.h"
#include "util/json.h"

static json_t *real_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *side_json(const struct compare_side *side)
{
	if (!side->nr)
		return json_null();
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "launches", number_json(side->nr), "count",
			 number_json(side->calls), "median_ns", number_json(side->median), "p99_ns",
			 number_json(compare_p99(side)), "total_ns",
			 number_json(compare_total(side)));
}

static json_t *row_json(const struct compare_row *row)
{
	bool both = row->side[COMPARE_A].nr && row->side[COMPARE_B].nr;
	const char *over = compare_over_name(row->over);
	char name[COMPARE_NAME_LEN];

	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s}", "vm_type",
			 clean_json(vm_type_name(row->vm_type)), "section",
			 compare_section_name(row->section), "name",
			 clean_json(compare_name(row, name)), "a", side_json(&row->side[COMPARE_A]),
			 "b", side_json(&row->side[COMPARE_B]), "change",
			 both ? real_or_null(row->change) : json_null(), "p",
			 over ? json_real(row->p) : json_null(), "superiority",
			 over ? json_real(row->superiority) : json_null(), "over", clean_json(over),
			 "verdict", compare_verdict_name(row->verdict));
}

static json_t *rows_json(const struct comparison *c)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < c->nr_rows; i++)
		rows = append_json(rows, row_json(&c->rows[i]));
	return rows;
}

static json_t *results_json(const uint64_t results[MODEL_INCOMPLETE + 1])
{
	return json_pack("{s:o,s:o,s:o}", result_name(MODEL_OK), number_json(results[MODEL_OK]),
			 result_name(MODEL_FAILED), number_json(results[MODEL_FAILED]),
			 result_name(MODEL_INCOMPLETE), number_json(results[MODEL_INCOMPLETE]));
}

static json_t *launches_json(const struct comparison *c)
{
	json_t *types = json_array();

	for (size_t i = 0; i < c->nr_types; i++) {
		const struct compare_launches *t = &c->types[i];

		types = append_json(types, json_pack("{s:o,s:o,s:o}", "vm_type",
						     clean_json(vm_type_name(t->vm_type)), "a",
						     results_json(t->results[COMPARE_A]), "b",
						     results_json(t->results[COMPARE_B])));
	}
	return types;
}

static json_t *errors_json(const struct comparison *c)
{
	json_t *errors = json_array();
	char command[NAME_LEN];
	char status[NAME_LEN];

	for (size_t i = 0; i < c->nr_errors; i++) {
		const struct compare_error *e = &c->errors[i];

		errors = append_json(
			errors,
			json_pack("{s:o,s:s,s:s,s:i,s:o,s:o}", "vm_type",
				  clean_json(vm_type_name(e->vm_type)), "command",
				  name_or_hex(psp_command_name(e->cmd), e->cmd, command),
				  "status_name",
				  name_or_hex(psp_status_name(e->status), e->status, status),
				  "status", (int)e->status, "a", number_json(e->count[COMPARE_A]),
				  "b", number_json(e->count[COMPARE_B])));
	}
	return errors;
}

static json_t *differences_json(const struct comparison *c)
{
	json_t *differences = json_array();

	for (size_t i = 0; i < c->nr_differences; i++) {
		const struct compare_difference *d = &c->differences[i];

		differences =
			append_json(differences, json_pack("{s:s,s:o,s:o}", "what", d->what, "a",
							   clean_json(d->value[COMPARE_A]), "b",
							   clean_json(d->value[COMPARE_B])));
	}
	return differences;
}

static json_t *file_json(const struct comparison *c, enum compare_which which)
{
	json_t *file = json_pack("{s:o}", "path", clean_json(c->path[which]));

	for (size_t i = 0; compare_host_key(i); i++)
		file = set_json(file, compare_host_key(i), clean_json(c->host[which][i]));
	return file;
}

json_t *compare_json(const struct comparison *c, const char *version)
{
	char basis[COMPARE_BASIS_LEN];

	return json_pack("{s:s,s:o,s:o,s:o,s:{s:f,s:f,s:i},s:o,s:o,s:o,s:o}", "version", version,
			 "a", file_json(c, COMPARE_A), "b", file_json(c, COMPARE_B), "differences",
			 differences_json(c), "method", "level", COMPARE_LEVEL, "min_change",
			 c->min_change, "min_launches", COMPARE_MIN_LAUNCHES, "launches",
			 launches_json(c), "rows", rows_json(c), "errors", errors_json(c),
			 "nothing_to_compare", clean_json(compare_basis_text(c, basis)));
}

static void csv_side(const struct compare_side *side, FILE *out)
{
	if (!side->nr) {
		fputs(",,,,,", out);
		return;
	}
	fprintf(out, ",%zu,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, side->nr, side->calls,
		side->median, compare_p99(side), compare_total(side));
}

/* Names need no quotes: none has a comma or a quote in it. */
void compare_csv(const struct comparison *c, FILE *out)
{
	char name[COMPARE_NAME_LEN];
	char type[NAME_LEN];

	fputs("vm_type,section,name,launches_a,count_a,median_a_ns,p99_a_ns,total_a_ns,"
	      "launches_b,count_b,median_b_ns,p99_b_ns,total_b_ns,change,p,superiority,over,"
	      "verdict\n",
	      out);
	for (size_t i = 0; i < c->nr_rows; i++) {
		const struct compare_row *row = &c->rows[i];
		const char *over = compare_over_name(row->over);

		fprintf(out, "%s,%s,%s",
			name_or_hex(vm_type_name(row->vm_type), row->vm_type, type),
			compare_section_name(row->section), compare_name(row, name));
		csv_side(&row->side[COMPARE_A], out);
		csv_side(&row->side[COMPARE_B], out);
		if (row->side[COMPARE_A].nr && row->side[COMPARE_B].nr && isfinite(row->change))
			fprintf(out, ",%.6g", row->change);
		else
			fputc(',', out);
		if (over)
			fprintf(out, ",%.6g,%.6g,%s", row->p, row->superiority, over);
		else
			fputs(",,,", out);
		fprintf(out, ",%s\n", compare_verdict_name(row->verdict));
	}
}
