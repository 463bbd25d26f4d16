// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows the SEV leaf of CPUID to one program of the virtual SEV host, as hardware shows it to all.
 *
 * The kernel of the virtual host has leaf 0x8000001f; a program's own CPUID instruction gets QEMU's
 * answer, which has not. Loaded before a program (LD_PRELOAD), this replaces its CPUID instructions
 * by UD2, in memory, and answers in their place: with the kernel's leaf for that function, with the
 * processor's answer for every other. SEV_LEAF_SITES names a file with where they are in the
 * program's file, one hexadecimal address a line, as `objdump -d` shows it.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define SEV_FUNCTION 0x8000001fU
#define SITES_MAX 256
#define INSTRUCTION_SIZE 2

static const uint8_t cpuid_code[INSTRUCTION_SIZE] = { 0x0f, 0xa2 };
static const uint8_t ud2_code[INSTRUCTION_SIZE] = { 0x0f, 0x0b };

static uint32_t sev_leaf[4];
static uint8_t *sites[SITES_MAX];
static size_t site_count;

static void __attribute__((noreturn)) die(const char *what, const char *why)
{
	fprintf(stderr, "sev_leaf: %s: %s\n", what, why);
	_exit(125);
}

/* The program's own entry is the first one: how far from its file's addresses it was loaded. */
static int load_base(struct dl_phdr_info *info, size_t size, void *base)
{
	(void)size;
	*(uintptr_t *)base = info->dlpi_addr;
	return 1;
}

static void read_leaf(void)
{
	static const char device[] = "/dev/cpu/0/cpuid";
	int fd = open(device, O_RDONLY | O_CLOEXEC);

	/* The device takes the function as the position in it. */
	if (fd < 0 || pread(fd, sev_leaf, sizeof(sev_leaf), SEV_FUNCTION) != sizeof(sev_leaf))
		die(device, strerror(errno));
	close(fd);
}

static void read_sites(void)
{
	const char *path = getenv("SEV_LEAF_SITES");
	FILE *file = path ? fopen(path, "re") : NULL;
	uintptr_t base = 0;
	char line[64];

	if (!file)
		die(path ? path : "SEV_LEAF_SITES", path ? strerror(errno) : "is not set");
	dl_iterate_phdr(load_base, &base);
	while (fgets(line, sizeof(line), file)) {
		if (site_count == SITES_MAX)
			die(path, "more than 256 lines");
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): that is what it is */
		sites[site_count++] = (uint8_t *)(base + strtoull(line, NULL, 16));
	}
	fclose(file);
}

static void answer(int signal, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint32_t eax, ebx, ecx, edx;
	size_t i = 0;

	(void)info;
	while (i < site_count && (uintptr_t)sites[i] != (uintptr_t)reg[REG_RIP])
		i++;
	if (i == site_count) { /* not ours: the instruction again, and what that does by default */
		sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
		return;
	}
	__cpuid_count((uint32_t)reg[REG_RAX], (uint32_t)reg[REG_RCX], eax, ebx, ecx, edx);
	if ((uint32_t)reg[REG_RAX] == SEV_FUNCTION) {
		eax = sev_leaf[0];
		ebx = sev_leaf[1];
		ecx = sev_leaf[2];
		edx = sev_leaf[3];
	}
	reg[REG_RAX] = eax;
	reg[REG_RBX] = ebx;
	reg[REG_RCX] = ecx;
	reg[REG_RDX] = edx;
	reg[REG_RIP] += INSTRUCTION_SIZE;
}

static void set_protection(uint8_t *at, int protection)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE),
			start = (uintptr_t)at & ~(page - 1);

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the page that it lies in */
	if (mprotect((void *)start, (uintptr_t)at + INSTRUCTION_SIZE - start, protection))
		die("mprotect", strerror(errno));
}

static void replace(uint8_t *at)
{
	if (memcmp(at, cpuid_code, sizeof(cpuid_code)) != 0)
		die("SEV_LEAF_SITES", "no CPUID instruction there; the list is of another file");
	set_protection(at, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(at, ud2_code, sizeof(ud2_code));
	set_protection(at, PROT_READ | PROT_EXEC);
}

static void __attribute__((constructor)) show(void)
{
	const struct sigaction action = { .sa_sigaction = answer,
					  .sa_flags = SA_SIGINFO | SA_NODEFER };

	read_leaf();
	read_sites();
	sigaction(SIGILL, &action, NULL);
	for (size_t i = 0; i < site_count; i++)
		replace(sites[i]);
	unsetenv("LD_PRELOAD"); /* what the program starts is not that program */
}
