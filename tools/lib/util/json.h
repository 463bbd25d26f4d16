/* SPDX-License-Identifier: GPL-2.0-only */
/* Values that every JSON output makes alike. The caller's reference; NULL: no memory. */
#ifndef UTIL_JSON_H
#define UTIL_JSON_H

#include <stdint.h>

#include <jansson.h>

/* Untrusted text, see text_clean(); null for NULL. Cut off behind CLEAN_JSON_LEN - 1 bytes. */
#define CLEAN_JSON_LEN 512
json_t *clean_json(const char *s);

/* JSON's integers are signed: at most INT64_MAX. */
json_t *number_json(uint64_t n);

/* Appends and takes over; NULL without memory, and then the array is gone, too. */
json_t *append_json(json_t *array, json_t *value);

/*
 * Sets and takes over a value, which may be NULL, under an untrusted key; NULL without memory, and
 * then the object is gone, too.
 */
json_t *set_json(json_t *object, const char *key, json_t *value);

#endif /* UTIL_JSON_H */
