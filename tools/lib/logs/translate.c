// SPDX-License-Identifier: GPL-2.0-only
#include "logs/translate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "logs/automaton.h"
#include "logs/catalogue.h"
#include "util/array.h"

#define DOMAIN "libvirt"
#define LANGUAGE 16 /* bytes of a language's name */
#define MAX_CATALOGUE (32U << 20) /* bytes; libvirt's largest has 2 MB */
#define MAX_CATALOGUES 256
#define MAX_PARTS 9 /* literal parts of a text: with values between them */
#define VALUE "sev-snp" /* what is taken for a value of a message */
#define BEHIND ": FAIL (...)" /* virt-host-validate's results stand behind the text */
#define SAMPLE (CATALOGUE_TEXT + MAX_PARTS * sizeof(VALUE) + sizeof(BEHIND))
#define MAX_NEEDLE 24 /* bytes by which a translation is looked for */
#define MIN_NEEDLE 10 /* one with a shorter literal part would be found everywhere */
#define MAX_STATES 30000 /* bytes of all needles together: what the automaton takes */

/* A text of printf(3): literal parts with conversions between them. */
struct template
{
	char text[CATALOGUE_TEXT]; /* the parts behind each other */
	size_t start[MAX_PARTS], length[MAX_PARTS], nr; /* the parts */
	unsigned int value[MAX_PARTS]; /* the one behind a part: 0 is the first */
};

struct translation {
	struct template from, to;
	size_t part; /* of `from`, that the needle is of */
	char needle[MAX_NEEDLE + 1];
	const char *language;
};

struct translator {
	struct translation *all;
	size_t nr, states;
	char (*languages)[LANGUAGE];
	size_t nr_languages;
	struct automaton *automaton;
	struct matcher *matcher;
	uint32_t found; /* the last translation whose needle was found; UINT32_MAX: none */
	const char *text; /* that is translated now */
	size_t len;
	char *english;
	size_t used;
};

/* Reads a conversion behind '%'. Returns the text behind it, NULL if it is none. */
static const char *read_conversion(const char *s, unsigned int next, unsigned int *value)
{
	char *end;
	unsigned long number = isdigit((unsigned char)*s) ? strtoul(s, &end, 10) : 0;

	*value = next;
	if (number && *end == '$') {
		if (number > MAX_PARTS)
			return NULL;
		*value = (unsigned int)number - 1;
		s = end + 1;
	}
	s += strspn(s, "-+ #0'");
	s += strspn(s, "0123456789.");
	s += strspn(s, "hlzjtL");
	return *s && strchr("sdiuxXocp", *s) ? s + 1 : NULL;
}

/* Returns false if the text has other conversions than these, or too many. */
static bool read_template(struct template *t, const char *text)
{
	size_t used = 0;

	*t = (struct template){ .nr = 1 };
	while (*text) {
		size_t part = t->nr - 1;

		if (*text == '%' && text[1] != '%') {
			if (t->nr == MAX_PARTS)
				return false;
			text = read_conversion(text + 1, (unsigned int)part, &t->value[part]);
			if (!text)
				return false;
			t->start[t->nr++] = used;
			continue;
		}
		text += *text == '%';
		t->text[used++] = *text++;
		t->length[part]++;
	}
	return true;
}

static size_t longest_part(const struct template *t)
{
	size_t longest = 0;

	for (size_t i = 1; i < t->nr; i++)
		if (t->length[i] > t->length[longest])
			longest = i;
	return longest;
}

/* Do both have the same values? */
static bool same_values(const struct template *a, const struct template *b)
{
	unsigned int in_a = 0, in_b = 0;

	for (size_t i = 0; i + 1 < a->nr; i++)
		in_a |= 1U << a->value[i];
	for (size_t i = 0; i + 1 < b->nr; i++)
		in_b |= 1U << b->value[i];
	return in_a == in_b;
}

static bool make_translation(struct translation *t, const char *message, const char *text)
{
	size_t length;

	if (!read_template(&t->to, message) || !read_template(&t->from, text) ||
	    !same_values(&t->from, &t->to))
		return false;
	t->part = longest_part(&t->from);
	length = t->from.length[t->part];
	if (length < MIN_NEEDLE)
		return false;
	snprintf(t->needle, sizeof(t->needle), "%.*s", (int)length,
		 t->from.text + t->from.start[t->part]);
	return true;
}

/* Writes the text as it may be in a log, with values in it. */
static size_t write_sample(const struct template *t, char sample[SAMPLE])
{
	size_t used = 0;

	for (size_t i = 0; i < t->nr; i++)
		used += (size_t)snprintf(sample + used, SAMPLE - used, "%.*s%s", (int)t->length[i],
					 t->text + t->start[i], i + 1 < t->nr ? VALUE : BEHIND);
	return used;
}

/* Is the English text of a kind that is explained, or about a problem of SEV? */
static bool is_known(const struct translator *tr, const struct template *english)
{
	char sample[SAMPLE];
	size_t len = write_sample(english, sample);
	struct match match;

	matcher_look(tr->matcher, sample, len);
	matcher_find(tr->matcher, sample, len, &match);
	return match.pattern ? match.pattern->source == FROM_LIBVIRT :
			       matcher_unknown(tr->matcher, sample, len);
}

/* Takes a message of a catalogue if the matcher may know it. */
static int take(void *ctx, const char *message, const char *text)
{
	struct translator *tr = ctx;
	struct translation *t;

	/* most messages are of neither */
	if (!(matcher_look(tr->matcher, message, strlen(message)) & (WORD_PATTERN | WORD_SEV)) ||
	    !strcmp(message, text) || tr->states + MAX_NEEDLE > MAX_STATES)
		return 0;
	t = ARRAY_ADD(tr->all, tr->nr);
	if (!t)
		return -ENOMEM;
	if (!make_translation(t, message, text) || !is_known(tr, &t->to)) {
		tr->nr--;
		return 0;
	}
	t->language = tr->languages[tr->nr_languages];
	tr->states += strlen(t->needle);
	return 0;
}

/* Reads one file; one that is missing or no catalogue is left out. Returns 0 or -ENOMEM. */
static int read_file(struct translator *tr, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret = 0;
	struct stat st;
	void *data;

	if (fd < 0)
		return 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= MAX_CATALOGUE) {
		size_t size = (size_t)st.st_size, got = 0;
		ssize_t n = 0;

		/* not mapped: it may get shorter while it is read */
		data = malloc(size);
		while (data && got < size && (n = read(fd, (char *)data + got, size - got)) > 0)
			got += (size_t)n;
		ret = data ? catalogue_read(data, got, take, tr) : -ENOMEM;
		free(data);
	}
	close(fd);
	return ret == -ENOMEM ? ret : 0;
}

static int read_language(struct translator *tr, const char *place, const char *language)
{
	char path[4096];
	int ret;

	if (*language == '.' || strlen(language) >= LANGUAGE ||
	    tr->nr_languages == MAX_CATALOGUES ||
	    snprintf(path, sizeof(path), "%s/%s/LC_MESSAGES/" DOMAIN ".mo", place, language) >=
		    (int)sizeof(path))
		return 0;
	snprintf(tr->languages[tr->nr_languages], LANGUAGE, "%s", language);
	ret = read_file(tr, path);
	tr->nr_languages += tr->nr &&
			    tr->all[tr->nr - 1].language == tr->languages[tr->nr_languages];
	return ret;
}

static int read_place(struct translator *tr, const char *place)
{
	struct dirent **names;
	int nr = scandir(place, &names, NULL, alphasort), ret = 0;

	if (nr < 0)
		return errno == ENOMEM ? -ENOMEM : 0;
	for (int i = 0; i < nr; i++) {
		if (!ret)
			ret = read_language(tr, place, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return ret;
}

/* The environment variable is that of gettext(1). */
static int read_places(struct translator *tr)
{
	const char *const places[] = { "/usr/share/locale", "/usr/local/share/locale" };
	const char *own = getenv("TEXTDOMAINDIR");
	int ret = 0;

	if (own && *own)
		return read_place(tr, own);
	for (size_t i = 0; !ret && i < ARRAY_SIZE(places); i++)
		ret = read_place(tr, places[i]);
	return ret;
}

static int look_for_needles(struct translator *tr)
{
	const char **needles = calloc(tr->nr, sizeof(*needles));
	int ret;

	if (!needles)
		return -ENOMEM;
	for (size_t i = 0; i < tr->nr; i++)
		needles[i] = tr->all[i].needle;
	ret = automaton_new(needles, tr->nr, &tr->automaton);
	free(needles);
	return ret;
}

int translator_new(struct matcher *matcher, struct translator **translator)
{
	struct translator *tr = calloc(1, sizeof(*tr));
	int ret = -ENOMEM;

	*translator = NULL;
	if (!tr)
		return -ENOMEM;
	tr->matcher = matcher;
	tr->languages = calloc(MAX_CATALOGUES + 1, sizeof(*tr->languages));
	if (tr->languages)
		ret = read_places(tr);
	if (!ret && tr->nr)
		ret = look_for_needles(tr);
	if (ret || !tr->nr) {
		translator_free(tr);
		return ret;
	}
	*translator = tr;
	return 0;
}

void translator_free(struct translator *tr)
{
	if (!tr)
		return;
	free(tr->all);
	free(tr->languages);
	automaton_free(tr->automaton);
	free(tr);
}

bool is_beyond_ascii(const char *text, size_t len)
{
	size_t i = 0;

	for (; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
		uint64_t bytes;

		memcpy(&bytes, text + i, sizeof(bytes));
		if (bytes & 0x8080808080808080ULL)
			return true;
	}
	for (; i < len; i++)
		if (text[i] & 0x80)
			return true;
	return false;
}

/* A piece of the text that is translated. */
struct piece {
	const char *at;
	size_t len;
};

static const char *part_of(const struct template *t, size_t i)
{
	return t->text + t->start[i];
}

/* Finds the parts in the text, and the values between them; *whole is all of it. */
static bool find_parts(const struct translator *tr, const struct template *t,
		       struct piece values[MAX_PARTS], struct piece *whole)
{
	const char *at = tr->text, *end = tr->text + tr->len, *last = NULL;

	for (size_t i = 0; i < t->nr; i++) {
		size_t length = t->length[i];
		const char *found = length ? memmem(at, (size_t)(end - at), part_of(t, i), length) :
				    i + 1 < t->nr ? at :
						    end;

		if (!found)
			return false;
		if (i)
			values[t->value[i - 1]] = (struct piece){ last, (size_t)(found - last) };
		else
			whole->at = found;
		at = last = found + length;
	}
	whole->len = (size_t)(at - whole->at);
	return true;
}

static bool put(struct translator *tr, const char *text, size_t len)
{
	if (tr->used + len >= TRANSLATE_TEXT)
		return false;
	memcpy(tr->english + tr->used, text, len);
	tr->used += len;
	return true;
}

static bool put_english(struct translator *tr, const struct template *to,
			const struct piece values[MAX_PARTS])
{
	for (size_t i = 0; i < to->nr; i++) {
		const struct piece *value = &values[to->value[i]];

		if (!put(tr, part_of(to, i), to->length[i]) ||
		    (i + 1 < to->nr && value->at && !put(tr, value->at, value->len)))
			return false;
	}
	return true;
}

/* A needle was found: is all of the message there? Of several, the longest counts. */
static void try_translation(void *ctx, uint32_t number)
{
	struct translator *tr = ctx;
	const struct translation *t = &tr->all[number];
	struct piece values[MAX_PARTS] = { 0 }, whole = { tr->text, 0 };
	const char *behind;

	if (tr->found != UINT32_MAX &&
	    (tr->found == number || strlen(tr->all[tr->found].from.text) >= strlen(t->from.text)))
		return;
	if (!find_parts(tr, &t->from, values, &whole))
		return;
	behind = whole.at + whole.len;
	tr->used = 0;
	tr->found = UINT32_MAX; /* what was written is overwritten */
	if (put(tr, tr->text, (size_t)(whole.at - tr->text)) && put_english(tr, &t->to, values) &&
	    put(tr, behind, (size_t)(tr->text + tr->len - behind)))
		tr->found = number;
}

size_t translate(struct translator *tr, const char *text, size_t len, char english[TRANSLATE_TEXT],
		 const char **language)
{
	if (len >= TRANSLATE_TEXT)
		return 0;
	tr->found = UINT32_MAX;
	tr->text = text;
	tr->len = len;
	tr->english = english;
	automaton_run(tr->automaton, text, len, try_translation, tr);
	if (tr->found == UINT32_MAX)
		return 0;
	english[tr->used] = '\0';
	*language = tr->all[tr->found].language;
	return tr->used;
}
