// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds a guest's pages in the PSP emulator's log.
 */
#include "hex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "layout.h"

#define LINE(cmd, guest, paddr, len, status)                                              \
	"{\"cmd\":\"" cmd "\",\"guest\":" #guest ",\"paddr\":\"" paddr "\",\"len\":" #len \
	",\"status\":" #status "}\n"

static char path[] = "/tmp/sevtrace-psplog.XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_log(const char *text)
{
	FILE *log = fopen(path, "w");

	assert_non_null(log);
	assert_true(fputs(text, log) >= 0);
	assert_int_equal(fclose(log), 0);
}

static void pages_in_order(void **state)
{
	const uint64_t expected[] = { 0x5000, 0x9000, 0xa000, 0x1000 };
	uint64_t addresses[4] = { 0 };

	(void)state;
	write_log(LINE("LAUNCH_UPDATE_DATA", 7, "0x5000", 4096, 0)
			  LINE("LAUNCH_UPDATE_DATA", 8, "0x6000", 4096, 0) /* another guest's */
		  LINE("LAUNCH_UPDATE_DATA", 7, "0x7000", 4096, 16) /* refused */
		  LINE("LAUNCH_UPDATE_DATA", 7, "0x7000", 4096, null) /* not answered */
		  LINE("LAUNCH_UPDATE_VMSA", 7, "0x8000", 4096, 0) /* another command */
		  LINE("LAUNCH_UPDATE_DATA", 7, "0x9000", 8192, 0)
			  LINE("LAUNCH_UPDATE_DATA", 7, "0x1000", 4096, 0));
	assert_int_equal(psplog_pages(path, 0, 7, 4, addresses), 0);
	assert_memory_equal(addresses, expected, sizeof(expected));
	/* no more than wanted */
	memset(addresses, 0, sizeof(addresses));
	assert_int_equal(psplog_pages(path, 0, 7, 2, addresses), 0);
	assert_int_equal(addresses[1], 0x9000);
	assert_int_equal(addresses[2], 0);
}

/* Guest numbers are reused after a while: lines before @start belong to another guest. */
static void from_the_start_on(void **state)
{
	uint64_t address = 0;
	off_t start;

	(void)state;
	write_log(LINE("LAUNCH_UPDATE_DATA", 7, "0x5000", 4096, 0));
	assert_int_equal(psplog_end(path, &start), 0);
	write_log(LINE("LAUNCH_UPDATE_DATA", 7, "0x5000", 4096, 0)
			  LINE("LAUNCH_UPDATE_DATA", 7, "0x6000", 4096, 0));
	assert_int_equal(psplog_pages(path, start, 7, 1, &address), 0);
	assert_int_equal(address, 0x6000);
}

static void all_of_a_guest(void **state)
{
	const uint64_t expected[] = { 0x5000, 0x9000, 0xa000, 0x3000 };
	uint64_t *addresses = NULL;
	uint64_t count = 0;
	char text[200 * 80] = "";
	size_t used = 0;

	(void)state;
	write_log(LINE("LAUNCH_UPDATE_DATA", 7, "0x5000", 4096, 0)
			  LINE("SNP_LAUNCH_UPDATE", 8, "0x6000", 4096, 0)
				  LINE("LAUNCH_UPDATE_DATA", 7, "0x9000", 8192, 0)
					  LINE("SNP_LAUNCH_UPDATE", 7, "0x3000", 4096, 0));
	assert_int_equal(psplog_all(path, 0, 7, &addresses, &count), 0);
	assert_int_equal(count, 4);
	assert_memory_equal(addresses, expected, sizeof(expected));
	free(addresses);
	assert_int_equal(psplog_all(path, 0, 9, &addresses, &count), 0);
	assert_int_equal(count, 0);
	free(addresses);
	/* more than initially fit */
	for (unsigned int i = 0; i < 150; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
					 LINE("LAUNCH_UPDATE_DATA", 7, "0x5000", 4096, 0));
	write_log(text);
	assert_int_equal(psplog_all(path, 0, 7, &addresses, &count), 0);
	assert_int_equal(count, 150);
	assert_int_equal(addresses[149], 0x5000);
	free(addresses);
}

static void snp_guests(void **state)
{
	uint32_t guest = 0;
	off_t start;

	(void)state;
	write_log(LINE("SNP_LAUNCH_START", 4, "0x1000", 0, 0));
	assert_int_equal(psplog_end(path, &start), 0);
	write_log(LINE("SNP_LAUNCH_START", 4, "0x1000", 0, 0)
			  LINE("SNP_LAUNCH_UPDATE", 4, "0x1000", 4096, 0)
				  LINE("SNP_LAUNCH_START", 5, "0x1000", 0, 7) /* refused */
		  LINE("SNP_LAUNCH_START", 6, "0x1000", 0, 0)
			  LINE("SNP_LAUNCH_START", 7, "0x1000", 0, 0));
	assert_int_equal(psplog_snp_guest(path, start, &guest), 0);
	assert_int_equal(guest, 6);
	assert_int_equal(psplog_snp_guest("/no/such/log", 0, &guest), -ENOENT);
}

static void nonsense(void **state)
{
	uint64_t address = 0;
	off_t end;

	(void)state;
	write_log("\nnull\n[]\n{}\n{\"cmd\":7}\nno json\n" LINE(
		"LAUNCH_UPDATE_DATA", 7, "0x5000", 4096, 0) "{\"cmd\":\"LAUNCH_UPDATE_DATA\",\"gu");
	assert_int_equal(psplog_pages(path, 0, 7, 1, &address), 0);
	assert_int_equal(address, 0x5000);
	assert_int_equal(psplog_pages("/no/such/log", 0, 7, 1, &address), -ENOENT);
	assert_int_equal(psplog_end("/no/such/log", &end), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_in_order), cmocka_unit_test(from_the_start_on),
		cmocka_unit_test(all_of_a_guest), cmocka_unit_test(snp_guests),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests_name("launcher psp log", tests, make_file, remove_file);
}
