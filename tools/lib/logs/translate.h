/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes English of what libvirt says in other languages, by its message catalogues (of Debian's
 * package libvirt-l10n, for example) where this machine has them.
 */
#ifndef LOGS_TRANSLATE_H
#define LOGS_TRANSLATE_H

#include "logs/matcher.h"

#define TRANSLATE_TEXT 8192 /* bytes of a message that is translated */

struct translator;

/*
 * Reads the catalogues of all languages for the messages that the matcher may know. *translator is
 * NULL where there are none. Returns 0 or -ENOMEM.
 */
int translator_new(struct matcher *matcher, struct translator **translator);
void translator_free(struct translator *translator);

/*
 * Writes the text with libvirt's message in it replaced by the English one. Returns its length, 0
 * if there is no such message; *language is that of the catalogue, and lives as long as the
 * translator.
 */
size_t translate(struct translator *translator, const char *text, size_t len,
		 char english[TRANSLATE_TEXT], const char **language);

/* Has the text other characters than those of ASCII? */
bool is_beyond_ascii(const char *text, size_t len);

#endif /* LOGS_TRANSLATE_H */
