// SPDX-License-Identifier: GPL-2.0-only
/* Lines of a log become messages, and messages findings. */
#include "logs/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logs/decode.h"
#include "logs/export_entry.h"
#include "logs/partial.h"
#include "logs/reader.h"
#include "logs/vm.h"

#define MESSAGE 8192 /* bytes of a message that are looked at together */
#define OVERLAP 512 /* of a longer one, parts share so much */
#define WRAPS_FROM 79 /* a line of so many columns may go on in the next one */
#define WRAPS_TO 80
#define MAX_GAP 8 /* lines from the start of a message to the end of it */

/* A message waits for the next line, which may be more of it. */
struct pending {
	char text[MESSAGE + 1];
	size_t len;
	uint64_t line;
	char vm[LOG_VM];
	struct match match;
	const char *language; /* that it is translated from; NULL: none */
	bool any; /* there is one */
	bool interesting; /* it has a word of interest */
	bool unknown; /* about SEV and not known */
	bool full; /* its line has as many columns as a terminal */
};

struct reading {
	struct log_scan *scan;
	struct reader *reader;
	struct vm_name name; /* guest that the log is of */
	struct pending pending;
	struct export_entry entry; /* of the journal */
	struct partials partials; /* of container runtimes */
	uint64_t line; /* number of the line that is taken now */
	const char *looked; /* what the matcher has looked at last; NULL: not known */
	size_t looked_len;
	unsigned int words; /* what it has found there */
	bool libvirt; /* the line may be libvirt's */
	const char *language; /* of the message that is taken now */
	char english[TRANSLATE_TEXT]; /* that message, if it was translated */
};

int log_scan_new(struct log_scan **result)
{
	struct log_scan *scan = calloc(1, sizeof(*scan));
	int err = scan ? matcher_new(&scan->matcher) : -ENOMEM;

	if (err) {
		free(scan);
		return err;
	}
	*result = scan;
	return 0;
}

void log_scan_free(struct log_scan *scan)
{
	matcher_free(scan->matcher);
	translator_free(scan->translator);
	findings_free(scan);
	for (size_t i = 0; i < LOG_MAX_UNKNOWN; i++)
		free(scan->unknowns[i].text);
	for (size_t i = 0; i < scan->nr_vms; i++)
		free(scan->vms[i]);
	free(scan);
}

void log_scan_versions(struct log_scan *scan, const struct log_versions *versions)
{
	scan->versions = *versions;
}

static int add_unknown(struct log_scan *scan, const struct pending *p)
{
	size_t n = (size_t)scan->unknown++;

	if (n >= LOG_MAX_UNKNOWN)
		return 0;
	scan->unknowns[n].line = p->line;
	scan->unknowns[n].text = log_excerpt(p->text, p->len, 0);
	return scan->unknowns[n].text ? 0 : -ENOMEM;
}

/* Takes what waits, as no more of it can come. */
static int flush(struct reading *r)
{
	struct pending *p = &r->pending;
	struct log_message m = { .text = p->text,
				 .len = p->len,
				 .line = p->line,
				 .match = p->match,
				 .language = p->language };
	int err = 0;

	if (!p->any)
		return 0;
	p->any = false;
	if (!m.match.pattern)
		return p->unknown ? add_unknown(r->scan, p) : 0;
	m.vm = log_origins[m.match.pattern->source].host ? NULL : *p->vm ? p->vm : NULL;
	err = across_note(r->scan, &m);
	if (err || m.match.pattern->level == LOG_KNOWN)
		return err;
	r->scan->explained++;
	return finding_add(r->scan, &m);
}

static void look(struct reading *r, const char *text, size_t len, struct match *match,
		 bool *unknown)
{
	if (r->looked != text || r->looked_len != len)
		r->words = matcher_look(r->scan->matcher, text, len);
	r->looked = NULL;
	*match = (struct match){ 0 };
	*unknown = false;
	if (r->words & WORD_PATTERN)
		matcher_find(r->scan->matcher, text, len, match);
	if (!match->pattern)
		*unknown = matcher_unknown(r->scan->matcher, text, len);
}

/* Does the text begin like a further line of a message? */
static bool goes_on(const char *text, size_t len)
{
	static const char *const starts[] = { "provided:", "expected:" };

	if (len && (*text == ' ' || *text == '\t'))
		return true;
	for (size_t i = 0; i < 2; i++)
		if (len > strlen(starts[i]) && !memcmp(text, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* Joins the text to what waits. Returns the length, 0 if it is too long. */
static size_t join(const struct pending *p, const char *between, const char *text, size_t len,
		   char joined[MESSAGE + 1])
{
	size_t spaces = 0, gap = strlen(between);

	while (*between && spaces < len && (text[spaces] == ' ' || text[spaces] == '\t'))
		spaces++;
	if (p->len + gap + len - spaces > MESSAGE)
		return 0;
	memcpy(joined, p->text, p->len);
	memcpy(joined + p->len, between, gap);
	memcpy(joined + p->len + gap, text + spaces, len - spaces);
	joined[p->len + gap + len - spaces] = '\0';
	return p->len + gap + len - spaces;
}

/* If the text is more of what waits, adds it, and returns true. */
static bool add_to_pending(struct reading *r, const char *text, size_t len)
{
	static const char *const between[] = { "", " " };
	struct pending *p = &r->pending;
	bool known = p->match.pattern;
	char joined[MESSAGE + 1];

	for (size_t i = p->full ? 0 : 1; i < 2; i++) {
		size_t size = join(p, between[i], text, len, joined);
		struct match match;
		bool unknown;

		if (!size)
			continue;
		look(r, joined, size, &match, &unknown);
		if (!match.pattern || (known && (match.pattern != p->match.pattern ||
						 !(match.pattern->flags & LOG_OPENS))))
			continue;
		memcpy(p->text, joined, size + 1);
		p->len = size;
		look(r, p->text, size, &p->match, &unknown);
		p->unknown = false;
		return true;
	}
	return false;
}

static void wait_for_more(struct reading *r, const char *text, size_t len, uint64_t line)
{
	struct pending *p = &r->pending;

	p->len = len < MESSAGE ? len : MESSAGE;
	memcpy(p->text, text, p->len);
	p->text[p->len] = '\0';
	p->line = line;
	p->language = r->language;
	p->any = true;
	p->match = (struct match){ 0 };
	p->unknown = p->interesting = false;
	*p->vm = '\0';
}

/* Looks at one message, or at a part of a very long one. */
static int take_message(struct reading *r, const char *text, size_t len,
			const struct fields *fields, uint64_t line)
{
	struct pending *p = &r->pending;
	struct match match;
	bool unknown, more = p->any && p->line + MAX_GAP > line;
	int err;

	look(r, text, len, &match, &unknown);
	if (more && !match.pattern && (p->full || goes_on(text, len)) &&
	    add_to_pending(r, text, len))
		return 0;
	err = flush(r);
	if (err)
		return err;
	wait_for_more(r, text, len, line);
	p->match = match;
	/* by then, the text has gone */
	for (size_t i = 0; i < LOG_GROUPS; i++)
		if (match.groups[i].at)
			p->match.groups[i].at = p->text + (match.groups[i].at - text);
	p->unknown = unknown;
	p->interesting = match.pattern || unknown;
	if (match.pattern && !log_origins[match.pattern->source].host)
		vm_find(&r->name, text, len, fields, p->vm);
	return 0;
}

static int take_long(struct reading *r, const char *text, size_t len, const struct fields *fields,
		     uint64_t line)
{
	int err = 0;

	for (size_t at = 0; !err && at < len; at += MESSAGE - OVERLAP) {
		size_t rest = len - at;

		err = take_message(r, text + at, rest < MESSAGE ? rest : MESSAGE, fields, line);
		if (rest <= MESSAGE)
			break;
	}
	return err;
}

/* 0 stands for any digit. */
static bool digits_at(const char *s, const char *format)
{
	for (; *format; s++, format++)
		if (*format == '0' ? !isdigit((unsigned char)*s) : *s != *format)
			return false;
	return true;
}

/*
 * Returns where the next message of the same line begins, len: nowhere. Programs that report what
 * others have said join lines: by "\n" as two characters, or before a time or QEMU's name.
 */
static size_t next_message(const char *text, size_t len, size_t *skip)
{
	static const char time[] = "0000-00-00T00:00:00", qemu[] = "qemu-system-";

	for (size_t i = 1; i < len; i++) {
		const char *s = text + i;

		*skip = 0;
		if (*s == '\n' || *s == '\r') {
			*skip = 1;
			return i;
		}
		if (*s == '\\' && i + 1 < len && s[1] == 'n') {
			*skip = 2;
			return i;
		}
		if (s[-1] != ' ' || len - i < sizeof(time))
			continue;
		if ((isdigit((unsigned char)*s) && digits_at(s, time)) ||
		    (*s == 'q' && !memcmp(s, qemu, strlen(qemu)) && i > 1 &&
		     !strchr(":Z]|", s[-2]) && s[strcspn(s, ": [")] == ':'))
			return i;
	}
	*skip = 0;
	return len;
}

/* May the text be in another language than English? Reads catalogues when that is first asked. */
static int is_foreign(struct reading *r, const char *text, size_t len, bool *foreign)
{
	struct log_scan *scan = r->scan;
	int err = 0;

	*foreign = r->libvirt || is_beyond_ascii(text, len);
	if (*foreign && !scan->has_catalogues) {
		scan->has_catalogues = true;
		r->looked = NULL;
		err = translator_new(scan->matcher, &scan->translator);
	}
	*foreign &= scan->translator != NULL;
	return err;
}

/* Takes a message as it is, or in English. */
static int take_in_english(struct reading *r, const char *text, size_t len,
			   const struct fields *fields, uint64_t line)
{
	size_t translated = 0;
	bool foreign;
	int err = is_foreign(r, text, len, &foreign);

	r->language = NULL;
	if (!err && foreign)
		translated = translate(r->scan->translator, text, len, r->english, &r->language);
	if (!translated)
		return err ? err : take_long(r, text, len, fields, line);
	r->looked = NULL;
	err = take_long(r, r->english, translated, fields, line);
	r->looked = NULL;
	return err;
}

static int take_messages(struct reading *r, const char *text, size_t len,
			 const struct fields *fields, uint64_t line)
{
	int err = 0;

	while (!err && len) {
		size_t skip, n = next_message(text, len, &skip);

		err = take_in_english(r, text, n, fields, line);
		text += n + skip;
		len -= n + skip;
	}
	return err;
}

/* Takes a line that has a word of interest, or may be more of the one before. */
static int take_line(struct reading *r, char *text, size_t len)
{
	struct fields fields = { .field[FIELD_TEXT] = { text, len } };
	uint64_t line = r->line;
	bool full = len >= WRAPS_FROM && len <= WRAPS_TO;
	int err;

	if (r->words & WORD_WRAPPED)
		decode_line(text, len, &fields);
	if (r->words & WORD_NAME)
		vm_note(&r->name, text, len);
	err = take_messages(r, fields.field[FIELD_TEXT].at, fields.field[FIELD_TEXT].len, &fields,
			    line);
	if (!err && fields.field[FIELD_ERROR].at)
		err = take_messages(r, fields.field[FIELD_ERROR].at, fields.field[FIELD_ERROR].len,
				    &fields, line);
	r->pending.full = full;
	return err;
}

static int take_entry(struct reading *r, char *text, size_t len)
{
	struct export_entry *e = &r->entry;
	const struct slice *message = &e->fields.field[FIELD_TEXT];
	const struct slice *program = &e->fields.field[FIELD_PROGRAM];
	int ret = export_take(e, r->reader, text, len);

	if (ret <= 0)
		return ret;
	r->pending.full = false;
	r->looked = NULL;
	r->libvirt = program->at && memmem(program->at, program->len, "virt", strlen("virt"));
	ret = take_messages(r, message->at, message->len, &e->fields, e->line);
	export_reset(e);
	return ret;
}

/* Lines without a word of interest are most of a log, and cost little. */
static int take_any_line(struct reading *r, char *text, size_t len, uint64_t line)
{
	struct pending *p = &r->pending;
	bool full = len >= WRAPS_FROM && len <= WRAPS_TO, foreign;
	int err;

	if (r->entry.any || export_begins(text, len))
		return take_entry(r, text, len);
	r->words = matcher_look(r->scan->matcher, text, len);
	r->looked = r->words & WORD_WRAPPED ? NULL : text;
	r->looked_len = len;
	r->libvirt = r->words & WORD_LIBVIRT;
	r->line = line;
	err = is_foreign(r, text, len, &foreign);
	if (err)
		return err;
	if (r->words || full || foreign ||
	    (p->any && p->interesting && (p->full || goes_on(text, len))))
		return take_line(r, text, len);
	return flush(r);
}

static int take_joined(struct reading *r)
{
	const struct partial *out = &r->partials.out;
	int err = take_any_line(r, out->text, out->len, out->line);

	r->looked = NULL;
	partial_done(&r->partials);
	return err;
}

/* Takes a line of the file, or what it is the last part of. */
static int take_part(struct reading *r, char *text, size_t len)
{
	uint64_t line = reader_line(r->reader);
	int ret = PARTIAL_FULL, err = 0;

	if (r->entry.any)
		return take_any_line(r, text, len, line);
	while (!err && ret == PARTIAL_FULL) {
		ret = partial_take(&r->partials, text, len, line);
		if (ret == PARTIAL_FULL)
			err = take_joined(r);
	}
	if (err || ret < 0)
		return err ? err : ret;
	if (ret == PARTIAL_WHOLE)
		return take_joined(r);
	return ret == PARTIAL_KEPT ? 0 : take_any_line(r, text, len, line);
}

int log_scan_read(struct log_scan *scan, FILE *in, bool whole)
{
	struct reading *r = calloc(1, sizeof(*r));
	char *text;
	size_t len;
	int ret = r ? reader_new(in, &r->reader) : -ENOMEM;

	if (ret) {
		free(r);
		return ret;
	}
	r->scan = scan;
	while ((ret = reader_next(r->reader, &text, &len)) > 0) {
		ret = take_part(r, text, len);
		if (ret)
			break;
	}
	while (!ret && partial_rest(&r->partials) == PARTIAL_WHOLE)
		ret = take_joined(r);
	if (!ret)
		ret = take_entry(r, NULL, 0);
	if (!ret)
		ret = flush(r);
	scan->lines = reader_line(r->reader);
	scan->no_text = reader_no_text(r->reader);
	if (!ret)
		ret = across_finish(scan, whole);
	reader_free(r->reader);
	partials_free(&r->partials);
	free(r);
	return ret;
}

uint64_t log_scan_lines(const struct log_scan *scan)
{
	return scan->lines;
}

uint64_t log_scan_explained(const struct log_scan *scan)
{
	return scan->explained;
}

const char *log_scan_no_text(const struct log_scan *scan)
{
	return scan->no_text;
}

bool log_scan_failed(const struct log_scan *scan)
{
	for (size_t i = 0; i < scan->nr_findings; i++)
		if (finding_level(&scan->findings[i]) == LOG_BAD)
			return true;
	return false;
}

void log_scan_failures(const struct log_scan *scan,
		       bool (*each)(void *ctx, const char *text, const char *cause,
				    const char *hint),
		       void *ctx)
{
	for (size_t i = 0; i < scan->nr_findings; i++) {
		const struct log_finding *f = &scan->findings[i];
		const struct explanation *why = finding_why(f);

		if (finding_level(f) == LOG_BAD && !each(ctx, f->text, why->cause, why->hint))
			return;
	}
}
