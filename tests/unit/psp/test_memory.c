// SPDX-License-Identifier: GPL-2.0-only
/* RAM, the RMP and the encryption of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "host.h"

static void ram_edges(void **state)
{
	static uint8_t memory[0x4000];
	/* 2 pages below 4 GiB, 2 pages above. */
	struct ram ram = { .base = memory, .size = 0x4000, .below_4g = 0x2000 };
	const uint64_t high = 1ULL << 32;

	(void)state;
	assert_ptr_equal(ram_at(&ram, 0, 1), memory);
	assert_ptr_equal(ram_at(&ram, 0x1fff, 1), memory + 0x1fff);
	assert_null(ram_at(&ram, 0x1fff, 2));
	assert_null(ram_at(&ram, 0x2000, 1));
	assert_null(ram_at(&ram, 0, 0));
	assert_null(ram_at(&ram, 0, UINT64_MAX));
	assert_null(ram_at(&ram, high - 1, 2));
	assert_ptr_equal(ram_at(&ram, high, 0x2000), memory + 0x2000);
	assert_null(ram_at(&ram, high, 0x2001));
	assert_null(ram_at(&ram, high + 0x2000, 1));
	assert_null(ram_at(&ram, UINT64_MAX, 1));
	/* The C bit is not part of the address. */
	assert_ptr_equal(ram_at(&ram, 0x10 | 1ULL << PSP_C_BIT, 1), memory + 0x10);
}

static void page_states(void **state)
{
	static const struct {
		struct rmp_entry entry;
		enum page_state state;
	} cases[] = {
		{ { 0 }, PAGE_HYPERVISOR },
		{ { .immutable = true }, PAGE_HV_FIXED },
		{ { .assigned = true }, PAGE_RECLAIM },
		{ { .assigned = true, .immutable = true }, PAGE_FIRMWARE },
		{ { .assigned = true, .immutable = true, .vmsa = true }, PAGE_CONTEXT },
		{ { .assigned = true, .immutable = true, .gpa = 0x1000 }, PAGE_METADATA },
		{ { .assigned = true, .immutable = true, .asid = 1 }, PAGE_PRE_GUEST },
		{ { .assigned = true, .immutable = true, .asid = 1, .validated = true },
		  PAGE_PRE_SWAP },
		{ { .assigned = true, .asid = 1023 }, PAGE_GUEST_INVALID },
		{ { .assigned = true, .asid = 1, .validated = true }, PAGE_GUEST_VALID },
	};
	struct host *host = host_new(NULL);
	struct rmp_entry read;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		host_rmpupdate(host, HOST_PAGE, cases[i].entry);
		assert_int_equal(rmp_read(&host->firmware.rmp, HOST_PAGE, &read), cases[i].state);
		assert_int_equal(read.asid, cases[i].entry.asid);
		assert_int_equal(read.gpa, cases[i].entry.gpa);
		assert_int_equal(read.vmsa, cases[i].entry.vmsa);
	}
	assert_int_equal(rmp_state(&host->firmware.rmp, HOST_RAM_SIZE), PAGE_DEFAULT);
	assert_int_equal(rmp_state(&host->firmware.rmp, UINT64_MAX), PAGE_DEFAULT);
	host_free(host);
}

/* The entry's bits are those that the kernel reads. */
static void entry_layout(void **state)
{
	struct host *host = host_new(NULL);
	uint64_t *entry =
		host_at(host, HOST_RMP_BASE + RMP_BOOKKEEPING + HOST_PAGE / PSP_PAGE_SIZE * 16);

	(void)state;
	host_rmpupdate(host, HOST_PAGE,
		       (struct rmp_entry){ .assigned = true, .asid = 99, .gpa = 0xfffffffff000 });
	assert_int_equal(entry[0], 1ULL | 0xfffffffff000ULL | 99ULL << 51);
	host_rmpupdate(host, HOST_PAGE,
		       (struct rmp_entry){
			       .immutable = true, .vmsa = true, .validated = true, .huge = true });
	assert_int_equal(entry[0], 1ULL << 1 | 1ULL << 2 | 1ULL << 61 | 1ULL << 62);
	assert_int_equal(entry[1], 0);
	host_free(host);
}

/* A 2 MiB entry applies to all its pages. */
static void huge_entry(void **state)
{
	struct host *host = host_new(NULL);
	struct rmp_entry read;

	(void)state;
	host_rmpupdate(host, HOST_BIG,
		       (struct rmp_entry){ .assigned = true, .huge = true, .asid = 7 });
	assert_int_equal(rmp_read(&host->firmware.rmp, HOST_BIG + 5 * PSP_PAGE_SIZE, &read),
			 PAGE_GUEST_INVALID);
	assert_int_equal(read.asid, 7);
	assert_int_equal(rmp_state(&host->firmware.rmp, HOST_BIG + PSP_PAGE_SIZE_2M),
			 PAGE_HYPERVISOR);
	host_free(host);
}

static void fill(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
}

/* Encrypting a page gives the same result as any XTS library. */
static void transform_is_xts(void **state)
{
	uint8_t vek[PSP_VEK_SIZE], page[PSP_PAGE_SIZE], expected[PSP_PAGE_SIZE];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint64_t sector[2] = { 0x12345, 0 };
	int len;

	(void)state;
	fill(vek, sizeof(vek));
	fill(page, sizeof(page));
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_xts(), NULL, vek, (uint8_t *)sector),
			 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, expected, &len, page, sizeof(page)), 1);
	EVP_CIPHER_CTX_free(ctx);
	assert_true(psp_transform(vek, true, 0x12345000, page, sizeof(page)));
	assert_memory_equal(page, expected, sizeof(page));
}

static void transform_is_reversible(void **state)
{
	static const struct {
		uint64_t pa;
		size_t len;
	} ranges[] = { { 0x1000, 0x1000 }, { 0x1230, 0x10 }, { 0x1ff0, 0x20 }, { 0x3000, 0x5010 } };
	uint8_t vek[PSP_VEK_SIZE], data[0x6000], plain[0x6000];

	(void)state;
	fill(vek, sizeof(vek));
	fill(plain, sizeof(plain));
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		size_t len = ranges[i].len;

		memcpy(data, plain, sizeof(data));
		assert_true(psp_transform(vek, true, ranges[i].pa, data, len));
		for (size_t block = 0; block < len; block += 16)
			assert_memory_not_equal(data + block, plain + block, 16);
		assert_memory_equal(data + len, plain + len, sizeof(data) - len);
		assert_true(psp_transform(vek, false, ranges[i].pa, data, len));
		assert_memory_equal(data, plain, sizeof(data));
	}
}

/* Encrypting a range in parts gives the same bytes as encrypting it at once. */
static void transform_in_parts(void **state)
{
	uint8_t vek[PSP_VEK_SIZE], whole[0x3000], parts[0x3000];

	(void)state;
	fill(vek, sizeof(vek));
	fill(whole, sizeof(whole));
	memcpy(parts, whole, sizeof(parts));
	assert_true(psp_transform(vek, true, 0x8000, whole, sizeof(whole)));
	assert_true(psp_transform(vek, true, 0x8000, parts, 0x30));
	assert_true(psp_transform(vek, true, 0x8030, parts + 0x30, 0x1fe0));
	assert_true(psp_transform(vek, true, 0xa010, parts + 0x2010, 0xff0));
	assert_memory_equal(whole, parts, sizeof(whole));
}

static void transform_depends_on_all(void **state)
{
	uint8_t root[PSP_ROOT_SIZE], vek[2][PSP_VEK_SIZE], a[16] = { 0 }, b[16] = { 0 },
							   c[16] = { 0 };

	(void)state;
	assert_true(psp_root(PSP_DEFAULT_SEED, root));
	assert_true(psp_guest_key(root, "vek", 1, vek[0], PSP_VEK_SIZE));
	assert_true(psp_guest_key(root, "vek", 2, vek[1], PSP_VEK_SIZE));
	assert_true(psp_transform(vek[0], true, 0x1000, a, sizeof(a)));
	assert_true(psp_transform(vek[1], true, 0x1000, b, sizeof(b)));
	assert_true(psp_transform(vek[0], true, 0x2000, c, sizeof(c)));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
	/* Encrypting twice differs from encrypting once. */
	memcpy(b, a, sizeof(b));
	assert_true(psp_transform(vek[0], true, 0x1000, b, sizeof(b)));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_false(psp_transform(vek[0], true, 0x1008, a, sizeof(a)));
	assert_false(psp_transform(vek[0], true, 0x1000, a, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_edges),	      cmocka_unit_test(page_states),
		cmocka_unit_test(entry_layout),	      cmocka_unit_test(huge_entry),
		cmocka_unit_test(transform_is_xts),   cmocka_unit_test(transform_is_reversible),
		cmocka_unit_test(transform_in_parts), cmocka_unit_test(transform_depends_on_all),
	};

	return cmocka_run_group_tests_name("psp memory", tests, NULL, NULL);
}
