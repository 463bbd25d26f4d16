// SPDX-License-Identifier: GPL-2.0-only
#include "export/export.h"

const char *export_comm(const struct model *m, uint32_t launch, char buf[EXPORT_COMM_LEN])
{
	size_t position = model_position(m, launch);

	if (position == m->nr_launches)
		return "-";
	return text_clean(buf, EXPORT_COMM_LEN, m->launches[position]->comm);
}
