// SPDX-License-Identifier: GPL-2.0-only
/*
 * A race. In a first pass, one thread does each kind of step once. Then workers do their own steps
 * for the given number of seconds. At the end, every guest is checked and destroyed.
 */
#include "race.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CGROUPS "/sys/fs/cgroup"
#define ASIDS_BYTES 256
#define INTERVAL_US 100000 /* time between two signals */

struct worker {
	struct race *race;
	pthread_t thread;
	uint64_t state;
	time_t end;
	atomic_bool over;
};

void race_wrong(struct race *race, const char *format, ...)
{
	va_list args;

	pthread_mutex_lock(&race->lock);
	if (race->wrongs < RACE_WRONGS) {
		va_start(args, format);
		vsnprintf(race->messages[race->wrongs], RACE_MESSAGE_BYTES, format, args);
		va_end(args);
	}
	race->wrongs++;
	/* a broken guest does not mend, and searching for missing pages takes long */
	if (race->wrongs >= RACE_WRONGS)
		atomic_store(&race->stop, true);
	pthread_mutex_unlock(&race->lock);
}

enum guest_type race_type(const struct race *race, uint64_t pick)
{
	enum guest_type type = (enum guest_type)(pick % GUEST_TYPES);

	while (!race->types[type])
		type = (enum guest_type)((type + 1) % GUEST_TYPES);
	return type;
}

int race_create(struct race *race, struct race_guest *slot, enum guest_type type)
{
	const struct guest_shape shape = {
		.type = type,
		.pages = { RACE_SLOT_PAGES, RACE_SLOT_PAGES,
			   type == GUEST_SNP ? 0 : RACE_SLOT_PAGES },
		.seed = race_seed(race->options->seed,
				  RACE_WORKERS + (unsigned int)race->created++),
		.psp_log = race->options->psp_log,
	};
	int ret = guest_open(&slot->guest, race->kvm, race->sev, &shape);

	if (!ret && type == GUEST_SNP) {
		ret = guest_convert(&slot->guest, guest_gfn(&slot->guest, 0), RACE_SLOT_PAGES,
				    true);
		if (!ret)
			ret = guest_convert(&slot->guest, guest_gfn(&slot->guest, RACE_SLOT_PAGES),
					    RACE_SLOT_PAGES, true);
		if (ret)
			guest_close(&slot->guest, 0);
	}
	slot->open = !ret;
	slot->bare = false;
	slot->lost = false;
	slot->mirror = -1;
	return ret;
}

void race_destroy(struct race *race, struct race_guest *slot, uint64_t pick)
{
	(void)race;
	/* closes the mirror before or after the VM that it mirrors */
	if (slot->mirror >= 0 && pick & 4)
		close(slot->mirror);
	guest_close(&slot->guest, (unsigned int)(pick & 3));
	if (slot->mirror >= 0 && !(pick & 4))
		close(slot->mirror);
	slot->mirror = -1;
	slot->open = false;
}

int race_check(struct race *race, const struct race_guest *slot)
{
	struct frames frames;
	int ret = frames_check(&slot->guest, race->options->psp_log, &frames);

	if (ret && ret != -EILSEQ)
		return ret;
	race->ciphertext += frames.ciphertext;
	race->untouched += frames.untouched;
	race->unknown += frames.unknown;
	if (ret)
		race_wrong(race, "%s: %u pages are wrong; guest %u, %s",
			   guest_type_name(slot->guest.type), frames.wrong, slot->guest.handle,
			   frames.message);
	return 0;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct race_step step;

	while (!atomic_load(&worker->race->stop) && time(NULL) < worker->end) {
		race_next(&worker->state, &step);
		race_step_do(worker->race, &step);
	}
	atomic_store(&worker->over, true);
	return NULL;
}

/*
 * Sends signals that interrupt launches and faults. They are also needed to end
 * KVM_PRE_FAULT_MEMORY in a memslot that is being deleted: Linux 6.12 retries it forever, and the
 * thread that deletes the memslot waits for it.
 */
static void interrupt(struct worker *workers, unsigned int count)
{
	bool over;

	do {
		over = true;
		usleep(INTERVAL_US);
		for (unsigned int i = 0; i < count; i++) {
			if (atomic_load(&workers[i].over))
				continue;
			over = false;
			pthread_kill(workers[i].thread, SIGUSR1);
		}
	} while (!over);
}

static int run_workers(struct race *race)
{
	struct worker workers[RACE_WORKERS];
	time_t end = time(NULL) + (time_t)race->options->race;
	unsigned int count = 0;
	int ret = 0;

	for (; count < RACE_WORKERS && !ret; count += !ret) {
		workers[count] = (struct worker){
			.race = race,
			.state = race_seed(race->options->seed, count),
			.end = end,
		};
		ret = -pthread_create(&workers[count].thread, NULL, work, &workers[count]);
	}
	if (ret)
		atomic_store(&race->stop, true);
	interrupt(workers, count);
	while (count)
		pthread_join(workers[--count].thread, NULL);
	return ret;
}

/*
 * Does each kind of step once for each type of guest, so that even a slow machine has done all of
 * them.
 */
static int first_pass(struct race *race)
{
	struct race_step step;

	for (int type = 0; type < GUEST_TYPES; type++) {
		int ret;

		if (!race->types[type])
			continue;
		ret = race_create(race, &race->guests[0], (enum guest_type)type);
		if (ret)
			return ret;
		for (unsigned int i = 0; race_first((enum guest_type)type, i, &step); i++)
			race_step_do(race, &step);
		race_destroy(race, &race->guests[0], 0);
	}
	return 0;
}

static void check_counts(struct race *race)
{
	for (int type = 0; type < GUEST_TYPES; type++) {
		for (unsigned int op = 0; op < RACE_OP_COUNT; op++) {
			struct race_count *count = &race->counts[type][op];
			enum race_must must = race_op_must((enum race_op)op);
			uint64_t refused = 0;

			if (!race->types[type] ||
			    !race_op_fits((enum race_op)op, (enum guest_type)type))
				continue;
			for (unsigned int i = 0; i < RACE_ERRNOS; i++)
				refused += count->refused[i];
			if ((must == RACE_MUST_SUCCESS && !count->done) ||
			    (must == RACE_MUST_REFUSED && !refused) || !(count->done + refused))
				race_wrong(race, "%s: %s: %s",
					   guest_type_name((enum guest_type)type),
					   race_op_name((enum race_op)op),
					   must == RACE_MUST_REFUSED ? "was never refused" :
								       "was never done");
		}
	}
}

static int run_guests(struct race *race)
{
	int ret = first_pass(race);

	for (unsigned int i = 0; i < RACE_GUESTS && !ret; i++)
		ret = race_create(race, &race->guests[i], race_type(race, i));
	if (!ret)
		ret = run_workers(race);
	for (unsigned int i = 0; i < RACE_GUESTS; i++) {
		if (!race->guests[i].open)
			continue;
		if (!ret)
			ret = race_check(race, &race->guests[i]);
		race_destroy(race, &race->guests[i], i);
	}
	if (!ret)
		check_counts(race);
	return ret;
}

/*
 * Reads how many ASIDs this cgroup uses, as the kernel prints it; "" if the kernel does not count
 * them.
 */
static void read_asids(char *text)
{
	char path[ASIDS_BYTES];
	char line[ASIDS_BYTES] = "";
	FILE *file = fopen("/proc/self/cgroup", "re");
	size_t bytes = 0;

	if (file) {
		/* the line is "0::/name" */
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
	}
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof(path), CGROUPS "%.128s/misc.current", strchrnul(line, '/'));
	file = fopen(path, "re");
	if (file) {
		bytes = fread(text, 1, ASIDS_BYTES - 1, file);
		fclose(file);
	}
	text[bytes] = '\0';
}

static int run(struct race *race)
{
	char before[ASIDS_BYTES];
	char after[ASIDS_BYTES];
	int ret;

	read_asids(before);
	ret = run_guests(race);
	read_asids(after);
	if (ret) {
		fprintf(stderr, "launcher: the race ended: %s\n", strerrordesc_np(-ret));
		return EXIT_OWN_FAILURE;
	}
	if (strcmp(before, after) != 0)
		race_wrong(race, "ASIDs in use before and after: %s / %s", before, after);
	race_report(race, *before);
	return race->wrongs ? EXIT_CHECK_FAILED : EXIT_LAUNCHED;
}

static void choose_types(struct race *race)
{
	const struct options *options = race->options;

	race->types[GUEST_SEV] = !options->type_given;
	race->types[GUEST_SEV_ES] = !options->type_given;
	race->types[GUEST_SNP] = options->with_snp;
	if (options->type_given)
		race->types[options->type] = true;
}

static void init_guests(struct race *race)
{
	pthread_rwlockattr_t attributes;

	/* steps that need a guest alone must get their turn */
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	for (unsigned int i = 0; i < RACE_GUESTS; i++) {
		pthread_rwlock_init(&race->guests[i].lock, &attributes);
		race->guests[i].mirror = -1;
	}
	pthread_rwlockattr_destroy(&attributes);
}

int race_run(const struct options *options)
{
	struct race *race = calloc(1, sizeof(*race));
	int status = EXIT_OWN_FAILURE;

	if (!race) {
		fputs("launcher: no memory for the race\n", stderr);
		return status;
	}
	race->options = options;
	race->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	race->sev = open("/dev/sev", O_RDWR | O_CLOEXEC);
	pthread_mutex_init(&race->lock, NULL);
	init_guests(race);
	choose_types(race);
	if (!options->json)
		printf("race: seed %" PRIu64 ", %" PRIu64 " s\n", options->seed, options->race);
	fflush(stdout);
	if (race->kvm < 0 || race->sev < 0)
		fprintf(stderr,
			"launcher: cannot open /dev/kvm or /dev/sev: %s (are the modules loaded?)\n",
			strerror(errno));
	else
		status = run(race);
	if (race->kvm >= 0)
		close(race->kvm);
	if (race->sev >= 0)
		close(race->sev);
	free(race);
	return status;
}
