// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/unwind.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#define UNWIND_BUILD_ID 64 /* bytes; longer ones are not looked for */

#define NAMES 256 /* that are remembered; finding one goes through all symbols of a file */

struct name {
	Dwarf_Addr pc;
	Dwarf_Addr addr; /* see name_frame() */
	bool with_line;
	char text[UNWIND_NAME_LEN];
};

struct unwind {
	Dwfl *dwfl;
	bool attached;
	const struct sevtrace_user_stack *copy;
	struct unwind_frame *frames;
	size_t nr;
	size_t max;
	struct name names[NAMES];
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	struct unwind *u = arg;
	bool first = !*thread_arg;

	(void)dwfl;
	*thread_arg = u;
	return first ? (pid_t)u->copy->h.tid : 0;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Word *result, void *arg)
{
	const struct unwind *u = arg;
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
	const struct unwind *u = arg;
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

/*
 * Names a frame. addr: an address inside the call instruction; pc: the return address behind it.
 * Without the line, debug information need not be read.
 */
static void name_frame(Dwfl *dwfl, Dwarf_Addr addr, Dwarf_Addr pc, bool with_line, char *buf,
		       size_t size)
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
	*line = '\0';
	if (with_line)
		name_line(module, addr, line, sizeof(line));
	/* without the version of a library's symbol: clock_gettime@@GLIBC_2.17 */
	if (function)
		snprintf(buf, size, "%.*s+%#" PRIx64 " (%s)%s", (int)strcspn(function, "@"),
			 function, offset + (pc - addr), file, line);
	else
		snprintf(buf, size, "%s+%#" PRIx64 "%s", file, pc - start, line);
}

/* Returns the name of a frame, see name_frame(). */
static const char *frame_name(struct unwind *u, Dwarf_Addr addr, Dwarf_Addr pc)
{
	struct name *n = &u->names[pc % NAMES];
	bool with_line = !u->copy->sample;

	if (n->pc != pc || n->addr != addr || n->with_line != with_line) {
		*n = (struct name){ .pc = pc, .addr = addr, .with_line = with_line };
		name_frame(u->dwfl, addr, pc, with_line, n->text, sizeof(n->text));
	}
	return n->text;
}

static int take_frame(Dwfl_Frame *frame, void *arg)
{
	struct unwind *u = arg;
	struct unwind_frame *to = &u->frames[u->nr];
	Dwarf_Addr pc;
	bool exact;

	if (u->nr == u->max || !dwfl_frame_pc(frame, &pc, &exact) || !pc)
		return DWARF_CB_ABORT;
	to->pc = pc;
	memcpy(to->name, frame_name(u, exact ? pc : pc - 1, pc), sizeof(to->name));
	u->nr++;
	return DWARF_CB_OK;
}

/*
 * Finds a module's separate debug information by its build id, in the folder of the distribution
 * only. The file itself may name any other place, so its .gnu_debuglink is not followed.
 */
static int find_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			  const char *file, const char *link, GElf_Word crc, char **found)
{
	char path[sizeof("/.build-id/") + (size_t)2 * UNWIND_BUILD_ID + sizeof("/.debug")];
	const unsigned char *id;
	struct stat st;
	GElf_Addr at;
	int size, fd;
	char *to = path;

	(void)data, (void)name, (void)base, (void)file, (void)link, (void)crc;
	size = dwfl_module_build_id(module, &id, &at);
	if (size < 2 || size > UNWIND_BUILD_ID)
		goto none;
	to += sprintf(to, "/.build-id/%02x/", id[0]);
	for (int i = 1; i < size; i++)
		to += sprintf(to, "%02x", id[i]);
	memcpy(to, ".debug", sizeof(".debug"));
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		goto none;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		*found = strdup(path);
		return fd;
	}
	close(fd);
none:
	errno = 0; /* libdwfl takes another errno for a reason not to look into .gnu_debugdata */
	return -1;
}

/* Modules are reported with their files, so libdwfl need not look for any. */
static int find_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		    char **file, Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)file, (void)elf;
	return -1;
}

static int report_files(Dwfl *dwfl, struct unwind_file *files, size_t nr)
{
	dwfl_report_begin(dwfl);
	for (size_t i = 0; i < nr; i++) {
		struct unwind_file *f = &files[i];

		if (f->fd < 0)
			continue;
		/* A file that is not ELF is no module. libdwfl closes the file of a module. */
		if (!dwfl_report_elf(dwfl, f->name, f->name, f->fd, f->start, false))
			close(f->fd);
		f->fd = -1;
	}
	return dwfl_report_end(dwfl, NULL, NULL) ? -EINVAL : 0;
}

struct unwind *unwind_open(struct unwind_file *files, size_t nr_files)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_debuginfo,
	};
	struct unwind *u = calloc(1, sizeof(*u));

	if (u)
		u->dwfl = dwfl_begin(&callbacks);
	if (u && u->dwfl && !report_files(u->dwfl, files, nr_files))
		return u;
	unwind_close(u);
	return NULL;
}

void unwind_close(struct unwind *u)
{
	if (u && u->dwfl)
		dwfl_end(u->dwfl);
	free(u);
}

int unwind_stack(struct unwind *u, const struct sevtrace_user_stack *copy,
		 struct unwind_frame *frames, size_t max)
{
	static const Dwfl_Thread_Callbacks thread_callbacks = {
		.next_thread = next_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};

	u->copy = copy;
	u->frames = frames;
	u->nr = 0;
	u->max = max;
	if (!u->attached &&
	    !dwfl_attach_state(u->dwfl, NULL, (pid_t)copy->pid, &thread_callbacks, u))
		return -EINVAL;
	u->attached = true;
	/* It returns an error where unwinding cannot continue. The frames before that are valid. */
	dwfl_getthread_frames(u->dwfl, (pid_t)copy->h.tid, take_frame, u);
	return (int)u->nr;
}
