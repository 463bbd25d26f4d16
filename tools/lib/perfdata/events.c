// SPDX-License-Identifier: GPL-2.0-only
#include "perfdata/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct perf_event_info perf_events[PERF_NR_EVENTS] = {
	[PERF_CMD_ENTER] = { "kvm_sev", "kvm_sev_cmd_enter",
		{ [CMD_CMD] = "cmd", [CMD_ASID] = "asid", [CMD_VM_TYPE] = "vm_type" } },
	[PERF_CMD_EXIT] = { "kvm_sev", "kvm_sev_cmd_exit",
		{ [CMD_CMD] = "cmd", [CMD_ASID] = "asid", [CMD_VM_TYPE] = "vm_type",
		  [CMD_FW_ERROR] = "fw_error", [CMD_RET] = "ret" } },
	[PERF_REGION_ENTER] = { "kvm_sev", "kvm_sev_region_enter",
		{ [REGION_REG] = "reg", [REGION_ASID] = "asid", [REGION_VM_TYPE] = "vm_type",
		  [REGION_ADDR] = "addr", [REGION_SIZE] = "size" } },
	[PERF_REGION_EXIT] = { "kvm_sev", "kvm_sev_region_exit",
		{ [REGION_REG] = "reg", [REGION_ASID] = "asid", [REGION_VM_TYPE] = "vm_type",
		  [REGION_ADDR] = "addr", [REGION_SIZE] = "size", [REGION_RET] = "ret" } },
	[PERF_DESTROY_START] = { "kvm_sev", "kvm_sev_vm_destroy_start",
		{ [DESTROY_ASID] = "asid" } },
	[PERF_DESTROY_END] = { "kvm_sev", "kvm_sev_vm_destroy_end",
		{ [DESTROY_ASID] = "asid" } },
	[PERF_RANGE_START] = { "kvm_sev", "kvm_sev_range_start",
		{ [RANGE_GFN] = "gfn", [RANGE_UADDR] = "uaddr", [RANGE_NPAGES] = "npages",
		  [RANGE_SLOT] = "slot", [RANGE_PAGE_TYPE] = "page_type",
		  [RANGE_PRIVATE] = "private" } },
	[PERF_RANGE_END] = { "kvm_sev", "kvm_sev_range_end",
		{ [RANGE_GFN] = "gfn", [RANGE_UADDR] = "uaddr", [RANGE_NPAGES] = "npages",
		  [RANGE_RET] = "ret", [RANGE_DONE] = "done" } },
	[PERF_STEP] = { "kvm_sev", "kvm_sev_step",
		{ [STEP_GFN] = "gfn", [STEP_NPAGES] = "npages", [STEP_STEP] = "step",
		  [STEP_PFN] = "pfn", [STEP_RET] = "ret" } },
	[PERF_CLFLUSH] = { "kvm_sev", "kvm_sev_clflush",
		{ [STEP_GFN] = "gfn", [STEP_NPAGES] = "npages", [STEP_SKIPPED] = "skipped" } },
	[PERF_POPULATE_STEP] = { "kvm", "kvm_gmem_populate_step",
		{ [STEP_GFN] = "gfn", [STEP_NPAGES] = "npages", [STEP_STEP] = "step",
		  [STEP_PFN] = "pfn", [STEP_RET] = "ret" } },
	[PERF_ATTR] = { "kvm", "kvm_vm_set_mem_attributes",
		{ [ATTR_START] = "start", [ATTR_END] = "end", [ATTR_ATTR] = "attr" } },
	[PERF_ATTR_LOCKED] = { "kvm", "kvm_vm_set_mem_attributes_locked",
		{ [ATTR_START] = "start", [ATTR_END] = "end", [ATTR_ATTR] = "attr" } },
	[PERF_ATTR_DONE] = { "kvm", "kvm_vm_set_mem_attributes_done",
		{ [ATTR_START] = "start", [ATTR_END] = "end", [ATTR_ATTR] = "attr",
		  [ATTR_RET] = "ret" } },
	[PERF_PSP_WAIT] = { "ccp", "ccp_sev_cmd_wait", { [PSP_CMD] = "cmd" } },
	[PERF_PSP_START] = { "ccp", "ccp_sev_cmd_start",
		{ [PSP_CMD] = "cmd", [PSP_DEPTH] = "depth" } },
	[PERF_PSP_ISSUE] = { "ccp", "ccp_sev_cmd_issue",
		{ [PSP_CMD] = "cmd", [PSP_DEPTH] = "depth" } },
	[PERF_PSP_COMPLETE] = { "ccp", "ccp_sev_cmd_complete",
		{ [PSP_CMD] = "cmd", [PSP_DEPTH] = "depth", [PSP_ANSWERED] = "answered",
		  [PSP_STATUS] = "status", [PSP_EXTRA] = "extra", [PSP_ERR_LO] = "err_lo",
		  [PSP_ERR_HI] = "err_hi" } },
	[PERF_PSP_END] = { "ccp", "ccp_sev_cmd_end",
		{ [PSP_CMD] = "cmd", [PSP_DEPTH] = "depth", [PSP_ANSWERED] = "answered",
		  [PSP_STATUS] = "status", [PSP_ASKED] = "asked", [PSP_RET] = "ret" } },
};
/* clang-format on */

int perf_event_find(const char *system, const char *name)
{
	for (int i = 0; i < PERF_NR_EVENTS; i++)
		if (!strcmp(perf_events[i].name, name) && !strcmp(perf_events[i].system, system))
			return i;
	return -1;
}

/* Returns the number behind "key:" in a line, or -1. */
static long number_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);
	char *end;
	long value;

	if (!at)
		return -1;
	at += strlen(key);
	value = strtol(at, &end, 10);
	return end == at || value < 0 || value > UINT16_MAX ? -1 : value;
}

/*
 * Tells whether a declaration such as "field:unsigned long uaddr;" is of this name: its last word.
 */
static bool declares(const char *line, const char *name)
{
	const char *end = strchr(line, ';');
	size_t len = strlen(name);

	return end && (size_t)(end - line) > len && !strncmp(end - len, name, len) &&
	       end[-1 - (long)len] == ' ';
}

/*
 * Parses a line such as " field:u32 cmd; offset:8; size:4; signed:0;", which has tabs between its
 * parts.
 */
static void parse_line(const struct perf_event_info *info, const char *line,
		       struct perf_format *format)
{
	const char *field = strstr(line, "field:");
	long offset = number_after(line, "offset:");
	long size = number_after(line, "size:");
	long is_signed = number_after(line, "signed:");

	if (!field || offset < 0 || (size != 1 && size != 2 && size != 4 && size != 8))
		return;
	for (size_t i = 0; i < PERF_MAX_FIELDS; i++)
		if (info->fields[i] && declares(field, info->fields[i]))
			format->fields[i] =
				(struct perf_field){ (__u16)offset, (__u8)size, is_signed == 1 };
}

int perf_format_parse(const struct perf_event_info *info, const char *text, size_t size,
		      struct perf_format *format, const char **missing)
{
	const char *end = text + size;
	long id = -1;

	memset(format, 0, sizeof(*format));
	*missing = NULL;
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((eol ? eol : end) - text);
		char line[256];

		if (len >= sizeof(line)) /* only the line of the print format can be that long */
			break;
		memcpy(line, text, len);
		line[len] = '\0';
		if (id < 0 && !strncmp(line, "ID:", 3))
			id = number_after(line, "ID:");
		parse_line(info, line, format);
		text += len + 1;
	}
	if (id < 0)
		return -EINVAL;
	for (size_t i = 0; i < PERF_MAX_FIELDS; i++) {
		if (info->fields[i] && !format->fields[i].size) {
			*missing = info->fields[i];
			return -ENOENT;
		}
	}
	format->id = (__u16)id;
	format->known = true;
	return 0;
}

/* Loads a little-endian field: both the recording host and this one are little endian. */
static __u64 load(const __u8 *at, const struct perf_field *field)
{
	__u64 value = 0;
	unsigned int unused = 64 - 8U * field->size;

	memcpy(&value, at, field->size);
	if (field->is_signed)
		value = (__u64)((__s64)(value << unused) >> unused);
	return value;
}

int perf_format_decode(const struct perf_event_info *info, const struct perf_format *format,
		       const void *raw, size_t size, __u64 values[PERF_MAX_FIELDS])
{
	memset(values, 0, PERF_MAX_FIELDS * sizeof(*values));
	for (size_t i = 0; i < PERF_MAX_FIELDS; i++) {
		const struct perf_field *field = &format->fields[i];

		if (!info->fields[i])
			continue;
		if ((size_t)field->offset + field->size > size)
			return -EINVAL;
		values[i] = load((const __u8 *)raw + field->offset, field);
	}
	return 0;
}

bool perf_event_failed(int type, const __u64 values[PERF_MAX_FIELDS])
{
	switch (type) {
	case PERF_CMD_EXIT:
		return values[CMD_RET] != 0;
	case PERF_REGION_EXIT:
		return values[REGION_RET] != 0;
	case PERF_STEP:
	case PERF_POPULATE_STEP:
		return values[STEP_RET] != 0;
	default:
		return false;
	}
}
