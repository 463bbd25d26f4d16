// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace doctor: checks whether this host is ready for launches and for tracing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "doctor/doctor.h"
#include "util/array.h"
#include "util/text.h"

#define TITLE 24 /* columns */
#define RESULT 6

static enum text_color color_of(enum check_result result)
{
	static const enum text_color colors[CHECK_RESULTS] = {
		[CHECK_PASS] = TEXT_GREEN,
		[CHECK_WARN] = TEXT_YELLOW,
		[CHECK_SKIP] = TEXT_DIM,
		[CHECK_FAIL] = TEXT_RED,
	};

	return colors[result];
}

static void print_text(const struct doctor_report *report)
{
	struct text_style style = text_style_of(stdout);
	char clean[REASON_SIZE];

	for (size_t i = 0; i < report->count; i++) {
		const struct check_outcome *o = &report->checks[i].outcome;

		text_cell(&style, report->checks[i].title, TITLE);
		fputs(text_on(&style, color_of(o->result)), stdout);
		text_cell(&style, check_result_names[o->result], RESULT);
		fputs(text_off(&style), stdout);
		text_wrap(&style, text_clean(clean, sizeof(clean), o->reason), TITLE + RESULT);
		if (o->fix) {
			printf("%*s", TITLE + RESULT, "");
			text_wrap(&style, o->fix, TITLE + RESULT);
		}
	}
	printf("\n%zu pass, %zu warn, %zu skip, %zu fail\n", report->by_result[CHECK_PASS],
	       report->by_result[CHECK_WARN], report->by_result[CHECK_SKIP],
	       report->by_result[CHECK_FAIL]);
}

static int print_json(const struct doctor_report *report)
{
	json_t *json = doctor_json(report, SEVTRACE_VERSION);

	if (!json)
		return -ENOMEM;
	json_dumpf(json, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(json);
	return 0;
}

/* Parses a list such as "sev,snp" into FOR_* bits. Returns 0 after it has printed what is wrong. */
static unsigned int parse_wanted(const char *list)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} names[] = { { "sev", FOR_SEV },
		      { "sev-es", FOR_ES },
		      { "snp", FOR_SNP },
		      { "record", FOR_RECORD } };
	char *copy = strdup(list), *rest = copy, *item;
	unsigned int wanted = 0;

	while (copy && (item = strsep(&rest, ","))) {
		size_t i = 0;

		while (i < ARRAY_SIZE(names) && strcmp(item, names[i].name) != 0)
			i++;
		if (i == ARRAY_SIZE(names)) {
			say_invalid("doctor", "--for", item, "sev, sev-es, snp or record");
			wanted = 0;
			break;
		}
		wanted |= names[i].bit;
	}
	free(copy);
	return wanted;
}

static int run(unsigned int wanted, bool as_json)
{
	struct doctor_report report;
	int err = doctor_run(&system_host, wanted, &report);

	if (!err && as_json)
		err = print_json(&report);
	else if (!err)
		print_text(&report);
	if (err) {
		say_out_of_memory("doctor");
		return EXIT_OWN_FAILURE;
	}
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace doctor: cannot write");
		return EXIT_OWN_FAILURE;
	}
	return report.by_result[CHECK_FAIL] ? EXIT_LAUNCH_FAILED : EXIT_ALL_OK;
}

int cmd_doctor(int argc, char **argv)
{
	const char *types = "sev,sev-es,snp,record";
	bool as_json = false;
	const struct option_row options[] = {
		OPT_FLAG('j', "json", "print one JSON object instead of text", &as_json),
		OPT_VALUE('f', "for", "USES", "only checks for these: sev, sev-es, snp, record",
			  &types),
	};
	const struct command_usage usage = {
		.name = "doctor",
		.synopsis = "",
		.summary =
			"Check whether this host can launch SEV, SEV-ES and SEV-SNP guests, and record",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.notes =
			"Without root, some checks are skipped. The exit status is 3 if a check fails.\n",
	};
	unsigned int wanted;
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	wanted = parse_wanted(types);
	return wanted ? run(wanted, as_json) : EXIT_USAGE;
}
