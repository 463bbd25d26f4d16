// SPDX-License-Identifier: GPL-2.0-only
/*
 * A writer killed at any moment leaves a file that opens and lacks at most its last block.
 */
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <sevtrace/kvm_sev.h>

#include "tracefile/tracefile.h"

#define KILLS 100
#define MOST_RECORDS 60000 /* the writer is killed at this number at the latest */
#define BLOCK_RECORDS ((1020 << 10) / (int)sizeof(struct sevtrace_rec_step))

/* Shared by both processes: how many records have been given to the writer (begun), and flushed. */
struct progress {
	volatile uint64_t begun;
	volatile uint64_t flushed;
};

static int put_page(struct tracefile_writer *w, uint64_t i)
{
	struct sevtrace_rec_step rec = {
		.h = { .ts = 1 + i, .launch = 1, .type = SEVTRACE_REC_STEP, .size = sizeof(rec) },
		.duration = i * i % 4099,
		.gfn = i,
		.npages = 1,
		.step = SEVTRACE_STEP_COPY,
	};

	return tracefile_write_records(w, &rec, sizeof(rec), 1);
}

/* Writes until killed; never returns. */
static void write_until_killed(const char *path, struct progress *p, unsigned int flush_every)
{
	struct tracefile_writer *w;

	if (tracefile_create(path, &w))
		_exit(1);
	for (uint64_t i = 0;; i++) {
		p->begun = i + 1;
		if (put_page(w, i))
			_exit(1);
		if (flush_every && i % flush_every == flush_every - 1) {
			if (tracefile_flush(w))
				_exit(1);
			p->flushed = i + 1;
		}
	}
}

/* Checks that the records are the written ones, in order, from the first one on. */
static int check_record(void *ctx, const union sevtrace_record *rec)
{
	uint64_t *nr = ctx;

	assert_int_equal(rec->step.gfn, *nr);
	assert_int_equal(rec->h.ts, 1 + *nr);
	assert_int_equal(rec->step.duration, *nr * *nr % 4099);
	++*nr;
	return 0;
}

static uint64_t read_back(const char *path)
{
	static const struct tracefile_visitor visitor = { .record = check_record };
	struct tracefile_reader *reader;
	struct tracefile_state state;
	uint64_t nr = 0;
	char why[256];

	assert_int_equal(tracefile_open(path, &reader, why, sizeof(why)), 0);
	assert_int_equal(tracefile_read(reader, &visitor, &nr, &state), 0);
	tracefile_reader_free(reader);
	assert_false(state.complete);
	assert_false(state.damaged);
	return nr;
}

/* Until its first block is written, a recording has another name: the path's and a suffix. */
static void remove_unnamed(const char *path)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s.??????", path);
	if (!glob(pattern, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
}

static void kill_once(const char *path, struct progress *p)
{
	uint64_t target = (uint64_t)random() % MOST_RECORDS + 1, nr;
	unsigned int flush_every = random() % 2 ? 0 : (unsigned int)(random() % 3000) + 1;
	int status;
	pid_t pid;

	p->begun = p->flushed = 0;
	unlink(path);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		write_until_killed(path, p, flush_every);
	while (p->begun < target && !waitpid(pid, &status, WNOHANG))
		;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	nr = access(path, F_OK) ? 0 : read_back(path);
	remove_unnamed(path);
	assert_true(nr <= p->begun);
	assert_true(nr >= p->flushed);
	assert_true(p->begun - nr <= BLOCK_RECORDS + 1);
}

static void killed_at_random(void **state)
{
	char path[] = "/tmp/sevtrace-killed.XXXXXX";
	struct progress *p =
		mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = mkstemp(path);

	(void)state;
	assert_true(p != MAP_FAILED);
	assert_true(fd >= 0);
	close(fd);
	srandom((unsigned int)getpid());
	for (int i = 0; i < KILLS; i++)
		kill_once(path, p);
	unlink(path);
	munmap(p, sizeof(*p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_random),
	};

	return cmocka_run_group_tests_name("killed", tests, NULL, NULL);
}
