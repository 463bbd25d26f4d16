// SPDX-License-Identifier: GPL-2.0-only
/* What QEMU prints in place of a status: sev_fw_errlist of its target/i386/sev.c. */
#include <stdint.h>
#include <string.h>

#include "explain/internal.h"
#include "util/array.h"

static const char *const texts[] = {
	[0x01] = "Platform state is invalid",
	[0x02] = "Guest state is invalid",
	[0x03] = "Platform configuration is invalid",
	[0x04] = "Buffer too small",
	[0x05] = "Platform is already owned",
	[0x06] = "Certificate is invalid",
	[0x07] = "Policy is not allowed",
	[0x08] = "Guest is not active",
	[0x09] = "Invalid address",
	[0x0a] = "Bad signature",
	[0x0b] = "Bad measurement",
	[0x0c] = "ASID is already owned",
	[0x0d] = "Invalid ASID",
	[0x0e] = "WBINVD is required",
	[0x0f] = "DF_FLUSH is required",
	[0x10] = "Guest handle is invalid",
	[0x11] = "Invalid command",
	[0x12] = "Guest is active",
	[0x13] = "Hardware error",
	[0x14] = "Hardware unsafe",
	[0x15] = "Feature not supported",
	[0x16] = "Invalid parameter",
	[0x17] = "Required firmware resource depleted",
	[0x18] = "Part-specific integrity check failure",
};

bool vmm_text_status(const char *text, uint32_t *status)
{
	size_t size;

	text += strspn(text, " '\"");
	size = strlen(text);
	while (size && strchr(" '\".", text[size - 1]))
		size--;
	for (uint32_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (texts[i] && strlen(texts[i]) == size && !strncasecmp(texts[i], text, size)) {
			*status = i;
			return true;
		}
	}
	return false;
}
