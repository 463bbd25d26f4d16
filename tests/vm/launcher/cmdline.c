// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line: parses the table of options and derives the other settings.
 */
#include "cmdline.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define DEFAULT_PAGES 256
#define DEFAULT_POLICY_SEV SEV_POLICY_NODBG
#define DEFAULT_POLICY_ES (SEV_POLICY_NODBG | SEV_POLICY_ES)
/* SEV-SNP firmware ABI 4.3: bit 17 must be one, bit 16 allows SMT; ABI version 0.0 is enough */
#define DEFAULT_POLICY_SNP 0x30000

struct row;
typedef int (*parse_fn)(struct options *options, const struct row *row, const char *arg);

struct row {
	const char *name;
	char letter; /* 0: none */
	const char *arg; /* NULL: a flag */
	const char *help;
	parse_fn parse;
	size_t offset; /* of the field in struct options */
	uint64_t min;
	uint64_t max;
};

/* Parses a whole number, decimal or hexadecimal with 0x. */
static int read_number(const char *arg, uint64_t *value, const char **end)
{
	char *stop;

	if (*arg < '0' || *arg > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(arg, &stop, 0);
	if (errno)
		return -ERANGE;
	*end = stop;
	return 0;
}

static int parse_number(struct options *options, const struct row *row, const char *arg)
{
	uint64_t value;
	const char *end;

	if (read_number(arg, &value, &end) || *end || value < row->min || value > row->max)
		return -EINVAL;
	memcpy((char *)options + row->offset, &value, sizeof(value));
	return 0;
}

static int parse_count(struct options *options, const struct row *row, const char *arg)
{
	options->counted = true;
	return parse_number(options, row, arg);
}

static int parse_policy(struct options *options, const struct row *row, const char *arg)
{
	char *end;

	errno = 0;
	options->policy = strtoull(arg, &end, 16);
	options->policy_given = true;
	return errno || end == arg || *end || options->policy > row->max ? -EINVAL : 0;
}

static int parse_size(struct options *options, const struct row *row, const char *arg)
{
	static const char units[] = "KMGT";
	const char *unit;
	const char *end;
	uint64_t value;
	uint64_t bytes;

	if (read_number(arg, &value, &end))
		return -EINVAL;
	bytes = value;
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unsigned int)(unit - units + 1);

		bytes = value << shift;
		if (bytes >> shift != value)
			return -EINVAL;
		end++;
	}
	if (*end || bytes % PAGE_BYTES || bytes / PAGE_BYTES < row->min ||
	    bytes / PAGE_BYTES > row->max)
		return -EINVAL;
	options->pages = bytes / PAGE_BYTES;
	return 0;
}

static int parse_text(struct options *options, const struct row *row, const char *arg)
{
	memcpy((char *)options + row->offset, &arg, sizeof(arg));
	return 0;
}

static int parse_layout(struct options *options, const struct row *row, const char *arg)
{
	static const char kinds[] = { SLOT_SHARED, SLOT_PRIVATE, SLOT_READONLY, SLOT_HOLE, '\0' };
	size_t slots = strlen(arg);

	(void)row;
	if (!slots || slots > MAX_SLOTS || arg[strspn(arg, kinds)])
		return -EINVAL;
	memcpy(options->layout, arg, slots + 1);
	options->slots = slots;
	return 0;
}

static int parse_type(struct options *options, const struct row *row, const char *arg)
{
	(void)row;
	for (int type = 0; type < GUEST_TYPES; type++) {
		if (!strcmp(arg, guest_type_name((enum guest_type)type))) {
			options->type = (enum guest_type)type;
			options->type_given = true;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_mistake(struct options *options, const struct row *row, const char *arg)
{
	(void)row;
	options->list_mistakes = !strcmp(arg, "list");
	options->all_mistakes = !strcmp(arg, "all");
	options->mistake = mistake_find(arg);
	if (options->list_mistakes || options->all_mistakes)
		return 0;
	return options->mistake == MISTAKE_NONE ? -EINVAL : 0;
}

/* Parses OP=HOW. */
static int parse_spoil(struct options *options, const struct row *row, const char *arg)
{
	const char *equals = strchr(arg, '=');
	char op[64];

	(void)row;
	if (!equals || (size_t)(equals - arg) >= sizeof(op))
		return -EINVAL;
	memcpy(op, arg, (size_t)(equals - arg));
	op[equals - arg] = '\0';
	options->spoiled = op_find(op);
	options->spoil = spoil_find(equals + 1);
	return options->spoiled == OP_NONE || op_command(options->spoiled) < 0 ||
			       options->spoil == SPOIL_COUNT ?
		       -EINVAL :
		       0;
}

static int parse_flag(struct options *options, const struct row *row, const char *arg)
{
	int value = (int)row->min;

	(void)arg;
	memcpy((char *)options + row->offset, &value, sizeof(value));
	return 0;
}

#define FIELD(name) offsetof(struct options, name)
#define ON(name) parse_flag, FIELD(name), 1, 1
#define OFF(name) parse_flag, FIELD(name), 0, 0
#define COUNT(type) parse_count, FIELD(count[SNP_PAGE_##type]), 0, MAX_PAGES

/* clang-format off */
static const struct row rows[] = {
	{ "type", 't', "TYPE", "sev, sev-es or snp (default: snp)", parse_type, 0, 0, 0 },
	{ "size", 0, "SIZE", "memory to launch: bytes, or with K, M, G", parse_size, 0, 1, MAX_PAGES },
	{ "pages", 'p', "N", "pages to launch (default: 256)", parse_number, FIELD(pages), 1, MAX_PAGES },
	{ "normal", 0, "N", "SNP: pages of type NORMAL", COUNT(NORMAL) },
	{ "zero", 0, "N", "SNP: pages of type ZERO", COUNT(ZERO) },
	{ "unmeasured", 0, "N", "SNP: pages of type UNMEASURED", COUNT(UNMEASURED) },
	{ "secrets", 0, "N", "SNP: pages of type SECRETS", COUNT(SECRETS) },
	{ "cpuid", 0, "N", "SNP: pages of type CPUID", COUNT(CPUID) },
	{ "vcpus", 0, "N", "vCPUs; one VMSA each for sev-es and snp (default: 1)",
	  parse_number, FIELD(vcpus), 0, MAX_VCPUS },
	{ "slots", 0, "N", "memslots the pages are spread over (default: 1)",
	  parse_number, FIELD(slots), 1, MAX_SLOTS },
	{ "layout", 0, "KINDS", "SEV: a memslot a letter, in user memory side by side: s shared, p private (guest_memfd), r read-only, h none",
	  parse_layout, 0, 0, 0 },
	{ "margin", 0, "PAGES", "of the first and the last memslot, not launched (default: 0)",
	  parse_number, FIELD(margin), 0, MAX_PAGES },
	{ "one-call", 0, NULL, "SEV: one LAUNCH_UPDATE_DATA for all memslots", ON(one_call) },
	{ "resume", 0, NULL, "SEV: after a refusal, repair what caused it and go on where the kernel says", ON(resume) },
	{ "fail-here", 0, NULL, "SEV: let the kernel's fault injection strike in LAUNCH_UPDATE_DATA", ON(fail_here) },
	{ "fault-in", 0, NULL, "SEV: map all memslots for the guest as its page faults would, at each check", ON(fault_in) },
	{ "psp-log", 0, "FILE", "SEV: check each page in /dev/mem where the PSP emulator's log says it is",
	  parse_text, FIELD(psp_log), 0, 0 },
	{ "chunk", 0, "PAGES", "pages of one LAUNCH_UPDATE at most (default: no limit)",
	  parse_number, FIELD(chunk), 1, MAX_PAGES },
	{ "busy", 0, "MS", "compute for that long, in processor time, before each LAUNCH_UPDATE",
	  parse_number, FIELD(busy), 1, 10000 },
	{ "pause", 0, "MS", "sleep for that many milliseconds before each LAUNCH_UPDATE",
	  parse_number, FIELD(pause), 1, 10000 },
	{ "launches", 'n', "N", "launches at once, a thread each (default: 1)",
	  parse_number, FIELD(launches), 1, MAX_LAUNCHES },
	{ "fork", 0, NULL, "a process each instead", ON(fork) },
	{ "repeat", 0, "N", "do all of it N times, one after the other",
	  parse_number, FIELD(repeat), 1, MAX_REPEAT },
	{ "policy", 0, "HEX", "guest policy (default: 1 sev, 5 sev-es, 30000 snp)",
	  parse_policy, 0, 0, UINT64_MAX },
	{ "legacy-init", 0, NULL, "KVM_SEV_INIT or _ES_INIT instead of KVM_SEV_INIT2", ON(legacy_init) },
	{ "vmsa-features", 0, "N", "VMSA features for KVM_SEV_INIT2",
	  parse_number, FIELD(vmsa_features), 0, UINT64_MAX },
	{ "session", 0, NULL, "SEV: a session with the platform, so that the measurement can be checked (default)",
	  ON(session) },
	{ "no-session", 0, NULL, "SEV: none", OFF(session) },
	{ "register", 0, NULL, "register guest memory for encryption (default for sev, sev-es)", ON(reg) },
	{ "no-register", 0, NULL, "do not", OFF(reg) },
	{ "secret", 0, NULL, "SEV: inject a secret", ON(secret) },
	{ "author-key", 0, NULL, "SNP: have the ID key signed by an author key", ON(author_key) },
	{ "run", 0, NULL, "enter KVM_RUN after the launch, for a moment", ON(run) },
	{ "stay", 0, "MS", "keep the VM for that long after the launch, with --run in KVM_RUN",
	  parse_number, FIELD(stay), 1, 100000 },
	{ "accept", 0, "N", "SNP, with --run: the guest accesses N pages of its last memslot that were not launched",
	  parse_number, FIELD(accept), 0, MAX_PAGES },
	{ "write", 0, "PORT:VALUE", "with --run: the guest writes to an I/O port", parse_text, FIELD(write), 0, 0 },
	{ "check", 0, NULL, "check the measurement (default)", ON(check) },
	{ "no-check", 0, NULL, "do not", OFF(check) },
	{ "verify-memory", 0, NULL, "SEV: decrypt and compare every page (default where the policy allows debugging)",
	  ON(verify_memory) },
	{ "no-verify-memory", 0, NULL, "do not", OFF(verify_memory) },
	{ "mistake", 'm', "NAME", "make this mistake; 'all' makes all in turn, 'list' shows what comes of them",
	  parse_mistake, 0, 0, 0 },
	{ "at-page", 0, "N", "the page the mistake strikes at, counted from 0",
	  parse_number, FIELD(at_page), 0, MAX_PAGES - 1 },
	{ "spoil", 0, "COMMAND=HOW", "give KVM_SEV_... what it cannot use: command-unreadable, command-readonly, data-unreadable, data-readonly, fd-closed, fd-other",
	  parse_spoil, 0, 0, 0 },
	{ "trial", 0, "NAME", "SEV: try what KVM promises for private memory: 'all', or one of those that 'list' shows",
	  parse_text, FIELD(trial), 0, 0 },
	{ "race", 0, "SECONDS", "threads launch, fault, convert, punch, migrate and destroy guests at random; --seed replays it",
	  parse_number, FIELD(race), 1, MAX_RACE_SECONDS },
	{ "with-snp", 0, NULL, "SNP guests in the race, too (default: SEV and SEV-ES; --type takes one alone)", ON(with_snp) },
	{ "no-retry", 0, NULL, "SNP: do not ask again for pages that the kernel left out", OFF(retry) },
	{ "seed", 0, "N", "seed of the pages' contents (default: 1)",
	  parse_number, FIELD(seed), 0, UINT64_MAX },
	{ "json", 'j', NULL, "summary as JSON", ON(json) },
	{ "verbose", 'v', NULL, "name every system call on stderr", ON(verbose) },
	{ "help", 'h', NULL, "show this", ON(help) },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define LONG_BASE 256 /* getopt's values of options without a letter start here */

void options_help(FILE *out)
{
	fputs("Usage: launcher [OPTION]...\n"
	      "Launches confidential guests through KVM, as a VMM does, and checks what is measured.\n\n",
	      out);
	for (size_t i = 0; i < ROWS; i++) {
		char name[40];

		snprintf(name, sizeof(name), "--%s%s%s", rows[i].name, rows[i].arg ? " " : "",
			 rows[i].arg ? rows[i].arg : "");
		if (rows[i].letter)
			fprintf(out, "  -%c, %-22s %s\n", rows[i].letter, name, rows[i].help);
		else
			fprintf(out, "      %-22s %s\n", name, rows[i].help);
	}
	fputs("\nExit status: 0 all launched and every check held, 1 own failure, 2 usage,\n"
	      "3 a launch was refused, 4 a measurement or encrypted memory is wrong.\n",
	      out);
}

static void set_defaults(struct options *options)
{
	*options = (struct options){
		.type = GUEST_SNP,
		.vcpus = 1,
		.slots = 1,
		.launches = 1,
		.repeat = 1,
		.seed = 1,
		.session = UNSET,
		.reg = UNSET,
		.check = 1,
		.verify_memory = UNSET,
		.mistake = MISTAKE_NONE,
		.retry = 1,
		.spoiled = OP_NONE,
	};
}

static int wrong(FILE *err, const char *what, const char *why)
{
	fprintf(err, "launcher: %s: %s; see launcher --help\n", what, why);
	return -EINVAL;
}

static uint64_t counted_pages(const struct options *options)
{
	uint64_t sum = 0;

	for (size_t type = 0; type < SNP_PAGE_TYPES; type++)
		sum += options->count[type];
	return sum;
}

/*
 * Spreads the pages of an SNP guest over the page types in roughly the proportions of OVMF's
 * metadata.
 */
static void default_counts(struct options *options)
{
	uint64_t pages = options->pages;
	uint64_t *count = options->count;

	if (pages >= 16) {
		count[SNP_PAGE_ZERO] = pages / 8;
		count[SNP_PAGE_UNMEASURED] = pages / 16;
		count[SNP_PAGE_SECRETS] = 1;
		count[SNP_PAGE_CPUID] = 1;
	}
	count[SNP_PAGE_NORMAL] = 0;
	count[SNP_PAGE_NORMAL] = pages - counted_pages(options);
}

static int settle_pages(struct options *options, FILE *err)
{
	bool given = options->pages != 0;

	if (options->counted && options->type != GUEST_SNP)
		return wrong(err, "page types", "only SNP guests have them; use --pages");
	if (options->counted) {
		uint64_t sum = counted_pages(options);

		if (given && options->pages != sum)
			return wrong(err, "--pages", "differs from the sum of the page types");
		if (!sum || sum > MAX_PAGES)
			return wrong(err, "page types", "the sum is not between 1 and 4194304");
		options->pages = sum;
		return 0;
	}
	if (!given)
		options->pages = DEFAULT_PAGES;
	if (options->type == GUEST_SNP)
		default_counts(options);
	else
		options->count[SNP_PAGE_NORMAL] = options->pages;
	return 0;
}

static void settle_policy(struct options *options)
{
	static const uint64_t defaults[GUEST_TYPES] = {
		[GUEST_SEV] = DEFAULT_POLICY_SEV,
		[GUEST_SEV_ES] = DEFAULT_POLICY_ES,
		[GUEST_SNP] = DEFAULT_POLICY_SNP,
	};

	if (!options->policy_given)
		options->policy = defaults[options->type];
}

/* Sets the options that a mistake needs. */
static void settle_mistake(struct options *options)
{
	switch (options->mistake) {
	case MISTAKE_SECRET_BEFORE_MEASURE:
	case MISTAKE_BAD_SECRET_MAC:
	case MISTAKE_UNALIGNED_SECRET:
		options->secret = 1;
		break;
	case MISTAKE_BAD_ID_AUTHOR:
		options->author_key = 1;
		break;
	case MISTAKE_CPUID_MISMATCH:
		if (!options->counted && !options->count[SNP_PAGE_CPUID] && options->pages > 1) {
			options->count[SNP_PAGE_NORMAL]--;
			options->count[SNP_PAGE_CPUID]++;
		}
		break;
	case MISTAKE_DEBUG_FORBIDDEN:
		options->verify_memory = 1;
		break;
	default:
		break;
	}
}

bool options_for_mistake(const struct options *options, enum mistake_id id, struct options *out)
{
	*out = *options;
	out->mistake = id;
	settle_mistake(out);
	if (mistake_expectation(id, out->type, options_private(out))->outcome == OUTCOME_NONE)
		return false;
	return id != MISTAKE_CPUID_MISMATCH || out->count[SNP_PAGE_CPUID];
}

static int check_mistake(const struct options *options, FILE *err)
{
	const struct mistake *mistake = mistake_get(options->mistake);

	if (options->mistake == MISTAKE_NONE)
		return options->at_page ? wrong(err, "--at-page", "needs --mistake") : 0;
	if (mistake_expectation(options->mistake, options->type, options_private(options))
		    ->outcome == OUTCOME_NONE)
		return wrong(err, mistake->name, "cannot be made with this type of guest");
	if (options->at_page && mistake->reach == REACH_LAUNCH)
		return wrong(err, "--at-page", "this mistake does not strike at a page");
	if (options->at_page >= options->pages)
		return wrong(err, "--at-page", "there are not so many pages");
	if (options->mistake == MISTAKE_CPUID_MISMATCH && !options->count[SNP_PAGE_CPUID])
		return wrong(err, mistake->name, "needs a page of type CPUID: --cpuid 1");
	return 0;
}

bool options_private(const struct options *options)
{
	return strchr(options->layout, SLOT_PRIVATE) != NULL;
}

static int check_layout(const struct options *options, FILE *err)
{
	if (!*options->layout)
		return options->one_call || options->resume || options->fault_in ||
				       options->psp_log ?
			       wrong(err, "--one-call, --resume, --fault-in, --psp-log",
				     "need --layout") :
			       0;
	if (options->type == GUEST_SNP)
		return wrong(err, "--layout", "all memory of SNP guests is private");
	if (options->fault_in && !options->vcpus)
		return wrong(err, "--fault-in", "needs a vCPU");
	if (options->legacy_init && options_private(options))
		return wrong(err, "--layout", "private memory needs KVM_SEV_INIT2");
	if (options->slots != strlen(options->layout))
		return wrong(err, "--slots", "differs from --layout, which says it already");
	return 0;
}

/* Settles the options of trials and races, which have guests of their own. */
static int settle_race(struct options *options, FILE *err)
{
	if (options->race && options->trial)
		return wrong(err, "--race", "is not for --trial");
	if (*options->layout || options->mistake != MISTAKE_NONE || options->all_mistakes)
		return wrong(err, options->race ? "--race" : "--trial",
			     "has guests of its own: no --layout, no --mistake");
	if (!options->type_given)
		options->type = GUEST_SEV;
	if (!options->race && options->type == GUEST_SNP)
		return wrong(err, "--trial", "is for --type sev and sev-es");
	if (!options->psp_log)
		return wrong(err, "--psp-log", "is needed: only the PSP knows where pages are");
	return 0;
}

static int settle(struct options *options, FILE *err)
{
	bool legacy = options->type != GUEST_SNP;
	int ret;

	ret = settle_pages(options, err);
	if (ret)
		return ret;
	settle_mistake(options);
	ret = check_layout(options, err);
	if (ret)
		return ret;
	if (options->slots > options->pages)
		return wrong(err, "--slots", "there are more slots than pages");
	settle_policy(options);
	if (!legacy && (options->secret || options->legacy_init || options->session == 1 ||
			options->verify_memory == 1))
		return wrong(err, "--type snp",
			     "--secret, --legacy-init, --session and --verify-memory are for SEV");
	if (legacy && options->author_key)
		return wrong(err, "--author-key", "only SNP guests have an ID block");
	if (legacy && options->policy > UINT32_MAX)
		return wrong(err, "--policy", "a SEV policy has 32 bits");
	if (options->secret && options->session == 0)
		return wrong(err, "--secret", "needs a session");
	if (options->author_key && !options->check)
		return wrong(err, "--author-key", "needs --check: without it there is no ID block");
	if (options->session == UNSET)
		options->session = legacy;
	if (options->reg == UNSET)
		options->reg = legacy;
	if (options->verify_memory == UNSET)
		options->verify_memory = legacy && options->check &&
					 !(options->policy & SEV_POLICY_NODBG) &&
					 !options_private(options);
	return check_mistake(options, err);
}

static void build_getopt(struct option *longs, char *letters)
{
	*letters++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].arg ? required_argument : no_argument,
			.val = LONG_BASE + (int)i,
		};
		if (!rows[i].letter)
			continue;
		*letters++ = rows[i].letter;
		if (rows[i].arg)
			*letters++ = ':';
	}
	*letters = '\0';
}

static const struct row *find_row(int value)
{
	if (value >= LONG_BASE)
		return &rows[value - LONG_BASE];
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].letter && rows[i].letter == value)
			return &rows[i];
	}
	return NULL;
}

int options_parse(struct options *options, int argc, char *const *argv, FILE *err)
{
	struct option longs[ROWS + 1] = { 0 };
	char letters[2 * ROWS + 2];
	int value;

	set_defaults(options);
	build_getopt(longs, letters);
	optind = 0;
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct row *row = value == '?' || value == ':' ? NULL : find_row(value);

		if (!row)
			return wrong(err, argv[optind - 1],
				     value == ':' ? "an argument is missing" : "unknown option");
		if (row->parse(options, row, optarg)) {
			fprintf(err, "launcher: --%s: '%s' is not valid: %s\n", row->name, optarg,
				row->help);
			return -EINVAL;
		}
	}
	if (optind < argc)
		return wrong(err, argv[optind], "unexpected argument");
	if (options->help || options->list_mistakes)
		return 0;
	if (options->with_snp && !options->race)
		return wrong(err, "--with-snp", "needs --race");
	if (options->trial && !strcmp(options->trial, "list"))
		return 0;
	if (options->race || options->trial)
		return settle_race(options, err);
	return settle(options, err);
}
