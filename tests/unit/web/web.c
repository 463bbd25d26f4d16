// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network side of `sevtrace exporter`: what clients ask for, its configuration, and access
 * control.
 */
#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "util/array.h"
#include "web/auth.h"
#include "web/config.h"
#include "web/listen.h"
#include "web/server.h"

#define SECOND 1000000000ULL

/* Cheap hashes of "secret" and of "other", from htpasswd -nBC 4. */
#define HASH "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"
#define OTHER "$2b$04$zyxwvutsrqponmlkjihgfeoEG75ieRiMxivbt62jo80oWmRUDHZ.e"

static void formats(void **state)
{
	(void)state;
	/* Prometheus 2.42 */
	assert_true(web_prefers_openmetrics(
		"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		"text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));
	assert_true(web_prefers_openmetrics("application/openmetrics-text"));
	assert_true(web_prefers_openmetrics(
		"text/plain ; q=0.3 , application/OpenMetrics-text ; q=0.4"));
	assert_false(web_prefers_openmetrics(NULL));
	assert_false(web_prefers_openmetrics(""));
	assert_false(web_prefers_openmetrics("*/*"));
	assert_false(web_prefers_openmetrics("text/html,application/xhtml+xml,*/*;q=0.8"));
	assert_false(web_prefers_openmetrics("application/openmetrics-text;q=0"));
	assert_false(web_prefers_openmetrics("application/openmetrics-text;q=0.2,text/plain"));
	assert_false(web_prefers_openmetrics("application/openmetrics-text;version=0.0.1"));
	assert_false(web_prefers_openmetrics(";;;,,q=;=,\t;q"));
}

static void encodings(void **state)
{
	(void)state;
	assert_true(web_takes_gzip("gzip"));
	assert_true(web_takes_gzip("deflate, GZIP;q=0.5, br"));
	assert_false(web_takes_gzip(NULL));
	assert_false(web_takes_gzip("deflate"));
	assert_false(web_takes_gzip("gzip;q=0"));
	assert_false(web_takes_gzip("xgzip"));
}

/* Headers with arbitrary contents. */
static void any_header(void **state)
{
	char text[64];

	(void)state;
	srand(1);
	for (int i = 0; i < 100000; i++) {
		static const char letters[] = "gzip;q=0.5,*/ \tversion\"\\\xff";
		size_t size = (size_t)rand() % sizeof(text);

		for (size_t at = 0; at < size; at++)
			text[at] = letters[(size_t)rand() % (sizeof(letters) - 1)];
		text[size ? size - 1 : 0] = '\0';
		web_prefers_openmetrics(text);
		web_takes_gzip(text);
	}
}

static const char *write_file(const char *name, const char *text)
{
	static char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/sevtrace-web-%d-%s",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", getpid(), name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	return path;
}

static int read_config(const char *text, struct web_config *config, char *why, size_t size)
{
	const char *path = write_file("config.yml", text);
	int err = web_config_read(path, config, why, size);

	unlink(path);
	return err;
}

static void assert_refused(const char *text, const char *reason)
{
	struct web_config config;
	char why[512];

	assert_true(read_config(text, &config, why, sizeof(why)) < 0);
	if (!strstr(why, reason))
		fail_msg("'%s' is refused with '%s', not '%s'", text, why, reason);
}

static void configuration(void **state)
{
	struct web_config config;
	char text[1024], name[256], why[512];

	(void)state;
	snprintf(name, sizeof(name), "%s", write_file("cert.pem", "CERTIFICATE"));
	/* One file has an absolute path; the other is relative to the configuration file. */
	snprintf(
		text, sizeof(text),
		"# a comment\ntls_server_config:\n  cert_file: %s\n  key_file: '%s'\n  min_version: TLS13\n"
		"basic_auth_users:\n  prometheus: " HASH "\n  other: " OTHER "\n",
		name, strrchr(name, '/') + 1);
	assert_int_equal(read_config(text, &config, why, sizeof(why)), 0);
	unlink(name);
	assert_string_equal(config.certificate, "CERTIFICATE");
	assert_string_equal(config.key, "CERTIFICATE");
	assert_true(config.tls13);
	assert_int_equal(config.nr_users, 2);
	assert_string_equal(config.users[1].name, "other");
	web_config_free(&config);
	assert_int_equal(read_config("", &config, why, sizeof(why)), 0);
	assert_int_equal(read_config("tls_server_config:\nbasic_auth_users: {}\n", &config, why,
				     sizeof(why)),
			 0);
	assert_null(config.certificate);
	assert_int_equal(config.nr_users, 0);
}

static void wrong_configuration(void **state)
{
	struct web_config config;
	char why[512];

	(void)state;
	assert_refused("a: b: c", "line 1: invalid YAML");
	assert_refused("- a", "a mapping is wanted");
	assert_refused("http_server_config:\n  http2: true\n",
		       "'http_server_config' is not supported");
	assert_refused(
		"tls_server_config:\n  client_ca_file: x\n",
		"line 2: 'client_ca_file' is not supported here; there are cert_file, key_file, min_version");
	assert_refused("tls_server_config:\n  cert_file: /none/c\n",
		       "/none/c cannot be read: No such file");
	assert_refused("tls_server_config:\n  cert_file: /etc/hostname\n", "belong together");
	assert_refused("tls_server_config:\n  min_version: TLS10\n", "TLS12 or TLS13");
	assert_refused("basic_auth_users:\n  me: plain\n",
		       "invalid password of me: expected a bcrypt hash");
	assert_refused("basic_auth_users:\n  'a:b': " HASH "\n", "no colon");
	assert_refused("basic_auth_users:\n  me: [1]\n", "expected a bcrypt hash");
	assert_refused("basic_auth_users:\n- me\n", "names and hashes");
	assert_refused("? [x]\n: y\n", "'?' is not supported");
	assert_refused("a: &x [*x]\n", "not supported");
	assert_int_equal(web_config_read("/none/config.yml", &config, why, sizeof(why)), -2);
	assert_non_null(strstr(why, "/none/config.yml cannot be read"));
}

static void passwords(void **state)
{
	struct web_user users[] = { { (char *)"me", (char *)HASH },
				    { (char *)"you", (char *)OTHER } };
	const struct web_config config = { .users = users, .nr_users = 2 };
	const struct web_config open = { 0 };
	struct auth everybody = { .config = &open };
	struct auth a = { .config = &config };
	uint64_t now = 1;

	(void)state;
	assert_int_equal(auth_check(&everybody, NULL, NULL, NULL, now++ * SECOND), AUTH_RIGHT);
	assert_int_equal(auth_check(&a, NULL, NULL, NULL, now++ * SECOND), AUTH_WRONG);
	assert_int_equal(auth_check(&a, NULL, "me", NULL, now++ * SECOND), AUTH_WRONG);
	assert_int_equal(auth_check(&a, NULL, "me", "secret", now++ * SECOND), AUTH_RIGHT);
	assert_int_equal(auth_check(&a, NULL, "you", "other", now++ * SECOND), AUTH_RIGHT);
	assert_int_equal(auth_check(&a, NULL, "me", "other", now++ * SECOND), AUTH_WRONG);
	assert_int_equal(auth_check(&a, NULL, "you", "secret", now++ * SECOND), AUTH_WRONG);
	assert_int_equal(auth_check(&a, NULL, "nobody", "secret", now++ * SECOND), AUTH_WRONG);
	assert_int_equal(auth_check(&a, NULL, "me", "", now++ * SECOND), AUTH_WRONG);
	auth_free(&a);
}

/* The number of guesses is limited; that must not delay a user who logged in correctly before. */
static void guesses(void **state)
{
	struct web_user users[] = { { (char *)"me", (char *)HASH } };
	const struct web_config config = { .users = users, .nr_users = 1 };
	struct auth a = { .config = &config };
	unsigned int tried = 0;

	(void)state;
	assert_int_equal(auth_check(&a, NULL, "me", "secret", 1), AUTH_RIGHT);
	for (int i = 0; i < 100; i++)
		tried += auth_check(&a, NULL, "me", "guess", 1) == AUTH_WRONG;
	assert_int_equal(tried, AUTH_CHECKS - 1);
	assert_int_equal(auth_check(&a, NULL, "me", "secret", 1), AUTH_RIGHT);
	assert_int_equal(auth_check(&a, NULL, "me", "guess", 1000000000), AUTH_WRONG);
	auth_free(&a);
}

/* The work that checks of passwords took: the sum of 2^cost. This stands before libcrypt's. */
static uint64_t work;

char *crypt_r(const char *phrase, const char *setting, struct crypt_data *data)
{
	work += 1ULL << atoi(setting + 4);
	/* "secret" has every hash that ends with 'W'. */
	snprintf(data->output, sizeof(data->output), "%s",
		 !strcmp(phrase, setting[59] == 'W' ? "secret" : "other") ? setting : "*0");
	return data->output;
}

static uint64_t work_for(struct auth *a, const char *name, const char *password)
{
	static uint64_t now;

	work = 0;
	auth_check(a, NULL, name, password, now += SECOND);
	return work;
}

/* How long a check takes tells neither whether a name is known nor what its hash costs. */
static void names_are_not_told_by_time(void **state)
{
	static const char cheap[] = HASH;
	static const char dear[] = "$2b$12$zyxwvutsrqponmlkjihgfeoEG75ieRiMxivbt62jo80oWmRUDHZ.e";
	struct web_user users[] = { { (char *)"cheap", (char *)cheap },
				    { (char *)"dear", (char *)dear } };
	const struct web_config config = { .users = users, .nr_users = 2 };
	struct auth a = { .config = &config };

	(void)state;
	assert_int_equal(work_for(&a, "dear", "guess"), 1 << 12);
	assert_int_equal(work_for(&a, "cheap", "guess"), 1 << 12);
	assert_int_equal(work_for(&a, "nobody", "guess"), 1 << 12);
	assert_int_equal(work_for(&a, "cheap", "secret"), 1 << 12);
	/* Who was right before costs nothing. */
	assert_int_equal(work_for(&a, "cheap", "secret"), 0);
	/* The other user's first time does not make the first one check again. */
	assert_int_equal(work_for(&a, "dear", "other"), 1 << 12);
	assert_int_equal(work_for(&a, "cheap", "secret"), 0);
	auth_free(&a);
}

static enum auth_verdict from(struct auth *a, uint32_t address, const char *password, uint64_t now)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = address };

	return auth_check(a, (const struct sockaddr *)&in, "me", password, now);
}

/* Who guesses locks out neither the others nor, with many addresses, who was right before. */
static void lockout_is_by_address(void **state)
{
	struct web_user users[] = { { (char *)"me", (char *)HASH } };
	const struct web_config config = { .users = users, .nr_users = 1 };
	struct auth a = { .config = &config };
	unsigned int tried = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		tried += from(&a, 1, "guess", SECOND) == AUTH_WRONG;
	assert_int_equal(tried, AUTH_CHECKS);
	assert_int_equal(from(&a, 2, "secret", SECOND), AUTH_RIGHT);
	tried = 0;
	for (uint32_t i = 0; i < 10000; i++)
		tried += from(&a, 1000 + i, "guess", 2 * SECOND) == AUTH_WRONG;
	assert_int_equal(tried, AUTH_STRANGERS);
	/* 2 was right before, so its checks are its own, also with a password that is new. */
	assert_int_equal(from(&a, 2, "new", 2 * SECOND), AUTH_WRONG);
	assert_int_equal(from(&a, 2, "secret", 2 * SECOND), AUTH_RIGHT);
	assert_in_range(a.nr_addresses, 1, AUTH_ADDRESSES);
	auth_free(&a);
}

/* The networks of 64 bits that providers give to each client count as one. */
static void networks_of_ipv6(void **state)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct web_user users[] = { { (char *)"me", (char *)HASH } };
	const struct web_config config = { .users = users, .nr_users = 1 };
	struct auth a = { .config = &config };
	unsigned int tried = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		in6.sin6_addr.s6_addr[15] = (uint8_t)i;
		tried += auth_check(&a, (const struct sockaddr *)&in6, "me", "guess", SECOND) ==
			 AUTH_WRONG;
	}
	assert_int_equal(tried, AUTH_CHECKS);
	auth_free(&a);
}

static void addresses(void **state)
{
	static const char *const wrong[] = { "",
					     "9877",
					     ":",
					     "1.2.3.4:",
					     "::1:80",
					     "[::1]",
					     "127.0.0.1:port",
					     "127.0.0.1:99999999999" };
	char why[256];
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		why[0] = '\0';
		assert_true(listen_at(wrong[i], why, sizeof(why)) < 0);
		assert_non_null(strstr(why, "invalid address"));
	}
	fd = listen_at("127.0.0.1:0", why, sizeof(why));
	assert_true(fd >= 0);
	close(fd);
	assert_true(listen_at("192.0.2.1:9877", why, sizeof(why)) < 0);
	assert_non_null(strstr(why, "cannot listen on 192.0.2.1:9877"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(encodings),
		cmocka_unit_test(any_header),
		cmocka_unit_test(configuration),
		cmocka_unit_test(wrong_configuration),
		cmocka_unit_test(passwords),
		cmocka_unit_test(guesses),
		cmocka_unit_test(names_are_not_told_by_time),
		cmocka_unit_test(lockout_is_by_address),
		cmocka_unit_test(networks_of_ipv6),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
