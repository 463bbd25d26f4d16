// SPDX-License-Identifier: GPL-2.0-only
#include "stacks/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "process/helper.h"
#include "process/privileges.h"
#include "process/proc.h"
#include "stacks/maps.h"
#include "stacks/worker.h"
#include "util/array.h"
#include "util/clock.h"

#define WORKERS 4 /* at once */
#define ALIVE 32 /* with those that were ended but hang in the kernel */
#define QUEUE 64 /* questions that wait */
#define LAUNCHES 1024 /* whose process is known; the oldest gives way */
#define TICK_MS 100
/* Samples of a process are gathered for that long, or until there are so many. */
#define GATHER_NS 150000000ULL
#define GATHER 24

#define MAX_RESULT (WORKER_QUESTIONS * sizeof(struct stacks_answer))
_Static_assert(MAX_RESULT >= MAPS_MAX_KEPT, "a result may be lines of maps");

/* What a process had mapped. Launches of one process share it. */
struct process {
	uint32_t pid;
	uint64_t start; /* proc_start() of it; 0: it was gone */
	size_t launches; /* that are live */
	char *lines; /* NULL: not known (yet) */
};

struct launch {
	uint64_t number;
	uint32_t pid;
	bool over;
};

struct worker {
	pid_t pid; /* 0: there is none */
	int pipe; /* for its result */
	uint64_t deadline;
	struct stacks_question *questions[WORKER_QUESTIONS]; /* of one process */
	size_t nr;
	struct stacks_answer *result; /* or lines; MAX_RESULT bytes */
	size_t used;
};

struct waiting {
	struct stacks_question *question;
	uint64_t since;
};

struct helper {
	int socket;
	struct worker workers[WORKERS];
	struct waiting queue[QUEUE]; /* the first one is the oldest */
	size_t queued;
	size_t alive; /* workers whose end was not seen yet */
	struct launch launches[LAUNCHES]; /* the first one is the oldest */
	size_t nr_launches;
	struct process *processes; /* in no order */
	size_t nr_processes;
	struct stacks_question received;
};

/* --- what is known of processes --------------------------------------------------------------- */

static struct process *find_process(struct helper *h, uint32_t pid)
{
	for (size_t i = 0; i < h->nr_processes; i++)
		if (h->processes[i].pid == pid)
			return &h->processes[i];
	return NULL;
}

static void release_process(struct helper *h, uint32_t pid)
{
	struct process *p = find_process(h, pid);

	if (!p || --p->launches)
		return;
	free(p->lines);
	*p = h->processes[--h->nr_processes];
	if (h->nr_processes)
		return;
	/* ARRAY_ADD() wants it so. */
	free(h->processes);
	h->processes = NULL;
}

static void remove_launch(struct helper *h, size_t at)
{
	release_process(h, h->launches[at].pid);
	h->nr_launches--;
	memmove(&h->launches[at], &h->launches[at + 1],
		(h->nr_launches - at) * sizeof(h->launches[0]));
}

static bool has_live_launch(const struct helper *h, uint32_t pid)
{
	for (size_t i = 0; i < h->nr_launches; i++)
		if (h->launches[i].pid == pid && !h->launches[i].over)
			return true;
	return false;
}

/*
 * Tells whether this is the process that began the launches before. Of one that is gone already,
 * only a launch that is not over tells.
 */
static bool is_same(const struct helper *h, const struct process *p, uint64_t start)
{
	return start ? start == p->start : has_live_launch(h, p->pid);
}

/* Returns whether the process's maps are to be read: nobody has done that yet. */
static bool begin_launch(struct helper *h, uint64_t number, uint32_t pid)
{
	uint64_t start = proc_start((pid_t)pid);
	struct process *p;
	bool same;

	if (h->nr_launches == LAUNCHES)
		remove_launch(h, 0);
	p = find_process(h, pid);
	if (!p)
		p = ARRAY_ADD(h->processes, h->nr_processes);
	if (!p)
		return false;
	p->pid = pid;
	same = p->launches && is_same(h, p, start);
	if (!same) {
		p->start = start;
		free(p->lines);
		p->lines = NULL;
	}
	p->launches++;
	h->launches[h->nr_launches++] = (struct launch){ .number = number, .pid = pid };
	return !same;
}

static void end_launch(struct helper *h, uint64_t number)
{
	for (size_t i = 0; i < h->nr_launches; i++)
		if (h->launches[i].number == number)
			h->launches[i].over = true;
}

/* --- workers ---------------------------------------------------------------------------------- */

static void answer(const struct helper *h, const struct stacks_answer *answer)
{
	/* Waits until the recorder takes it: a worker's answers are more than a socket holds. */
	(void)send(h->socket, answer, sizeof(*answer), MSG_NOSIGNAL);
}

static void answer_nothing(const struct helper *h, const struct stacks_question *question)
{
	struct stacks_answer nothing = { .id = question->id };

	if (question->kind != STACKS_BEGIN)
		answer(h, &nothing);
}

/* Hands out the answers of a worker: it gave them in the order of the questions. */
static void answer_all(const struct helper *h, const struct worker *w)
{
	size_t nr = w->used / sizeof(*w->result);

	for (size_t i = 0; i < w->nr; i++) {
		if (i < nr && w->result[i].id == w->questions[i]->id)
			answer(h, &w->result[i]);
		else
			answer_nothing(h, w->questions[i]);
	}
}

/* Frees what a worker had, and its place. */
static void release_worker(struct worker *w)
{
	for (size_t i = 0; i < w->nr; i++)
		free(w->questions[i]);
	free(w->result);
	*w = (struct worker){ 0 };
}

/* Takes the result of a worker that has ended. */
static void finish(struct helper *h, struct worker *w)
{
	struct process *p = find_process(h, w->questions[0]->pid);

	/* Does not wait for its end: the kernel may hold it in a file system that hangs. */
	kill(w->pid, SIGKILL);
	close(w->pipe);
	if (w->questions[0]->kind != STACKS_BEGIN) {
		answer_all(h, w);
	} else if (p && w->used) {
		free(p->lines);
		p->lines = strndup((char *)w->result, w->used);
	}
	release_worker(w);
}

static void read_result(struct helper *h, struct worker *w)
{
	ssize_t n = read(w->pipe, (char *)w->result + w->used, MAX_RESULT - w->used);

	if (n < 0 && errno == EINTR)
		return;
	if (n > 0)
		w->used += (size_t)n;
	if (n <= 0 || w->used == MAX_RESULT)
		finish(h, w);
}

static _Noreturn void run_worker(const struct helper *h, const struct worker *w, int out)
{
	const struct process *p = find_process((struct helper *)h, w->questions[0]->pid);
	int none = open("/dev/null", O_WRONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NAME, "sevtrace-unwind", 0, 0, 0);
	/* Of all files, only the pipe stays. What libraries print is of no use. */
	if (none >= 0)
		dup2(none, STDERR_FILENO);
	if (dup2(out, HELPER_FD) < 0 || close_range(HELPER_FD + 1, ~0U, 0))
		_exit(EXIT_FAILURE);
	_exit(stacks_work(w->questions, w->nr, p ? p->lines : NULL, HELPER_FD));
}

/* Starts a worker on its questions. Returns whether it could. */
static bool start(struct helper *h, struct worker *w)
{
	int ends[2];

	w->result = calloc(WORKER_QUESTIONS, sizeof(*w->result));
	if (!w->result || pipe2(ends, O_CLOEXEC))
		return false;
	w->pid = fork();
	if (!w->pid)
		run_worker(h, w, ends[1]);
	close(ends[1]);
	w->pipe = ends[0];
	w->deadline = monotonic() + STACKS_JOB_NS;
	if (w->pid > 0) {
		h->alive++;
		return true;
	}
	close(ends[0]);
	return false;
}

/* Does a worker read of this process? One at a time: it may hang. */
static bool is_worked_on(const struct helper *h, uint32_t pid)
{
	for (size_t i = 0; i < WORKERS; i++)
		if (h->workers[i].pid && h->workers[i].questions[0]->pid == pid)
			return true;
	return false;
}

static bool is_sample(const struct stacks_question *question)
{
	return question->kind == STACKS_UNWIND && question->copy.sample;
}

/* Tells whether the sample at a position is to wait for more of its process. */
static bool gathers(const struct helper *h, size_t at, uint64_t now)
{
	size_t nr = 0;

	if (!is_sample(h->queue[at].question) || now > h->queue[at].since + GATHER_NS)
		return false;
	for (size_t i = 0; i < h->queued; i++)
		nr += h->queue[i].question->pid == h->queue[at].question->pid;
	return nr < GATHER;
}

/* Returns the position of the first question that may be worked on; h->queued: there is none. */
static size_t next_question(const struct helper *h, uint64_t now)
{
	size_t i = 0;

	while (i < h->queued && (is_worked_on(h, h->queue[i].question->pid) || gathers(h, i, now)))
		i++;
	return i;
}

static void take_question(struct helper *h, struct worker *w, size_t at)
{
	w->questions[w->nr++] = h->queue[at].question;
	h->queued--;
	memmove(&h->queue[at], &h->queue[at + 1], (h->queued - at) * sizeof(h->queue[0]));
}

/*
 * Takes the question at a position, and what else is to be unwound of its process: most of a
 * worker's time goes into opening the files.
 */
static void take_questions(struct helper *h, struct worker *w, size_t at)
{
	const struct stacks_question *first = h->queue[at].question;

	*w = (struct worker){ 0 };
	take_question(h, w, at);
	while (first->kind == STACKS_UNWIND && at < h->queued && w->nr < WORKER_QUESTIONS) {
		const struct stacks_question *other = h->queue[at].question;

		if (other->pid == first->pid && other->kind == STACKS_UNWIND)
			take_question(h, w, at);
		else
			at++;
	}
}

static void start_workers(struct helper *h)
{
	for (size_t i = 0; i < WORKERS; i++) {
		struct worker *w = &h->workers[i];
		size_t at = next_question(h, monotonic());

		if (w->pid || at == h->queued || h->alive == ALIVE)
			continue;
		take_questions(h, w, at);
		if (start(h, w))
			continue;
		answer_all(h, w);
		release_worker(w);
	}
}

/* Forgets launches that are over, but not while somebody asks for their process. */
static void forget_launches(struct helper *h)
{
	for (size_t i = h->nr_launches; i--;) {
		bool asked = is_worked_on(h, h->launches[i].pid);

		for (size_t q = 0; q < h->queued && !asked; q++)
			asked = h->queue[q].question->pid == h->launches[i].pid;
		if (h->launches[i].over && !asked)
			remove_launch(h, i);
	}
}

/* --- questions -------------------------------------------------------------------------------- */

static void enqueue(struct helper *h, size_t size)
{
	struct stacks_question *copy;

	copy = h->queued < QUEUE ? calloc(1, sizeof(*copy)) : NULL;
	if (!copy) {
		answer_nothing(h, &h->received);
		return;
	}
	memcpy(copy, &h->received, size);
	h->queue[h->queued++] = (struct waiting){ copy, monotonic() };
}

/* Receives a question. Returns false when the recorder is gone. */
static bool receive(struct helper *h)
{
	const size_t head = offsetof(struct stacks_question, copy);
	ssize_t size = recv(h->socket, &h->received, sizeof(h->received), 0);

	if (size < 0)
		return errno == EINTR;
	if (!size)
		return false;
	if ((size_t)size < head)
		return true;
	if (h->received.kind == STACKS_END)
		end_launch(h, h->received.id);
	else if (h->received.kind != STACKS_BEGIN ||
		 begin_launch(h, h->received.id, h->received.pid))
		enqueue(h, (size_t)size);
	return true;
}

static bool has_work(const struct helper *h)
{
	return h->alive || h->queued;
}

static void reap(struct helper *h)
{
	while (h->alive && waitpid(-1, NULL, WNOHANG) > 0)
		h->alive--;
}

static void look_at_workers(struct helper *h, const struct pollfd *fds)
{
	uint64_t now = monotonic();

	for (size_t i = 0; i < WORKERS; i++) {
		struct worker *w = &h->workers[i];

		if (w->pid && fds[i].revents)
			read_result(h, w);
		if (w->pid && now > w->deadline)
			finish(h, w);
	}
}

int stacks_helper(int socket)
{
	struct helper *h = calloc(1, sizeof(*h));
	bool on = h && !privileges_keep_unwind();

	if (h)
		h->socket = socket;
	while (on) {
		struct pollfd fds[WORKERS + 1];

		for (size_t i = 0; i < WORKERS; i++)
			fds[i] = (struct pollfd){ .fd = h->workers[i].pid ? h->workers[i].pipe : -1,
						  .events = POLLIN };
		fds[WORKERS] = (struct pollfd){ .fd = socket, .events = POLLIN };
		if (poll(fds, ARRAY_SIZE(fds), has_work(h) ? TICK_MS : -1) < 0 && errno != EINTR)
			break;
		look_at_workers(h, fds);
		reap(h);
		if (fds[WORKERS].revents)
			on = receive(h);
		start_workers(h);
		forget_launches(h);
	}
	/* The workers end with this process. */
	free(h);
	return EXIT_SUCCESS;
}
