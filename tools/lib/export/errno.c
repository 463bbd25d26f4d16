// SPDX-License-Identifier: GPL-2.0-only
#include "export/export.h"

const char *export_errno(int ret, char buf[NAME_LEN])
{
	const char *name = errno_name(ret);

	if (name && *name)
		return name;
	snprintf(buf, NAME_LEN, "%d", ret);
	return buf;
}
