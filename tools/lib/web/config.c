// SPDX-License-Identifier: GPL-2.0-only
#include "web/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "util/array.h"

#define MAX_FILE 1048576 /* bytes, of this file, of a certificate or of a key */
#define BCRYPT_LEN 60

/* The document that is read, and where to write an error. */
struct reading {
	const char *path;
	yaml_document_t *document;
	struct web_config *config;
	char *why;
	size_t why_size;
};

__attribute__((format(printf, 3, 4))) static int
wrong(const struct reading *r, const yaml_node_t *node, const char *format, ...)
{
	size_t used = (size_t)snprintf(r->why, r->why_size, "%s, line %zu: ", r->path,
				       node ? node->start_mark.line + 1 : 1);
	va_list args;

	va_start(args, format);
	if (used < r->why_size)
		vsnprintf(r->why + used, r->why_size - used, format, args);
	va_end(args);
	return -EINVAL;
}

static const char *scalar(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE &&
			       strlen((const char *)node->data.scalar.value) ==
				       node->data.scalar.length ?
		       (const char *)node->data.scalar.value :
		       NULL;
}

/* Reads a whole file; the caller frees the text. */
static char *read_whole(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(MAX_FILE + 1) : NULL;
	size_t size = text ? fread(text, 1, MAX_FILE + 1, in) : 0;
	int err = in && !ferror(in) ? 0 : errno;

	if (in)
		fclose(in);
	if (text && !err && size <= MAX_FILE) {
		text[size] = '\0';
		return text;
	}
	free(text);
	errno = err ? err : EFBIG;
	return NULL;
}

/*
 * Reads a file that the configuration names; a relative path starts at the configuration's folder.
 */
static int take_file(const struct reading *r, const yaml_node_t *value, char **text)
{
	const char *name = scalar(value), *slash = strrchr(r->path, '/');
	char path[4096];

	if (!name || !*name)
		return wrong(r, value, "the name of a file is missing");
	snprintf(path, sizeof(path), "%.*s%s",
		 *name == '/' || !slash ? 0 : (int)(slash + 1 - r->path), r->path, name);
	free(*text);
	*text = read_whole(path);
	return *text ? 0 : wrong(r, value, "%s cannot be read: %s", path, strerror(errno));
}

static int take_certificate(const struct reading *r, const yaml_node_t *value)
{
	return take_file(r, value, &r->config->certificate);
}

static int take_key(const struct reading *r, const yaml_node_t *value)
{
	return take_file(r, value, &r->config->key);
}

static int take_version(const struct reading *r, const yaml_node_t *value)
{
	const char *version = scalar(value);

	if (version && !strcmp(version, "TLS13"))
		r->config->tls13 = true;
	else if (!version || strcmp(version, "TLS12") != 0)
		return wrong(r, value, "min_version is TLS12 or TLS13");
	return 0;
}

struct key {
	const char *name;
	int (*take)(const struct reading *r, const yaml_node_t *value);
};

static int take_known(const struct reading *r, const yaml_node_t *name, const yaml_node_t *value,
		      const struct key *keys, size_t nr)
{
	const char *text = scalar(name);
	char known[128] = "";

	for (size_t i = 0; i < nr; i++) {
		if (text && !strcmp(text, keys[i].name))
			return keys[i].take(r, value);
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 i ? ", " : "", keys[i].name);
	}
	return wrong(r, name, "'%s' is not supported here; there are %s", text ? text : "?", known);
}

/*
 * Calls take_known() for each key of a mapping. A node without content counts as an empty mapping.
 */
static int take_mapping(const struct reading *r, const yaml_node_t *node, const struct key *keys,
			size_t nr)
{
	int err = 0;

	if (node->type == YAML_SCALAR_NODE && !node->data.scalar.length)
		return 0;
	if (node->type != YAML_MAPPING_NODE)
		return wrong(r, node, "a mapping is wanted here");
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top && !err; pair++)
		err = take_known(r, yaml_document_get_node(r->document, pair->key),
				 yaml_document_get_node(r->document, pair->value), keys, nr);
	return err;
}

static int take_tls(const struct reading *r, const yaml_node_t *value)
{
	static const struct key keys[] = {
		{ "cert_file", take_certificate },
		{ "key_file", take_key },
		{ "min_version", take_version },
	};
	int err = take_mapping(r, value, keys, ARRAY_SIZE(keys));

	if (!err && !r->config->certificate != !r->config->key)
		return wrong(r, value, "cert_file and key_file belong together");
	return err;
}

static bool is_bcrypt(const char *hash)
{
	return !strncmp(hash, "$2", 2) && strchr("aby", hash[2]) && strlen(hash) == BCRYPT_LEN;
}

static int take_user(const struct reading *r, const yaml_node_t *name, const yaml_node_t *value)
{
	const char *user = scalar(name), *hash = scalar(value);
	struct web_user *place;

	if (!user || !*user || strchr(user, ':'))
		return wrong(r, name, "a user's name has no colon and is not empty");
	if (!hash || !is_bcrypt(hash))
		return wrong(
			r, value,
			"invalid password of %s: expected a bcrypt hash; make one with: htpasswd -nBC 10 %s",
			user, user);
	place = ARRAY_ADD(r->config->users, r->config->nr_users);
	if (!place)
		return -ENOMEM;
	place->name = strdup(user);
	place->hash = strdup(hash);
	return place->name && place->hash ? 0 : -ENOMEM;
}

static int take_users(const struct reading *r, const yaml_node_t *value)
{
	int err = 0;

	if (value->type != YAML_MAPPING_NODE)
		return wrong(r, value, "basic_auth_users has names and hashes of passwords");
	for (const yaml_node_pair_t *pair = value->data.mapping.pairs.start;
	     pair < value->data.mapping.pairs.top && !err; pair++)
		err = take_user(r, yaml_document_get_node(r->document, pair->key),
				yaml_document_get_node(r->document, pair->value));
	return err;
}

static int take_document(const struct reading *r)
{
	static const struct key keys[] = {
		{ "tls_server_config", take_tls },
		{ "basic_auth_users", take_users },
	};
	const yaml_node_t *root = yaml_document_get_root_node(r->document);

	return root ? take_mapping(r, root, keys, ARRAY_SIZE(keys)) : 0;
}

static int parse(struct reading *r, const char *text)
{
	yaml_document_t document;
	yaml_parser_t parser;
	int err;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
	if (!yaml_parser_load(&parser, &document)) {
		snprintf(r->why, r->why_size, "%s, line %zu: invalid YAML: %s", r->path,
			 parser.problem_mark.line + 1, parser.problem ? parser.problem : "?");
		yaml_parser_delete(&parser);
		return -EINVAL;
	}
	r->document = &document;
	err = take_document(r);
	r->document = NULL;
	yaml_document_delete(&document);
	yaml_parser_delete(&parser);
	return err;
}

int web_config_read(const char *path, struct web_config *config, char *why, size_t why_size)
{
	struct reading r = { .path = path, .config = config, .why = why, .why_size = why_size };
	char *text = read_whole(path);
	int err;

	memset(config, 0, sizeof(*config));
	if (!text) {
		err = -errno;
		snprintf(why, why_size, "%s cannot be read: %s", path, strerror(-err));
		return err;
	}
	snprintf(why, why_size, "out of memory");
	err = parse(&r, text);
	free(text);
	if (err)
		web_config_free(config);
	return err;
}

void web_config_free(struct web_config *config)
{
	for (size_t i = 0; i < config->nr_users; i++) {
		free(config->users[i].name);
		free(config->users[i].hash);
	}
	if (config->key)
		explicit_bzero(config->key, strlen(config->key));
	free(config->users);
	free(config->certificate);
	free(config->key);
	memset(config, 0, sizeof(*config));
}
