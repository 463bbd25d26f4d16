// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/unwind.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdwfl.h>

/* DWARF register numbers: System V ABI, AMD64 supplement, figure 3.36. */
#define DWARF_RSP 7
#define DWARF_RIP 16

struct unwinding {
	const struct sevtrace_user_stack *copy;
	struct unwind_frame *frames;
	size_t nr;
	size_t max;
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	struct unwinding *u = arg;
	bool first = !*thread_arg;

	(void)dwfl;
	*thread_arg = u;
	return first ? (pid_t)u->copy->h.tid : 0;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Word *result, void *arg)
{
	const struct unwinding *u = arg;
	uint64_t at = addr - u->copy->regs[DWARF_RSP];

	(void)dwfl;
	if (u->copy->bytes > sizeof(u->copy->stack) || at >= u->copy->bytes ||
	    u->copy->bytes - at < sizeof(*result))
		return false;
	memcpy(result, u->copy->stack + at, sizeof(*result));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct unwinding *u = arg;
	Dwarf_Word regs[DWARF_RIP];

	for (size_t i = 0; i < DWARF_RIP; i++)
		regs[i] = u->copy->regs[i];
	dwfl_thread_state_register_pc(thread, u->copy->regs[DWARF_RIP]);
	return dwfl_thread_state_registers(thread, 0, DWARF_RIP, regs);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Writes " at file.c:12", or "" if there is no debug information. */
static void name_line(Dwfl_Module *module, Dwarf_Addr addr, char *buf, size_t size)
{
	Dwfl_Line *line = dwfl_module_getsrc(module, addr);
	const char *file;
	int number;

	*buf = '\0';
	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (file)
		snprintf(buf, size, " at %s:%d", base_name(file), number);
}

/* Names a frame. addr: an address inside the call instruction; pc: the return address behind it. */
static void name_frame(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Addr pc, char *buf, size_t size)
{
	Dwfl_Module *module = dwfl_addrmodule(dwfl, addr);
	const char *file, *function;
	char line[UNWIND_NAME_LEN / 2];
	Dwarf_Addr start;
	GElf_Off offset;
	GElf_Sym sym;

	*buf = '\0';
	if (!module)
		return;
	file = base_name(dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL));
	function = dwfl_module_addrinfo(module, addr, &offset, &sym, NULL, NULL, NULL);
	name_line(module, addr, line, sizeof(line));
	if (function)
		snprintf(buf, size, "%s+%#" PRIx64 " (%s)%s", function, offset + (pc - addr), file,
			 line);
	else
		snprintf(buf, size, "%s+%#" PRIx64 "%s", file, pc - start, line);
}

static int take_frame(Dwfl_Frame *frame, void *arg)
{
	struct unwinding *u = arg;
	Dwarf_Addr pc;
	bool exact;

	if (u->nr == u->max || !dwfl_frame_pc(frame, &pc, &exact) || !pc)
		return DWARF_CB_ABORT;
	u->frames[u->nr].pc = pc;
	name_frame(dwfl_thread_dwfl(dwfl_frame_thread(frame)), exact ? pc : pc - 1, pc,
		   u->frames[u->nr].name, sizeof(u->frames[u->nr].name));
	u->nr++;
	return DWARF_CB_OK;
}

/*
 * Opens a file as the process sees it, which may have a mount namespace of its own. If the process
 * is gone, opens it as this process sees it. Something else may have its name by now: opening a
 * pipe must not block.
 */
static int open_file(uint32_t pid, const char *name)
{
	char path[PATH_MAX + 32];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/root%s", pid, name);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Reports the file that begins at a line of maps: "START-END PERMS OFFSET DEV INODE PATH". */
static void report_map(Dwfl *dwfl, uint32_t pid, const char *line, size_t length)
{
	char text[PATH_MAX];
	uint64_t start;
	int name = 0, fd;

	if (length >= sizeof(text))
		return;
	memcpy(text, line, length);
	text[length] = '\0';
	if (sscanf(text, "%" SCNx64 "-%*x %*s %*s %*s %*s %n", &start, &name) != 1 || !name)
		return;
	fd = open_file(pid, text + name);
	/* A file that is not ELF is no module. libdwfl closes the file of a module. */
	if (fd >= 0 && !dwfl_report_elf(dwfl, text + name, text + name, fd, start, false))
		close(fd);
}

static int report_maps(Dwfl *dwfl, uint32_t pid, const char *maps)
{
	dwfl_report_begin(dwfl);
	while (*maps) {
		size_t length = strcspn(maps, "\n");

		report_map(dwfl, pid, maps, length);
		maps += length + (maps[length] == '\n');
	}
	return dwfl_report_end(dwfl, NULL, NULL) ? -EINVAL : 0;
}

int unwind_user_stack(const struct sevtrace_user_stack *copy, const char *maps,
		      struct unwind_frame *frames, size_t max)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};
	static const Dwfl_Thread_Callbacks thread_callbacks = {
		.next_thread = next_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};
	struct unwinding u = { .copy = copy, .frames = frames, .max = max };
	Dwfl *dwfl = dwfl_begin(&callbacks);
	int err;

	if (!dwfl)
		return -ENOMEM;
	err = report_maps(dwfl, copy->pid, maps);
	if (!err && !dwfl_attach_state(dwfl, NULL, (pid_t)copy->pid, &thread_callbacks, &u))
		err = -EINVAL;
	/* It returns an error where unwinding cannot continue. The frames before that are valid. */
	if (!err)
		dwfl_getthread_frames(dwfl, (pid_t)copy->h.tid, take_frame, &u);
	dwfl_end(dwfl);
	return err ? err : (int)u.nr;
}
