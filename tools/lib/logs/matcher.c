// SPDX-License-Identifier: GPL-2.0-only
#include "logs/matcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "logs/automaton.h"
#include "util/array.h"

#define BITS 64
#define MATCH_LIMIT 100000 /* steps of one pattern: hostile text must not take long */

static const struct {
	const char *text;
	unsigned int flags;
} words[] = {
	{ "\x1b", WORD_WRAPPED },
	{ "\\u001b", WORD_WRAPPED },
	{ "#033[", WORD_WRAPPED },
	{ "\"message\"", WORD_WRAPPED },
	{ "\"msg\"", WORD_WRAPPED },
	{ "\"log\"", WORD_WRAPPED },
	{ "msg=\"", WORD_WRAPPED },
	{ "\\n", WORD_WRAPPED },
	{ "\\\"", WORD_WRAPPED },
	{ "-name ", WORD_NAME },
	{ "==> ", WORD_NAME },
	{ "sev", WORD_SEV },
	{ "snp", WORD_SEV },
	{ "rmp", WORD_SEV },
	{ "ghcb", WORD_SEV },
	{ "vmgexit", WORD_SEV },
	{ "guest_memfd", WORD_SEV },
	{ "#vc", WORD_SEV },
	{ ": error : ", WORD_LIBVIRT },
	{ "libvirt", WORD_LIBVIRT },
};

/* A message about SEV has one of these words, ... */
static const char about_sev[] =
	"(?<![A-Za-z0-9_])(?:SEV(?:-(?:ES|SNP))?|SNP|RMP(?:UPDATE)?|GHCB|VMGEXIT|vmgexit|#VC|guest_memfd|"
	"sev-(?:snp-)?guest|sev_(?:snp_|es_|gmem_|common_|launch_|kvm_|guest_)\\w*|snp_\\w+)(?![A-Za-z0-9])";

/* ... a problem sounds like this, ... */
static const char problem[] =
	"(?i)fail|error|invalid|unable|unsupported|not (?:supported|available|found|allowed|enabled|valid|possible)|"
	"cannot|can't|could not|denied|refus|abort|panic|unexpected|missing|terminat|timed out|violation|"
	"illegal|reject|unhandled|\\bbug\\b|corrupt|exceed|too (?:old|many|few|small|large)";

/* ... and this is of something else. */
static const char no_problem[] =
	"(?i)command line|cmdline|BOOT_IMAGE|\\bamdgpu\\b|\\bdrm\\b|severity|\\bsev=|audit[:(]|"
	"IPv6|snps|dwc3|selinux|apparmor|\\[ ?pass ?\\]|\\[ ?skip ?\\]|failed=0|0 failed|errors?[=: ]+0\\b";

enum { ABOUT_SEV, PROBLEM, NO_PROBLEM, NR_OWN };

struct matcher {
	struct automaton *automaton;
	const struct log_pattern **patterns; /* of all tables, in their order */
	size_t nr;
	pcre2_code **codes;
	pcre2_code *own[NR_OWN];
	pcre2_match_data *data;
	pcre2_match_context *context;
	uint64_t *hits; /* a bit a pattern whose needle was found */
	size_t nr_hits; /* elements of it */
	unsigned int flags;
};

static pcre2_code *compile(const char *regex, uint32_t options)
{
	PCRE2_SIZE at;
	int error;
	pcre2_code *code =
		pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, options, &error, &at, NULL);

	if (code)
		pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it, it is slower */
	return code;
}

static int compile_own(struct matcher *m)
{
	static const char *const own[] = { about_sev, problem, no_problem };

	for (size_t i = 0; i < NR_OWN; i++) {
		m->own[i] = compile(own[i], 0);
		if (!m->own[i])
			return -ENOMEM;
	}
	return 0;
}

static int look_for(struct matcher *m)
{
	const char **all = calloc(m->nr + ARRAY_SIZE(words), sizeof(*all));
	int err;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < m->nr; i++)
		all[i] = m->patterns[i]->needle;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		all[m->nr + i] = words[i].text;
	err = automaton_new(all, m->nr + ARRAY_SIZE(words), &m->automaton);
	free(all);
	return err;
}

static int take_tables(struct matcher *m)
{
	size_t used = 0;

	for (size_t t = 0; t < LOG_TABLES; t++)
		m->nr += log_tables[t]->nr;
	m->nr_hits = m->nr / BITS + 1;
	m->patterns = calloc(m->nr, sizeof(const struct log_pattern *));
	m->codes = calloc(m->nr, sizeof(pcre2_code *));
	m->hits = calloc(m->nr_hits, sizeof(*m->hits));
	if (!m->patterns || !m->codes || !m->hits)
		return -ENOMEM;
	for (size_t t = 0; t < LOG_TABLES; t++)
		for (size_t i = 0; i < log_tables[t]->nr; i++)
			m->patterns[used++] = &log_tables[t]->rows[i];
	return 0;
}

int matcher_new(struct matcher **matcher)
{
	struct matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->data = pcre2_match_data_create(LOG_GROUPS + 1, NULL);
	m->context = pcre2_match_context_create(NULL);
	if (!m->data || !m->context || take_tables(m) || compile_own(m) || look_for(m)) {
		matcher_free(m);
		return -ENOMEM;
	}
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	*matcher = m;
	return 0;
}

void matcher_free(struct matcher *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->codes && i < m->nr; i++)
		pcre2_code_free(m->codes[i]);
	for (size_t i = 0; i < NR_OWN; i++)
		pcre2_code_free(m->own[i]);
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	automaton_free(m->automaton);
	free(m->patterns);
	free(m->codes);
	free(m->hits);
	free(m);
}

static void note_word(void *ctx, uint32_t word)
{
	struct matcher *m = ctx;

	if (word < m->nr) {
		m->hits[word / BITS] |= 1ULL << word % BITS;
		m->flags |= WORD_PATTERN;
	} else {
		m->flags |= words[word - m->nr].flags;
	}
}

unsigned int matcher_look(struct matcher *m, const char *text, size_t len)
{
	if (m->flags & WORD_PATTERN)
		memset(m->hits, 0, m->nr_hits * sizeof(*m->hits));
	m->flags = 0;
	automaton_run(m->automaton, text, len, note_word, m);
	return m->flags;
}

static int fits(struct matcher *m, const pcre2_code *code, const char *text, size_t len)
{
	return pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, m->data, m->context);
}

static void take_match(struct matcher *m, const char *text, int groups, struct match *match)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);

	match->start = at[0];
	match->end = at[1];
	for (size_t i = 1; i < (size_t)groups && i <= LOG_GROUPS; i++) {
		if (at[2 * i] == PCRE2_UNSET)
			continue;
		match->groups[i - 1].at = text + at[2 * i];
		match->groups[i - 1].len = at[2 * i + 1] - at[2 * i];
	}
}

void matcher_find(struct matcher *m, const char *text, size_t len, struct match *match)
{
	*match = (struct match){ 0 };
	if (!(m->flags & WORD_PATTERN))
		return;
	for (size_t i = 0; i < m->nr_hits; i++) {
		for (uint64_t bits = m->hits[i]; bits; bits &= bits - 1) {
			size_t n = i * BITS + (size_t)__builtin_ctzll(bits);
			int groups;

			/* Most logs need a few of them. */
			if (!m->codes[n])
				m->codes[n] = compile(m->patterns[n]->regex, PCRE2_CASELESS);
			groups = m->codes[n] ? fits(m, m->codes[n], text, len) : 0;
			if (groups <= 0)
				continue;
			match->pattern = m->patterns[n];
			take_match(m, text, groups, match);
			return;
		}
	}
}

bool matcher_unknown(struct matcher *m, const char *text, size_t len)
{
	return m->flags & WORD_SEV && fits(m, m->own[ABOUT_SEV], text, len) > 0 &&
	       fits(m, m->own[PROBLEM], text, len) > 0 &&
	       fits(m, m->own[NO_PROBLEM], text, len) < 0;
}
