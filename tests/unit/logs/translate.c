// SPDX-License-Identifier: GPL-2.0-only
/* libvirt's messages in other languages, by catalogues that are sound, and by hostile ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "logs/catalogue.h"
#include "logs/logs.h"
#include "util/array.h"

#define HEAD "Content-Type: text/plain; charset=UTF-8\n"

/* A catalogue's messages, each with its translation. */
static const char *const german[][2] = {
	{ "", HEAD },
	{ "%1$s: invalid SEV of %2$s at 100%% of %1$s",
	  "100%% ungültig: SEV von %2$s, gleich %1$s" },
	{ "'%1$s' launch security is not supported with this QEMU binary",
	  "Diese QEMU-Binärdatei hat keine Startsicherheit »%1$s«" },
	{ "Checking for secure guest support", "Prüfung auf Unterstützung sicherer Gäste" },
	{ "SEV error %s", "SEV-Störung mit %d, %n und %s" },
	{ "SEV failed", "ü" },
	{ "missing SEV platform data in QEMU capabilities cache",
	  "SEV-Daten der Plattform sind nicht im Puffer" },
	{ "no matter", "ganz und gar egal hier" },
};

#define NR ARRAY_SIZE(german)

static unsigned char file[8192];

static void put_number(size_t at, uint32_t number, bool swapped)
{
	number = swapped ? __builtin_bswap32(number) : number;
	memcpy(file + at, &number, sizeof(number));
}

/* Writes the catalogue into file[]. Returns its size. */
static size_t make_file(bool swapped)
{
	size_t tables = 28, at = tables + 2 * NR * 8;

	put_number(0, 0x950412de, swapped);
	put_number(4, 0, swapped);
	put_number(8, NR, swapped);
	put_number(12, (uint32_t)tables, swapped);
	put_number(16, (uint32_t)(tables + NR * 8), swapped);
	for (size_t column = 0; column < 2; column++) {
		for (size_t i = 0; i < NR; i++) {
			size_t len = strlen(german[i][column]);

			put_number(tables + (column * NR + i) * 8, (uint32_t)len, swapped);
			put_number(tables + (column * NR + i) * 8 + 4, (uint32_t)at, swapped);
			memcpy(file + at, german[i][column], len + 1);
			at += len + 1;
		}
	}
	return at;
}

static int count(void *ctx, const char *message, const char *translation)
{
	size_t *n = ctx;

	/* to the end of both: a sanitizer sees what is not of the file */
	assert_true(strlen(message) < CATALOGUE_TEXT && strlen(translation) < CATALOGUE_TEXT);
	(*n)++;
	return 0;
}

static void both_byte_orders(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		size_t n = 0;

		assert_int_equal(catalogue_read(file, make_file(swapped), count, &n), 0);
		assert_int_equal(n, NR - 1);
	}
}

/* Reads a copy of exactly that size, so that a byte too much is seen. */
static int read_copy(size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);
	size_t n = 0;
	int ret;

	assert_non_null(copy);
	memcpy(copy, file, size);
	ret = catalogue_read(copy, size, count, &n);
	free(copy);
	return ret;
}

static void cut_and_changed(void **state)
{
	static const uint32_t numbers[] = { 0,		1,	    0xff,	0x7fffffff,
					    0x80000000, 0xfffffff8, 0xffffffff, 0x20000000 };
	size_t size = make_file(false);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		read_copy(cut);
	for (size_t at = 0; at + 4 <= size; at++) {
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
			put_number(at, numbers[i], false);
			read_copy(size);
			make_file(false);
		}
	}
	put_number(4, 7U << 16, false);
	assert_int_equal(read_copy(size), -EINVAL);
	size = make_file(false);
	*(char *)memmem(file, size, "UTF-8", 5) = 'X';
	assert_int_equal(read_copy(size), -ENOTSUP);
}

static char root[] = "/tmp/sevtrace-translate.XXXXXX";

static void write_catalogue(size_t size)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/de/LC_MESSAGES/libvirt.mo", root);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(file, 1, size, f), size);
	fclose(f);
}

/* Returns what is said of a log; the caller frees it. */
static json_t *explain(const char *log)
{
	char *copy = strdup(log);
	FILE *f = fmemopen(copy, strlen(copy), "r");
	struct log_scan *scan;
	json_t *json;

	assert_non_null(f);
	assert_int_equal(log_scan_new(&scan), 0);
	assert_int_equal(log_scan_read(scan, f, true), 0);
	json = log_scan_json(scan);
	log_scan_free(scan);
	fclose(f);
	free(copy);
	return json;
}

static void expect_text(const char *log, const char *list, const char *english)
{
	json_t *json = explain(log);
	const char *text = json_string_value(
		json_object_get(json_array_get(json_object_get(json, list), 0), "text"));

	if (!english)
		assert_null(text);
	else
		assert_string_equal(text, english);
	json_decref(json);
}

static void messages(void **state)
{
	(void)state;
	write_catalogue(make_file(false));
	expect_text(
		"x: error : f:1 : Diese QEMU-Binärdatei hat keine Startsicherheit »sev-snp« y\n",
		"findings",
		"x: error : f:1 : 'sev-snp' launch security is not supported with this QEMU binary y");
	/* all ASCII, but libvirt's */
	expect_text("1: error : f:1 : SEV-Daten der Plattform sind nicht im Puffer\n", "findings",
		    "1: error : f:1 : missing SEV platform data in QEMU capabilities cache");
	expect_text("SEV-Daten der Plattform sind nicht im Puffer\n", "findings", NULL);
	expect_text(
		"{\"MESSAGE\":\"Diese QEMU-Bin\\u00e4rdatei hat keine Startsicherheit \\u00bbsev-snp\\u00ab\"}\n",
		"findings", "'sev-snp' launch security is not supported with this QEMU binary");
	expect_text("  QEMU: Prüfung auf Unterstützung sicherer Gäste : WARN (x)\n", "findings",
		    "  QEMU: Checking for secure guest support : WARN (x)");
	/* values in another order, one of them twice */
	expect_text("100% ungültig: SEV von a, gleich b\n", "unknown_lines",
		    "b: invalid SEV of a at 100% of b");
	expect_text("Diese QEMU-Binärdatei hat keine\n", "findings", NULL);
	expect_text("ganz und gar egal hier ü\n", "findings", NULL);
}

/* Whatever the catalogue is, explaining ends well. */
static void hostile_catalogues(void **state)
{
	static const char log[] =
		"x Diese QEMU-Binärdatei hat keine Startsicherheit »%s%n%5$s« \n100% ungültig\n";
	size_t size = make_file(false);

	(void)state;
	srand(18);
	for (int i = 0; i < 100; i++) {
		make_file(i % 2);
		for (int n = rand() % 20; n >= 0; n--)
			file[(size_t)rand() % size] = (unsigned char)rand();
		write_catalogue(rand() % 3 ? size : (size_t)rand() % size);
		json_decref(explain(log));
	}
}

static int make_root(void **state)
{
	char path[256];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/de", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/de/LC_MESSAGES", root);
	mkdir(path, 0755);
	return setenv("TEXTDOMAINDIR", root, 1);
}

static int remove_root(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders),
		cmocka_unit_test(cut_and_changed),
		cmocka_unit_test(messages),
		cmocka_unit_test(hostile_catalogues),
	};

	return cmocka_run_group_tests_name("translate", tests, make_root, remove_root);
}
