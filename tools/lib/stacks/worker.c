// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "process/privileges.h"
#include "process/proc.h"
#include "process/sandbox.h"
#include "stacks/maps.h"
#include "util/array.h"

#define DEBUG_FOLDER "/usr/lib/debug" /* the distribution's debug information */
#define MEMORY (512UL << 20) /* enough for QEMU and its libraries with their debug information */
#define CPU_SECONDS 60

/* What libelf, libdw and the C library need once the files are open. */
static const int calls[] = {
	SYS_brk,	  SYS_clock_gettime,  SYS_close,	SYS_exit,	 SYS_exit_group,
	SYS_fcntl,	  SYS_fstat,	      SYS_futex,	SYS_getpid,	 SYS_getrandom,
	SYS_gettid,	  SYS_lseek,	      SYS_madvise,	SYS_mmap,	 SYS_mprotect,
	SYS_mremap,	  SYS_munmap,	      SYS_newfstatat,	SYS_pread64,	 SYS_read,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sched_yield, SYS_sigaltstack,
	SYS_write,
};

/* For separate debug information, where nothing but that can be opened. */
static const int rooted_calls[] = { SYS_open, SYS_openat };

static int write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return EXIT_FAILURE;
		at += n;
		size -= (size_t)n;
	}
	return EXIT_SUCCESS;
}

static int give_up_rights(void)
{
	const struct sandbox sandbox = {
		.user = USER_NOBODY,
		.root = DEBUG_FOLDER,
		.memory = MEMORY,
		.cpu_seconds = CPU_SECONDS,
		.calls = calls,
		.nr_calls = ARRAY_SIZE(calls),
		.rooted_calls = rooted_calls,
		.nr_rooted_calls = ARRAY_SIZE(rooted_calls),
	};

	return sandbox_enter(&sandbox);
}

/*
 * Returns what the process of the question has mapped. NULL: it is gone, or another one has its id.
 */
static char *maps_of(const struct stacks_question *question)
{
	char *lines = maps_read(question->pid);

	/* Only now: it may have ended meanwhile. */
	if (lines && proc_started_after((pid_t)question->pid, question->ts)) {
		free(lines);
		return NULL;
	}
	return lines;
}

/*
 * Takes the files that the process has mapped, and gives all rights away. lines: what it had mapped
 * when its launch began; NULL: not known. What it has mapped now comes first, as it may have loaded
 * more. The kernel takes the mappings away while it exits.
 */
static struct unwind *open_files(const struct stacks_question *question, char *lines)
{
	static struct unwind_file files[MAPS_MAX_FILES];
	char *now = maps_of(question);
	size_t nr = 0;

	if (now)
		nr = maps_split(now, files, nr);
	if (lines)
		nr = maps_split(lines, files, nr);
	if (!nr)
		return NULL;
	maps_open(question->pid, files, nr);
	return give_up_rights() ? NULL : unwind_open(files, nr);
}

static int unwind(struct stacks_question *const *questions, size_t nr, char *lines, int out)
{
	struct unwind *u = open_files(questions[0], lines);
	/* Beyond the sandbox's reach: its memory must be there before. */
	static struct stacks_answer answer;
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < nr && !status; i++) {
		int found = u ? unwind_stack(u, &questions[i]->copy, answer.frames,
					     SEVTRACE_STACK_DEPTH) :
				0;

		answer.id = questions[i]->id;
		answer.nr = found > 0 ? (uint32_t)found : 0;
		status = write_all(out, &answer, sizeof(answer));
	}
	unwind_close(u);
	return status;
}

static void name(const struct stacks_question *question, struct stacks_answer *answer)
{
	char path[64];
	FILE *maps;

	while (answer->nr < SEVTRACE_STACK_DEPTH && question->addresses[answer->nr]) {
		answer->frames[answer->nr].pc = question->addresses[answer->nr];
		answer->nr++;
	}
	snprintf(path, sizeof(path), "/proc/%u/maps", question->pid);
	maps = fopen(path, "re");
	if (!maps)
		return;
	if (!proc_started_after((pid_t)question->pid, question->ts))
		maps_name(maps, answer->frames, answer->nr);
	fclose(maps);
}

int stacks_work(struct stacks_question *const *questions, size_t nr, char *lines, int out)
{
	struct stacks_answer answer = { .id = questions[0]->id };

	switch (questions[0]->kind) {
	case STACKS_BEGIN:
		lines = maps_of(questions[0]);
		return lines ? write_all(out, lines, strlen(lines)) : EXIT_FAILURE;
	case STACKS_UNWIND:
		return unwind(questions, nr, lines, out);
	default:
		name(questions[0], &answer);
		return write_all(out, &answer, sizeof(answer));
	}
}
