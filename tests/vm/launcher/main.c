// SPDX-License-Identifier: GPL-2.0-only
/*
 * launcher: confidential guest launches through KVM, many at once if wanted.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"
#include "report.h"

/* One launch of a round, and how it meets the others. */
struct entrant {
	const struct options *options;
	struct launch_result *result;
	pthread_barrier_t *barrier;
	unsigned int index;
	pthread_t thread;
	pid_t pid;
};

static void wait_for_others(void *arg)
{
	pthread_barrier_wait(arg);
}

static void *entrant_run(void *arg)
{
	struct entrant *entrant = arg;

	launch_run(entrant->options, entrant->index, entrant->result, wait_for_others,
		   entrant->barrier);
	return NULL;
}

static int run_threads(struct entrant *entrants, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		int ret = pthread_create(&entrants[i].thread, NULL, entrant_run, &entrants[i]);

		if (ret) {
			/* those that wait at the barrier cannot be joined: the caller exits */
			fprintf(stderr, "launcher: cannot start thread %" PRIu64 ": %s\n", i,
				strerror(ret));
			return -ret;
		}
	}
	for (uint64_t i = 0; i < count; i++)
		pthread_join(entrants[i].thread, NULL);
	return 0;
}

static void kill_children(const struct entrant *entrants, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		if (entrants[i].pid > 0)
			kill(entrants[i].pid, SIGKILL);
	}
}

static struct entrant *find_child(struct entrant *entrants, uint64_t count, pid_t pid)
{
	for (uint64_t i = 0; i < count; i++) {
		if (entrants[i].pid == pid)
			return &entrants[i];
	}
	return NULL;
}

static int run_processes(struct entrant *entrants, uint64_t count)
{
	uint64_t started = 0;
	int ret = 0;

	fflush(NULL);
	for (; started < count; started++) {
		struct entrant *entrant = &entrants[started];

		entrant->pid = fork();
		if (!entrant->pid) {
			entrant_run(entrant);
			_exit(0); /* the parent has the result in shared memory */
		}
		if (entrant->pid < 0) {
			ret = -errno;
			fprintf(stderr, "launcher: cannot fork: %s\n", strerror(errno));
			kill_children(entrants, started);
			break;
		}
	}
	for (uint64_t ended = 0; ended < started; ended++) {
		int status;
		pid_t pid = wait(&status);
		struct entrant *entrant = pid > 0 ? find_child(entrants, count, pid) : NULL;

		if (!entrant)
			continue;
		entrant->pid = 0;
		if (!WIFSIGNALED(status) || ret)
			continue;
		/* the others would wait for it for ever */
		fprintf(stderr, "launcher: launch %u was killed by signal %d\n", entrant->index,
			WTERMSIG(status));
		kill_children(entrants, count);
		ret = -EINTR;
	}
	return ret;
}

static int run_round(const struct options *options, struct launch_result *results,
		     pthread_barrier_t *barrier, uint64_t round)
{
	struct entrant *entrants = calloc(options->launches, sizeof(*entrants));
	pthread_barrierattr_t attributes;
	int ret;

	if (!entrants)
		return -ENOMEM;
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(barrier, &attributes, (unsigned int)options->launches);
	for (uint64_t i = 0; i < options->launches; i++) {
		entrants[i].options = options;
		entrants[i].result = &results[i];
		entrants[i].barrier = barrier;
		entrants[i].index = (unsigned int)(round * options->launches + i);
	}
	ret = options->fork ? run_processes(entrants, options->launches) :
			      run_threads(entrants, options->launches);
	if (!ret)
		pthread_barrier_destroy(barrier);
	pthread_barrierattr_destroy(&attributes);
	free(entrants);
	return ret;
}

static int report(const struct options *options, const struct launch_result *results,
		  uint64_t count)
{
	if (!options->json)
		report_text(stdout, options, results, count);
	else if (report_json(stdout, options, results, count))
		return EXIT_OWN_FAILURE;
	if (fflush(stdout)) {
		fprintf(stderr, "launcher: cannot write the report: %s\n", strerror(errno));
		return EXIT_OWN_FAILURE;
	}
	return report_status(results, count);
}

static void *map_shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Round @round of all: the same again, or with the next mistake. */
static bool round_options(const struct options *options, uint64_t round, struct options *out)
{
	if (options->all_mistakes)
		return options_for_mistake(options, (enum mistake_id)(MISTAKE_NONE + 1 + round),
					   out);
	*out = *options;
	return true;
}

static int run_rounds(const struct options *options, struct launch_result *results,
		      pthread_barrier_t *barrier, uint64_t rounds)
{
	uint64_t count = 0;

	for (uint64_t round = 0; round < rounds; round++) {
		struct options now;

		if (!round_options(options, round, &now))
			continue;
		if (run_round(&now, results + count, barrier, round))
			return EXIT_OWN_FAILURE;
		count += options->launches;
	}
	return report(options, results, count);
}

static int run_launches(const struct options *options)
{
	uint64_t rounds = options->all_mistakes ? MISTAKE_COUNT - 1 - MISTAKE_NONE :
						  options->repeat;
	size_t bytes = rounds * options->launches * sizeof(struct launch_result);
	struct launch_result *results = map_shared(bytes);
	pthread_barrier_t *barrier = map_shared(sizeof(*barrier));
	int status = EXIT_OWN_FAILURE;

	if (results && barrier)
		status = run_rounds(options, results, barrier, rounds);
	else
		fputs("launcher: cannot allocate memory for the results\n", stderr);
	if (results)
		munmap(results, bytes);
	if (barrier)
		munmap(barrier, sizeof(*barrier));
	return status;
}

static void ignore(int number)
{
	(void)number;
}

/* SIGUSR1 takes a vCPU out of KVM_RUN and does nothing else. */
static void catch_sigusr1(void)
{
	struct sigaction action = { .sa_handler = ignore };

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

/* KVM uses fd 0 for commands of a guest without a context: it must not become /dev/sev. */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct options options;

	open_standard_files();
	if (options_parse(&options, argc, argv, stderr))
		return EXIT_USAGE;
	if (options.help) {
		options_help(stdout);
		return EXIT_LAUNCHED;
	}
	if (options.list_mistakes) {
		if (!options.json)
			mistakes_print(stdout);
		else if (mistakes_print_json(stdout))
			return EXIT_OWN_FAILURE;
		return EXIT_LAUNCHED;
	}
	catch_sigusr1();
	return run_launches(&options);
}
