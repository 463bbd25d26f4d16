/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values that look the same in all JSON outputs. The caller owns the returned reference; NULL: out
 * of memory.
 */
#ifndef UTIL_JSON_H
#define UTIL_JSON_H

#include <stdint.h>

#include <jansson.h>

/*
 * Returns untrusted text, cleaned by text_clean() and cut off after CLEAN_JSON_LEN - 1 bytes; JSON
 * null for NULL.
 */
#define CLEAN_JSON_LEN 512
json_t *clean_json(const char *s);

/* Returns n, at most INT64_MAX: jansson's integers are signed. */
json_t *number_json(uint64_t n);

/*
 * Appends value and takes it over. Returns array; or NULL if memory is short, and then array is
 * released. array and value may be NULL, so of many calls only the last result is to be looked at.
 */
json_t *append_json(json_t *array, json_t *value);

/*
 * Sets a value under an untrusted key and takes it over. Returns object; or NULL if memory is
 * short, and then object is released. object and value may be NULL, as above.
 */
json_t *set_json(json_t *object, const char *key, json_t *value);

#endif /* UTIL_JSON_H */
