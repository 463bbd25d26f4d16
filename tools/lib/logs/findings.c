// SPDX-License-Identifier: GPL-2.0-only
#include "logs/internal.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/array.h"

#define SLOTS 4096 /* a power of two, well above LOG_MAX_FINDINGS */
#define EXCERPT 600 /* bytes of a line that are shown */
#define BEFORE 120 /* of these, in front of the message */
#define MAX_ERRNO 134

/* Returns the errno whose strerror(3) text the given text starts with; 0: none. */
static uint32_t errno_of_text(const char *text)
{
	for (int error = 1; error < MAX_ERRNO; error++) {
		const char *known = strerrordesc_np(error);

		if (known && !strncmp(text, known, strlen(known)))
			return (uint32_t)error;
	}
	return 0;
}

/* Returns the ioctl that a name means; EXPLAIN_ANY_IOCTL: none. */
static uint32_t ioctl_of_name(const char *text)
{
	struct topic found[TOPIC_MAX];
	size_t count = topic_find(text, found);

	for (size_t i = 0; i < count; i++) {
		uint32_t ioctl = topic_ioctl(&found[i]);

		if (ioctl != EXPLAIN_ANY_IOCTL)
			return ioctl;
	}
	return EXPLAIN_ANY_IOCTL;
}

/*
 * Returns the status that a name in the style of Rust means, such as PolicyFailure; as an index
 * UINT32_MAX is no status: none. That of a failed check before the firmware was asked is no errno.
 */
static uint32_t status_of_rust_name(const char *text)
{
	static const struct {
		const char *rust, *name;
	} others[] = { { "AeadOverflow", "AEAD_OFLOW" }, { "WBINVDRequired", "WBINVD_REQUIRED" } };
	char name[LOG_VALUE * 2];
	struct topic found[TOPIC_MAX];
	size_t used = 0, count;

	for (const char *s = text; *s; s++) {
		if (s > text && isupper((unsigned char)*s) && islower((unsigned char)s[-1]))
			name[used++] = '_';
		name[used++] = *s;
	}
	name[used] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(text, others[i].rust))
			snprintf(name, sizeof(name), "%s", others[i].name);
	count = topic_find(name, found);
	for (size_t i = 0; i < count; i++)
		if (found[i].kind == TOPIC_STATUS)
			return found[i].number;
	return UINT32_MAX;
}

/* FNV-1a, 64 bits. */
#define HASH_START 0xcbf29ce484222325ULL

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * 0x100000001b3ULL;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = hash_byte(hash, (unsigned char)*text);
	return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	for (; number; number >>= 8)
		hash = hash_byte(hash, (unsigned char)number);
	return hash_byte(hash, 0);
}

/* Asks `of` what a text means; logs have few of them, many times. */
static uint32_t meaning(struct log_scan *scan, uint32_t (*of)(const char *text), const char *text)
{
	uint64_t hash = hash_text(HASH_START, text);
	struct log_meaning *m = &scan->meanings[hash % LOG_MEANINGS];

	if (m->of != of || strcmp(m->text, text) != 0) {
		m->of = of;
		snprintf(m->text, sizeof(m->text), "%s", text);
		m->number = of(text);
	}
	return m->number;
}

static void take_ret(struct log_values *values, long ret)
{
	values->answer.has_ret = true;
	values->answer.ret = ret < INT_MIN || ret > INT_MAX ? 0 : (int)ret;
}

static void take_value(struct log_scan *scan, struct log_values *values, char what,
		       const char *text)
{
	long number = strtol(text, NULL, 0);
	uint32_t found;

	switch (what) {
	case 'r':
		take_ret(values, number);
		break;
	case 'e':
		found = meaning(scan, errno_of_text, text);
		if (found)
			take_ret(values, -(long)found);
		break;
	case 'E':
		take_ret(values, -number);
		break;
	case 's':
		found = meaning(scan, status_of_rust_name, text);
		values->answer.has_status = found != UINT32_MAX;
		values->answer.status = values->answer.has_status ? found : 0;
		break;
	case 'f':
		values->answer.has_status = true;
		values->answer.status = (uint32_t)number;
		break;
	case 'c':
		values->has_command = true;
		values->command = (uint32_t)number;
		break;
	case 'n':
		found = meaning(scan, ioctl_of_name, text);
		if (found != EXPLAIN_ANY_IOCTL)
			values->answer.ioctl = found;
		break;
	default:
		break;
	}
}

static void take_values(struct log_scan *scan, const struct match *match, struct log_values *values)
{
	memset(values, 0, sizeof(*values));
	values->answer.kind = TOPIC_ANSWER;
	values->answer.ioctl = match->pattern->ioctl;
	for (size_t i = 0; match->pattern->groups[i]; i++) {
		const struct match_group *group = &match->groups[i];
		char text[LOG_VALUE];

		if (!group->at || group->len >= sizeof(text))
			continue;
		memcpy(text, group->at, group->len);
		text[group->len] = '\0';
		take_value(scan, values, match->pattern->groups[i], text);
	}
}

static bool same_values(const struct log_values *a, const struct log_values *b)
{
	return a->answer.ioctl == b->answer.ioctl && a->answer.has_ret == b->answer.has_ret &&
	       a->answer.ret == b->answer.ret && a->answer.has_status == b->answer.has_status &&
	       a->answer.status == b->answer.status && a->has_command == b->has_command &&
	       a->command == b->command;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : (!a || !*a) && (!b || !*b);
}

static uint32_t hash_of(const struct log_message *m, const struct log_values *values,
			const char *detail)
{
	const uint64_t numbers[] = { (uintptr_t)m->match.pattern, values->answer.ioctl,
				     (uint64_t)(int64_t)values->answer.ret, values->answer.status,
				     values->command };
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		hash = hash_number(hash, numbers[i]);
	hash = hash_text(hash, detail);
	if (m->vm)
		hash = hash_text(hash, m->vm);
	return (uint32_t)(hash ^ hash >> 32);
}

char *log_excerpt(const char *text, size_t len, size_t start)
{
	size_t from = len > EXCERPT && start > BEFORE ? start - BEFORE : 0;
	size_t bytes = len - from < EXCERPT ? len - from : EXCERPT;
	char raw[EXCERPT + 1], clean[EXCERPT + 1], *out;

	for (size_t i = 0; i < bytes; i++)
		raw[i] = text[from + i] ? text[from + i] : '?';
	raw[bytes] = '\0';
	text_clean(clean, sizeof(clean), raw);
	if (asprintf(&out, "%s%s%s", from ? "... " : "", clean, from + bytes < len ? " ..." : "") <
	    0)
		return NULL;
	return out;
}

static struct log_finding *find_same(struct log_scan *scan, const struct log_message *m,
				     const struct log_values *values, const char *detail,
				     uint32_t *slot)
{
	*slot = hash_of(m, values, detail) % SLOTS;
	for (; scan->slots[*slot]; *slot = (*slot + 1) % SLOTS) {
		struct log_finding *f = &scan->findings[scan->slots[*slot] - 1];

		if (f->pattern == m->match.pattern && f->boot == scan->boot &&
		    same_values(&f->values, values) && same_text(f->detail, detail) &&
		    same_text(f->vm, m->vm))
			return f;
	}
	return NULL;
}

static int make_room(struct log_scan *scan)
{
	if (scan->findings)
		return 0;
	/* Missing lines come on top. */
	scan->findings = calloc(LOG_MAX_FINDINGS * 2UL, sizeof(*scan->findings));
	scan->slots = calloc(SLOTS, sizeof(*scan->slots));
	return scan->findings && scan->slots ? 0 : -ENOMEM;
}

static void add_language(char detail[LOG_DETAIL], const char *language)
{
	size_t used = strlen(detail);

	snprintf(
		detail + used, LOG_DETAIL - used,
		"%sThe log has it in another language; this is libvirt's English text, by its catalogue '%s'.",
		used ? " " : "", language);
}

int finding_add(struct log_scan *scan, const struct log_message *m)
{
	const struct log_pattern *pattern = m->match.pattern;
	char detail[LOG_DETAIL] = "";
	struct log_values values;
	struct log_finding *f;
	uint32_t slot;

	if (make_room(scan))
		return -ENOMEM;
	take_values(scan, &m->match, &values);
	if (pattern->detail)
		pattern->detail(m->text, detail, sizeof(detail));
	if (m->language)
		add_language(detail, m->language);
	f = find_same(scan, m, &values, detail, &slot);
	if (f) {
		f->count++;
		f->last_line = m->line;
		return 0;
	}
	if (scan->nr_findings == LOG_MAX_FINDINGS) {
		scan->more++;
		return 0;
	}
	f = &scan->findings[scan->nr_findings++];
	scan->slots[slot] = (uint32_t)scan->nr_findings;
	*f = (struct log_finding){ .pattern = pattern,
				   .values = values,
				   .text = log_excerpt(m->text, m->len, m->match.start),
				   .detail = *detail ? strdup(detail) : NULL,
				   .vm = m->vm ? strdup(m->vm) : NULL,
				   .line = m->line,
				   .last_line = m->line,
				   .boot = scan->boot,
				   .count = 1 };
	link_cause(scan, f);
	return f->text && (!*detail || f->detail) && (!m->vm || f->vm) ? 0 : -ENOMEM;
}

int finding_add_missing(struct log_scan *scan, const struct log_finding *after,
			const struct log_pattern *pattern)
{
	size_t place = (size_t)(after - scan->findings) + 1;
	struct log_finding missing = { .pattern = pattern,
				       .values.answer.ioctl = EXPLAIN_NO_IOCTL,
				       .line = after->line,
				       .last_line = after->line,
				       .boot = after->boot,
				       .count = 1 };

	if (scan->nr_findings == LOG_MAX_FINDINGS * 2UL)
		return 0;
	memmove(&scan->findings[place + 1], &scan->findings[place],
		(scan->nr_findings - place) * sizeof(missing));
	scan->findings[place] = missing;
	scan->nr_findings++;
	return 0;
}

void findings_free(struct log_scan *scan)
{
	for (size_t i = 0; i < scan->nr_findings; i++) {
		free(scan->findings[i].text);
		free(scan->findings[i].detail);
		free(scan->findings[i].vm);
	}
	free(scan->findings);
	free(scan->slots);
}

enum log_level finding_level(const struct log_finding *f)
{
	if (f->pattern->level == LOG_BAD && f->doubtful)
		return LOG_NOTE;
	return f->pattern->level == LOG_GOOD && f->but ? LOG_NOTE : f->pattern->level;
}
