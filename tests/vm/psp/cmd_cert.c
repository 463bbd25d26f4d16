// SPDX-License-Identifier: GPL-2.0-only
/* Commands for keys and certificates of the platform: API chapter "Platform management API". */
#include <string.h>

#include "handlers.h"
#include "identity.h"

static uint32_t save_if(struct firmware *firmware, bool made)
{
	return made ? identity_save(firmware) : SEVTRACE_PSP_HWSEV_RET_PLATFORM;
}

uint32_t sev_pek_gen(struct firmware *firmware, struct command *command)
{
	(void)command;
	return save_if(firmware, identity_new_pek(firmware));
}

uint32_t sev_pdh_gen(struct firmware *firmware, struct command *command)
{
	(void)command;
	return save_if(firmware, identity_new_pdh(firmware));
}

uint32_t sev_pek_csr(struct firmware *firmware, struct command *command)
{
	struct buf_region buf;
	struct sev_cert csr;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	detail_range(command, buf.address, buf.len);
	if (buf.len < sizeof(csr)) {
		status = SEVTRACE_PSP_INVALID_LEN;
	} else {
		identity_csr(firmware, &csr);
		status = check_writable(firmware, buf.address, buf.len);
		if (!status)
			status = write_out(firmware, buf.address, &csr, sizeof(csr));
	}
	buf.len = sizeof(csr);
	memcpy(command->bytes, &buf, sizeof(buf));
	return status;
}

uint32_t sev_pek_cert_import(struct firmware *firmware, struct command *command)
{
	struct buf_two_regions buf;
	struct sev_cert pek, oca;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	if (firmware->identity.owned)
		return SEVTRACE_PSP_ALREADY_OWNED;
	if (buf.len1 != sizeof(pek) || buf.len2 != sizeof(oca))
		return SEVTRACE_PSP_INVALID_LEN;
	if (!ram_read(firmware->ram, buf.address1, &pek, sizeof(pek)) ||
	    !ram_read(firmware->ram, buf.address2, &oca, sizeof(oca)))
		return SEVTRACE_PSP_INVALID_ADDRESS;
	status = identity_import(firmware, &pek, &oca);
	return status ? status : identity_save(firmware);
}

uint32_t sev_pdh_cert_export(struct firmware *firmware, struct command *command)
{
	const struct identity *identity = &firmware->identity;
	struct sev_cert chain[3] = { identity->pek_cert, identity->oca_cert };
	struct buf_two_regions buf;
	uint32_t status;

	memcpy(&buf, command->bytes, sizeof(buf));
	if (buf.len1 < sizeof(identity->pdh_cert) || buf.len2 < sizeof(chain)) {
		status = SEVTRACE_PSP_INVALID_LEN;
	} else {
		identity_cek_cert(firmware, &chain[2]);
		status = check_writable(firmware, buf.address1, buf.len1);
		if (!status)
			status = check_writable(firmware, buf.address2, buf.len2);
		if (!status)
			status = write_out(firmware, buf.address1, &identity->pdh_cert,
					   sizeof(identity->pdh_cert));
		if (!status)
			status = write_out(firmware, buf.address2, chain, sizeof(chain));
	}
	buf.len1 = sizeof(identity->pdh_cert);
	buf.len2 = sizeof(chain);
	memcpy(command->bytes, &buf, sizeof(buf));
	return status;
}
