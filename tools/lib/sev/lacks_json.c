// SPDX-License-Identifier: GPL-2.0-only
#include "sev/lacks_json.h"

#include "sev/lacks.h"
#include "util/json.h"

json_t *lacks_json(uint32_t lacks)
{
	json_t *texts = json_array();

	for (uint32_t i = 0; i < LACK_COUNT && texts; i++)
		if (lacks & LACK_BIT(i))
			texts = append_json(texts, json_string(lack_text(i)));
	return texts;
}
