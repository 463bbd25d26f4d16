// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of system calls, errnos and firmware statuses.
 */
#include "ops.h"

#include <stddef.h>
#include <string.h>

#include <sevtrace/psp.h>

static const struct {
	const char *name;
	int command;
} ops[] = {
#define LAUNCHER_OP_ROW(id, op_text, number) [OP_##id] = { op_text, number },
	LAUNCHER_OPS(LAUNCHER_OP_ROW)
#undef LAUNCHER_OP_ROW
};

static const struct {
	uint32_t code;
	const char *name;
} statuses[] = {
#define STATUS_ROW(status, status_name, text) { status, #status_name },
	SEVTRACE_PSP_STATUSES(STATUS_ROW)
#undef STATUS_ROW
		{ SEVTRACE_PSP_NO_FW_CALL, "NO_FW_CALL" },
};

const char *op_name(enum op op)
{
	return op < OP_COUNT ? ops[op].name : "none";
}

int op_command(enum op op)
{
	return op < OP_COUNT ? ops[op].command : -1;
}

enum op op_find(const char *name)
{
	for (int op = 0; op < OP_COUNT; op++) {
		if (!strcmp(name, ops[op].name))
			return (enum op)op;
	}
	return OP_NONE;
}

const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "unknown errno";
}

const char *fw_error_name(uint32_t code)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].code == code)
			return statuses[i].name;
	}
	return NULL;
}
