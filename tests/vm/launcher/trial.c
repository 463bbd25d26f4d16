// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the trials.
 */
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct trial_row *const groups[] = { trials_launch, trials_context, trials_refused,
						  trials_access };

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

int trial_broken(struct trial *trial, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(trial->message, sizeof(trial->message), format, args);
	va_end(args);
	return -EILSEQ;
}

int trial_expect(struct trial *trial, const char *what, int ret, int wanted)
{
	if (ret == wanted)
		return 0;
	return trial_broken(trial, "%s: %s, wanted %s", what, ret ? errno_name(-ret) : "accepted",
			    wanted ? errno_name(-wanted) : "accepted");
}

int trial_open(struct trial *trial, unsigned int still, unsigned int inplace)
{
	const struct guest_shape shape = {
		.type = trial->type,
		.pages = { [SLOT_STILL] = still, [SLOT_INPLACE] = inplace },
		.seed = trial->seed,
		.psp_log = trial->psp_log,
	};

	return guest_open(&trial->guest, trial->kvm, trial->sev, &shape);
}

int trial_launch(struct trial *trial, unsigned int first, unsigned int pages)
{
	struct guest_progress progress;
	unsigned int offset;
	int ret = guest_update(&trial->guest, first, pages, &progress);

	if (ret)
		return trial_expect(trial, "LAUNCH_UPDATE_DATA", ret, 0);
	if (guest_slot_of(&trial->guest, first, &offset) != SLOT_INPLACE)
		guest_note(&trial->guest, first, pages, NOTE_DONE);
	else
		for (unsigned int i = first; i < first + pages; i++)
			trial->guest.encrypted[i]++;
	return 0;
}

int trial_nowhere_private(struct trial *trial)
{
	int ret = trial_expect(trial, "a fault where nothing is",
			       guest_fault(&trial->guest, 0, TRIAL_NOWHERE, 1), -ENOENT);

	return ret ? ret :
		     trial_expect(trial, "setting that private",
				  guest_convert(&trial->guest, TRIAL_NOWHERE, 1, true), 0);
}

int trial_check(struct trial *trial)
{
	struct frames frames;
	int ret = frames_check(&trial->guest, trial->psp_log, &frames);

	return ret == -EILSEQ ?
		       trial_broken(trial, "%u pages are wrong; %s", frames.wrong, frames.message) :
		       ret;
}

static const struct trial_row *find(const char *name)
{
	for (size_t group = 0; group < GROUPS; group++) {
		for (const struct trial_row *row = groups[group]; row->name; row++) {
			if (!strcmp(row->name, name))
				return row;
		}
	}
	return NULL;
}

bool trial_exists(const char *name)
{
	return !strcmp(name, "all") || !strcmp(name, "list") || find(name);
}

void trials_print(FILE *out)
{
	for (size_t group = 0; group < GROUPS; group++) {
		for (const struct trial_row *row = groups[group]; row->name; row++)
			fprintf(out, "%-12s %s\n", row->name, row->text);
	}
}

/* Returns the graver status: an own failure before a broken promise. */
static int worse(int status, int other)
{
	if (status == EXIT_OWN_FAILURE || other == EXIT_OWN_FAILURE)
		return EXIT_OWN_FAILURE;
	return status == EXIT_LAUNCHED ? other : status;
}

static int run_one(const struct trial_row *row, const struct trial *start)
{
	struct trial *trial = malloc(sizeof(*trial));
	int status = EXIT_LAUNCHED;
	int ret;

	if (!trial)
		return EXIT_OWN_FAILURE;
	*trial = *start;
	ret = row->run(trial);
	guest_close(&trial->guest, 0);
	printf("trial %s: %s ", row->name, guest_type_name(trial->type));
	if (!ret) {
		fputs("kept", stdout);
	} else if (ret == -EILSEQ) {
		printf("broken: %s", trial->message);
		status = EXIT_CHECK_FAILED;
	} else {
		printf("failed: %s", strerrordesc_np(-ret));
		status = EXIT_OWN_FAILURE;
	}
	if (trial->calls)
		printf(" (meanwhile %llu calls, %llu of them refused)",
		       (unsigned long long)trial->calls, (unsigned long long)trial->refused);
	putchar('\n');
	free(trial);
	return status;
}

static int run_all(const struct options *options, const struct trial *start)
{
	int status = EXIT_LAUNCHED;

	for (size_t group = 0; group < GROUPS; group++) {
		for (const struct trial_row *row = groups[group]; row->name; row++) {
			if (!strcmp(options->trial, "all") || !strcmp(options->trial, row->name))
				status = worse(status, run_one(row, start));
		}
	}
	return status;
}

int trials_run(const struct options *options)
{
	struct trial start = {
		.type = options->type,
		.psp_log = options->psp_log,
		.seed = options->seed,
		.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC),
		.sev = open("/dev/sev", O_RDWR | O_CLOEXEC),
		.guest = { .vm = -1, .vcpus = { -1, -1 } },
	};
	int status = EXIT_OWN_FAILURE;

	for (unsigned int i = 0; i < GUEST_SLOTS; i++)
		start.guest.slots[i].gmem = -1;
	if (start.kvm < 0 || start.sev < 0)
		fprintf(stderr,
			"launcher: cannot open /dev/kvm or /dev/sev: %s (are the modules loaded?)\n",
			strerror(errno));
	else
		status = run_all(options, &start);
	if (start.kvm >= 0)
		close(start.kvm);
	if (start.sev >= 0)
		close(start.sev);
	return status;
}
