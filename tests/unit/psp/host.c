// SPDX-License-Identifier: GPL-2.0-only
/* The machine of the tests, see host.h. */
#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "names.h"

struct host *host_new(const char *spec)
{
	const struct rmp rmp = { .base = HOST_RMP_BASE, .size = HOST_RMP_SIZE };
	struct platform platform = PLATFORM_DEFAULT;
	struct host *host = calloc(1, sizeof(*host));
	struct spec_error error = { "" };

	assert_non_null(host);
	if (spec)
		assert_int_equal(platform_parse(spec, &platform, &error), 0);
	host->ram.base = aligned_alloc(PSP_PAGE_SIZE, HOST_RAM_SIZE);
	assert_non_null(host->ram.base);
	memset(host->ram.base, 0, HOST_RAM_SIZE);
	host->ram.size = HOST_RAM_SIZE;
	host->ram.below_4g = HOST_RAM_SIZE;
	assert_int_equal(firmware_init(&host->firmware, &host->ram, &rmp, &platform, 1), 0);
	return host;
}

static void init_sev_es(struct host *host)
{
	struct buf_init init = { .flags = CONFIG_ES, .tmr_address = HOST_TMR };
	bool snp = host->firmware.snp_state == PSTATE_INIT;

	init.tmr_len = snp ? TMR_SIZE_SNP : TMR_SIZE;
	for (uint64_t page = 0; snp && page < TMR_SIZE_SNP; page += PSP_PAGE_SIZE)
		host_make_firmware(host, HOST_TMR + page);
	assert_status(ISSUE(host, INIT, init), SUCCESS);
	assert_status(ISSUE_BARE(host, DF_FLUSH), SUCCESS);
}

struct host *host_new_snp(void)
{
	struct buf_snp_init_ex init = { .flags = SNP_INIT_RMP };
	struct host *host = host_new(NULL);

	assert_status(ISSUE(host, SNP_INIT_EX, init), SUCCESS);
	assert_status(ISSUE_BARE(host, SNP_DF_FLUSH), SUCCESS);
	init_sev_es(host);
	return host;
}

struct host *host_new_sev(void)
{
	struct host *host = host_new("snp=off");

	init_sev_es(host);
	return host;
}

void host_free(struct host *host)
{
	firmware_free(&host->firmware);
	free(host->ram.base);
	free(host);
}

/*
 * Issues a command as the driver does: if SNP is initialised, a legacy command's buffer becomes a
 * firmware page.
 */
uint32_t host_issue(struct host *host, uint32_t code, void *buffer, size_t len)
{
	bool legacy = host->firmware.snp_state == PSTATE_INIT && code < SEVTRACE_CMD_SNP_INIT;
	uint32_t status;

	if (buffer)
		memcpy(host_at(host, HOST_BUFFER), buffer, len);
	if (legacy)
		host_make_firmware(host, HOST_BUFFER);
	status = firmware_execute(&host->firmware, code, buffer ? HOST_BUFFER : 0, &host->detail);
	if (legacy)
		host_make_shared(host, HOST_BUFFER);
	if (buffer)
		memcpy(buffer, host_at(host, HOST_BUFFER), len);
	return status;
}

void host_rmpupdate(struct host *host, uint64_t page, struct rmp_entry entry)
{
	rmp_write(&host->firmware.rmp, page, &entry);
}

void host_make_firmware(struct host *host, uint64_t page)
{
	host_rmpupdate(host, page, (struct rmp_entry){ .assigned = true, .immutable = true });
}

void host_make_pre_guest(struct host *host, uint64_t page, uint32_t asid, uint64_t gpa)
{
	host_rmpupdate(host, page,
		       (struct rmp_entry){
			       .assigned = true, .immutable = true, .asid = asid, .gpa = gpa });
}

void host_make_shared(struct host *host, uint64_t page)
{
	host_rmpupdate(host, page, (struct rmp_entry){ 0 });
}

void *host_at(struct host *host, uint64_t gpa)
{
	void *at = ram_at(&host->ram, gpa, 1);

	assert_non_null(at);
	return at;
}

void host_assert_status(uint32_t got, uint32_t expected, const char *what, const char *file,
			int line)
{
	const char *name = psp_status_name(got);

	if (got == expected)
		return;
	print_error("%s: got %s (%#x), expected %s\n", what, name ? name : "?", got,
		    psp_status_name(expected));
	_fail(file, line);
}
