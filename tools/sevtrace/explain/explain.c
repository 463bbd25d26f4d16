// SPDX-License-Identifier: GPL-2.0-only
/* sevtrace explain: explains codes, names and log lines. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/say.h"
#include "cli/status.h"
#include "commands.h"
#include "explain/entry.h"
#include "explain/explain.h"
#include "explain/log.h"
#include "explain/topic.h"
#include "sev/names.h"
#include "util/array.h"
#include "util/json.h"

#define MAX_NEAREST 5
#define MAX_OPERANDS 64

/* What the user asks for: the return values of one ioctl, or separate names and numbers. */
struct request {
	char **codes;
	int count;
	struct topic answer;
	bool has_answer;
};

static int unknown(const char *code)
{
	const char *names[MAX_NEAREST];
	size_t count = topic_nearest(code, names, MAX_NEAREST);
	char clean[256];

	fprintf(stderr, "sevtrace explain: unknown status, command, ioctl, step or errno '%s'",
		text_clean(clean, sizeof(clean), code));
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s%s",
			!i	      ? "; did you mean " :
			i + 1 < count ? ", " :
					" or ",
			names[i]);
	fprintf(stderr, "%s\n", count ? "?" : "; 'sevtrace explain --list' lists them");
	return EXIT_OWN_FAILURE;
}

/* All meanings of one operand, the likeliest first. */
struct answer {
	const char *query;
	struct topic found[TOPIC_MAX];
	size_t count;
};

/* Prints the other meanings, one a line; the user can ask for one of them by its name. */
static void print_also(const struct answer *answer, const struct text_style *style)
{
	struct entry entry;

	for (size_t i = 1; i < answer->count; i++) {
		entry_fill(&entry, &answer->found[i]);
		text_label(style, i == 1 ? "also" : "");
		entry_title(&entry, style, style->out);
		fputc('\n', style->out);
	}
}

static json_t *meanings_of(const struct answer *answer)
{
	json_t *list = json_array();
	struct entry entry;

	for (size_t i = 0; i < answer->count; i++) {
		entry_fill(&entry, &answer->found[i]);
		list = append_json(list, entry_json(&entry));
	}
	return list;
}

static json_t *answer_json(const struct answer *answer)
{
	char clean[256];

	return json_pack("{s:s,s:o}", "query", text_clean(clean, sizeof(clean), answer->query),
			 "meanings", meanings_of(answer));
}

/* Takes the operand that names the ioctl to which the return values belong. */
static int take_context(struct request *request)
{
	struct topic found[TOPIC_MAX];
	size_t count = topic_find(request->codes[0], found);

	if (!count)
		return unknown(request->codes[0]);
	/* a number alone has too many meanings */
	if (found[0].kind == TOPIC_COMMAND || found[0].kind == TOPIC_IOCTL)
		for (size_t i = 0; i < count && request->answer.ioctl == EXPLAIN_ANY_IOCTL; i++)
			request->answer.ioctl = topic_ioctl(&found[i]);
	if (request->answer.ioctl != EXPLAIN_ANY_IOCTL)
		return EXIT_ALL_OK;
	say_invalid("explain", "ioctl", request->codes[0],
		    "the name of an ioctl or of its PSP command, beside what it returned");
	return EXIT_USAGE;
}

/* Moves the operands with a '=' (return values) out of the codes. */
static int split_request(struct request *request)
{
	int rest = 0;
	char why[128];

	for (int i = 0; i < request->count; i++) {
		int err = topic_parse_answer(request->codes[i], &request->answer, why, sizeof(why));

		if (err == -EINVAL) {
			char clean[256];

			fprintf(stderr, "sevtrace explain: %s\n",
				text_clean(clean, sizeof(clean), why));
			return EXIT_USAGE;
		}
		if (err)
			request->codes[rest++] = request->codes[i];
		else
			request->has_answer = true;
	}
	request->count = rest;
	if (!request->has_answer || !rest)
		return EXIT_ALL_OK;
	if (rest > 1) {
		say_error("explain", "what was returned can be explained for one ioctl at a time");
		return EXIT_USAGE;
	}
	return take_context(request);
}

/* Looks up each code: one answer for each. Returns an exit status. */
static int collect(struct request *request, struct answer *answers, size_t *nr)
{
	int ret = split_request(request);

	if (ret)
		return ret;
	if (request->has_answer) {
		answers[(*nr)++] =
			(struct answer){ .query = request->count ? request->codes[0] : "",
					 .found = { request->answer },
					 .count = 1 };
		return EXIT_ALL_OK;
	}
	for (int i = 0; i < request->count; i++) {
		struct answer *answer = &answers[*nr];

		answer->query = request->codes[i];
		answer->count = topic_find(answer->query, answer->found);
		if (answer->count)
			++*nr;
		else
			ret = unknown(answer->query);
	}
	return ret;
}

/* If a number has many causes, tells the user how to narrow them down. */
static void print_narrower(const struct entry *entry, const struct text_style *style)
{
	char line[128];

	if (entry->topic.kind != TOPIC_ERRNO || entry->nr_causes < 2)
		return;
	snprintf(line, sizeof(line), "'sevtrace explain IOCTL ret=-%u' keeps to one ioctl.",
		 entry->topic.number);
	text_labelled(style, "note", line);
}

static void print_text(const struct answer *answers, size_t nr)
{
	struct text_style style = text_style_of(stdout);
	struct entry entry;

	for (size_t i = 0; i < nr; i++) {
		if (i)
			putchar('\n');
		entry_fill(&entry, &answers[i].found[0]);
		entry_print(&entry, &style);
		print_narrower(&entry, &style);
		print_also(&answers[i], &style);
	}
}

/* Prints the answers as JSON. Returns 0 or -ENOMEM. */
static int print_json(const struct answer *answers, size_t nr)
{
	json_t *list = json_array(), *all;

	for (size_t i = 0; i < nr; i++)
		list = append_json(list, answer_json(&answers[i]));
	all = json_pack("{s:s,s:o}", "version", SEVTRACE_VERSION, "answers", list);
	if (!all)
		return -ENOMEM;
	json_dumpf(all, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(all);
	return 0;
}

static int finish_output(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("sevtrace explain: cannot write");
		return EXIT_OWN_FAILURE;
	}
	return status;
}

static int explain_codes(char **codes, int count, bool as_json)
{
	struct request request = { .codes = codes, .count = count };
	struct answer *answers = calloc((size_t)count, sizeof(*answers));
	size_t nr = 0;
	int ret;

	request.answer.kind = TOPIC_ANSWER;
	request.answer.ioctl = EXPLAIN_ANY_IOCTL;
	ret = answers ? collect(&request, answers, &nr) : EXIT_OWN_FAILURE;
	if (answers && !as_json)
		print_text(answers, nr);
	if (!answers || (as_json && print_json(answers, nr))) {
		say_out_of_memory("explain");
		free(answers);
		return EXIT_OWN_FAILURE;
	}
	free(answers);
	return finish_output(ret);
}

static void print_kind(enum topic_kind kind)
{
	const struct topic_type *type = &topic_types[kind];
	struct text_style style = text_style_of(stdout);

	for (size_t i = 0; i < type->numbers->nr; i++) {
		uint32_t number = number_at(type->numbers, i);
		const char *name = type->name(number), *text = type->text(number);

		if (!name)
			continue;
		if (kind == TOPIC_STATUS || kind == TOPIC_COMMAND)
			printf("0x%02x  ", number);
		text_cell(&style, name, 32);
		puts(text ? text : "");
	}
}

/* Prints all that has a name in these kinds, as if one had asked for each. */
static int print_kinds_json(const enum topic_kind *kinds, int count)
{
	struct answer *answers = NULL;
	size_t nr = 0, max = 0;
	int err;

	for (int i = 0; i < count; i++)
		max += topic_types[kinds[i]].numbers->nr;
	answers = calloc(max + 1, sizeof(*answers));
	for (int i = 0; i < count && answers; i++) {
		const struct topic_type *type = &topic_types[kinds[i]];

		for (size_t n = 0; n < type->numbers->nr; n++) {
			uint32_t number = number_at(type->numbers, n);
			const char *name = type->name(number);

			if (name)
				answers[nr++] = (struct answer){
					.query = name,
					.found = { { .kind = kinds[i], .number = number } },
					.count = 1,
				};
		}
	}
	err = answers ? print_json(answers, nr) : -ENOMEM;
	free(answers);
	if (!err)
		return finish_output(EXIT_ALL_OK);
	say_out_of_memory("explain");
	return EXIT_OWN_FAILURE;
}

static enum topic_kind kind_called(const char *plural)
{
	enum topic_kind kind = 0;

	while (kind < TOPIC_ERRNO && strcmp(plural, topic_types[kind].plural) != 0)
		kind++;
	return kind;
}

/* Lists the entries of the given kinds; without an operand, lists all kinds that have tables. */
static int list_kinds(char **names, int count, bool as_json)
{
	enum topic_kind kinds[MAX_OPERANDS];
	bool all = !count;

	for (int i = 0; i < count; i++) {
		kinds[i] = kind_called(names[i]);
		if (kinds[i] != TOPIC_ERRNO)
			continue;
		say_invalid("explain", "list", names[i],
			    "statuses, commands, ioctls, steps or page-types");
		return EXIT_USAGE;
	}
	for (enum topic_kind kind = 0; all && kind < TOPIC_ERRNO; kind++)
		kinds[count++] = kind;
	if (as_json)
		return print_kinds_json(kinds, count);
	for (int i = 0; i < count; i++) {
		if (all)
			printf("%s%s:\n", i ? "\n" : "", topic_types[kinds[i]].plural);
		print_kind(kinds[i]);
	}
	return finish_output(EXIT_ALL_OK);
}

/* Tells whether an operand of several words is nothing that has a name. */
static bool is_line(const char *operand)
{
	struct topic found[TOPIC_MAX];

	return strpbrk(operand, " \t") && !topic_find(operand, found);
}

static bool is_code(const char *word)
{
	struct topic found[TOPIC_MAX], answer = { 0 };
	char why[128];

	return !topic_parse_answer(word, &answer, why, sizeof(why)) || topic_find(word, found);
}

/*
 * Explains operands of which one has several words: "SNP_LAUNCH_UPDATE ret=-5" is codes, in one
 * operand; else each is a line of a log.
 */
static int explain_texts(char **operands, int count, const struct log_request *request)
{
	char *words[MAX_OPERANDS], *save, *text = count == 1 ? strdup(operands[0]) : NULL;
	int nr = 0, ret;
	bool codes = text;

	for (char *word = text ? strtok_r(text, " \t", &save) : NULL; word && codes;
	     word = strtok_r(NULL, " \t", &save)) {
		codes = nr < MAX_OPERANDS && is_code(word);
		if (codes)
			words[nr++] = word;
	}
	ret = codes && nr ? explain_codes(words, nr, request->as_json) :
			    explain_lines(operands, count, request);
	free(text);
	return ret;
}

/* What goes with a log is given without one, or more than one thing is to be explained. */
static int check_options(const struct log_request *request, const char *log, bool list,
			 const struct journal_request *journal, bool operands)
{
	bool versions = request->versions.kernel || request->versions.vmm;

	if (!!log + list + journal->asked > 1 || (operands && (log || journal->asked))) {
		say_usage(
			"explain",
			"of --log, --journal, --list and codes, each goes with none of the others");
		return EXIT_USAGE;
	}
	if (journal->since && !journal->asked) {
		say_usage("explain", "--since goes with --journal");
		return EXIT_USAGE;
	}
	if (versions && list) {
		say_usage("explain", "--kernel and --vmm go with a log");
		return EXIT_USAGE;
	}
	return EXIT_ALL_OK;
}

int cmd_explain(int argc, char **argv)
{
	struct log_request request = { 0 };
	struct journal_request journal = { 0 };
	const char *log = NULL;
	bool list = false;
	const struct option_row options[] = {
		OPT_FLAG('j', "json", "print one JSON object instead of text", &request.as_json),
		OPT_FLAG('l', "list", "list all names, or of KIND: statuses, ioctls, ...", &list),
		OPT_VALUE('L', "log", "FILE", "explain a log of the kernel or the VMM (-: stdin)",
			  &log),
		OPT_FLAG(0, "journal", "explain the journal of this boot", &journal.asked),
		OPT_VALUE(0, "since", "TIME", "the journal since then, as journalctl takes it",
			  &journal.since),
		OPT_VALUE(0, "kernel", "VERSION", "the host's kernel, if the log does not tell",
			  &request.versions.kernel),
		OPT_VALUE(0, "vmm", "VERSION", "QEMU's version, if the log does not tell",
			  &request.versions.vmm),
	};
	const struct command_usage usage = {
		.name = "explain",
		.synopsis = "[CODE|LINE]... | --list [KIND] | --log=FILE",
		.summary =
			"Explain a status, errno, command, ioctl or step, and what to do about it",
		.options = options,
		.nr_options = ARRAY_SIZE(options),
		.negative_operands = true,
		.max_operands = MAX_OPERANDS,
		.notes =
			"CODE is a number (0x16, -22), a name (INVALID_PARAM, SNP_LAUNCH_UPDATE,\n"
			"rmp_update), or what an ioctl returned (ret=-5,fw=22), best with its name:\n"
			"    sevtrace explain SNP_LAUNCH_UPDATE ret=-5 fw_error=0\n"
			"LINE is a line of the kernel's or the VMM's log, in quotes. Without any, a log\n"
			"is read from standard input: dmesg | sevtrace explain\n",
	};
	int operand, status;

	status = options_parse(&usage, argc, argv, &operand);
	if (status != PARSE_GO_ON)
		return status;
	status = check_options(&request, log, list, &journal, operand < argc && !list);
	if (status != EXIT_ALL_OK)
		return status;
	if (log)
		return explain_log(log, &request);
	if (journal.asked)
		return explain_journal(journal.since, &request);
	if (list)
		return list_kinds(argv + operand, argc - operand, request.as_json);
	if (operand == argc && !isatty(STDIN_FILENO))
		return explain_log("-", &request);
	if (operand == argc) {
		say_usage("explain", "nothing to explain; give a code, such as 0x16 or EINVAL");
		return EXIT_USAGE;
	}
	for (int i = operand; i < argc; i++)
		if (is_line(argv[i]))
			return explain_texts(argv + operand, argc - operand, &request);
	return explain_codes(argv + operand, argc - operand, request.as_json);
}
