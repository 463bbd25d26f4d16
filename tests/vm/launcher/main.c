// SPDX-License-Identifier: GPL-2.0-only
/*
 * launcher: launches confidential guests through KVM, several at once if asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "launch.h"
#include "race.h"
#include "report.h"
#include "round.h"
#include "trial.h"

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

/*
 * Makes the options of a round: the same as before, or with the next mistake. Returns false if the
 * round does not apply.
 */
static bool round_options(const struct options *options, uint64_t round, struct options *out)
{
	if (options->all_mistakes)
		return options_for_mistake(options, (enum mistake_id)(MISTAKE_NONE + 1 + round),
					   out);
	*out = *options;
	return true;
}

static int run_rounds(const struct options *options, struct launch_result *results,
		      struct gate *gate, uint64_t rounds)
{
	uint64_t count = 0;

	for (uint64_t round = 0; round < rounds; round++) {
		struct options now;

		if (!round_options(options, round, &now))
			continue;
		if (round_run(&now, results + count, gate, round))
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
	struct gate *gate = map_shared(sizeof(*gate));
	int status = EXIT_OWN_FAILURE;

	if (results && gate)
		status = run_rounds(options, results, gate, rounds);
	else
		fputs("launcher: cannot allocate memory for the results\n", stderr);
	if (results)
		munmap(results, bytes);
	if (gate)
		munmap(gate, sizeof(*gate));
	return status;
}

static void ignore(int number)
{
	(void)number;
}

/* Makes SIGUSR1 take a vCPU out of KVM_RUN and do nothing else. */
static void catch_sigusr1(void)
{
	struct sigaction action = { .sa_handler = ignore };

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

/*
 * Opens fds 0 to 2. KVM uses fd 0 for commands of a guest without a context, so it must not become
 * /dev/sev.
 */
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
	if (options.trial && !trial_exists(options.trial)) {
		fprintf(stderr, "launcher: no trial is called '%s'; --trial list shows them\n",
			options.trial);
		return EXIT_USAGE;
	}
	if (options.trial && !strcmp(options.trial, "list")) {
		trials_print(stdout);
		return EXIT_LAUNCHED;
	}
	catch_sigusr1();
	if (options.trial)
		return trials_run(&options);
	if (options.race)
		return race_run(&options);
	return run_launches(&options);
}
