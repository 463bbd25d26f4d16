// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line and the table of mistakes.
 */
#include "hex.h"

#include <errno.h>
#include <stdlib.h>

#include "cmdline.h"

#define ARGS_MAX 16

/* Parses a command line given as one string. Puts the text for stderr into @message. */
static int parse(struct options *options, const char *line, char *message, size_t bytes)
{
	char text[256];
	char *argv[ARGS_MAX] = { text };
	char *at = text;
	char *save = NULL;
	int argc = 1;
	FILE *err;
	int ret;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok_r(at, " ", &save); word && argc < ARGS_MAX - 1;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	memset(message, 0, bytes);
	err = fmemopen(message, bytes, "w");
	assert_non_null(err);
	ret = options_parse(options, argc, argv, err);
	fclose(err);
	return ret;
}

static void good(struct options *options, const char *line)
{
	char message[512];

	if (parse(options, line, message, sizeof(message)))
		fail_msg("'%s' was refused: %s", line, message);
	assert_string_equal(message, "");
}

static void defaults(void **state)
{
	struct options options;

	(void)state;
	good(&options, "");
	assert_int_equal(options.type, GUEST_SNP);
	assert_int_equal(options.pages, 256);
	assert_int_equal(options.count[SNP_PAGE_NORMAL], 256 - 32 - 16 - 2);
	assert_int_equal(options.count[SNP_PAGE_CPUID], 1);
	assert_int_equal(options.policy, 0x30000);
	assert_int_equal(options.reg, 0);
	assert_int_equal(options.session, 0);
	assert_int_equal(options.spoiled, OP_NONE);
	good(&options, "--spoil KVM_SEV_SNP_LAUNCH_START=data-readonly");
	assert_int_equal(options.spoiled, OP_SNP_START);
	assert_int_equal(options.spoil, SPOIL_DATA_READONLY);
	good(&options, "-t sev");
	assert_int_equal(options.policy, 1);
	assert_int_equal(options.reg, 1);
	assert_int_equal(options.session, 1);
	assert_int_equal(options.verify_memory, 0);
	good(&options, "-t sev-es");
	assert_int_equal(options.policy, 5);
	good(&options, "-t sev --policy 0");
	assert_int_equal(options.verify_memory, 1);
	good(&options, "-t sev --policy 0 --no-check");
	assert_int_equal(options.verify_memory, 0);
}

static void numbers(void **state)
{
	struct options options;

	(void)state;
	good(&options, "--size 8M -t sev");
	assert_int_equal(options.pages, 2048);
	good(&options, "--size 4096 -t sev");
	assert_int_equal(options.pages, 1);
	good(&options, "--pages 0x10 --slots 16");
	assert_int_equal(options.pages, 16);
	assert_int_equal(options.slots, 16);
	good(&options, "--normal 3 --cpuid 1");
	assert_int_equal(options.pages, 4);
	assert_int_equal(options.count[SNP_PAGE_ZERO], 0);
	good(&options, "--policy ffffffffffffffff");
	assert_true(options.policy == UINT64_MAX);
}

static void refused(void **state)
{
	static const char *const lines[] = {
		"--type",
		"--type tdx",
		"--nonsense",
		"word",
		"--pages 0",
		"--pages -1",
		"--pages 1x",
		"--pages 99999999999999999999",
		"--size 4097",
		"--size 0",
		"--size 99999999999G",
		"--size 1KK",
		"--policy xyz",
		"--policy",
		"--normal 3 --pages 9",
		"--normal 0",
		"--pages 3 --slots 4",
		"-t sev --normal 4",
		"-t sev --policy 100000000",
		"-t sev --secret --no-session",
		"-t sev --author-key",
		"-t snp --secret",
		"-t snp --legacy-init",
		"--author-key --no-check",
		"--mistake nothing-like-it",
		"-t sev --mistake missing-attribute",
		"--mistake second-start --at-page 3",
		"--mistake missing-attribute --at-page 256",
		"--at-page 3",
		"--mistake cpuid-mismatch --normal 4",
		"--layout p",
		"-t sev --layout x",
		"-t sev --layout",
		"-t sev --layout ss --slots 3",
		"-t sev --layout ppp --pages 2",
		"-t sev --layout p --legacy-init",
		"-t sev --one-call",
		"-t sev --resume",
		"-t sev --margin 4194305 --layout s",
		"--spoil KVM_SEV_INIT2",
		"--spoil KVM_SEV_INIT2=slightly",
		"--spoil KVM_SEV_NO_SUCH=fd-closed",
		"--spoil KVM_RUN=fd-closed",
		"-t sev --mistake interrupted",
		"-t sev --mistake interrupted --layout s",
	};
	struct options options;
	char message[512];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (parse(&options, lines[i], message, sizeof(message)) != -EINVAL)
			fail_msg("'%s' was accepted", lines[i]);
		assert_int_equal(strncmp(message, "launcher: ", 10), 0);
		assert_int_equal(message[strlen(message) - 1], '\n');
	}
}

static void layouts(void **state)
{
	struct options options;

	(void)state;
	good(&options, "-t sev --pages 9");
	assert_string_equal(options.layout, "");
	assert_false(options_private(&options));
	good(&options, "-t sev --layout spr --pages 9 --margin 2 --one-call --resume");
	assert_string_equal(options.layout, "spr");
	assert_int_equal(options.slots, 3);
	assert_int_equal(options.margin, 2);
	assert_true(options.one_call && options.resume);
	assert_true(options_private(&options));
	good(&options, "-t sev-es --layout sh --legacy-init");
	assert_false(options_private(&options));
	/* KVM can only decrypt memory that user space has mapped, so no private memory. */
	good(&options, "-t sev --policy 0 --layout s");
	assert_true(options.verify_memory);
	good(&options, "-t sev --policy 0 --layout p");
	assert_false(options.verify_memory);
}

/* With private memory, the expected result of a mistake differs. */
static void private_expectations(void **state)
{
	const struct expectation *expect;

	(void)state;
	expect = mistake_expectation(MISTAKE_UNMAPPED_SOURCE, GUEST_SEV, false);
	assert_int_equal(expect->error, ENOMEM);
	expect = mistake_expectation(MISTAKE_UNMAPPED_SOURCE, GUEST_SEV, true);
	assert_int_equal(expect->error, EFAULT);
	expect = mistake_expectation(MISTAKE_INTERRUPTED, GUEST_SEV_ES, false);
	assert_int_equal(expect->outcome, OUTCOME_NONE);
	expect = mistake_expectation(MISTAKE_INTERRUPTED, GUEST_SEV_ES, true);
	assert_int_equal(expect->error, EINTR);
	expect = mistake_expectation(MISTAKE_SECOND_START, GUEST_SEV, true);
	assert_int_equal(expect->error, EIO);
}

static void every_mistake_is_complete(void **state)
{
	(void)state;
	for (int id = MISTAKE_NONE + 1; id < MISTAKE_COUNT; id++) {
		const struct mistake *mistake = mistake_get((enum mistake_id)id);
		unsigned int types = 0;

		assert_non_null(mistake->name);
		assert_non_null(mistake->text);
		assert_int_equal(mistake_find(mistake->name), id);
		assert_int_equal(mistake->extra == PHASE_NONE, mistake->before == PHASE_NONE);
		for (int type = 0; type < GUEST_TYPES; type++) {
			const struct expectation *expect = &mistake->expect[type];

			types += expect->outcome != OUTCOME_NONE;
			if (expect->outcome == OUTCOME_REFUSED) {
				assert_true(expect->error > 0);
				assert_non_null(fw_error_name(expect->fw_error));
				/* KVM turns all refusals of the firmware into EIO */
				assert_true(!expect->fw_error || expect->error == EIO);
			}
		}
		assert_true(types > 0 || mistake->private_expect.outcome != OUTCOME_NONE);
	}
}

static void mistake_names_match_the_list(void **state)
{
	static const char *const names[] = {
#define NAME(id, name) [MISTAKE_##id] = (name),
		LAUNCHER_MISTAKES(NAME)
#undef NAME
	};

	(void)state;
	for (int id = MISTAKE_NONE + 1; id < MISTAKE_COUNT; id++)
		assert_string_equal(mistake_get((enum mistake_id)id)->name, names[id]);
}

static void mistakes_bring_what_they_need(void **state)
{
	struct options options;

	(void)state;
	good(&options, "-t sev --mistake bad-secret-mac");
	assert_int_equal(options.secret, 1);
	good(&options, "--mistake bad-id-author");
	assert_int_equal(options.author_key, 1);
	good(&options, "--mistake cpuid-mismatch");
	assert_true(options.count[SNP_PAGE_CPUID] > 0);
	good(&options, "--mistake list");
	assert_true(options.list_mistakes);
	good(&options, "--mistake all");
	assert_true(options.all_mistakes);
}

static void races_and_trials(void **state)
{
	static const struct {
		const char *line;
		const char *message;
	} wrong[] = {
		{ "--race 5", "--psp-log" },
		{ "--race 0 --psp-log x", "--race" },
		{ "--trial fault", "--psp-log" },
		{ "--trial fault --psp-log x --type snp", "--trial" },
		{ "--trial fault --race 5 --psp-log x", "--race" },
		{ "--race 5 --psp-log x --layout p", "--layout" },
		{ "--trial fault --psp-log x --mistake all", "--mistake" },
		{ "--with-snp", "--race" },
	};
	struct options options;
	char message[512];

	(void)state;
	good(&options, "--race 60 --psp-log log --with-snp --seed 9");
	assert_int_equal(options.race, 60);
	assert_int_equal(options.seed, 9);
	assert_true(options.with_snp);
	assert_false(options.type_given);
	good(&options, "--race 60 --psp-log log --type snp");
	assert_int_equal(options.type, GUEST_SNP);
	assert_true(options.type_given);
	good(&options, "--trial fault --psp-log log");
	assert_int_equal(options.type, GUEST_SEV);
	assert_string_equal(options.trial, "fault");
	good(&options, "--trial list");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(&options, wrong[i].line, message, sizeof(message)), -EINVAL);
		if (!strstr(message, wrong[i].message))
			fail_msg("'%s': %s", wrong[i].line, message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(numbers),
		cmocka_unit_test(refused),
		cmocka_unit_test(layouts),
		cmocka_unit_test(races_and_trials),
		cmocka_unit_test(private_expectations),
		cmocka_unit_test(every_mistake_is_complete),
		cmocka_unit_test(mistake_names_match_the_list),
		cmocka_unit_test(mistakes_bring_what_they_need),
	};

	return cmocka_run_group_tests_name("launcher options", tests, NULL, NULL);
}
